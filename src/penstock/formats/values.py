"""Slices as values: numbers, booleans, times, and the elements of arrays, for formats that have types.

Each takes a text and slices int32[n] (length -1: absent) of canonical values, and raises ValueError, which names what
was there, for one that is not of its kind.
"""

from __future__ import annotations

import numpy as np
import orjson
from numpy.typing import NDArray

from penstock.columns import I32, I64, Mask, Text
from penstock.errors import Bug
from penstock.kernels.numbers import HARD, values_double, values_long
from penstock.kernels.views import split_lists, values_time


def longs(text: Text, start: I32, length: I32) -> I64:
    """Whole numbers, int64[n]; 0 where absent."""
    out, valid = np.empty(len(start), np.int64), np.empty(len(start), np.uint8)
    values_long(text.data, np.ascontiguousarray(start), np.ascontiguousarray(length), out, valid)
    _all_read(text, start, length, valid != 0)
    return out


def doubles(text: Text, start: I32, length: I32) -> NDArray[np.float64]:
    """Numbers, float64[n]; 0 where absent."""
    out, valid = np.empty(len(start), np.float64), np.empty(len(start), np.uint8)
    values_double(text.data, np.ascontiguousarray(start), np.ascontiguousarray(length), out, valid)
    _all_read(text, start, length, valid != 0)
    for row in np.flatnonzero(valid == HARD):
        out[row] = float(text.slice(int(start[row]), int(length[row])))
    return out


def booleans(text: Text, start: I32, length: I32) -> Mask:
    """Truth, bool[n]; anything where absent."""
    first = text.data[np.where(length > 0, start, 0)]
    _all_read(text, start, length, (first == ord("t")) | (first == ord("f")))
    return np.asarray(first == ord("t"))


def times(text: Text, start: I32, length: I32) -> I64:
    """Microseconds UTC, int64[n]; 0 where absent."""
    out, valid = np.empty(len(start), np.int64), np.empty(len(start), np.uint8)
    values_time(text.data, np.ascontiguousarray(start), np.ascontiguousarray(length), out, valid)
    _all_read(text, start, length, valid == 1)
    return out


def elements(text: Text, start: I32, length: I32) -> tuple[I32, I32, I32]:
    """What JSON arrays hold, whatever its kind: where each row's elements begin int32[n + 1], and their slices.

    Strings as they are meant, all else as its JSON text; what is no array is an array of one.
    """
    start, length = np.ascontiguousarray(start), np.ascontiguousarray(length)
    n = len(start)
    begin, hard = np.zeros(n + 1, np.int32), np.empty(n, np.uint8)
    room = int(np.maximum(length, 0).sum(dtype=np.int64)) // 3 + n + 1
    item_start, item_length = np.empty(room, np.int32), np.empty(room, np.int32)
    if split_lists(text.data, start, length, 0, begin, item_start, item_length, 0, hard) != n:
        raise Bug("room for a list's elements was reckoned too small")
    if not hard.any():
        return begin, item_start[: begin[n]], item_length[: begin[n]]
    starts, lengths, counts = [item_start[: begin[n]]], [item_length[: begin[n]]], np.diff(begin)
    owner = [np.repeat(np.arange(n), counts)]
    for row in np.flatnonzero(hard):
        found = [(text.append(e), len(e)) for e in _elements(text.slice(int(start[row]), int(length[row])))]
        counts[row] = len(found)
        starts.append(np.array([s for s, _ in found], np.int32))
        lengths.append(np.array([m for _, m in found], np.int32))
        owner.append(np.full(len(found), row))
    order = np.argsort(np.concatenate(owner), kind="stable")
    begin[1:] = np.cumsum(counts)
    return begin, np.concatenate(starts)[order], np.concatenate(lengths)[order]


def _elements(raw: bytes) -> list[bytes]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as e:
        raise ValueError(repr(raw[:60])) from e
    items = value if isinstance(value, list) else [value]
    return [v.encode() if isinstance(v, str) else orjson.dumps(v) for v in items]


def _all_read(text: Text, start: I32, length: I32, read: Mask) -> None:
    wrong = np.flatnonzero((length >= 0) & ~read)
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(repr(text.slice(int(start[row]), min(int(length[row]), 60))))
