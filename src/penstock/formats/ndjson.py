"""Frames as NDJSON: one flat object a row, rows in the order of their records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import orjson

from penstock.columns import ESCAPED as ESCAPED_KINDS
from penstock.columns import I32, U8, Frame, Kind
from penstock.kernels.ndjson import BARE, ESCAPED, QUOTED, TILE, write_rows

_UNQUOTED = frozenset({Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN, Kind.JSON})


@lru_cache(maxsize=256)
def _prefixes(names: tuple[str, ...], kinds: tuple[Kind, ...], many: tuple[bool, ...]) -> tuple[I32, bytes]:
    """What stands before each column's value: int32[C, 3] (offset in the bytes, length, how a value stands), bytes."""
    raw = bytearray()
    rows = []
    for name, kind, array in zip(names, kinds, many, strict=True):
        how = BARE if array or kind in _UNQUOTED else ESCAPED if kind in ESCAPED_KINDS else QUOTED
        before = b"," + orjson.dumps(name) + b":" + (b"" if how == BARE else b'"')
        rows.append((len(raw), len(before), how))
        raw += before
    return np.array(rows, np.int32).reshape(-1, 3), bytes(raw)


BLOCK = 1024 * 1024
"""Bytes written at a time, about: what stays in the processor's caches until it is handed on. (Written whole, a batch's
rows go out to memory and come back: 1.1 us a row of ASA for 0.8. A third of this needs no less, and three times the
calls, 18 us each.)"""


def to_ndjson(frames: Sequence[Frame]) -> bytes:
    """All rows of these frames (of one batch), each with its line end, in the order of records."""
    return b"".join(ndjson_blocks(frames, kept=True))


def ndjson_blocks(frames: Sequence[Frame], *, kept: bool = False) -> Iterator[memoryview]:
    """The same in blocks. A block is overwritten by the next, unless they are to be `kept`."""
    frames = [f for f in frames if len(f)]
    if not frames:
        return
    rows = _Rows(frames)
    block = np.empty(BLOCK, np.uint8)
    done = 0
    while done < rows.count:
        now, size = rows.write(done, block)
        if size:
            yield block[:size].data
            block = np.empty(len(block), np.uint8) if kept else block
        elif now == done:  # a row that is larger than the block
            block = np.empty(2 * len(block), np.uint8)
        done = now


def _owners(frames: Sequence[Frame], count: int) -> I32:
    """int32[n]: which frame the next row is of, in the order of records."""
    if len(frames) == 1:
        return np.zeros(count, np.int32)
    at = np.empty(1 + max(int(f.rows.max()) for f in frames), np.int32)
    at.fill(-1)
    for i, frame in enumerate(frames):
        at[frame.rows] = i
    owner: I32 = at[at >= 0]
    if len(owner) == count:
        return owner
    order = np.argsort(np.concatenate([f.rows for f in frames]), kind="stable")  # some record has several rows
    return np.repeat(np.arange(len(frames), dtype=np.int32), [len(f) for f in frames])[order]


class _Rows:
    """Rows of frames of one batch, as `kernels.ndjson.write_rows` takes them. count: how many."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._held = [(np.ascontiguousarray(f.start), np.ascontiguousarray(f.length)) for f in frames]
        self._text = frames[0].text
        raw = bytearray()
        columns: list[I32] = []
        most = max(len(f.constants) for f in frames)
        fragment = np.zeros((len(frames), most), np.int32)
        fragment_length = np.zeros((len(frames), most), np.int32)
        for i, frame in enumerate(frames):
            prefixes, affixes = _prefixes(frame.names, frame.kinds, frame.many)
            columns.append(np.column_stack((frame.place, prefixes[:, 0] + len(raw), prefixes[:, 1:])).astype(np.int32))
            raw += affixes
            for f in np.bincount(frame.family).nonzero()[0].tolist():
                text = orjson.dumps(frame.constants[f])[1:-1]
                fragment[i, f], fragment_length[i, f] = len(raw), len(text)
                raw += text
        heights = [len(f) for f in frames]
        ends = np.cumsum([0, *heights], dtype=np.int64)
        self._owner = _owners(frames, sum(heights))
        self.count = len(self._owner)
        active = [len(c) for c in columns]
        self._arrays = (
            np.array([s.ctypes.data for s, _ in self._held], np.uint64),
            np.array([n.ctypes.data for _, n in self._held], np.uint64),
            np.array(heights, np.int64),
            np.array([n.size for _, n in self._held], np.int64),
            np.cumsum([0, *active], dtype=np.int32),
            np.concatenate(columns),
            np.frombuffer(bytes(raw) + bytes(64), np.uint8),
            ends,
            np.concatenate([f.family for f in frames]),
            fragment,
            fragment_length,
        )
        self._next = np.zeros(len(frames), np.int64)
        self._scratch = (
            np.empty((TILE, max(active) + 1, 3), np.int32),
            np.empty(TILE, np.uint64),
            np.empty((len(frames), TILE + 1), np.int32),
        )

    def write(self, first: int, block: U8) -> tuple[int, int]:
        """Write rows from `first` on into the block, as many as fit; give the first that is not, and the bytes."""
        done, size = write_rows(self._text.data, *self._arrays, self._owner, first, self._next, block, *self._scratch)
        return int(done), int(size)
