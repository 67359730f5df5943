"""Rows of an answer to stdout: a table to look at, NDJSON, CSV or Parquet to go on with."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from penstock.errors import UsageError

FORMATS = ("table", "ndjson", "csv", "parquet")
SHOWN = 1_000
"""Rows that a table shows when nothing says how many."""

WIDEST = 60
"""Characters of a cell in a table."""

Row = dict[str, object]


def default_format() -> str:
    """A table to a person, NDJSON to a program."""
    return "table" if sys.stdout.isatty() else "ndjson"


def write_rows(reader: pa.RecordBatchReader, form: str | None, limit: int | None = None) -> None:
    """Write an answer, at most `limit` rows of it."""
    form = form or default_format()
    if form == "parquet":
        _parquet(reader, limit)
    elif form == "csv":
        _csv(reader, limit)
    elif form == "table":
        _table(reader, limit)
    else:
        for row in islice(_rows(reader), limit):
            there = {k: v for k, v in row.items() if v is not None}
            sys.stdout.buffer.write(orjson.dumps(there, default=_json, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _batches(reader: pa.RecordBatchReader, limit: int | None) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in reader:
        if left is not None and len(batch) >= left:
            yield batch.slice(0, left)
            return
        left = None if left is None else left - len(batch)
        yield batch


def _rows(reader: pa.RecordBatchReader) -> Iterator[Row]:
    """Rows as Python values; times as RFC 3339 text."""
    for batch in reader:
        columns = [
            pc.strftime(c.cast(pa.timestamp("us", c.type.tz)), "%Y-%m-%dT%H:%M:%S" + ("Z" if c.type.tz else ""))
            if pa.types.is_timestamp(c.type)
            else c
            for c in batch.columns
        ]
        yield from pa.table(columns, names=_names(batch.schema.names)).to_pylist()


def _names(names: list[str]) -> list[str]:
    """Names, those that occur twice made different."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else float(value)
    return str(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value, default=_json).decode() if isinstance(value, list | dict) else str(value)


def _csv(reader: pa.RecordBatchReader, limit: int | None) -> None:
    text = io.TextIOWrapper(sys.stdout.buffer, "utf-8", write_through=True, newline="")
    try:
        out = csv.writer(text, lineterminator="\n")
        out.writerow(_names(reader.schema.names))
        out.writerows([_text(v) for v in row.values()] for row in islice(_rows(reader), limit))
    finally:
        text.detach()


def _parquet(reader: pa.RecordBatchReader, limit: int | None) -> None:
    if sys.stdout.isatty():
        raise UsageError("Parquet is no text: send it to a file, like > answer.parquet")
    schema = pa.schema([f.with_name(n) for f, n in zip(reader.schema, _names(reader.schema.names), strict=True)])
    with pq.ParquetWriter(pa.PythonFile(sys.stdout.buffer, "w"), schema, compression="zstd") as out:
        for batch in _batches(reader, limit):
            out.write_batch(batch.rename_columns(schema.names))


def _table(reader: pa.RecordBatchReader, limit: int | None) -> None:
    most = SHOWN if limit is None else limit
    rows = list(islice(_rows(reader), most + (limit is None)))
    more = limit is None and len(rows) > most
    rows = rows[:most]
    names = [n for n in _names(reader.schema.names) if not rows or any(r[n] is not None for r in rows)]
    numbers = {n for n in names if all(isinstance(r[n], int | float | Decimal | None) for r in rows)}
    cells = [[_cell(row[n]) for n in names] for row in rows]
    widths = [max([len(n), *(len(c[i]) for c in cells)]) for i, n in enumerate(names)]

    def line(values: list[str]) -> str:
        placed = (v.rjust(w) if n in numbers else v.ljust(w) for v, w, n in zip(values, widths, names, strict=True))
        return "  ".join(placed).rstrip()

    shown = [line(names), "  ".join("─" * w for w in widths), *map(line, cells)]
    sys.stdout.buffer.write("".join(f"{text}\n" for text in shown).encode("utf-8", "replace"))
    note = f"the first {most:,} rows; --limit N shows more" if more else f"{len(rows):,} rows"
    print(f"penstock: {note}", file=sys.stderr)


def _cell(value: object) -> str:
    """One line, printable, not too wide."""
    text = "".join(c if c.isprintable() else "·" for c in _text(value))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
