"""What came in since the last commit, as bytes: state is saved as the rows that made it.

A step is a function of state and rows. So what a batch changed is written down as the batch: its rows, some 44 bytes
each, and the watermark. Going through them again makes the same state, at the speed of steps. What the rows touched
would be more bytes, of a layout that could then never change.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, fields

import numpy as np

from penstock.columns import SLACK
from penstock.correlate.blobs import DELTA, frame, identity
from penstock.correlate.blocks import LENGTH, Block, Counts
from penstock.correlate.memory import AnyArray
from penstock.correlate.state import State, Taken
from penstock.errors import Bug
from penstock.kernels.signal_rows import NO_VALUE, gather_texts
from penstock.kernels.window_layout import R_ID, R_KEY, R_MASK, R_TEXT, R_TIME, R_VALUE, ROW

HEAD = struct.Struct("<QQqq")
COUNTS = struct.Struct(f"<{len(fields(Counts))}q")
WIDTHS = ("u1", "u2", "u4", "u8")


def delta(state: State) -> bytes:
    """What came in since the last call (or since the state began, or was restored). To be kept with the cursor."""
    if state.journal is None:
        raise Bug("a state without a journal has no deltas")
    state.deltas += 1
    payload = b"".join(part for taken in state.journal for part in _parts(taken, state.plan.what))
    state.journal = []
    return frame(DELTA, state.deltas, identity(state.correlation, state.secret), payload)


def _parts(taken: Taken, what: int) -> list[bytes]:
    """One step: counts of rows, then their columns, each as narrow as it may be."""
    rows = taken.block.rows
    n = len(rows)
    parts = [HEAD.pack(n, taken.told, taken.until, int(rows[0, R_TIME].astype(np.int64)) if n else 0)]
    parts.append(COUNTS.pack(*astuple(taken.counts)))
    if not n:
        return parts
    parts.append(_narrow(np.diff(rows[:, R_TIME], prepend=rows[:1, R_TIME])))
    parts.append(np.ascontiguousarray(rows[:, int(R_ID) : int(R_ID) + 2]).tobytes())
    parts.append(np.ascontiguousarray(rows[:, int(R_KEY) : int(R_KEY) + 2]).tobytes())
    parts.append(_narrow(rows[:, R_MASK]))
    if what != NO_VALUE:
        parts.append(np.ascontiguousarray(rows[:, R_VALUE]).tobytes())
    if taken.told < n:
        copied = rows[taken.told :].copy()
        texts = np.empty(int((copied[:, R_TEXT] & LENGTH).sum()) + SLACK, np.uint8)
        end = int(gather_texts(taken.block.texts, copied, texts, 0))
        parts.append(_narrow(copied[:, R_TEXT] & LENGTH))
        parts.append(texts[:end].tobytes())
    return parts


def _narrow(column: AnyArray) -> bytes:
    """uint64[n] as the narrowest unsigned integers that hold it, behind a byte that says which."""
    most = int(column.max()) if len(column) else 0
    width = 0 if most < 1 << 8 else 1 if most < 1 << 16 else 2 if most < 1 << 32 else 3
    return bytes([width]) + column.astype(WIDTHS[width]).tobytes()


class Reader:
    """Reads what `_parts` wrote."""

    def __init__(self, payload: memoryview, what: int) -> None:
        self._left = payload
        self._what = what

    def __bool__(self) -> bool:
        return len(self._left) > 0

    def taken(self) -> Taken:
        """The next step."""
        n, told, until, first = HEAD.unpack(self._bytes(HEAD.size))
        counts = Counts(*COUNTS.unpack(self._bytes(COUNTS.size)))
        rows = np.zeros((n, ROW), np.uint64)
        texts = np.zeros(SLACK, np.uint8)
        if n:
            rows[:, R_TIME] = np.cumsum(self._wide(n), dtype=np.uint64) + np.int64(first).astype(np.uint64)
            rows[:, int(R_ID) : int(R_ID) + 2] = np.frombuffer(self._bytes(16 * n), np.uint64).reshape(n, 2)
            rows[:, int(R_KEY) : int(R_KEY) + 2] = np.frombuffer(self._bytes(16 * n), np.uint64).reshape(n, 2)
            rows[:, R_MASK] = self._wide(n)
            if self._what != NO_VALUE:
                rows[:, R_VALUE] = np.frombuffer(self._bytes(8 * n), np.uint64)
        if told < n:
            sizes = self._wide(n - told)
            ends = np.cumsum(sizes, dtype=np.uint64)
            rows[told:, R_TEXT] = (ends - sizes) << np.uint64(24) | sizes
            texts = np.frombuffer(bytearray(self._bytes(int(ends[-1]))) + bytes(SLACK), np.uint8)
        return Taken(Block(rows, texts), told, until, counts)

    def _bytes(self, n: int) -> memoryview:
        if n > len(self._left):
            raise Bug("saved correlation state ends too early, although its digest is right")
        part, self._left = self._left[:n], self._left[n:]
        return part

    def _wide(self, n: int) -> AnyArray:
        width = self._bytes(1)[0]
        return np.frombuffer(self._bytes(n << width), WIDTHS[width]).astype(np.uint64)
