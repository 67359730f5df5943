"""Names of columns that differ by case alone are one column: neither Delta, Spark nor DuckDB tells them apart.

Vendors do tell them apart (`ProcessId` and `ProcessID` are of different providers of Windows), so packs have both. In
the lake the spelling that came first stands; `event.original` has the record as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from penstock.errors import Bug
from penstock.store.tables import plain


def one_spelling(frame: pa.Table, known: dict[str, str], kinds: Mapping[str, pa.DataType | None]) -> pa.Table:
    """The frame with each name as `known` spells it ({folded: name}, added to); where a row has two, the first.

    kinds  the types of columns that are there already. Raises `Bug` when a value cannot be of its column's type.
    """
    places: dict[str, list[int]] = {}
    for i, name in enumerate(frame.schema.names):
        places.setdefault(known.setdefault(name.casefold(), name), []).append(i)
    if len(places) == frame.num_columns and all(name == frame.schema.names[at[0]] for name, at in places.items()):
        return frame
    columns = {}
    for name, at in places.items():
        column = frame.column(at[0])
        if len(at) > 1 or frame.schema.names[at[0]] != name:
            kind = kinds.get(name) or plain(column.type) or column.type
            try:
                column = pc.coalesce(*(_as(frame.column(i), kind) for i in at))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as e:
                spellings = ", ".join(frame.schema.names[i] for i in at)
                raise Bug(f"{spellings}: one column {name!r} of {kind} in the lake cannot hold it: {e}") from e
        columns[name] = column
    return pa.table(columns)


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The column as another type: one value as an array of one, an array as its JSON text."""
    if pa.types.is_list(kind) and not pa.types.is_list(column.type):
        rows = [None if v is None else [v] for v in column.cast(kind.value_type).to_pylist()]
        return pa.chunked_array([pa.array(rows, kind)])
    if pa.types.is_list(column.type) and not pa.types.is_list(kind):
        texts = [None if v is None else orjson.dumps(v).decode() for v in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())]).cast(kind)
    return column.cast(kind)
