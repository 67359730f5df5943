"""Hash tables that kernels look slices up in: built here, read by `kernels.slices`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32
from penstock.formats.keys import hash_part

_WORD = (1 << 64) - 1


def salted(value: bytes, salt: int) -> int:
    """Hash of a value in the space of one table: `hash_slice(value) ^ salt`."""
    return hash_part(value) ^ salt


def joined(values: tuple[bytes, ...]) -> int:
    """Hash of several values in order: what `kernels.slices.hash_more` accumulates."""
    h = 0
    for value in values:
        h = ((((h << 5) | (h >> 59)) & _WORD) ^ hash_part(value)) * 0xFF51AFD7ED558CCD & _WORD
        h ^= h >> 32
    return h


@dataclass(frozen=True, slots=True, eq=False)
class HashTable:
    """Open addressing, at most half full. slot_hash uint64[2^k] (0 = empty), slot_value int32[2^k]."""

    slot_hash: NDArray[np.uint64]
    slot_value: I32

    @classmethod
    def of(cls, entries: Mapping[int, int]) -> HashTable:
        """The table of hash -> value (values >= 0)."""
        size = 1 << max(3, (2 * len(entries)).bit_length())
        hashes = np.zeros(size, np.uint64)
        values = np.full(size, -1, np.int32)
        for h, value in entries.items():
            at = h & (size - 1)
            while values[at] >= 0:
                at = (at + 1) & (size - 1)
            hashes[at] = h
            values[at] = value
        return cls(hashes, values)
