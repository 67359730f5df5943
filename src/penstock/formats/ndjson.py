"""Frames as NDJSON: one flat object a row, rows in the order of their records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import orjson

from penstock.columns import ESCAPED, I32, U8, Frame, Kind
from penstock.kernels.ndjson import gather_rows, write_rows

_UNQUOTED = frozenset({Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN, Kind.JSON})


@lru_cache(maxsize=256)
def _affixes(names: tuple[str, ...], kinds: tuple[Kind, ...], many: tuple[bool, ...]) -> tuple[U8, I32, I32, I32, I32, U8]:
    """Per column what stands before and after its value: (escaped, prefix, its length, suffix, its length, bytes)."""
    raw = bytearray()
    escaped, prefix, prefix_length, suffix, suffix_length = [], [], [], [], []
    for name, kind, array in zip(names, kinds, many, strict=True):
        bare = array or kind in _UNQUOTED
        before = b"," + orjson.dumps(name) + b":" + (b"" if bare else b'"')
        prefix.append(len(raw))
        prefix_length.append(len(before))
        raw += before
        suffix.append(len(raw))
        suffix_length.append(0 if bare else 1)
        raw += b"" if bare else b'"'
        escaped.append(kind in ESCAPED and not array)

    def i32(values: list[int]) -> I32:
        return np.array(values, np.int32)

    data = np.frombuffer(bytes(raw) + bytes(64), np.uint8)
    return np.array(escaped, np.uint8), i32(prefix), i32(prefix_length), i32(suffix), i32(suffix_length), data


def to_ndjson(frames: Sequence[Frame]) -> U8:
    """All rows of these frames (of one batch) as bytes, uint8, each with its line end, in the order of records."""
    if not frames:
        return np.empty(0, np.uint8)
    parts = [_rows(frame) for frame in frames]
    if len(parts) == 1:
        data, end = parts[0]
        return data[: int(end[-1])] if len(end) else data[:0]
    # one dataset after the other, then into the order of records
    base = np.cumsum([0, *(int(end[-1]) for _, end in parts)])
    whole = np.empty(int(base[-1]) + 64, np.uint8)
    begins, ends = [], []
    for (data, end), at in zip(parts, base, strict=False):
        size = int(end[-1])
        whole[at : at + size] = data[:size]
        ends.append(end + at)
        begins.append(np.concatenate([[at], end[:-1] + at]))
    order = np.argsort(np.concatenate([f.rows for f in frames]), kind="stable")
    out = np.empty(int(base[-1]) + 64, np.uint8)
    size = gather_rows(whole, np.concatenate(begins)[order], np.concatenate(ends)[order], out)
    return out[: int(size)]


def _rows(frame: Frame) -> tuple[U8, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """A frame's rows and where each ends."""
    escaped, prefix, prefix_length, suffix, suffix_length, affixes = _affixes(frame.names, frame.kinds, frame.many)
    raw = bytearray(affixes.tobytes())
    families = len(frame.constants)
    fragment, fragment_length = np.zeros(families, np.int32), np.zeros(families, np.int32)
    for f in np.unique(frame.family).tolist():
        text = orjson.dumps(frame.constants[f])[1:-1]
        fragment[f], fragment_length[f] = len(raw), len(text)
        raw += text
    data = np.frombuffer(bytes(raw) + bytes(64), np.uint8)
    n = len(frame)
    end = np.zeros(n, np.int64)
    # what is written is seldom more than this; the pages of what is too much are never touched
    values = int(np.maximum(frame.length[frame.place], 0).sum(dtype=np.int64))
    room = 2 * values + n * (64 + int(prefix_length.sum()) + int(fragment_length.max(initial=0))) + 4096
    out = np.empty(room, np.uint8)
    row = 0
    while True:
        at = int(end[row - 1]) if row else 0
        row = write_rows(
            frame.text.data, frame.start, frame.length, frame.place, escaped, prefix, prefix_length, suffix,
            suffix_length, data, frame.family, fragment, fragment_length, out, at, row, end,
        )
        if row >= n:
            return out, end
        out = np.concatenate([out, np.empty(len(out), np.uint8)])
