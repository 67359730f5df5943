"""The dead letters: which wait, why, and how they go through again.

Nothing is ever deleted. A replay is written down before it begins (`replays`: which rejects, in which order), its
rows are committed as a stream of their own (`replay.id`, the ordinal as position), and it is done when that is
written down too. A crash between is made good by running the same replay again: what it had written already is
dropped by the lake as any repeated row is. A record that fails once more is a new reject row of that replay; the old
one no longer waits.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from penstock.errors import UsageError
from penstock.store.lake import Lake, Rows
from penstock.store.query import Reader
from penstock.store.tables import LONG, STRING, TIME

KEPT = 65_536
"""Bytes of a reject that are kept. What was longer cannot be replayed."""

CHUNK = 2_000
"""Rejects held at a time by a replay: 128 MiB at most."""

DONE = """
    SELECT i."event.id" AS id, i."replay.of" AS "of" FROM replays i
    SEMI JOIN (SELECT "replay.id" FROM replays WHERE "replay.state" = 'done') d ON i."replay.id" = d."replay.id"
    WHERE i."replay.state" = 'begun'
"""
WAITING = f"""
    FROM rejects r ANTI JOIN ({DONE}) done
    ON r."event.id" = done.id AND coalesce(r."penstock.replay", '') = done."of"
"""

GROUPS: Mapping[str, str] = {
    "fingerprint": '"error.fingerprint"',
    "category": '"error.category"',
    "code": '"error.code"',
    "stage": '"error.stage"',
    "dataset": '"event.dataset"',
    "pack": '"penstock.pack"',
    "source": '"penstock.source"',
    "hour": "date_trunc('hour', \"event.ingested\")",
    "day": '"event.day"',
}
"""What rejects can be counted by, and the SQL of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejects: those equal in every field that is given, ingested from `since` to before `until`."""

    fingerprint: str | None = None
    category: str | None = None
    dataset: str | None = None
    pack: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> tuple[str, list[object]]:
        """An SQL condition on `rejects r`, and its parameters."""
        terms, values = ["true"], list[object]()
        for name in ("fingerprint", "category", "dataset", "pack", "source"):
            if (value := getattr(self, name)) is not None:
                terms.append(f"r.{GROUPS[name]} = ?")
                values.append(value)
        for when, operator in ((self.since, ">="), (self.until, "<")):
            if when is not None:
                terms.append(f'r."event.ingested" {operator} ?::TIMESTAMPTZ')
                values.append(when.astimezone(UTC).isoformat())
        return " AND ".join(terms), values


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that has begun: its id (16 bytes, the stream its rows are committed under) and how many rejects."""

    id: bytes
    size: int


def waiting(root: Path, wanted: Wanted = ALL, *, limit: int = 100) -> pa.Table:
    """Rejects that wait, newest first, at most `limit`: all columns of the reject row."""
    where, values = wanted.where()
    sql = f'SELECT r.* {WAITING} WHERE {where} ORDER BY r."event.ingested" DESC, r."event.id" LIMIT {int(limit)}'
    with Reader(root) as reader:
        return reader.ask(sql, values).read_all()


def show(root: Path, event_id: str) -> pa.Table:
    """Every reject row of a record, the first failure first, with `waiting` (bool). Empty if there is none."""
    sql = f"""
        SELECT r.*, w.id IS NOT NULL AS waiting FROM rejects r
        LEFT JOIN (SELECT r."event.id" AS id, coalesce(r."penstock.replay", '') AS "of" {WAITING}) w
        ON r."event.id" = w.id AND coalesce(r."penstock.replay", '') = w."of"
        WHERE r."event.id" = ? ORDER BY r."event.ingested"
    """  # noqa: S608 our own text
    with Reader(root) as reader:
        return reader.ask(sql, [event_id]).read_all()


def stats(
    root: Path, by: Sequence[str] = ("category", "dataset", "fingerprint"), wanted: Wanted = ALL, *, limit: int = 100
) -> pa.Table:
    """Waiting rejects counted by `by` (names of `GROUPS`), most frequent first.

    Columns: the groups, `count`, `first`, `last` (time ingested), `message` (one of the group's), `event.id` (its).
    """
    if unknown := [g for g in by if g not in GROUPS]:
        raise UsageError(f"cannot count rejects by {', '.join(unknown)}: choose from {', '.join(GROUPS)}")
    where, values = wanted.where()
    groups = ", ".join(f'{GROUPS[g]} AS "{g}"' for g in by)
    sql = f"""
        SELECT {groups}{"," if groups else ""} count(*) AS count,
            min(r."event.ingested") AS first, max(r."event.ingested") AS last,
            arg_max(r."error.message", r."event.ingested") AS message,
            arg_max(r."event.id", r."event.ingested") AS "event.id"
        {WAITING} WHERE {where} {"GROUP BY ALL" if groups else ""} ORDER BY count DESC, first LIMIT {int(limit)}
    """
    with Reader(root) as reader:
        return reader.ask(sql, values).read_all()


def unfinished(root: Path) -> list[Replay]:
    """Replays that began and were never done: run these first, or their rejects may become events twice."""
    sql = """
        SELECT "replay.id" AS id, count(*) FILTER ("replay.state" = 'begun') AS size FROM replays
        GROUP BY 1 HAVING NOT bool_or("replay.state" = 'done') ORDER BY min("replay.at"), 1
    """
    with Reader(root) as reader:
        rows = reader.ask(sql).read_all().to_pylist()
    return [Replay(bytes.fromhex(row["id"]), row["size"]) for row in rows]


def begin(lake: Lake, wanted: Wanted = ALL, *, now: datetime, limit: int = 100_000) -> Replay | None:
    """Write down a replay of the oldest `limit` rejects that wait and are whole; None if there are none."""
    if left := unfinished(lake.root):
        raise UsageError(f"a replay was interrupted ({left[0].id.hex()}): finish it first")
    where, values = wanted.where()
    sql = f"""
        SELECT r."event.id" AS id, coalesce(r."penstock.replay", '') AS "of" {WAITING}
        WHERE {where} AND coalesce(r."error.length", 0) <= {KEPT} AND r."penstock.stream" IS NOT NULL
        ORDER BY r."event.ingested", r."penstock.stream", r."penstock.position" LIMIT {int(limit)}
    """
    with Reader(lake.root) as reader:
        chosen = reader.ask(sql, values).read_all()
    n = len(chosen)
    if not n:
        return None
    replay = Replay(os.urandom(16), n)
    _note(lake, replay, "begun", np.arange(n, dtype=np.int64), chosen["id"], chosen["of"], now)
    return replay


def records(root: Path, replay: Replay) -> Iterator[pa.Table]:
    """The replay's reject rows in its order, some at a time, each with `replay.ordinal`."""
    sql = """
        SELECT r.*, i."replay.ordinal" FROM rejects r
        JOIN replays i ON r."event.id" = i."event.id" AND coalesce(r."penstock.replay", '') = i."replay.of"
        WHERE i."replay.id" = ? AND i."replay.state" = 'begun' AND i."replay.ordinal" >= ? AND i."replay.ordinal" < ?
        ORDER BY i."replay.ordinal"
    """
    with Reader(root) as reader:
        for first in range(0, replay.size, CHUNK):
            yield reader.ask(sql, [replay.id.hex(), first, first + CHUNK]).read_all()


def finish(lake: Lake, replay: Replay, *, now: datetime) -> None:
    """The replay's events and rejects are committed: its old rejects wait no longer."""
    nothing = pa.array([None], STRING)
    _note(lake, replay, "done", np.array([replay.size], np.int64), nothing, nothing, now)


def original(row: Mapping[str, object]) -> bytes:
    """A reject's bytes as they came."""
    encoded = row.get("error.original_base64")
    return base64.b64decode(str(encoded)) if encoded is not None else str(row["event.original"]).encode()


def _note(
    lake: Lake, replay: Replay, state: str, ordinal: np.ndarray, ids: pa.Array, of: pa.Array, now: datetime
) -> None:
    n = len(ordinal)
    frame = pa.table(
        {
            "replay.at": pa.array([now] * n, TIME),
            "replay.id": pa.array([replay.id.hex()] * n, STRING),
            "replay.state": pa.array([state] * n, STRING),
            "replay.ordinal": pa.array(ordinal, LONG),
            "event.id": ids,
            "replay.of": of,
        }
    )
    lake.commit("replays", [Rows(frame, replay.id, ordinal)])
