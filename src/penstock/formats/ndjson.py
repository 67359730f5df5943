"""Frames as NDJSON: one flat object a row, rows in the order of their records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import orjson

from penstock.columns import ESCAPED, I32, U8, Frame, Kind
from penstock.kernels.ndjson import TILE, gather_rows, write_rows

_UNQUOTED = frozenset({Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN, Kind.JSON})


@lru_cache(maxsize=256)
def _affixes(
    names: tuple[str, ...], kinds: tuple[Kind, ...], many: tuple[bool, ...]
) -> tuple[U8, I32, I32, I32, I32, U8]:
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


BLOCK = 384 * 1024
"""Bytes written at a time, about: what stays in a core's cache until it is handed on. (Written whole, a batch's rows
go out to memory and come back: 1.1 us a row of ASA for 0.8.)"""


def to_ndjson(frames: Sequence[Frame]) -> bytes:
    """All rows of these frames (of one batch), each with its line end, in the order of records."""
    return b"".join(bytes(block) for block in ndjson_blocks(frames))


def ndjson_blocks(frames: Sequence[Frame]) -> Iterator[memoryview]:
    """The same in blocks. A block is overwritten by the next: write it, or copy it."""
    writers = [_Writer(frame) for frame in frames if len(frame)]
    if not writers:
        return
    first = min(int(w.rows[0]) for w in writers)
    last = max(int(w.rows[-1]) for w in writers) + 1
    each = sum(w.size for w in writers) / max(1, sum(len(w.rows) for w in writers))
    edges = np.arange(first, last, max(16, int(BLOCK / each)))
    edges = np.append(edges, last)
    cuts = [np.searchsorted(w.rows, edges).tolist() for w in writers]
    block = np.empty(2 * BLOCK, np.uint8)
    ordered = np.empty(0, np.uint8)
    for b in range(len(edges) - 1):
        at = 0
        begins, ends, rows = [], [], []
        for w, cut in zip(writers, cuts, strict=True):
            if cut[b] == cut[b + 1]:
                continue
            before = at
            block, at = w.write(cut[b], cut[b + 1], block, at)
            if len(writers) > 1:
                end = w.end[cut[b] : cut[b + 1]]
                ends.append(end)
                begins.append(np.concatenate(([before], end[:-1])))
                rows.append(w.rows[cut[b] : cut[b + 1]])
        if len(rows) > 1:
            order = np.argsort(np.concatenate(rows))
            if len(ordered) < at + 64:
                ordered = np.empty(at + BLOCK, np.uint8)
            gather_rows(block, np.concatenate(begins)[order], np.concatenate(ends)[order], ordered)
            yield ordered[:at].data
        elif at:
            yield block[:at].data


class _Writer:
    """One frame's rows, ready to be written.

    rows int32[n]: their records. size: about how many bytes all of them take. end int64[n]: where each ended.
    """

    def __init__(self, frame: Frame) -> None:
        self.rows = frame.rows
        self._frame = frame
        escaped, prefix, prefix_length, suffix, suffix_length, affixes = _affixes(frame.names, frame.kinds, frame.many)
        raw = bytearray(affixes.tobytes())
        families = len(frame.constants)
        fragment, fragment_length = np.zeros(families, np.int32), np.zeros(families, np.int32)
        for f in np.unique(frame.family).tolist():
            text = orjson.dumps(frame.constants[f])[1:-1]
            fragment[f], fragment_length[f] = len(raw), len(text)
            raw += text
        data = np.frombuffer(bytes(raw) + bytes(64), np.uint8)
        self._columns = (frame.place, escaped, prefix, prefix_length, suffix, suffix_length, data)
        self._fragments = (frame.family, fragment, fragment_length)
        self.end = np.zeros(len(frame), np.int64)
        self._scratch = (np.empty((TILE, len(frame.place) + 1, 3), np.int32), np.empty(TILE, np.uint64))
        sample = slice(0, 256)
        present = frame.length[frame.place, sample]
        values = np.maximum(present, 0).sum() + ((present >= 0) * (prefix_length + 4)[:, None]).sum()
        shown = max(1, min(256, len(frame)))
        self.size = int(len(frame) * (values / shown + fragment_length.max(initial=0) + 8) * 1.1)

    def write(self, first: int, last: int, block: U8, at: int) -> tuple[U8, int]:
        """Append rows [first, last) to the block from `at`; give the block (a larger one if need be) and its end."""
        frame = self._frame
        row = first
        while True:
            begin = int(self.end[row - 1]) if row > first else at
            row = write_rows(
                frame.text.data,
                frame.start,
                frame.length,
                *self._columns,
                *self._fragments,
                block,
                begin,
                row,
                last,
                self.end,
                *self._scratch,
            )
            if row >= last:
                return block, int(self.end[last - 1])
            block = np.concatenate([block, np.empty(len(block), np.uint8)])
