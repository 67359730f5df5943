"""The grams that represent literals looked for anywhere, and the bitmaps they are first looked for in.

What costs is how often a value gets past the first look. So every literal is represented by the bytes of it that are
likely to be rare: in language and paths (`_COMMON`), and among the literals of its own column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from penstock.columns import I32, I64, U8
from penstock.content.sigma.literals import Literal
from penstock.content.sigma.looked_up import U64, Keys
from penstock.kernels.records import CASELESS, START_SHIFT
from penstock.kernels.verify import FIRST_SHIFT, GOLDEN

WIDEST_STRIDE = 8
MOST_BITS = 1 << 20
"""Bits of the largest bitmap: it should stay in the second-level cache."""

_COMMON = np.full(256, 1.0)
for _group, _weight in ((" etaoinsr\\", 4.5), (".hldcupm", 3.8), ("fgwybvk-/_:=01", 3.0), ("xjqz23456789", 2.2)):
    for _c in _group:
        _COMMON[ord(_c)] = _weight
"""How common a byte is, in bits above the rarest: a rough order, from English text and Windows paths."""


def grams_of(
    literals: Sequence[Literal], inside: list[int], columns: int, keys: Keys
) -> tuple[I32, U64, I32, U8, I32, I32, dict[int, U64]]:
    """Strides and bitmaps of the grams that represent literals found anywhere, those of four bytes; fills `keys`."""
    stride = np.ones(columns, np.int32)
    bits_at, bits_shift = np.full((columns, 4), -1, np.int32), np.zeros((columns, 4), np.int32)
    pairs_at, first_size = np.full(columns, -1, np.int32), np.full(columns, 2, np.uint8)
    fours: dict[int, U64] = {}
    by_column: dict[int, list[int]] = defaultdict(list)
    for i in inside:
        by_column[literals[i].column].append(i)
    maps: list[U64] = []
    at = 0
    for column, members in by_column.items():
        texts = [literals[i].text for i in members]
        shortest = min(map(len, texts))
        step = int(stride[column]) if shortest < 5 else min(shortest - 3, WIDEST_STRIDE)
        stride[column] = step
        words, sizes, of, back = _rarest(texts, step)
        keys.add(words, -(column * 4 + sizes), np.array(members)[of], back)
        grams = [np.unique(words[sizes == size]) for size in (1, 2, 3, 4)]
        for g, found in enumerate(grams):
            if not len(found):
                continue
            n_bits = min(MOST_BITS, 1 << max(15, (32 * len(found) - 1).bit_length()))
            shift = 64 - (n_bits.bit_length() - 1)
            bitmap = _hashed(found, shift)
            bits_at[column, g], bits_shift[column, g] = at, shift
            maps.append(bitmap)
            at += len(bitmap)
        first_size[column] = 2 if len(grams[0]) or len(grams[1]) else 3
        pairs_at[column] = at
        # apart: in a column of command lines nearly every pair of letters begins one of the longer grams
        for firsts in (_pairs(grams[:2]), _threes(grams[2:]))[first_size[column] - 2 :]:
            maps.append(firsts)
            at += len(firsts)
        fours[column] = grams[3]
    every = np.concatenate(maps) if maps else np.zeros(1, np.uint64)
    return stride, every, pairs_at, first_size, bits_at, bits_shift, fours


def _pairs(grams: Sequence[U64]) -> U64:
    """uint64[1024]: the bit of every pair of bytes with which one of these grams (of 1 and 2 bytes) may begin."""
    found = np.zeros(1 << 16, np.bool_)
    for gram in grams[0].tolist():
        found[gram::256] = True
    found[grams[1]] = True
    return np.packbits(found, bitorder="little").view(np.uint64)


def _threes(grams: Sequence[U64]) -> U64:
    """uint64[1024]: the hashed bits of the first three bytes of these grams (of 3 and 4 bytes)."""
    return _hashed(np.concatenate(grams) & np.uint64(0xFFFFFF), FIRST_SHIFT)


def _hashed(words: U64, shift: int) -> U64:
    """A bitmap of hashes."""
    bitmap = np.zeros(1 << (64 - shift - 6), np.uint64)
    h = (words * GOLDEN) >> np.uint64(shift)
    np.bitwise_or.at(bitmap, (h >> np.uint64(6)).astype(np.int64), np.uint64(1) << (h & np.uint64(63)))
    return bitmap


LONG_STRIDE = 4
"""From this stride on a column's values are folded where they are looked at, not before."""


def starts_of(literals: Sequence[Literal], fours: dict[int, U64], bits_at: I32, stride: I32) -> tuple[U64, I32]:
    """For columns of which all literals are ASCII texts, far apart, that may stand anywhere: their grams, any case.

    One look into a bitmap that stays in the first-level cache, seldom passed: a look at pairs of bytes, of which some
    are common, cost twice the time for what it let through.
    """
    fit = (bits_at[:, :3] < 0).all(axis=1) & (bits_at[:, 3] >= 0) & (stride >= LONG_STRIDE)
    for x in literals:
        if x.anchor or not x.text.isascii():
            fit[x.column] = False
    at = np.full(len(stride), -1, np.int32)
    maps: list[U64] = []
    for column in np.flatnonzero(fit).tolist():
        at[column] = sum(map(len, maps))
        maps.append(_hashed(fours[column] | np.uint64(CASELESS), START_SHIFT))
    return np.concatenate(maps) if maps else np.zeros(1, np.uint64), at


def _rarest(texts: Sequence[bytes], step: int) -> tuple[U64, I64, I64, I64]:
    """For each text its `step` neighbouring grams that are rarest together (all, where it is short), in order.

    Each gram's bytes, how many they are (4, of shorter texts all), its text's number, its offset there.
    """
    whole = np.frombuffer(b"".join(texts) + bytes(8), np.uint8)
    sizes = np.array([len(t) for t in texts])
    begins = np.cumsum(sizes) - sizes
    grams = np.zeros(len(whole) - 8, np.uint32)
    for k in range(4):
        grams |= whole[k : k + len(grams)].astype(np.uint32) << np.uint32(8 * k)
    _, inverse, counts = np.unique(grams, return_inverse=True, return_counts=True)
    cost = np.log2(counts[inverse])
    for k in range(4):
        cost = cost + _COMMON[whole[k : k + len(grams)]]
    run = np.concatenate([[0.0], np.cumsum(cost)])
    gram_size = np.minimum(4, sizes)
    last = sizes - gram_size  # the last gram's place
    many = np.minimum(step, last + 1)
    of, choice = _each(last + 2 - many)  # where a row of so many may begin
    place = begins[of] + choice
    sums = run[place + many[of]] - run[place]
    least = np.minimum.reduceat(sums, np.flatnonzero(choice == 0))
    rarest = np.flatnonzero(sums == least[of])
    _, first = np.unique(of[rarest], return_index=True)
    best = choice[rarest[first]]
    of, choice = _each(many)
    back = best[of] + choice
    words = grams[begins[of] + back].astype(np.uint64) & _BYTES[gram_size[of]]
    return words, gram_size[of], of, back


_BYTES = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint64)
"""Of a word of four bytes the first ones."""


def _each(counts: I64) -> tuple[I64, I64]:
    """So many rows of each: whose each is, and its number there."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
