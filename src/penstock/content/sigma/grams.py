"""The grams that represent literals looked for anywhere, and the bitmaps they are first looked for in.

What costs is how often a value gets past the first look, and then how often in vain. So every literal is represented by
the bytes of it that are likely to be rare, in language and paths (`_COMMON`) and among the literals of its own column,
and by eight of them where it is long enough: nearly all that passes those is the literal itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, I64, U8
from penstock.content.sigma.literals import Literal
from penstock.content.sigma.looked_up import U64, Keys
from penstock.kernels.records import CASELESS, START_SHIFT
from penstock.kernels.verify import GOLDEN, SALTS, THREES_SHIFT

WIDEST_STRIDE = 8
MOST_BITS = 1 << 20
"""Bits of the largest bitmap: it should stay in the second-level cache."""

NO_BITS = 1 << 16
"""Bits of the bitmap, all zero, of those who have none: as many as pairs and threes have."""

LONG = 8
"""Bytes of the largest gram: those of a word."""

LONG_STRIDE = 4
"""From this stride on a column's values are folded where they are looked at, not before."""

_COMMON = np.full(256, 1.0)
for _group, _weight in ((" etaoinsr\\", 4.5), (".hldcupm", 3.8), ("fgwybvk-/_:=01", 3.0), ("xjqz23456789", 2.2)):
    for _c in _group:
        _COMMON[ord(_c)] = _weight
"""How common a byte is, in bits above the rarest: a rough order, from English text and Windows paths."""


@dataclass(frozen=True, eq=False)
class Grams:
    """What `kernels.literals.match_cells` needs to know of them; see there for each."""

    bits: U64
    inside: U8
    firsts_at: I32
    fours_at: I32
    fours_shift: I32
    threes_at: I32
    pairs_at: I32
    one_begin: I32
    one: U8
    stride: I32
    starts: U64
    starts_at: I32
    starts_size: U8

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """All of them, in the order in which the kernel takes them."""
        return tuple(getattr(self, f.name) for f in fields(self))


def grams_of(literals: Sequence[Literal], columns: int, keys: Keys) -> Grams:
    """Chooses grams for all literals that are found anywhere; fills `keys`."""
    by_column: dict[int, list[int]] = defaultdict(list)
    anchored = set()
    for i, x in enumerate(literals):
        if x.anchor or not x.text.isascii():
            anchored.add(x.column)
        if x.anchor == "" and x.text:
            by_column[x.column].append(i)
    stride = np.ones(columns, np.int32)
    firsts_at, fours_at, threes_at, pairs_at = (np.zeros(columns, np.int32) for _ in range(4))
    fours_shift, starts_at = np.full(columns, _shift(NO_BITS), np.int32), np.full(columns, -1, np.int32)
    inside, starts_size = np.zeros(columns, np.uint8), np.zeros(columns, np.uint8)
    ones: list[list[int]] = [[] for _ in range(columns)]
    maps, starts = _Maps(), _Maps()
    maps.add(np.zeros(NO_BITS // 64, np.uint64))
    for column, members in by_column.items():
        texts = [literals[i].text for i in members]
        lengths = np.array([len(t) for t in texts])
        shortest = int(lengths.min())
        step = 1 if shortest < 5 else min(shortest - 3, WIDEST_STRIDE)
        stride[column] = step
        is_start = column not in anchored and step >= LONG_STRIDE
        # of long values all grams are of one size
        long = lengths >= step + LONG - 1 if not is_start else np.full(len(texts), shortest >= step + LONG - 1)
        words, sizes, of, back = _rarest(texts, np.where(long, LONG, np.minimum(4, lengths)), step)
        keys.add(words, -(column * SALTS + sizes), np.array(members)[of], back)
        grams = {size: np.unique(words[sizes == size]) for size in (1, 2, 3, 4, LONG)}
        if is_start:
            # one look into a bitmap that stays in the first-level cache, seldom passed: a look at pairs of bytes, of
            # which some are common, cost twice the time for what it let through
            size = int(sizes[0])
            starts_size[column] = size
            starts_at[column] = starts.add(_hashed(grams[size] | (CASELESS & BYTES[size]), START_SHIFT))
            continue
        ones[column] = grams[1].tolist()
        inside[column] = int(sizes.max()) > 1
        if len(grams[2]):
            pairs_at[column] = maps.add(_pairs(grams[2]))
        if len(grams[3]):
            threes_at[column] = maps.add(_hashed(grams[3], THREES_SHIFT))
        fours = np.unique(np.concatenate([grams[4], grams[LONG] & BYTES[4]]))
        if len(fours):
            n_bits = min(MOST_BITS, 1 << max(13, (16 * len(fours) - 1).bit_length()))
            fours_shift[column] = _shift(n_bits)
            fours_at[column] = maps.add(_hashed(fours, int(fours_shift[column])))
        if len(fours) or len(grams[3]):
            firsts_at[column] = maps.add(_hashed(np.concatenate([grams[3], fours & BYTES[3]]), THREES_SHIFT))
    return Grams(
        maps.all(), inside, firsts_at, fours_at, fours_shift, threes_at, pairs_at,
        np.cumsum([0, *map(len, ones)]).astype(np.int32), np.array([c for of in ones for c in of], np.uint8),
        stride, starts.all(), starts_at, starts_size,
    )  # fmt: skip


def _shift(bits: int) -> int:
    """What leaves of a hash a place among so many, a power of two."""
    return 65 - bits.bit_length()


class _Maps:
    """Bitmaps one behind the other."""

    def __init__(self) -> None:
        self._maps: list[U64] = []
        self._at = 0

    def add(self, bitmap: U64) -> int:
        """Where it begins."""
        self._maps.append(bitmap)
        self._at += len(bitmap)
        return self._at - len(bitmap)

    def all(self) -> U64:
        """All of them; never empty."""
        return np.concatenate(self._maps) if self._maps else np.zeros(1, np.uint64)


def _pairs(grams: U64) -> U64:
    """uint64[1024]: a bit for each pair of bytes."""
    found = np.zeros(1 << 16, np.bool_)
    found[grams] = True
    return np.packbits(found, bitorder="little").view(np.uint64)


def _hashed(words: U64, shift: int) -> U64:
    """A bitmap of hashes."""
    bitmap = np.zeros(1 << (64 - shift - 6), np.uint64)
    h = (words * GOLDEN) >> np.uint64(shift)
    np.bitwise_or.at(bitmap, (h >> np.uint64(6)).astype(np.int64), np.uint64(1) << (h & np.uint64(63)))
    return bitmap


def _rarest(texts: Sequence[bytes], gram_size: I64, step: int) -> tuple[U64, I64, I64, I64]:
    """For each text its `step` neighbouring grams of a size that begin rarest together (all, where it is short).

    In order: each gram's bytes, how many they are, its text's number, its offset there.
    """
    whole = np.frombuffer(b"".join(texts) + bytes(LONG), np.uint8)
    sizes = np.array([len(t) for t in texts])
    begins = np.cumsum(sizes) - sizes
    grams = np.zeros(len(whole) - LONG, np.uint64)
    for k in range(LONG):
        grams |= whole[k : k + len(grams)].astype(np.uint64) << np.uint64(8 * k)
    _, inverse, counts = np.unique(grams & BYTES[4], return_inverse=True, return_counts=True)
    cost = np.log2(counts[inverse])
    for k in range(4):
        cost = cost + _COMMON[whole[k : k + len(grams)]]
    run = np.concatenate([[0.0], np.cumsum(cost)])
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
    return grams[begins[of] + back] & BYTES[gram_size[of]], gram_size[of], of, back


BYTES = np.array([(1 << (8 * n)) - 1 for n in range(LONG + 1)], np.uint64)
"""Of a word the first so many bytes."""


def _each(counts: I64) -> tuple[I64, I64]:
    """So many rows of each: whose each is, and its number there."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
