"""The keys under which literals are looked up, and the hash table that leads from each to its literals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, I64
from penstock.kernels.keyed import fill_slots

U64 = NDArray[np.uint64]


SIEVE_BITS = 8
"""Bits of the filter for each key at least, twice that at most: 1 in 10 to 30 of the keys that are not there pass."""


class Keys:
    """Takes keys in order: a word (uint64) under a salt (int32), the literal found by it, and its offset there."""

    def __init__(self) -> None:
        self._words: list[U64] = []
        self._rest: list[I64] = []

    def add(self, words: U64, salts: I64 | int, literals: I64, offsets: I64 | int) -> None:
        """So many keys more; equal ones are one key of several literals."""
        rest = np.empty((3, len(words)), np.int64)
        rest[0], rest[1], rest[2] = salts, literals, offsets
        self._words.append(words)
        self._rest.append(rest)

    def table(self) -> tuple[U64, U64, I32]:
        """keyed, sieve, lists of `kernels.literals`: keys in the order of their first occurrence.

        A key's list is its pairs of literal and offset in the order of adding, then -1; place 0 is no list.
        """
        words = np.concatenate([np.zeros(0, np.uint64), *self._words])
        salts, literals, offsets = np.concatenate([np.zeros((3, 0), np.int64), *self._rest], axis=1)
        order = np.lexsort((words, salts))  # stable: of equal keys the first comes first
        in_order = words[order], salts[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = (in_order[0][1:] != in_order[0][:-1]) | (in_order[1][1:] != in_order[1][:-1])
        starts = np.flatnonzero(new)
        counts = np.diff(np.append(starts, len(order)))
        first = order[starts]
        by_first = np.argsort(first)
        first, counts, starts = first[by_first], counts[by_first], starts[by_first]
        begins = 1 + np.cumsum(2 * counts + 1) - (2 * counts + 1)
        lists = np.full(1 + int((2 * counts + 1).sum()), -1, np.int32)
        lists[0] = 0
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        entries = order[np.repeat(starts, counts) + within]
        at = np.repeat(begins, counts) + 2 * within
        lists[at], lists[at + 1] = literals[entries], offsets[entries]
        size = 1 << max(4, (2 * len(first)).bit_length())
        keyed, sieve = np.zeros(2 * size, np.uint64), np.zeros(max(1, size * SIEVE_BITS // 128), np.uint64)
        fill_slots(words[first], salts[first].astype(np.int32), begins.astype(np.int32), keyed, sieve)
        return keyed, sieve, lists
