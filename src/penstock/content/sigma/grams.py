"""The grams that represent literals looked for anywhere, and the bitmaps they are first looked for in.

What costs is how often a value gets past the first look, and then how often in vain. So every literal is represented by
the bytes of it that are likely to be rare, in language and paths (`_COMMON`) and among the literals of its own column,
and by eight of them where it is long enough: nearly all that passes those is the literal itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.sigma.literals import Literal
from penstock.kernels.records import CASELESS, START_SHIFT
from penstock.kernels.verify import GOLDEN, THREES_SHIFT, gram_salt

U64 = NDArray[np.uint64]

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

Keys = dict[tuple[int, int], list[tuple[int, int]]]
"""(word, salt) -> (literal, how far into it the word stands)."""


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
        shortest = min(map(len, texts))
        step = 1 if shortest < 5 else min(shortest - 3, WIDEST_STRIDE)
        stride[column] = step
        is_start = column not in anchored and step >= LONG_STRIDE
        if is_start:
            sizes = [LONG if shortest >= WIDEST_STRIDE + LONG - 1 else 4] * len(texts)
        else:
            sizes = [LONG if len(t) >= step + LONG - 1 else min(4, len(t)) for t in texts]
        grams: dict[int, set[int]] = {size: set() for size in (1, 2, 3, 4, LONG)}
        for i, size, places in zip(members, sizes, _rarest(texts, sizes, step), strict=True):
            salt = int(gram_salt(column, size))
            for back in places:
                gram = int.from_bytes(literals[i].text[back : back + size], "little")
                grams[size].add(gram)
                keys[gram, salt].append((i, back))
        if is_start:
            # one look into a bitmap that stays in the first-level cache, seldom passed: a look at pairs of bytes, of
            # which some are common, cost twice the time for what it let through
            starts_size[column] = sizes[0]
            caseless = int(CASELESS) & ((1 << (8 * sizes[0])) - 1)
            starts_at[column] = starts.add(_hashed({g | caseless for g in grams[sizes[0]]}, START_SHIFT))
            continue
        ones[column] = sorted(grams[1])
        inside[column] = max(sizes) > 1
        if grams[2]:
            pairs_at[column] = maps.add(_pairs(grams[2]))
        if grams[3]:
            threes_at[column] = maps.add(_hashed(grams[3], THREES_SHIFT))
        firsts = {gram & 0xFFFFFF for size in (3, 4, LONG) for gram in grams[size]}
        if firsts:
            firsts_at[column] = maps.add(_hashed(firsts, THREES_SHIFT))
        fours = grams[4] | {gram & 0xFFFFFFFF for gram in grams[LONG]}
        if fours:
            n_bits = min(MOST_BITS, 1 << max(13, (16 * len(fours) - 1).bit_length()))
            fours_shift[column] = _shift(n_bits)
            fours_at[column] = maps.add(_hashed(fours, int(fours_shift[column])))
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


def _pairs(grams: Iterable[int]) -> U64:
    """uint64[1024]: a bit for each pair of bytes."""
    found = np.zeros(1 << 16, np.bool_)
    found[list(grams)] = True
    return np.packbits(found, bitorder="little").view(np.uint64)


def _hashed(words: set[int], shift: int) -> U64:
    """A bitmap of hashes."""
    bitmap = np.zeros(1 << (64 - shift - 6), np.uint64)
    h = (np.fromiter(words, np.uint64, len(words)) * GOLDEN) >> np.uint64(shift)
    np.bitwise_or.at(bitmap, (h >> np.uint64(6)).astype(np.int64), np.uint64(1) << (h & np.uint64(63)))
    return bitmap


def _rarest(texts: Sequence[bytes], grams: Sequence[int], step: int) -> list[range]:
    """For each text the places of its `step` neighbouring grams (all, where it is short) that begin rarest together;
    `grams`: their bytes.
    """
    whole = np.frombuffer(b"".join(texts) + bytes(8), np.uint8)
    sizes = np.array([len(t) for t in texts])
    begins = np.cumsum(sizes) - sizes
    first = np.zeros(len(whole) - 8, np.uint32)
    for k in range(4):
        first |= whole[k : k + len(first)].astype(np.uint32) << np.uint32(8 * k)
    _, inverse, counts = np.unique(first, return_inverse=True, return_counts=True)
    cost = np.log2(counts[inverse])
    for k in range(4):
        cost = cost + _COMMON[whole[k : k + len(first)]]
    run = np.concatenate([[0.0], np.cumsum(cost)])
    found = []
    for begin, size, gram in zip(begins.tolist(), sizes.tolist(), grams, strict=True):
        last = size - gram  # the last gram's place
        many = min(step, last + 1)
        sums = run[begin + many : begin + last + 2] - run[begin : begin + last + 2 - many]
        best = int(sums.argmin()) if len(sums) else 0
        found.append(range(best, best + many))
    return found
