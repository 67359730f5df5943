"""SQL over the lake: DuckDB on the files of each table's newest version. It reads, and reads nothing else.

DuckDB's own Delta extension cannot be had offline. So the file list comes from the log, and so do the columns: no
file is opened to learn them, and one that lacks a column gives nulls. Partition values are read out of the path,
which lets DuckDB leave files of other datasets and days alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from penstock.errors import UsageError
from penstock.store.files import NO_VALUE
from penstock.store.tables import LONG, STRING, STRINGS, TABLES, TIME, Table
from penstock.store.upkeep import current

SQL_TYPES = {
    STRING: "VARCHAR",
    LONG: "BIGINT",
    TIME: "TIMESTAMP WITH TIME ZONE",
    STRINGS: "VARCHAR[]",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}

READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}

MEMORY = "512MB"
MOST_ROWS = 10_000_000


class Reader:
    """A snapshot of the lake as views `events`, `rejects`, `alerts`, `incidents`, `replays`, to be asked in SQL.

    What is committed after it was opened it does not see. Columns have dotted names: write `"source.ip"`.
    """

    def __init__(self, root: Path, *, memory: str = MEMORY, threads: int | None = None) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "threads": str(threads or os.cpu_count() or 1),
                "temp_directory": "",  # nothing is spilt: what does not fit the memory limit is refused
                "python_enable_replacements": "false",  # no Python variable is a table
                "preserve_insertion_order": "false",
            },
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        sources, allowed = {}, []
        for table in TABLES.values():
            paths = [str(root.absolute() / table.name / f.path) for f in current(root, table)]
            sources[table.name] = _source(root, table, paths)
            allowed += paths
        self._connection.execute(f"SET allowed_paths = {_literal(allowed)}")
        self._connection.execute("SET enable_external_access = false")
        for name, source in sources.items():
            self._connection.execute(f'CREATE VIEW "{name}" AS {source}')
        self._connection.execute("SET lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def ask(
        self, sql: str, parameters: Sequence[object] = (), *, rows: int = MOST_ROWS, batch: int = 65_536
    ) -> pa.RecordBatchReader:
        """One SELECT's answer, a batch at a time. Raises `UsageError` for wrong SQL, or for more than `rows` rows."""
        try:
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in READING:
                raise UsageError("one SELECT statement, please: the lake is only read here")
            answer = self._connection.sql(sql, params=list(parameters))
            reader: pa.RecordBatchReader = answer.to_arrow_reader(batch)
        except duckdb.Error as e:
            raise _refused(e) from e
        return pa.RecordBatchReader.from_batches(reader.schema, _bounded(reader, rows))


def query(root: Path, sql: str, parameters: Sequence[object] = (), *, rows: int = MOST_ROWS) -> pa.Table:
    """One SELECT over the lake as it is now, as a table held in memory."""
    with Reader(root) as reader:
        return reader.ask(sql, parameters, rows=rows).read_all()


def _bounded(reader: pa.RecordBatchReader, most: int) -> Iterator[pa.RecordBatch]:
    left = most
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (duckdb.Error, pa.ArrowException, OSError) as e:
            raise _refused(e) from e
        left -= len(batch)
        if left < 0:
            raise UsageError(f"more than {most:,} rows: add a LIMIT, or a narrower WHERE")
        yield batch


def _refused(e: Exception) -> UsageError:
    text = str(e).removeprefix("Invalid Input Error: ").strip()
    hint = ' (columns have dotted names: write "source.ip")' if isinstance(e, duckdb.BinderException) else ""
    if isinstance(e, duckdb.OutOfMemoryException):
        text = "the answer needs more memory than a query may have: add a narrower WHERE, or group by less"
    return UsageError(f"{text}{hint}")


def _source(root: Path, table: Table, paths: Sequence[str]) -> str:
    where = str(root / table.name)
    fields = list(table.base)
    if paths or DeltaTable.is_deltatable(where):
        fields = list(pa.schema(DeltaTable(where).schema()))
    if not paths:
        columns = ", ".join(f"CAST(NULL AS {_sql_type(f.type)}) AS {_name(f.name)}" for f in fields)
        return f"SELECT {columns} WHERE false"
    entries = (
        f"{_literal(f.name)}: {{name: {_literal(f.name)}, type: {_literal(_sql_type(f.type))}, default_value: NULL}}"
        for f in fields
        if f.name not in table.partition
    )
    columns = ", ".join(_from_path(f.name) if f.name in table.partition else _name(f.name) for f in fields)
    schema = f"MAP {{{', '.join(entries)}}}"
    found = f"SELECT {columns} FROM read_parquet({_literal(paths)}, schema={schema}, filename=true)"  # noqa: S608 quoted
    if table.newest is None:
        return found
    of, version = map(_name, table.newest)
    return f"{found} QUALIFY row_number() OVER (PARTITION BY {of} ORDER BY {version} DESC) = 1"


def _from_path(column: str) -> str:
    part = f"url_decode(regexp_extract(filename, {_literal(f'/{column}=([^/]*)/')}, 1))"
    return f"nullif({part}, '{NO_VALUE}') AS {_name(column)}"


def _sql_type(kind: pa.DataType) -> str:
    for known, name in SQL_TYPES.items():
        if kind == known or (known == STRINGS and pa.types.is_list(kind)):
            return name
    return "VARCHAR"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "[" + ", ".join(map(_literal, value)) + "]::VARCHAR[]"
