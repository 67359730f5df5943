"""Finished batches into the lake: events in one commit, rejects in another, each once and only once."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.core import Batch
from penstock.formats.arrow import to_arrow
from penstock.formats.rejected import reject_rows
from penstock.store.lake import Committed, Lake, Rows


def write(lake: Lake, batches: Sequence[Batch]) -> tuple[Committed, Committed]:
    """Write batches' events and rejects, durable when it returns; give what the two commits did.

    Both tables learn how far each stream was read, whatever became of its last record. Should the process die
    between the two commits, the next attempt finds the events there and writes the rejects.
    """
    events: list[Rows] = []
    rejects: list[Rows] = []
    marks: dict[bytes, int] = {}
    for batch in batches:
        lines = batch.lines
        if not len(lines):
            continue
        marks[lines.stream] = max(marks.get(lines.stream, -1), int(lines.position.max()))
        events += [
            Rows(to_arrow(frame), lines.stream, lines.position[frame.rows], frame.dataset)
            for frame in batch.events
            if len(frame)
        ]
        if len(batch.rejects):
            rejects.append(Rows(reject_rows(batch), lines.stream, lines.position[batch.rejects.rows]))
    return lake.commit_events(events, marks), lake.commit_rejects(rejects, marks)
