"""Events as Parquet files: a folder a dataset, files of bounded size, memory bounded whatever the input.

All files of a dataset have the same columns, those the dataset can have, so that a reader can take them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from penstock.columns import Kind
from penstock.core import Batch
from penstock.errors import OutsideError, UsageError
from penstock.formats.arrow import to_arrow

FILE = 128 << 20
"""Bytes after which a file is full."""

GROUP = 1 << 16
"""Rows that make a row group worth writing."""

HELD = 64 << 20
"""Bytes of rows held for all datasets together; then everything is written."""

SAMPLE = 512
"""Rows looked at to see whether a column's values recur: only then is a dictionary worth its while."""


@dataclass(slots=True)
class _Dataset:
    folder: Path
    schema: pa.Schema
    waiting: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    files: int = 0
    writer: pq.ParquetWriter | None = None
    path: Path = Path()


class ParquetFolder:
    """Writes batches' events below `out`: `<dataset>/part-00000.parquet`, …; zstd.

    A file has its name once it is whole. Raises `UsageError` when there are Parquet files below `out` already (what is
    there would be taken together with what comes), `OutsideError` when the disk fails.
    """

    def __init__(
        self, out: Path, fields: Callable[[str], Mapping[str, tuple[Kind, bool]]], *, file: int = FILE
    ) -> None:
        """`fields`: of a dataset, every field its events can have, its kind, and whether it is an array."""
        self._out = out
        self._fields = fields
        self._file = file
        self._datasets: dict[str, _Dataset] = {}
        self._held = 0
        try:
            if next(out.glob("*/*.parquet"), None) is not None:
                raise UsageError(f"{out} has Parquet files already: name an empty folder, or empty it")
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideError(f"cannot write to {out}: {error.strerror}") from error

    def write(self, batch: Batch) -> None:
        """Take a batch's events."""
        for frame in batch.events:
            if not len(frame):
                continue
            dataset = self._datasets.get(frame.dataset)
            if dataset is None:
                fields = self._fields(frame.dataset)
                schema = pa.schema([(name, _type(*of)) for name, of in fields.items()])
                dataset = self._datasets[frame.dataset] = _Dataset(self._out / frame.dataset, schema)
            table = to_arrow(frame, copied=True)
            dataset.waiting.append(table)
            dataset.rows += len(table)
            self._held += table.nbytes
            if dataset.rows >= GROUP:
                self._flush(dataset)
        if self._held > HELD:
            for dataset in self._datasets.values():
                self._flush(dataset)

    def close(self) -> None:
        """Finish all files."""
        for dataset in self._datasets.values():
            self._flush(dataset)
            self._finish(dataset)

    def _flush(self, dataset: _Dataset) -> None:
        if not dataset.waiting:
            return
        self._held -= sum(t.nbytes for t in dataset.waiting)
        table = _whole(dataset.waiting, dataset.schema)
        dataset.waiting, dataset.rows = [], 0
        try:
            if dataset.writer is None:
                dataset.folder.mkdir(parents=True, exist_ok=True)
                dataset.path = dataset.folder / f"part-{dataset.files:05d}.parquet"
                dataset.writer = pq.ParquetWriter(
                    dataset.path.with_suffix(".unfinished"),
                    dataset.schema,
                    compression="zstd",
                    compression_level=1,
                    use_dictionary=_recurring(table) or False,
                    write_statistics=["@timestamp"],
                )
                dataset.files += 1
            dataset.writer.write_table(table)
            if dataset.path.with_suffix(".unfinished").stat().st_size >= self._file:
                self._finish(dataset)
        except OSError as error:
            with suppress(OSError):
                dataset.path.with_suffix(".unfinished").unlink(missing_ok=True)
            raise OutsideError(f"cannot write {dataset.path}: {error}") from error

    def _finish(self, dataset: _Dataset) -> None:
        if dataset.writer is None:
            return
        try:
            dataset.writer.close()
            dataset.path.with_suffix(".unfinished").replace(dataset.path)
        except OSError as error:
            raise OutsideError(f"cannot write {dataset.path}: {error}") from error
        dataset.writer = None


_TYPES = {
    Kind.LONG: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.timestamp("us", "UTC"),
}


def _type(kind: Kind, many: bool) -> pa.DataType:  # noqa: FBT001  as it stands in the mapping
    return pa.list_(pa.string()) if many else _TYPES.get(kind, pa.string())


def _whole(tables: list[pa.Table], schema: pa.Schema) -> pa.Table:
    """The tables one after the other, with all columns of the schema."""
    rows = sum(map(len, tables))
    nothing = {kind: pa.nulls(rows, kind) for kind in set(schema.types)}
    there = [set(table.schema.names) for table in tables]
    columns = []
    for column in schema:
        if not any(column.name in names for names in there):
            columns.append(nothing[column.type])
            continue
        chunks: list[pa.Array] = []
        for table, names in zip(tables, there, strict=True):
            if column.name in names:
                chunks += table[column.name].cast(column.type).chunks
            else:
                chunks.append(nothing[column.type].slice(0, len(table)))
        columns.append(pa.chunked_array(chunks, column.type))
    return pa.table(columns, schema=schema)


def _recurring(table: pa.Table) -> list[str]:
    """Leaf paths of columns worth a dictionary: in a sample most values occur more than once."""
    leaves = []
    for name, column in zip(table.schema.names, table.columns, strict=True):
        if column.null_count == len(column):
            continue
        nested = pa.types.is_list(column.type)
        sample = pc.list_flatten(column.slice(0, SAMPLE)) if nested else column.slice(0, SAMPLE)
        if 2 * len(sample.unique()) <= len(sample):
            leaves.append(name + ".list.element" if nested else name)
    return leaves
