"""The commonest shapes of events that nothing has categorised: what `penstock schema uncategorised` shows.

A shape is the message (the record, where there is no message) with what differs from event to event left out: words
with a digit in them (numbers, addresses, times, ids, most hex) become `#`, quoted text `"…"`; of JSON the keys stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa

from penstock.columns import Frame
from penstock.core import Batch
from penstock.stages.categorise import uncategorised
from penstock.store.query import Reader

MOST = 100_000
"""Shapes that are counted; beyond it those that came once are forgotten."""

LONGEST = 300
"""Characters of a text that are looked at."""

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MASKS = ((_QUOTED, '"…"'), (r"'[^' ]*'", "'…'"), (r"[\w.:/@%+-]*\d[\w.:/@%+-]*", "#"), (r"\s+", " "))
_JSON_MASKS = ((rf":\s*{_QUOTED}", ':"…"'), (r":\s*-?\d[\d.eE+-]*", ":#"), (r"\s+", " "))


def shapes_of(texts: pl.Series) -> pl.Series:
    """The shape of each text."""
    cut = pl.col("text").str.slice(0, LONGEST)
    plain, json = cut, cut
    for mask, by in _MASKS:
        plain = plain.str.replace_all(mask, by.replace("$", "$$"))
    for mask, by in _JSON_MASKS:
        json = json.str.replace_all(mask, by)
    is_json = cut.str.starts_with("{")
    frame = texts.rename("text").cast(pl.String).to_frame()
    return frame.select(pl.when(is_json).then(json).otherwise(plain).str.strip_chars().alias("shape"))["shape"]


@dataclass
class Shapes:
    """Counts shapes. events: all that were seen; open: those that nothing categorised."""

    events: int = 0
    open: int = 0
    forgotten: int = 0
    _found: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def add(self, dataset: str, texts: Iterable[str]) -> None:
        """Texts of events that nothing categorised."""
        held = pl.Series("text", list(texts), pl.String)
        if not len(held):
            return
        self.open += len(held)
        counted = pl.DataFrame({"shape": shapes_of(held), "text": held}).group_by("shape", maintain_order=True)
        for shape, count, example in counted.agg(pl.len(), pl.first("text")).iter_rows():
            before, first = self._found.get((dataset, shape), (0, example))
            self._found[dataset, shape] = before + count, first
        if len(self._found) > MOST:
            kept = {key: held for key, held in self._found.items() if held[0] > 1}
            self.forgotten += len(self._found) - len(kept)
            self._found = kept if len(kept) <= MOST else dict(sorted(kept.items(), key=_commonest)[: MOST // 2])

    def table(self, top: int) -> pa.Table:
        """The commonest, each with one text that has it."""
        best = sorted(self._found.items(), key=_commonest)[:top]
        return pa.table(
            {
                "count": pa.array([count for _, (count, _) in best], pa.int64()),
                "event.dataset": pa.array([dataset for (dataset, _), _ in best], pa.string()),
                "shape": pa.array([shape for (_, shape), _ in best], pa.string()),
                "example": pa.array([example for _, (_, example) in best], pa.string()),
            }
        )


def _commonest(item: tuple[tuple[str, str], tuple[int, str]]) -> tuple[int, tuple[str, str]]:
    return -item[1][0], item[0]


def of_batches(batches: Iterable[Batch]) -> Shapes:
    """The shapes in categorised batches."""
    shapes = Shapes()
    for batch in batches:
        for frame in batch.events:
            shapes.events += len(frame)
            shapes.add(frame.dataset, _texts(frame))
    return shapes


def _texts(frame: Frame) -> Iterator[str]:
    """Message or record of the rows that nothing categorised."""
    columns = [frame.place[frame.names.index(n)] for n in ("message", "event.original") if n in frame.names]
    for row in uncategorised(frame).tolist():
        place = next((c for c in columns if frame.length[c, row] > 0), None)
        if place is not None:
            raw = frame.text.slice(int(frame.start[place, row]), int(frame.length[place, row]))
            yield raw.decode("utf-8", "replace")


def of_lake(root: Path) -> Shapes:
    """The shapes in a lake."""
    shapes = Shapes()
    with Reader(root) as reader:
        shapes.events = int(reader.ask("SELECT count(*) FROM events").read_all()[0][0].as_py())
        names = reader.ask("SELECT * FROM events LIMIT 0").schema.names
        text = 'coalesce("message", "event.original")' if "message" in names else '"event.original"'
        sql = (
            f'SELECT "event.dataset" AS dataset, {text} AS text FROM events'  # noqa: S608  names of our own
            " WHERE \"penstock.category\" = 'unknown.uncategorized'"
        )
        for batch in reader.ask(sql):
            rows = pl.DataFrame({"dataset": batch.column(0).to_pylist(), "text": batch.column(1).to_pylist()})
            for (dataset,), own in rows.drop_nulls().group_by(["dataset"], maintain_order=True):
                shapes.add(str(dataset), own["text"].to_list())
    return shapes
