"""A frame as an Arrow table: for the lake, for Parquet, for Polars. Text is not copied, only pointed at.

Types: KEYWORD, IP, FLATTENED and JSON become string views; LONG int64; DOUBLE float64; BOOLEAN bool; DATE a timestamp
in microseconds UTC; a field that is an array, of whatever kind, a list of strings. What a whole family has in common
becomes a dictionary of few values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.columns import I32, U8, Frame, Kind, Mask, Text
from penstock.errors import Bug
from penstock.formats.values import booleans, doubles, elements, longs, times
from penstock.kernels.views import string_views

TIME = pa.timestamp("us", "UTC")
STRINGS_PLAIN = pa.list_(pa.string())
DATES = frozenset({"@timestamp", "event.ingested", "event.created", "event.start", "event.end"})


def to_arrow(frame: Frame, dates: Collection[str] = DATES) -> pa.Table:
    """The frame's columns by name, then its families' constants. All-null columns are there too.

    `dates` names constants that are times (a column says so by its kind). Raises `Bug` for a value that is not of its
    column's kind: validation lets none through.
    """
    columns: dict[str, pa.Array] = {}
    for name, kind, many, c in zip(frame.names, frame.kinds, frame.many, frame.place, strict=True):
        start, length = frame.start[c], frame.length[c]
        try:
            columns[name] = (
                _lists(frame.text, start, length) if many else _MAKERS.get(kind, _strings)(frame.text, start, length)
            )
        except ValueError as e:
            raise Bug(f"{frame.dataset}: {name} holds what is no {kind.name}: {e}") from e
    for name in dict.fromkeys(n for family in frame.constants for n in family):
        constant = _constant(frame, name, is_date=name in dates)
        if name in columns:  # a column in some families, a constant in others
            column = columns[name]
            constant = pc.coalesce(_settled(column), _settled(constant).cast(_settled(column).type))
        columns[name] = constant
    return pa.table(columns)


def _nulls(valid: U8) -> pa.Buffer | None:
    return None if valid.all() else pa.py_buffer(np.packbits(valid != 0, bitorder="little"))


def _strings(text: Text, start: I32, length: I32) -> pa.Array:
    n = len(start)
    views, valid = np.empty((n, 2), np.uint64), np.empty(n, np.uint8)
    string_views(text.data, np.ascontiguousarray(start), np.ascontiguousarray(length), views, valid)
    return pa.Array.from_buffers(
        pa.string_view(), n, [_nulls(valid), pa.py_buffer(views), pa.py_buffer(text.data)], int(n - valid.sum())
    )


def _numbers(text: Text, start: I32, length: I32) -> pa.Array:
    return pa.array(longs(text, start, length), mask=length < 0)


def _doubles(text: Text, start: I32, length: I32) -> pa.Array:
    return pa.array(doubles(text, start, length), mask=length < 0)


def _booleans(text: Text, start: I32, length: I32) -> pa.Array:
    return pa.array(booleans(text, start, length), mask=length < 0)


def _times(text: Text, start: I32, length: I32) -> pa.Array:
    return pa.array(times(text, start, length), TIME, mask=length < 0)


_MAKERS: dict[Kind, Callable[[Text, I32, I32], pa.Array]] = {
    Kind.LONG: _numbers,
    Kind.DOUBLE: _doubles,
    Kind.BOOLEAN: _booleans,
    Kind.DATE: _times,
}


def _lists(text: Text, start: I32, length: I32) -> pa.Array:
    """A field that is an array: JSON text of one, whatever the kind of its elements."""
    begin, item_start, item_length = elements(text, start, length)
    return _list_of(begin, _strings(text, item_start, item_length), length >= 0)


def _list_of(offsets: I32, items: pa.Array, there: Mask) -> pa.Array:
    mask = None if there.all() else pa.array(~there)
    return pa.ListArray.from_arrays(pa.array(offsets), items, type=pa.list_(items.type), mask=mask)


def _constant(frame: Frame, name: str, *, is_date: bool) -> pa.Array:
    values = [family.get(name) for family in frame.constants]
    some = next((v for v in values if v is not None), None)
    indices = frame.family
    if isinstance(some, list | tuple):
        lists = [[str(x) for x in v] if isinstance(v, list | tuple) else None for v in values]
        return pa.array(lists, STRINGS_PLAIN).take(pa.array(indices))
    if isinstance(some, str) and is_date:
        return pc.cast(pa.array(values, pa.string()), TIME).take(pa.array(indices))
    if not isinstance(some, str):
        return pa.array(values).take(pa.array(indices))
    distinct = list(dict.fromkeys(v for v in values if v is not None))
    place = np.array([-1 if v is None else distinct.index(v) for v in values], np.int32)[indices]
    return pa.DictionaryArray.from_arrays(pa.array(place, mask=place < 0), pa.array(distinct, pa.string()))


def _settled(column: pa.Array) -> pa.Array:
    """Types that Arrow's functions take: strings for views and dictionaries."""
    if pa.types.is_string_view(column.type) or pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    return column.cast(STRINGS_PLAIN) if pa.types.is_list(column.type) else column
