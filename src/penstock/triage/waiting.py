"""Alerts that wait until the watermark has passed them, so that incidents take them in order, however they came."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import orjson

BOUND = 64 << 20
"""Bytes of alerts that wait at most; when there are more, the oldest do not wait any longer."""

Entry = tuple[int, str, bytes]
"""When it is to be taken (microseconds UTC), its id, its row as JSON."""


class Waiting:
    """Alerts by their time. `early`: how many did not wait, for want of room."""

    def __init__(self, bound: int = BOUND) -> None:
        self.early = 0
        self._bound = bound
        self._size = 0
        self._heap: list[Entry] = []

    def __len__(self) -> int:
        return len(self._heap)

    def is_due(self, watermark: int) -> bool:
        """Whether one need not wait any longer."""
        return bool(self._heap) and self._heap[0][0] <= watermark

    def take(self, entries: Iterable[Entry], watermark: int) -> tuple[list[Entry], list[Entry]]:
        """Alerts come, and the watermark moves: those that are to be taken now, in order; and of the new those left.

        The same from the same, so it can be done again with what was left: see `dump`.
        """
        fresh = list(entries)
        for entry in fresh:
            heapq.heappush(self._heap, entry)
            self._size += len(entry[2])
        out = []
        while self._heap and (self._heap[0][0] <= watermark or self._size > self._bound):
            entry = heapq.heappop(self._heap)
            self._size -= len(entry[2])
            self.early += entry[0] > watermark
            out.append(entry)
        gone = {(due, name) for due, name, _ in out}
        return out, [entry for entry in fresh if entry[:2] not in gone]

    def entries(self) -> list[Entry]:
        """All that wait."""
        return sorted(self._heap)


def dump(entries: Iterable[Entry]) -> bytes:
    """Entries as JSON."""
    return orjson.dumps([(due, name, raw.decode()) for due, name, raw in entries])


def load(raw: bytes) -> list[Entry]:
    """What `dump` gave."""
    return [(due, name, text.encode()) for due, name, text in orjson.loads(raw)]
