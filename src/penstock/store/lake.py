"""The lake: Delta tables under one folder. One commit a table for a group of batches, each row once and only once.

Every commit carries, for each stream it took rows from, how far that stream has come (`txn` in the Delta log). What
is at or below that position is dropped when it is offered again. So a replay after a crash, whatever its batch
boundaries, neither loses a row nor writes one twice, and a crash between the commits of two tables does no harm:
each has its own positions.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from penstock.columns import I64
from penstock.errors import OutsideError
from penstock.store import files
from penstock.store.files import DataFile
from penstock.store.log import Conflict, Log
from penstock.store.tables import TABLES

TRIES = 10


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one stream (and, for events, of one dataset) to be committed.

    frame     n rows: flat dotted names, wire types (strings as views, dictionaries or large ones are fine)
    stream    the stream's identity (`Lines.stream`)
    position  int64[n]: each row's position in it, in any order
    dataset   the events' `event.dataset` (None for other tables)
    """

    frame: pa.Table
    stream: bytes
    position: I64
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did: the table's version after it, rows written, rows dropped because they were there already."""

    version: int
    written: int
    dropped: int


class Lake:
    """Tables under `root`, opened when first used. Safe for threads; several processes may write to one lake."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root
        self.durable = durable
        self._logs: dict[str, Log] = {}
        self._locks = {name: threading.RLock() for name in TABLES}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the logs. Everything committed is on disk already."""
        self._logs.clear()

    def commit_events(self, rows: Sequence[Rows], marks: Mapping[bytes, int] | None = None) -> Committed:
        """Write events of any datasets in one commit. See `commit`."""
        return self.commit("events", rows, marks)

    def commit_rejects(self, rows: Sequence[Rows], marks: Mapping[bytes, int] | None = None) -> Committed:
        """Write rejects in one commit. See `commit`."""
        return self.commit("rejects", rows, marks)

    def commit(self, name: str, rows: Sequence[Rows], marks: Mapping[bytes, int] | None = None) -> Committed:
        """Write rows to a table, all or none, durable when it returns.

        `marks` says how far each stream was read (its last record's position); a stream not named there has come as
        far as its greatest position in `rows`. Nothing is committed if no row is new. Raises `OutsideError` if the
        disk fails, `Bug` if a column changed its type.
        """
        with self._locks[name]:
            log = self._log(name)
            for _ in range(TRIES):
                fresh = [r for row in rows if len((r := _unseen(row, log.positions.get(row.stream.hex(), -1))).frame)]
                offered, new = sum(len(r.frame) for r in rows), sum(len(r.frame) for r in fresh)
                if not new:
                    return Committed(log.version, 0, offered)
                written, schemas = self._write(log, fresh)
                try:
                    log.widen(schemas)
                    return Committed(log.commit(written, _high(fresh, marks or {})), new, offered - new)
                except Conflict:
                    # The files stay: should the commit have happened after all, it names them. `vacuum` finds the rest.
                    log.refresh()
            raise OutsideError(f"{log.root}: other writers were first {TRIES} times running")

    def positions(self, name: str) -> dict[str, int]:
        """How far each stream (hex) is in a table."""
        with self._locks[name]:
            return dict(self._log(name).positions)

    def refresh(self) -> None:
        """Take over what other processes committed."""
        for name, log in list(self._logs.items()):
            with self._locks[name]:
                log.refresh()

    def log(self, name: str) -> tuple[Log, threading.RLock]:
        """A table's log and the lock to hold while using it (for upkeep)."""
        with self._locks[name]:
            return self._log(name), self._locks[name]

    def _log(self, name: str) -> Log:
        if name not in self._logs:
            self._logs[name] = Log(self.root, TABLES[name], durable=self.durable)
        return self._logs[name]

    def _write(self, log: Log, rows: Sequence[Rows]) -> tuple[list[DataFile], list[pa.Schema]]:
        groups: dict[str | None, list[pa.Table]] = {}
        for row, frame in zip(rows, log.respell([row.frame for row in rows]), strict=True):
            groups.setdefault(row.dataset, []).append(frame)
        written: list[DataFile] = []
        schemas = []
        try:
            for dataset, frames in groups.items():
                merged = files.merge(frames)
                for file, schema in files.write(log.root, log.table, dataset, merged, durable=self.durable):
                    written.append(file)
                    schemas.append(schema)
            if self.durable:
                for folder in {(log.root / f.path).parent for f in written}:
                    files.sync_folder(folder)
        except OSError as e:
            for file in written:
                (log.root / file.path).unlink(missing_ok=True)
            raise OutsideError(f"cannot write to {log.root}: {e}") from e
        return written, schemas


def _unseen(rows: Rows, high: int) -> Rows:
    """The rows past `high`."""
    if high < 0 or not len(rows.position) or rows.position.min() > high:
        return rows
    keep = np.flatnonzero(rows.position > high)
    return Rows(files.take(rows.frame, keep), rows.stream, rows.position[keep], rows.dataset)


def _high(rows: Sequence[Rows], marks: Mapping[bytes, int]) -> dict[str, int]:
    """How far each stream has come after these rows."""
    high: dict[str, int] = {}
    for row in rows:
        last = max(int(np.max(row.position)), marks.get(row.stream, -1))
        high[row.stream.hex()] = max(high.get(row.stream.hex(), -1), last)
    return high
