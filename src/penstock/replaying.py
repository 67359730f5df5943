"""Dead letters sent through today's packs: what becomes an event is one with the id it would always have had.

A record goes with the hint it came under (its source's pack), and if that refuses it, without. Each attempt is a
stream of its own in the lake, so one that was interrupted is simply run again (see `store.rejects`).
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from penstock.columns import I32, Text
from penstock.content.catalogue import Catalogue
from penstock.core import Batch, Lines, Rejects, Stage, check_accounting, fold
from penstock.errors import OutsideError
from penstock.formats.arrow import to_arrow
from penstock.formats.rejected import reject_rows
from penstock.pipeline import stages
from penstock.schema.instants import microseconds
from penstock.store import rejects
from penstock.store.lake import Lake, Rows
from penstock.store.rejects import ALL, Replay, Wanted

Row = Mapping[str, object]


@dataclass(slots=True)
class Outcome:
    """What a replay did: records taken, those that are events now, those that were refused again."""

    taken: int = 0
    events: int = 0
    refused: int = 0
    again: int = 0
    """Interrupted replays that were finished first."""


def replay(
    lake: Lake,
    catalogue: Catalogue,
    wanted: Wanted = ALL,
    *,
    limit: int = 100_000,
    told: Callable[[int], None] = lambda _: None,
    context: bool = False,
) -> Outcome:
    """Send waiting rejects through, interrupted replays first; `told` is called with how many more were."""
    outcome = Outcome()
    chain = stages(catalogue, context=context)
    with _alone(lake.root):
        for left in rejects.unfinished(lake.root):
            _run(lake, catalogue, chain, left, outcome, told)
            outcome.again += 1
        begun = rejects.begin(lake, wanted, now=datetime.now(UTC), limit=limit)
        if begun is not None:
            _run(lake, catalogue, chain, begun, outcome, told)
    return outcome


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Two replays at a time would take the same rejects: a file in the lake's folder is held."""
    path = root / "replay.lock"
    try:
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError as error:
        raise OutsideError(f"another replay works with {root}: wait for it") from error


def _run(
    lake: Lake, catalogue: Catalogue, chain: Sequence[Stage], one: Replay, outcome: Outcome, told: Callable[[int], None]
) -> None:
    for rows in rejects.records(lake.root, one):
        found = rows.to_pylist()
        events: list[Rows] = []
        refused: list[Rows] = []
        for batch, ordinal in _batches(found, catalogue, chain):
            for frame in batch.events:
                events.append(Rows(to_arrow(frame), one.id, ordinal[frame.rows], frame.dataset))
                outcome.events += len(frame)
            if len(batch.rejects):
                refused.append(Rows(_marked(batch, one), one.id, ordinal[batch.rejects.rows]))
                outcome.refused += len(batch.rejects)
        if found:
            marks = {one.id: int(str(found[-1]["replay.ordinal"]))}
            lake.commit_events(events, marks)
            lake.commit_rejects(refused, marks)
        outcome.taken += len(found)
        told(len(found))
    rejects.finish(lake, one, now=datetime.now(UTC))


def _marked(batch: Batch, one: Replay) -> pa.Table:
    """The batch's rejects, as those of this replay."""
    rows = reject_rows(batch)
    return rows.append_column("penstock.replay", pa.array([one.id.hex()] * len(rows), pa.string()))


def _batches(
    rows: Sequence[Row], catalogue: Catalogue, chain: Sequence[Stage]
) -> Iterator[tuple[Batch, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    """Finished batches, each with the ordinals of its records."""
    for _, same in groupby(rows, key=_origin):
        some = list(same)
        ordinal = np.array([row["replay.ordinal"] for row in some], np.int64)
        hint = some[0]["penstock.pack"]
        first = str(hint) if hint in catalogue.packs else None
        batch = _fold(chain, _lines(some, first))
        again = batch.rejects.rows
        if first is None or not len(again):
            yield batch, ordinal
            continue
        yield replace(batch, rejects=Rejects()), ordinal
        yield _fold(chain, _lines([some[i] for i in again.tolist()], None)), ordinal[again]


def _fold(chain: Sequence[Stage], lines: Lines) -> Batch:
    done = fold(chain, Batch.of(lines))
    check_accounting(done)
    return done


def _origin(row: Row) -> tuple[object, ...]:
    """What the records of one batch have in common."""
    names = ("stream", "source", "pack", "reference", "zone", "header")
    return (row["event.ingested"], *(row[f"penstock.{name}"] for name in names))


def _lines(rows: Sequence[Row], pack: str | None) -> Lines:
    """The records as their source gave them: same stream, same positions, same clock."""
    raw = [rejects.original(row) for row in rows]
    length: I32 = np.array([len(r) for r in raw], np.int32)
    start = np.zeros(len(raw), np.int32)
    np.cumsum(length[:-1], out=start[1:])
    first = rows[0]
    header, zone = first["penstock.header"], first["penstock.zone"]
    return Lines(
        Text.of(b"".join(raw)),
        start,
        length,
        np.array([row["penstock.position"] for row in rows], np.int64),
        bytes.fromhex(str(first["penstock.stream"])),
        str(first["penstock.source"]),
        _micros(first["event.ingested"]),
        _micros(first["penstock.reference"] or first["event.ingested"]),
        pack,
        int(str(zone or 0)),
        None if header is None else str(header).encode(),
    )


def _micros(when: object) -> int:
    return microseconds(when) if isinstance(when, datetime) else 0
