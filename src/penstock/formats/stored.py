"""Stored rows as a frame again: the reverse of `formats.arrow`, for the columns that somebody looks at.

Values are slices of one text, as everywhere; of a dictionary each value is there once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from penstock.columns import I32, NULL, SLACK, U8, Frame, Kind, Text
from penstock.kernels.render import MISSING, TIME_ROOM, render_times

_Part = tuple[U8, I32, I32]

_KINDS = ((pa.types.is_boolean, Kind.BOOLEAN), (pa.types.is_integer, Kind.LONG), (pa.types.is_floating, Kind.DOUBLE))


def from_arrow(table: pa.Table, dataset: str, fields: Mapping[str, tuple[Kind, bool]], room: int = 4096) -> Frame:
    """The table's columns as a frame of a dataset, rows 0, 1, …; those that are all null are left out.

    fields: of the columns that are known, their kind, and whether they are arrays. room: bytes to be appended later.
    """
    names: list[str] = []
    parts: list[_Part] = []
    kinds: list[tuple[Kind, bool]] = []
    for name in table.schema.names:
        column = table[name]
        if column.null_count == len(column) and len(column):
            continue
        names.append(name)
        parts.append(_part(column))
        kinds.append(fields.get(name) or _kind(column.type))
    n = len(table)
    sizes = [len(data) for data, _, _ in parts]
    text = np.empty(sum(sizes) + room + SLACK, np.uint8)
    start = np.zeros((len(parts), n), np.int32)
    length = np.full((len(parts), n), NULL, np.int32)
    at = 0
    for c, (data, own_start, own_length) in enumerate(parts):
        text[at : at + len(data)] = data
        np.add(own_start, at, out=start[c], casting="same_kind")
        length[c] = own_length
        at += len(data)
    return Frame(
        dataset,
        Text(text, at),
        np.arange(n, dtype=np.int32),
        tuple(names),
        tuple(kind for kind, _ in kinds),
        tuple(many for _, many in kinds),
        start,
        length,
        np.arange(len(parts), dtype=np.int32),
        np.zeros(n, np.int32),
        ({"event.dataset": dataset},),
    )


def _kind(stored: pa.DataType) -> tuple[Kind, bool]:
    """Of a column that nobody knows any more."""
    if pa.types.is_list(stored):
        return Kind.KEYWORD, True
    if pa.types.is_timestamp(stored):
        return Kind.DATE, False
    return next((kind for fits, kind in _KINDS if fits(stored)), Kind.KEYWORD), False


def _part(column: pa.ChunkedArray) -> _Part:
    """One column's bytes and slices."""
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(array, pa.ChunkedArray):  # too much for one array of strings: it is not, with batches of our size
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_timestamp(array.type):
        return _times(array)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        return _strings(_lists(array))
    if pa.types.is_dictionary(array.type):
        return _dictionary(array)
    return _strings(array if pa.types.is_string(array.type) else array.cast(pa.string()))


def _strings(array: pa.Array) -> _Part:
    n = len(array)
    valid, offsets, data = array.buffers()
    if data is None or not n:
        return np.empty(0, np.uint8), np.zeros(n, np.int32), _lengths(array, np.zeros(n, np.int32), valid)
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + n + 1]
    raw = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return raw, ends[:-1] - ends[0], _lengths(array, np.diff(ends), valid)


def _lengths(array: pa.Array, length: I32, valid: pa.Buffer | None) -> I32:
    if valid is None or not array.null_count:
        return length
    return np.where(_there(array), length, NULL).astype(np.int32)


def _there(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    there: np.ndarray[tuple[int], np.dtype[np.bool_]] = array.is_valid().to_numpy(zero_copy_only=False)
    return there


def _dictionary(array: pa.DictionaryArray) -> _Part:
    raw, start, length = _strings(array.dictionary.cast(pa.string()))
    if not array.null_count:
        indices = array.indices.to_numpy(zero_copy_only=False)
        return raw, start[indices], length[indices]
    indices = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
    if not len(start):
        return raw, np.zeros(len(array), np.int32), np.full(len(array), NULL, np.int32)
    return raw, start[indices], np.where(_there(array), length[indices], NULL).astype(np.int32)


def _times(array: pa.Array) -> _Part:
    n = len(array)
    micros = array.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    values = micros.fill_null(int(MISSING)).to_numpy(zero_copy_only=False).astype(np.int64)
    out = np.empty((TIME_ROOM + 1) * n + SLACK, np.uint8)
    start, length = np.zeros(n, np.int32), np.full(n, NULL, np.int32)
    used = int(render_times(out, 0, values, start, length))
    return out[:used], start, length


def _lists(array: pa.Array) -> pa.Array:
    """Lists of strings as the JSON texts they were."""
    array = array.cast(pa.list_(pa.string()))
    items = array.flatten()
    if pc.any(pc.match_substring_regex(items, r'["\\\x00-\x1f]')).as_py():
        rows: Sequence[list[str] | None] = array.to_pylist()
        return pa.array([None if row is None else orjson.dumps(row).decode() for row in rows], pa.string())
    joined = pc.binary_join(array, '","')
    whole = pc.binary_join_element_wise('["', joined, '"]', "")
    return pc.if_else(pc.equal(pc.list_value_length(array), 0), "[]", whole)
