"""Upkeep of the lake: small files into larger ones, files that nothing names away, sizes.

Compaction is ours and not delta-rs's, which would write every column of the table into every file. It reads and
writes a piece at a time: memory is bound by `PIECE` rows, whatever the files' sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from penstock.columns import I64
from penstock.errors import OutsideError
from penstock.schema.instants import microseconds
from penstock.store import files
from penstock.store.files import DataFile
from penstock.store.lake import Lake
from penstock.store.log import Conflict
from penstock.store.tables import TABLES, TIME, Table

TARGET = 128 << 20
"""Bytes that a compacted file is to have, about."""

PIECE = 1 << 17
"""Rows held at a time while compacting: also a row group of the result."""

FEWEST = 8
"""Small files that a partition must have before it is worth the trouble."""

FILES_AT_ONCE = 256
"""Files open at a time."""

FILES_A_COMMIT = 2_048
"""Files that one commit exchanges: a conflict costs no more than rewriting these."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a table holds: files, rows, bytes on disk (files of the current version only)."""

    files: int
    rows: int
    size: int


def current(root: Path, table: Table) -> list[DataFile]:
    """The files of a table's newest version, oldest rows first; none if there is no table yet."""
    where = root / table.name
    try:
        if not DeltaTable.is_deltatable(str(where)):
            return []
        adds = pa.table(DeltaTable(str(where)).get_add_actions(flatten=True))
    except (DeltaError, OSError) as e:
        raise OutsideError(f"cannot read the lake's table {where}: {e}") from e
    low, high = f"min.{table.time}", f"max.{table.time}"
    rows = sorted(adds.to_pylist(), key=lambda a: (_instant(a.get(low)) or 0, a["modification_time"], a["path"]))
    return [
        DataFile(
            unquote(add["path"]),
            add["size_bytes"],
            add["num_records"] or 0,
            {p: add.get(f"partition.{p}") for p in table.partition},
            table.time,
            _instant(add.get(low)),
            _instant(add.get(high)),
        )
        for add in rows
    ]


def _instant(when: datetime | None) -> int | None:
    return None if when is None else microseconds(when)


def size(lake: Lake) -> dict[str, Size]:
    """Per table: files, rows, bytes."""
    sizes = {}
    for name, table in TABLES.items():
        have = current(lake.root, table)
        sizes[name] = Size(len(have), sum(f.rows for f in have), sum(f.size for f in have))
    return sizes


def compact(lake: Lake, name: str, *, target: int = TARGET, fewest: int = FEWEST, before: str | None = None) -> int:
    """Make few files of many, partition by partition; give by how many there are fewer.

    Files of at least half `target` bytes are left alone, and so are partitions of the day `before` (`yyyy-mm-dd`)
    and later, and those with less than `fewest` small files. Rows keep their order. Writers need not stop: whoever
    comes second looks again. The old files stay for readers until `vacuum`. Each commit costs about 7 µs a file of
    the table, so a busy lake wants this before it has some thousands.
    """
    table = TABLES[name]
    small: dict[tuple[str | None, ...], list[DataFile]] = {}
    for file in current(lake.root, table):
        day = file.values.get("event.day")
        if file.size < target // 2 and not (before is not None and day is not None and day >= before):
            small.setdefault(tuple(file.values.values()), []).append(file)
    saved, ready = 0, list[tuple[DataFile, list[DataFile]]]()
    for group in small.values():
        if len(group) >= fewest:
            for bin_ in _bins(group, target):
                ready.append((_rewrite(lake, table, bin_), bin_))
                if sum(len(old) for _, old in ready) >= FILES_A_COMMIT:
                    saved += _exchange(lake, table, ready)
                    ready = []
    return saved + _exchange(lake, table, ready)


def _bins(group: list[DataFile], target: int) -> Iterator[list[DataFile]]:
    """Neighbours of together about `target` bytes; none alone."""
    bin_: list[DataFile] = []
    for file in group:
        if bin_ and (sum(f.size for f in bin_) + file.size > target or len(bin_) == FILES_AT_ONCE):
            if len(bin_) > 1:
                yield bin_
            bin_ = []
        bin_.append(file)
    if len(bin_) > 1:
        yield bin_


def _rewrite(lake: Lake, table: Table, old: list[DataFile]) -> DataFile:
    """One file with the rows of these, on disk but in no commit yet."""
    root = lake.root / table.name
    path = files.new_path(table, old[0].values)
    low = high = None
    rows = 0
    try:
        with ExitStack() as stack:
            inputs = [stack.enter_context(pq.ParquetFile(root / f.path)) for f in old]
            schema = pa.unify_schemas([i.schema_arrow.remove_metadata() for i in inputs])
            out = stack.enter_context(files.new_file(root / path, durable=lake.durable))
            parquet: pq.ParquetWriter | None = None
            for piece in _pieces(inputs, schema):
                parquet = parquet or files.writer(out, piece, table.time)
                parquet.write_table(piece)
                times: I64 = piece[table.time].cast(TIME).combine_chunks().cast(pa.int64()).to_numpy()
                low = int(times.min()) if low is None else min(low, int(times.min()))
                high = int(times.max()) if high is None else max(high, int(times.max()))
                rows += len(times)
            if parquet is not None:
                parquet.close()
            written = out.tell()
        if lake.durable:
            files.sync_folder((root / path).parent)
    except OSError as e:
        raise OutsideError(f"cannot compact {root}: {e}") from e
    return DataFile(path, written, rows, old[0].values, table.time, low, high)


def _exchange(lake: Lake, table: Table, ready: Sequence[tuple[DataFile, list[DataFile]]]) -> int:
    """Commit new files for old ones, unless somebody else took an old one away; give by how many there are fewer."""
    if not ready:
        return 0
    log, lock = lake.log(table.name)
    with lock:
        log.refresh()
        still = {f.path for f in current(lake.root, table)}
        valid = []
        for new, old in ready:
            if all(f.path in still for f in old):
                valid.append((new, old))
            else:
                (log.root / new.path).unlink()
        if not valid:
            return 0
        try:
            log.commit([new for new, _ in valid], {}, [f for _, old in valid for f in old])
        except Conflict:  # another compaction was first; these are orphans now
            log.refresh()
            return 0
    return sum(len(old) - 1 for _, old in valid)


def _pieces(inputs: Sequence[pq.ParquetFile], schema: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for parquet in inputs:
        for batch in parquet.iter_batches(PIECE):
            piece = pa.table(batch)
            names = set(piece.schema.names)
            columns = [piece[f.name] if f.name in names else pa.nulls(len(piece), f.type) for f in schema]
            held.append(pa.table(columns, schema=schema))
            if sum(map(len, held)) >= PIECE:
                yield pa.concat_tables(held)
                held = []
    if held:
        yield pa.concat_tables(held)


def vacuum(lake: Lake, name: str, *, hours: int = 24) -> list[str]:
    """Delete files that no version of the last `hours` names, and those of commits that never were; give their paths.

    `hours` must exceed the longest query and the longest commit: their files look the same.
    """
    log, lock = lake.log(name)
    try:
        with lock:
            gone = DeltaTable(str(log.root)).vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
            log.refresh()
    except (DeltaError, OSError) as e:
        raise OutsideError(f"cannot tidy {log.root}: {e}") from e
    return gone
