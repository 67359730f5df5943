"""The catalogue's keys: which names of fields some pack wants, found by hash while a line is scanned.

One table serves every format. A key is a path: one part for flat formats (`src_ip`, and `a.b` where the dot is the
sender's own), several for JSON objects and XML elements (`("Event", "System", "EventID")`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32

Path = tuple[bytes, ...]

_WORD = (1 << 64) - 1


def _mix(h: int, v: int) -> int:
    h = ((h ^ v) * 0xFF51AFD7ED558CCD) & _WORD
    return h ^ (h >> 32)


def hash_part(part: bytes) -> int:
    """Hash of one part of a path: `kernels.words.hash_slice` in plain Python."""
    h = 0x9E3779B97F4A7C15 ^ len(part)
    for at in range(0, len(part), 8):
        h = _mix(h, int.from_bytes(part[at : at + 8], "little"))
    return _mix(h, len(part))


def hash_path(path: Path) -> int:
    """Hash of a whole path (never 0, which marks an empty slot)."""
    first, *rest = path
    h = hash_part(first)
    for part in rest:
        h = _mix(((h << 5) | (h >> 59)) & _WORD, hash_part(part))
    return h or 1


@dataclass(frozen=True, slots=True, eq=False)
class KeyTable:
    """Paths by hash, at most half full.

    paths      the path of each id (empty in a table that is only looked up in)
    count      how many ids there are
    slot_hash  uint64[2^k]  0 = empty
    slot_id    int32[2^k]   index into `paths`, -1 = empty
    """

    paths: tuple[Path, ...]
    slot_hash: NDArray[np.uint64]
    slot_id: I32
    count: int

    @classmethod
    def of(cls, paths: Iterable[Path | bytes]) -> KeyTable:
        """The table of these paths; id = index. `bytes` is a path of one part.

        Raises ValueError when a path is empty, comes twice, or has the hash of another (one in 10^12 catalogues).
        """
        listed = tuple((p,) if isinstance(p, bytes) else tuple(p) for p in paths)
        size = 1 << max(4, (2 * len(listed) - 1).bit_length())
        slot_hash = np.zeros(size, np.uint64)
        slot_id = np.full(size, -1, np.int32)
        seen: dict[int, Path] = {}
        for key, path in enumerate(listed):
            if not path:
                raise ValueError(f"key {key} has an empty path")
            h = hash_path(path)
            if h in seen:
                raise ValueError(f"keys {seen[h]!r} and {path!r} have the same hash")
            seen[h] = path
            slot = h & (size - 1)
            while slot_id[slot] >= 0:
                slot = (slot + 1) & (size - 1)
            slot_hash[slot] = h
            slot_id[slot] = key
        return cls(listed, slot_hash, slot_id, len(listed))

    def without_paths(self) -> KeyTable:
        """The same for looking up only: what a kept catalogue needs."""
        return KeyTable((), self.slot_hash, self.slot_id, self.count)

    def find(self, path: Path | bytes) -> int:
        """The id of a path, -1 when the table lacks it."""
        want = hash_path((path,) if isinstance(path, bytes) else path)
        mask = len(self.slot_hash) - 1
        slot = want & mask
        while self.slot_id[slot] >= 0:
            if int(self.slot_hash[slot]) == want:
                return int(self.slot_id[slot])
            slot = (slot + 1) & mask
        return -1
