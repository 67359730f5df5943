"""What the service remembers, and what a commit does to it: cursors, correlations, alerts that wait, incidents.

    batches written ─ signals ─▶ correlations ─┐
                    └ alerts ──────────────────┴▶ wait for the watermark ─▶ incidents ─▶ lake, outbox
                                                                       then one record: cursors and all changes

Correlations and alerts wait for the watermark, so what comes out is the same however the records were cut into batches.
The desk knows alerts by their ids: a crash before the record is made good by doing the same once more.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from penstock.content.sigma.correlation import Correlation, Window
from penstock.content.sigma.roles import muted_correlations
from penstock.core import Batch
from penstock.correlate.chain import step_all
from penstock.correlate.journal import delta
from penstock.correlate.kept import drop_others, read_state, write_state
from penstock.correlate.memory import Memory
from penstock.correlate.raised import Raised, id_text
from penstock.correlate.rows import alert_rows
from penstock.correlate.signals import Secret, Signals, together
from penstock.correlate.snapshot import restore
from penstock.correlate.state import State
from penstock.correlate.watermark import BEGINNING, Watermarks
from penstock.errors import OutsideError
from penstock.formats.ndjson import to_ndjson
from penstock.incidents.step import Changes
from penstock.runners.checkpoints import Committed, FileCheckpoints
from penstock.schema import instants
from penstock.stages.event_times import event_times
from penstock.store.ledger import Ledger, Record
from penstock.store.spill import FileSpill
from penstock.triage.desk import Desk
from penstock.triage.waiting import Entry, Waiting, dump, load

_log = logging.getLogger(__name__)

FOLDER, STATES, SPILL, SECRET = "ledger", "correlations", "spill", "secret"

RECORDS = 256
"""Records that are gone through at most when the service starts, but after a crash."""

STEP = 2_000
"""Alerts that the desk takes at a time."""

CORRELATION = "correlation:"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What it works with.

    state       its folder
    lateness    source -> microseconds by which its events may be out of order
    chain       the correlations, in order
    desk        makes the desk, if there are rules; else None
    fresh       sources that are never gone on with
    fixed       whether the clock is: events after it are no mistake then
    memory      bytes for correlations; spill: the folder for what is more
    """

    state: Path
    lateness: Mapping[str, int]
    chain: Sequence[Correlation] = ()
    desk: Desk | None = None
    fresh: Collection[str] = ()
    fixed: bool = False
    memory: int = 256 << 20
    spill: Path | None = None
    durable: bool = True


@dataclass(slots=True)
class _Prepared:
    """A commit under way: what the desk is still to be told, and the record. Kept until all of it is done."""

    due: list[Entry]
    watermark: int
    record: Record
    left: int = 0


@dataclass(slots=True)
class Done:
    """What was done so far: correlations' alerts by id, alerts by what became of them, notices, alerts unread."""

    correlated: dict[str, int] = field(default_factory=dict)
    placed: dict[str, int] = field(default_factory=dict)
    notices: int = 0
    opened: int = 0

    def add(self, changes: Changes) -> None:
        """One more step of the desk."""
        for placed in changes.placed:
            self.placed[placed.how] = self.placed.get(placed.how, 0) + 1
        self.notices += len(changes.notices)


class Remembering:
    """Checkpoints that remember all of it. A context manager; everything may raise `OutsideError`."""

    def __init__(self, settings: Remembered, done: Done | None = None) -> None:
        """done: to be counted on, from a run before."""
        self.done = done or Done()
        self.began: list[str] = []
        self.marks = Watermarks(settings.lateness)
        self.waiting = Waiting()
        self.chained: list[tuple[Correlation, State]] = []
        self._settings = settings
        self._ledger = Ledger(settings.state / FOLDER, durable=settings.durable)
        self._earlier = FileCheckpoints(settings.state)
        self._cursors: dict[str, bytes] = {}
        self._muted = muted_correlations(settings.chain)
        self._prepared: _Prepared | None = None
        self._stack = ExitStack()
        self._records = 0
        self._weight = 0
        self._sound = False

    def __enter__(self) -> Self:
        try:
            self._restore()
            if self._settings.desk is not None:
                self._stack.enter_context(self._settings.desk)
        except BaseException:
            self._stack.close()
            self._ledger.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and self._sound and self._prepared is None and self._records > RECORDS:
                self._snapshot()
        finally:
            self._ledger.close()
            self._stack.close()

    @property
    def desk(self) -> Desk | None:
        """Where incidents are kept, if they are."""
        return self._settings.desk

    # -- as `Checkpoints`

    def load(self, source: str) -> bytes:
        """The cursor to go on from."""
        if source in self._settings.fresh:
            return b""
        found = self._cursors.get(source)
        return self._earlier.load(source) if found is None else found  # as earlier versions kept it

    def commit(self, batches: Committed, quiet: Collection[str] = ()) -> None:
        """See `Checkpoints`."""
        if self._prepared is None:
            self._make_sound()
            for source, batch in batches:
                self._mark(source, batch)
            self._prepare(batches, self.marks.advance(quiet))
        self._finish()

    def idle(self) -> None:
        """See `Checkpoints`."""
        if self._prepared is None:
            self._make_sound()
            # a fixed clock stands still: time comes to the newest event, no further
            watermark = self.marks.ended() if self._settings.fixed else self.marks.idle(time.time_ns() // 1000)
            if not self._has_work(watermark):
                return
            self._prepare((), watermark)
        self._finish()

    def ended(self) -> None:
        """See `Checkpoints`."""
        if self._prepared is None:
            self._make_sound()
            self._prepare((), self.marks.ended())
        self._finish()

    # -- one commit

    def _make_sound(self) -> None:
        """A step that failed half way has left states that nobody can go on with."""
        if not self._sound:
            self._restore()

    def _mark(self, source: str, batch: Batch) -> None:
        """How far this batch's source has come. Events later than their arrival are some clock's mistake."""
        times = [event_times(frame) for frame in batch.events if len(frame)]
        if not times or self._settings.desk is None:
            return
        arrived = batch.lines.arrived
        if self._settings.fixed:
            newest = max(int(t.max()) for t in times)
        else:
            newest = max(int(t[t <= arrived].max(initial=BEGINNING)) for t in times)
            newest = newest if newest > BEGINNING else arrived
        self.marks.take(source, batch.lines.stream, newest, arrived, behind=batch.behind)

    def _prepare(self, batches: Committed, watermark: int) -> None:
        """Correlations are stepped, alerts taken in; what is to follow is held until it is done."""
        cursors = {source: batch.cursor for source, batch in batches if source not in self._settings.fresh}
        self._sound = False  # until all of it is in the states
        entries = list(_found(batches))
        for name, raised in step_all(self.chained, _signals(batches), watermark).items():
            entries += self._correlated(name, raised)
        now, left = self.waiting.take(entries, watermark)
        self._sound = True
        parts = {CORRELATION + c.id: delta(state) for c, state in self.chained}
        if left:
            parts["alerts"] = dump(left)
        parts["marks"] = orjson.dumps(self.marks.dump())
        self._prepared = _Prepared(now, watermark, Record(self._ledger.sequence + 1, cursors, parts, watermark))

    def _correlated(self, name: str, raised: Raised) -> Iterator[Entry]:
        """Alerts of one correlation."""
        if not len(raised) or name in self._muted:
            return
        correlation = next(c for c, _ in self.chained if c.id == name)
        self.done.correlated[name] = self.done.correlated.get(name, 0) + len(raised)
        due = (raised.time + correlation.lag).tolist()
        for place, row in enumerate(alert_rows(correlation, raised)):
            yield due[place], id_text(raised.id[place]), orjson.dumps(row)

    def _finish(self) -> None:
        """The desk is told, the record written. Whatever fails is gone on with at the next try."""
        prepared = self._prepared
        if prepared is None:
            return
        desk = self._settings.desk
        if desk is not None:
            if not desk.is_sound:
                self._stack.close()
                self._stack.enter_context(desk)
            while prepared.left < len(prepared.due):
                some = prepared.due[prepared.left : prepared.left + STEP]
                rows = [orjson.loads(raw) for _, _, raw in some]
                self.done.add(desk.step(rows, due=[due for due, _, _ in some]))
                prepared.left += len(some)
            if prepared.due or (desk.due is not None and desk.due <= prepared.watermark):
                self.done.add(desk.step(now=prepared.watermark))
        self._ledger.append(prepared.record)
        self._cursors.update(prepared.record.cursors)
        self._records += 1
        self._prepared = None
        if self._ledger.is_grown(self._weight):
            try:
                self._snapshot()
            except OutsideError as error:  # what was committed stays so: the next commit tries again
                _log.warning("%s", error)

    def _has_work(self, watermark: int) -> bool:
        """Whether anything waits for time to pass."""
        desk = self._settings.desk
        if self.waiting.is_due(watermark) or (desk is not None and desk.due is not None and desk.due <= watermark):
            return True
        return any(
            state.pending.is_ready(watermark - c.lag) or (c.window is not Window.SLIDING and state.live)
            for c, state in self.chained
        )

    # -- what lasts

    def _restore(self) -> None:
        """All of it as of the last record."""
        self._ledger.close()
        frames: dict[str, list[bytes]] = {}
        deltas: dict[str, list[bytes]] = {}
        self.waiting, self.marks, self._records = Waiting(), Watermarks(self._settings.lateness), 0
        for record in self._ledger.open():
            self._records += 1
            self._cursors.update(record.cursors)
            for name, file in orjson.loads(record.parts.get("states", b"{}")).items():
                frames[name] = list(read_state(self._settings.state / STATES / file))
            for name, part in record.parts.items():
                if name.startswith(CORRELATION):
                    deltas.setdefault(name.removeprefix(CORRELATION), []).append(part)
            if "marks" in record.parts:
                self.marks.load(orjson.loads(record.parts["marks"]))
            self.waiting.take(load(record.parts.get("alerts", b"[]")), self.marks.passed)
        secret = read_secret(self._settings.state)
        folder = self._settings.spill or self._settings.state / SPILL
        memory = Memory(self._settings.memory, FileSpill(folder))
        self.chained = [
            (c, restore(c, frames.pop(c.id, []), deltas.pop(c.id, []), memory, secret=secret, journal=True))
            for c in self._settings.chain
        ]
        self.began = [f"correlation {c.title!r} begins anew: {s.began}" for c, s in self.chained if s.began]
        self._sound = True

    def _snapshot(self) -> None:
        """Everything at once, in place of the records so far."""
        folder, number = self._settings.state / STATES, self._ledger.sequence
        written = {c.id: write_state(folder, state, number) for c, state in self.chained}
        names = {name: file for name, (file, _) in written.items()}
        parts = {
            "states": orjson.dumps(names),
            "alerts": dump(self.waiting.entries()),
            "marks": orjson.dumps(self.marks.dump()),
        }
        self._ledger.snapshot(Record(number, dict(self._cursors), parts, self.marks.passed))
        drop_others(folder, set(names.values()))
        self._weight = sum(size for _, size in written.values())
        self._records = 0


def read_secret(state: Path) -> Secret:
    """What only this deployment knows (see `correlate.signals`), made when there is none yet."""
    path = state / SECRET
    try:
        if not path.exists():
            state.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(16))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        raw = path.read_bytes()
    except OSError as error:
        raise OutsideError(f"cannot use {path}: {error.strerror}") from error
    if len(raw) != 16:
        raise OutsideError(f"{path} is damaged: take it away, and correlations begin anew")
    return int.from_bytes(raw[:8], "little"), int.from_bytes(raw[8:], "little")


def _signals(batches: Committed) -> dict[str, Signals]:
    """What all of them signal, by the correlation's id."""
    found: dict[str, list[Signals]] = {}
    for _, batch in batches:
        for name, signals in batch.signals.items():
            found.setdefault(name, []).append(signals)
    return {name: together(several) for name, several in found.items()}


def _found(batches: Committed) -> Iterator[Entry]:
    """Alerts of single events."""
    for _, batch in batches:
        if batch.alerts:
            for line in to_ndjson(batch.alerts).splitlines():
                row = orjson.loads(line)
                yield instants.read(row["@timestamp"]), row["alert.id"], line
