"""The desk: what the step remembers, durable, and what it says, carried out. One process at a time: the service lets
go of it between its steps (`shared`), so that people can act meanwhile.

A step counts once its record is in the ledger: the change of the state, and what follows from it (rows for the lake,
messages for the outbox). Carrying that out may be interrupted at any moment: when the desk is opened again, the last
record's is done once more. The lake drops rows it has, the outbox messages it knows, so nothing is lost or doubled.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import orjson

from penstock.errors import Bug, OutsideError
from penstock.incidents.acting import Action
from penstock.incidents.alert import Row
from penstock.incidents.policy import Policy
from penstock.incidents.state import State, apply, of_json, to_json
from penstock.incidents.step import Changes, step
from penstock.notify.channel import Channel
from penstock.notify.delivery import addressed
from penstock.notify.outbox import Outbox
from penstock.store.lake import Lake, Rows
from penstock.store.ledger import Ledger, Record
from penstock.triage.stored import Plain, alert_row, alerts_table, incident_row, incidents_table

FOLDER, OUTBOX, LOCK = "incidents", "outbox.sqlite", "lock"

PATIENCE = 30.0
"""Seconds for which another process may have the desk."""

RECORDS = 64
"""Records that are folded at most when the desk is opened, but for a crash."""

SHIFT = 24
"""Bits of a row's place in its record: the rest of its position is the record's number."""


class Desk:
    """Incidents in a lake, to be stepped. Raises `OutsideError`."""

    def __init__(
        self,
        lake: Path,
        state: Path,
        policy: Policy,
        channels: Sequence[Channel] = (),
        *,
        durable: bool = True,
        shared: bool = False,
    ) -> None:
        """shared: others may have it between the steps; what they did is taken over before each."""
        self.state = State()
        self._policy = policy
        self._channels = channels
        self._folder = state / FOLDER
        self._lake = Lake(lake, durable=durable)
        self._ledger = Ledger(self._folder, durable=durable)
        self._outbox = state / OUTBOX
        self._lock = -1
        self._shared = shared
        self._records = 0
        self._sound = False

    def __enter__(self) -> Self:
        self._lock = _opened(self._folder / LOCK)
        try:
            _take(self._lock, self._folder)
            self._take_over(self._ledger.open())
            if self._shared:
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        except BaseException:
            self._let_go()
            raise
        self._sound = True
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self._sound and (self._records > RECORDS or self._ledger.is_grown()):
                with self._held():
                    self._snapshot()
        finally:
            self._let_go()

    @property
    def is_sound(self) -> bool:
        """Whether it can be stepped; after a failure it has to be opened anew."""
        return self._sound

    @property
    def due(self) -> int | None:
        """When the next timer is due, as far as this process knows; microseconds."""
        return min((timer.due for timer in self.state.timers.values()), default=None)

    def step(
        self,
        rows: Iterable[Row] = (),
        actions: Iterable[Action] = (),
        now: int = 0,
        *,
        due: Iterable[int] | None = None,
    ) -> Changes:
        """One step, durable and carried out when this returns. See `penstock.incidents.step`."""
        if not self._sound:
            raise Bug("the desk failed before: open it again")
        with self._held():
            return self._step(rows, actions, now, due)

    def _step(self, rows: Iterable[Row], actions: Iterable[Action], now: int, due: Iterable[int] | None) -> Changes:
        when: Iterable[int | None] = repeat(None) if due is None else due
        both = {str(row.get("alert.id")): (row, at) for row, at in zip(rows, when, strict=False)}
        kept = {name: row for name, (row, _) in both.items()}
        after, changes = step(
            self.state, kept.values(), actions, now, self._policy, due=[at for _, at in both.values()]
        )
        if changes.delta == b"{}":
            return changes
        clock = after.figures.get("clock", 0)
        effects = {
            "alerts": [alert_row(kept[p.alert], p) for p in changes.placed],
            "incidents": [incident_row(i, strands, clock) for i, strands in changes.touched],
            "notices": [asdict(n) for n in changes.notices],
        }
        parts = {"delta": changes.delta, "effects": orjson.dumps(effects)}
        record = Record(self._ledger.sequence + 1, parts=parts, now=clock)
        self._sound = False
        self._ledger.append(record)
        self.state = after
        self._records += 1
        self._carry_out(record)
        self._sound = True
        if self._ledger.is_grown():
            self._snapshot()
        return changes

    @contextmanager
    def _held(self) -> Iterator[None]:
        """While nobody else works on it: what others did is known then."""
        if not self._shared:
            yield
            return
        _take(self._lock, self._folder)
        try:
            self._sound = False
            self._take_over(self._ledger.newer())
            self._sound = True
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _take_over(self, records: Iterable[Record]) -> None:
        """Records of the ledger into the state; what follows from the last of them may not have been done."""
        last: Record | None = None
        for record in records:
            self._records += 1
            if "state" in record.parts:
                self.state = of_json(record.parts["state"])
            else:
                self.state = apply(self.state, record.parts["delta"])
            last = record
        if last is not None and "effects" in last.parts:
            self._lake.refresh()
            self._carry_out(last)

    def _carry_out(self, record: Record) -> None:
        """What follows from a record: may be done again, and does nothing then."""
        effects = orjson.loads(record.parts["effects"])
        messages = [
            m
            for n in effects["notices"]
            for m in addressed(self._channels, n["key"], n["level"], n["what"], n["step"], n["fields"])
        ]
        if messages:
            with Outbox(self._outbox) as outbox:
                outbox.add(messages, time.time())
        self._store("alerts", effects["alerts"], record.sequence)
        self._store("incidents", effects["incidents"], record.sequence)

    def _store(self, name: str, rows: list[Plain], sequence: int) -> None:
        if rows:
            table = alerts_table(rows) if name == "alerts" else incidents_table(rows)
            position = (sequence << SHIFT) + np.arange(len(rows), dtype=np.int64)
            self._lake.commit(name, [Rows(table, self._ledger.identity, position)])

    def _snapshot(self) -> None:
        record = Record(self._ledger.sequence, parts={"state": to_json(self.state)})
        self._ledger.snapshot(record)
        self._records = 0

    def _let_go(self) -> None:
        self._ledger.close()
        self._lake.close()
        os.close(self._lock)


def _opened(path: Path) -> int:
    """The lock's handle."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutsideError(f"cannot write {path}: {error.strerror}") from error


def _take(handle: int, folder: Path) -> None:
    """Wait until the lock is ours."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > end:
                raise OutsideError(f"another process works on the incidents of {folder}") from error
            time.sleep(0.02)
        else:
            return
