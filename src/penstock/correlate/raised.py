"""Alerts of one correlation, as columns."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, I64, NULL, SLACK, U8
from penstock.correlate.signals import F64, U64

HISTORY = ("", "hour of the week", "hour of the day", "all hours")
"""What a baseline was taken of, by `Raised.taken_of`."""


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """m alerts, in order of opening time, opening event and group.

    data, start, length  uint8; int32[k, m]: values of the group, and behind them those carried; length -1 is absent
    id           uint64[m, 2]  alert.id, high half first
    opening      uint64[m, 2]  event.id of the event that opens it (tumbling, session: the window's first)
    time         int64[m]      and its time, microseconds UTC
    first_seen, last_seen, count  int64[m]: of the window (sliding: as it was at the opening)
    begin        int64[m + 1]  event_ids[begin[i] : begin[i + 1]]: its first events, at most 1,000, in order
    event_ids    uint64[e, 2]
    value        float64[m]    what was measured
    expected, threshold  float64[m]: of the baseline, NaN without one
    history      int64[m]      slots of the past that were looked at, 0 without a baseline
    taken_of     int64[m]      which: place in `HISTORY`
    """

    data: U8
    start: I32
    length: I32
    id: U64
    opening: U64
    time: I64
    first_seen: I64
    last_seen: I64
    count: I64
    begin: I64
    event_ids: U64
    value: F64
    expected: F64
    threshold: F64
    history: I64
    taken_of: I64

    def __len__(self) -> int:
        return len(self.time)

    def texts(self, row: int) -> tuple[bytes | None, ...]:
        """An alert's values of the group, and behind them those carried (for messages and tests)."""
        pairs = zip(self.start[:, row], self.length[:, row], strict=True)
        return tuple(None if n < 0 else self.data[s : s + n].tobytes() for s, n in pairs)

    def ids(self, row: int) -> list[str]:
        """An alert's event ids, as event.id has them."""
        return [id_text(pair) for pair in self.event_ids[self.begin[row] : self.begin[row + 1]]]


def id_text(pair: Sequence[int] | U64) -> str:
    """128 bits as 32 hex digits."""
    return f"{int(pair[0]):016x}{int(pair[1]):016x}"


def alert_id(rule: str, group: Sequence[bytes | None], opening: Sequence[int] | U64) -> tuple[int, int]:
    """128 bits (BLAKE2b) of the rule's id, the group's values and the opening event: the same in every deployment."""
    digest = hashlib.blake2b(digest_size=16, person=b"penstock alert")
    for part in (rule.encode(), *group):
        digest.update(struct.pack("<I", 0xFFFFFFFF if part is None else len(part)))
        digest.update(part or b"")
    digest.update(struct.pack("<QQ", int(opening[0]), int(opening[1])))
    high, low = struct.unpack(">QQ", digest.digest())
    return high, low


def unpacked(packed: Sequence[bytes], values: int) -> tuple[U8, I32, I32]:
    """Groups' texts as `pack_texts` writes them, as columns: data, start, length."""
    data = np.frombuffer(bytearray(b"".join(packed)) + bytes(SLACK), np.uint8)
    start = np.zeros((values, len(packed)), np.int32)
    length = np.full((values, len(packed)), NULL, np.int32)
    base = 0
    for row, text in enumerate(packed):
        at = 0
        for value in range(values):
            (n,) = struct.unpack_from("<I", text, at)
            at += 4
            if n != 0xFFFFFFFF:
                start[value, row], length[value, row] = base + at, n
                at += n
        base += len(text)
    return data, start, length


def nothing_raised(values: int) -> Raised:
    """No alerts, of a correlation with so many group-by and carried values."""
    data, start, length = unpacked([], values)
    ids, whole, real = np.empty((0, 2), np.uint64), np.empty(0, np.int64), np.empty(0, np.float64)
    return Raised(
        data, start, length, ids, ids, whole, whole, whole, whole, np.zeros(1, np.int64), ids, real, real, real,
        whole, whole,
    )  # fmt: skip


def in_order(pieces: Sequence[Raised], values: int) -> Raised:
    """Several as one, in order."""
    pieces = [piece for piece in pieces if len(piece)]
    if not pieces:
        return nothing_raised(values)
    ends = np.cumsum([0, *(len(p.data) for p in pieces)])
    start = np.concatenate([p.start + at for p, at in zip(pieces, ends, strict=False)], axis=1)
    both = {
        name: np.concatenate([getattr(p, name) for p in pieces])
        for name in (
            "data", "id", "opening", "time", "first_seen", "last_seen", "count", "event_ids", "value", "expected",
            "threshold", "history", "taken_of",
        )
    }  # fmt: skip
    sizes = np.concatenate([np.diff(p.begin) for p in pieces])
    begin = np.concatenate([[0], np.cumsum(sizes)])
    order = np.lexsort((both["id"][:, 1], both["id"][:, 0], both["opening"][:, 1], both["opening"][:, 0], both["time"]))
    rows = np.concatenate([np.arange(begin[i], begin[i + 1]) for i in order]).astype(np.int64)
    moved = {name: array[order] for name, array in both.items() if name not in {"data", "event_ids"}}
    return Raised(
        data=both["data"],
        start=start[:, order].astype(np.int32),
        length=np.concatenate([p.length for p in pieces], axis=1)[:, order],
        begin=np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64),
        event_ids=both["event_ids"][rows],
        **moved,
    )
