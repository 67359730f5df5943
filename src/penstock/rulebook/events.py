"""One event to explain: a raw record, a file's, or one that the lake has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from penstock.columns import Frame, Text
from penstock.core import Batch, Lines, Stage, check_accounting, fold
from penstock.errors import UsageError
from penstock.store.query import query


@dataclass(frozen=True, slots=True)
class Held:
    """A record that is an event: a row of a frame. number: which record of its input, from 1. arrived: microseconds."""

    number: int
    frame: Frame
    row: int
    arrived: int

    def value(self, name: str) -> str:
        """A field's value, empty where the event has none."""
        return self.frame.column(name)[self.row] or ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is a reject, and why."""

    number: int
    why: str


def one_record(raw: bytes, clock: int) -> Batch:
    """A record by itself. clock: microseconds UTC, when it arrived."""
    start, length = np.zeros(1, np.int32), np.array([len(raw)], np.int32)
    lines = Lines(Text.of(raw, 1 << 16), start, length, np.zeros(1, np.int64), bytes(16), "argument", clock, clock)
    return Batch.of(lines)


def stored_event(lake: Path, event_id: str) -> bytes:
    """An event of the lake as the row that `penstock parse` would write. Raises `UsageError` when there is none."""
    found = query(lake, 'SELECT * FROM events WHERE "event.id" = ? LIMIT 1', [event_id]).to_pylist()
    if not found:
        raise UsageError(f"no event {event_id} in {lake}")
    there = {name: value for name, value in found[0].items() if value is not None}
    return orjson.dumps(there, option=orjson.OPT_UTC_Z)


def held_events(batches: Iterable[Batch], stages: Sequence[Stage]) -> Iterator[Held | Refused]:
    """Every record of the batches, in order."""
    before = 0
    for raw in batches:
        batch = fold(stages, raw)
        check_accounting(batch)
        found: list[Held | Refused] = [
            Held(before + int(record) + 1, frame, row, batch.lines.arrived)
            for frame in batch.events
            for row, record in enumerate(frame.rows)
        ]
        r = batch.rejects
        found += [
            Refused(before + int(record) + 1, f"{r.category[i]} at {r.stage[i]}, {r.code[i]}: {r.message[i]}")
            for i, record in enumerate(r.rows)
        ]
        yield from sorted(found, key=lambda f: f.number)
        before += len(raw.lines)
