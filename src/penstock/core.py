"""The types everything is made of. Read this first.

A source yields batches of raw records. Stages, plain functions from batch to batch, take them apart; rows that
fail leave as rejects. A runner folds the stages over the batches, writes the result to sinks and acknowledges.
Nothing here does I/O or looks at a clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from penstock.columns import I32, I64, Frame, Text
from penstock.errors import Bug


@dataclass(frozen=True, slots=True)
class Lines:
    """Raw records of one stream, in order.

    start, length int32[n]  each record's slice of `text` (without its line end)
    position      int64[n]  the record's byte offset in the (decompressed) stream
    stream        the stream's identity: 16 bytes, the same whenever the same stream is read again
    source        the configured source's name
    pack          a hint: the pack that must take these records, or None
    arrived       int64 microseconds UTC: when the batch was read. Becomes `event.ingested`
    reference     int64 microseconds UTC: what a missing year is inferred from
    zone          minutes east of UTC for times that carry no zone
    header        what framing took out and a grammar needs: a delimited file's header row, W3C `#Fields:` line
    ids           int32[n]  where each record's id (32 hex digits) stands in `text`, if it has one from before
    oversize      of records over the bound, of which `text` holds only the beginning: {row: (length, SHA-256 hex)}
    """

    text: Text
    start: I32
    length: I32
    position: I64
    stream: bytes
    source: str
    arrived: int
    reference: int
    pack: str | None = None
    zone: int = 0
    header: bytes | None = None
    ids: I32 | None = None
    oversize: Mapping[int, tuple[int, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.start)

    def record(self, row: int) -> bytes:
        """One record's bytes (for messages and tests)."""
        return self.text.slice(int(self.start[row]), int(self.length[row]))


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows that left by the side door, one entry a record.

    rows int32[n]; the others are lists of n: stage, category (a `errors.Category`), code, message, dataset.
    """

    rows: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    stage: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    dataset: tuple[str | None, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def plus(self, other: Rejects) -> Rejects:
        """Both, one after the other."""
        return Rejects(
            np.concatenate([self.rows, other.rows]).astype(np.int32),
            self.stage + other.stage,
            self.category + other.category,
            self.code + other.code,
            self.message + other.message,
            self.dataset + other.dataset,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What flows. `received == rows of events + rejects + filtered` after every stage that has taken all lines.

    lines     the raw records
    pending   int32[k]   records that no stage has yet turned into an event, a reject or a filtered row
    events    one frame a dataset
    rejects   rows that failed, with category
    filtered  {name of the filter: count}
    alerts    what detection found, one frame a dataset that it was found in
    signals   what correlations are told: by the correlation's id (see `correlate.signals`)
    sequence  the batch's number within its source, from 0
    cursor    the source's own note of where this batch ends (opaque)
    behind    other streams of the source have records that wait to be read: they may be older than these
    """

    lines: Lines
    pending: I32
    events: tuple[Frame, ...] = ()
    rejects: Rejects = field(default_factory=Rejects)
    filtered: Mapping[str, int] = field(default_factory=dict)
    alerts: tuple[Frame, ...] = ()
    signals: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    cursor: bytes = b""
    behind: bool = False

    @classmethod
    def of(
        cls, lines: Lines, *, sequence: int = 0, cursor: bytes = b"", filtered: Mapping[str, int] | None = None
    ) -> Self:
        """A batch fresh from its source. `filtered` counts records that framing left out by name (headers)."""
        pending = np.arange(len(lines), dtype=np.int32)
        return cls(lines, pending, filtered=dict(filtered or {}), sequence=sequence, cursor=cursor)

    @property
    def received(self) -> int:
        """Records that came in, those that framing filtered included."""
        return len(self.lines) + sum(self.filtered.values())

    def reject(self, rejects: Rejects) -> Batch:
        """This batch with more rejects (their rows leave `pending`)."""
        if not len(rejects):
            return self
        left = np.setdiff1d(self.pending, rejects.rows, assume_unique=True)
        return replace(self, pending=left, rejects=self.rejects.plus(rejects))


Stage = Callable[[Batch], Batch]
"""A plain function. No I/O, no clock, no randomness; raises only for a bug."""


def fold(stages: Iterable[Stage], batch: Batch) -> Batch:
    """The batch after all stages."""
    return reduce(lambda b, stage: stage(b), stages, batch)


def check_accounting(batch: Batch) -> None:
    """Raise `Bug` unless every record became one event, one reject or one filtered row."""
    events = sum(len(f) for f in batch.events)
    out = events + len(batch.rejects) + sum(batch.filtered.values())
    if len(batch.pending) or out != batch.received:
        raise Bug(
            f"accounting: received {batch.received}, but {events} events + {len(batch.rejects)} rejects"
            f" + {sum(batch.filtered.values())} filtered, {len(batch.pending)} never taken"
        )


@runtime_checkable
class Source(Protocol):
    """Yields raw batches, in order, from a cursor on. An async context manager.

    A source that knows says in `resting: bool` whether all that is to be had for now was given; one that does not say
    is taken to rest whenever none of its batches is on its way.
    """

    name: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    def batches(self, cursor: bytes) -> AsyncIterator[Batch]:
        """Batches after `cursor` (empty: from the beginning). Ends when the source is exhausted or closed."""
        ...

    async def ack(self, batch: Batch) -> None:
        """Everything of the batch is safely written."""
        ...


@runtime_checkable
class Sink(Protocol):
    """Takes finished batches, each once and only once however often it is offered. An async context manager."""

    name: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def write(self, batches: Sequence[Batch]) -> None:
        """Write these batches, all or nothing, and return when they are durable."""
        ...
