"""Stored events of a span of time, a piece at a time, oldest files first; only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from penstock.errors import OutsideError
from penstock.store.files import DataFile
from penstock.store.tables import DATASET, EVENTS, TIME
from penstock.store.upkeep import current

FOREVER = 1 << 62

Asked = Callable[[str], Collection[str]]
"""The columns wanted of a dataset; none: it is passed over."""


@dataclass(slots=True, eq=False)
class Piece:
    """Rows of one dataset, and where they stand: `more` reads other columns of some of them.

    until   every row that comes later is after this (microseconds UTC)
    """

    dataset: str
    rows: pa.Table
    until: int
    _file: pq.ParquetFile
    _group: int
    _kept: pa.Array | None

    def more(self, columns: Collection[str], rows: pa.Array) -> pa.Table:
        """These columns of these rows (int32: places in `rows`)."""
        there = [name for name in self._file.schema_arrow.names if name in columns]
        table = _read(self._file, self._group, there)
        if self._kept is not None:
            table = table.filter(self._kept)
        return table.take(rows)


def pieces(root: Path, asked: Asked, low: int, high: int) -> Iterator[Piece]:
    """Events with low <= @timestamp < high (microseconds UTC). Raises `OutsideError`."""
    found = [f for f in current(root, EVENTS) if _touches(f, low, high) and asked(f.values[DATASET] or "")]
    for k, file in enumerate(found):
        # files come by their oldest row: none that follows has an older one
        until = (found[k + 1].low or 0) - 1 if k + 1 < len(found) else FOREVER
        yield from _of_file(root / EVENTS.name / file.path, file, asked, low, high, until)


def _touches(file: DataFile, low: int, high: int) -> bool:
    return file.low is None or file.high is None or (file.low < high and file.high >= low)


def _of_file(path: Path, file: DataFile, asked: Asked, low: int, high: int, until: int) -> Iterator[Piece]:
    dataset = file.values[DATASET] or ""
    wanted = {EVENTS.time, *asked(dataset)}
    try:
        # strings whose values recur come as they lie there: each value once, and numbers
        with pq.ParquetFile(path) as plain:
            recurring = [n for n in plain.schema_arrow.names if n in wanted and _recurs(plain, n)]
        with pq.ParquetFile(path, read_dictionary=recurring) as parquet:
            there = [name for name in parquet.schema_arrow.names if name in wanted]
            inside = file.low is not None and file.high is not None and low <= file.low and file.high < high
            for group in range(parquet.num_row_groups):
                rows, kept = _read(parquet, group, there), None
                if not inside:
                    kept = _between(rows[EVENTS.time], low, high)
                    rows = rows.filter(kept)
                if len(rows):
                    last = group == parquet.num_row_groups - 1
                    yield Piece(dataset, rows, until if last else -FOREVER, parquet, group, kept)
    except (OSError, pa.ArrowException) as error:
        raise OutsideError(f"cannot read {path}: {error}") from error


def _read(file: pq.ParquetFile, group: int, columns: list[str]) -> pa.Table:
    return file.read_row_group(group, columns=columns, use_threads=False)


def _recurs(file: pq.ParquetFile, name: str) -> bool:
    """Whether a text column is written as a dictionary."""
    schema = file.schema_arrow
    place = schema.get_field_index(name)
    if not pa.types.is_string(schema.field(place).type) or not file.num_row_groups:
        return False
    group = file.metadata.row_group(0)
    column = next(c for c in (group.column(i) for i in range(group.num_columns)) if c.path_in_schema == name)
    return bool(column.has_dictionary_page)


def _between(times: pa.ChunkedArray, low: int, high: int) -> pa.Array:
    least, most = (pa.scalar(min(max(t, -(1 << 62)), FOREVER), TIME) for t in (low, high))
    return pc.and_(pc.greater_equal(times, least), pc.less(times, most)).combine_chunks()
