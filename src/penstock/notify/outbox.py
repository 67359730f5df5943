"""The outbox: messages that are to be sent, and what became of them. SQLite in WAL mode, fully synchronous.

A message is in it before anybody is told, and leaves it once the other side has it. A crash between sending and
writing that down sends it again, with the same key.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from penstock.errors import OutsideError
from penstock.notify.channel import Message

WAITING, SENT, FAILED = "waiting", "sent", "failed"

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    key TEXT PRIMARY KEY, channel TEXT NOT NULL, fields TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    added REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, error TEXT NOT NULL DEFAULT '',
    ended REAL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON message (state, due);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the outbox and how it stands. Times are seconds since 1970."""

    message: Message
    channel: str
    state: str
    added: float
    attempts: int
    due: float
    error: str


class Outbox:
    """Messages in a file. Several processes may use it. Raises `OutsideError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            os.chmod(path, 0o600)  # noqa: PTH101  the same, on the file just opened
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def add(self, messages: Iterable[tuple[str, Message]], now: float) -> int:
        """Put (channel, message) in, all or none, durably; those whose key is known are left out. How many were new."""
        rows = [(m.key, channel, json.dumps(dict(m.fields)), now, now) for channel, m in messages]
        sql = "INSERT OR IGNORE INTO message (key, channel, fields, added, due) VALUES (?, ?, ?, ?, ?)"
        with self._told():
            before = self._db.total_changes
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(sql, rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            return self._db.total_changes - before

    def due(self, now: float, limit: int = 100) -> list[Entry]:
        """Messages whose time has come, longest due first."""
        return self._entries("state = 'waiting' AND due <= ? ORDER BY due, added, key LIMIT ?", (now, limit))

    def entries(self, state: str | None = None, limit: int = 100) -> list[Entry]:
        """Messages, newest first."""
        return self._entries("(? IS NULL OR state = ?) ORDER BY added DESC, key LIMIT ?", (state, state, limit))

    def next_due(self) -> float | None:
        """When the next waiting message is due."""
        with self._told():
            (found,) = self._db.execute("SELECT min(due) FROM message WHERE state = 'waiting'").fetchone()
        return None if found is None else float(found)

    def sent(self, key: str, now: float) -> None:
        """The other side has it."""
        self._write("UPDATE message SET state = 'sent', attempts = attempts + 1, ended = ? WHERE key = ?", (now, key))

    def postponed(self, key: str, due: float, error: str) -> None:
        """An attempt failed; another follows."""
        sql = "UPDATE message SET attempts = attempts + 1, due = ?, error = ? WHERE key = ?"
        self._write(sql, (due, error, key))

    def wait(self, key: str, due: float) -> None:
        """No attempt was made; its turn comes later."""
        self._write("UPDATE message SET due = ? WHERE key = ?", (due, key))

    def failed(self, key: str, now: float, error: str) -> None:
        """There will be no further attempt, unless somebody asks for it."""
        sql = "UPDATE message SET state = 'failed', attempts = attempts + 1, error = ?, ended = ? WHERE key = ?"
        self._write(sql, (error, now, key))

    def again(self, now: float) -> int:
        """Failed messages wait once more, their attempts counted anew; how many."""
        sql = "UPDATE message SET state = 'waiting', attempts = 0, due = ?, ended = NULL WHERE state = 'failed'"
        return self._write(sql, (now,))

    def prune(self, before: float) -> int:
        """Forget what was sent before a time; how many."""
        return self._write("DELETE FROM message WHERE state = 'sent' AND ended < ?", (before,))

    def counts(self) -> Mapping[tuple[str, str], int]:
        """(channel, state) -> messages: for metrics."""
        with self._told():
            rows = self._db.execute("SELECT channel, state, count(*) FROM message GROUP BY 1, 2").fetchall()
        return {(channel, state): count for channel, state, count in rows}

    def _entries(self, where: str, values: tuple[object, ...]) -> list[Entry]:
        sql = f"SELECT key, channel, fields, state, added, attempts, due, error FROM message WHERE {where}"  # noqa: S608  our own text
        with self._told():
            rows = self._db.execute(sql, values).fetchall()
        return [
            Entry(Message(key, json.loads(fields)), channel, state, added, attempts, due, error)
            for key, channel, fields, state, added, attempts, due, error in rows
        ]

    def _write(self, sql: str, values: tuple[object, ...]) -> int:
        with self._told():
            return self._db.execute(sql, values).rowcount

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutsideError(f"cannot use the outbox {self._path}: {error}") from error
