"""The whole of a state, as frames; and back, with the deltas that came after it.

A frame holds at most FRAME bytes of a stream of zstd: a header in JSON, then the arrays as they are, rings from their
oldest row to their newest. What can be computed (the index) is not written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import numpy as np
import zstandard

from penstock.content.sigma.correlation import Correlation
from penstock.correlate.blobs import DELTA, SNAPSHOT, VERSION, Frame, frame, identity, read_frame
from penstock.correlate.blocks import Block
from penstock.correlate.journal import Reader
from penstock.correlate.memory import AnyArray, Memory
from penstock.correlate.signals import Secret
from penstock.correlate.state import State
from penstock.correlate.step import take
from penstock.errors import OutsideError
from penstock.kernels.window_layout import ROW

FRAME = 4 << 20
PIECE = 1 << 20
HEAD = 8


def snapshot(state: State) -> Iterator[bytes]:
    """The whole state, in frames. Deltas made from now on come after it; what the journal holds is in it."""
    if state.journal is not None:
        state.journal = []
    who = identity(state.correlation, state.secret)
    press = zstandard.ZstdCompressor(level=1).chunker(chunk_size=FRAME)
    for piece in _stream(state):
        for chunk in press.compress(piece):
            yield frame(SNAPSHOT, state.deltas, who, chunk)
    for chunk in press.finish():  # type: ignore[no-untyped-call]  # its stubs lack it
        yield frame(SNAPSHOT, state.deltas, who, chunk)
    yield frame(SNAPSHOT, state.deltas, who, b"")


def restore(
    correlation: Correlation,
    frames: Iterable[bytes],
    deltas: Iterable[bytes],
    memory: Memory | None = None,
    *,
    secret: Secret = (0, 0),
    journal: bool = False,
) -> State:
    """The state that was saved: a snapshot's frames (or none), and the deltas since, in order (older ones are let be).

    State of the same correlation with another text, or written by another layout of ours, is not taken over: the state
    begins empty, and `began` says why. Raises `OutsideError` if anything is damaged, missing, or of something else.
    """
    state = State(correlation, memory, secret=secret, journal=False)
    who = identity(correlation, secret)
    why = ""
    whole = [_fitting(read_frame(blob), SNAPSHOT) for blob in frames]
    for one in whole:
        why = why or _why_not(one, who)
    if whole and not why:
        if whole[-1].payload or len({one.number for one in whole}) > 1:
            raise OutsideError("saved correlation state is not whole: its last frame is missing")
        _fill(state, b"".join(one.payload for one in whole))
        state.deltas = whole[0].number
    state.silent = True
    for blob in deltas:
        one = _fitting(read_frame(blob), DELTA)
        why = why or _why_not(one, who)
        if why or one.number <= state.deltas:
            continue
        if one.number != state.deltas + 1:
            raise OutsideError(f"saved correlation state lacks delta {state.deltas + 1}")
        _replay(state, one)
    if why:
        state = State(correlation, memory, secret=secret)
        state.began = why
    state.silent = False
    state.journal = [] if journal else None
    return state


def _fitting(one: Frame, kind: int) -> Frame:
    if one.kind != kind:
        raise OutsideError("saved correlation state is mixed up: a snapshot where a delta belongs, or the reverse")
    return one


def _why_not(one: Frame, who: bytes) -> str:
    if one.version != VERSION:
        return f"its state was written by another version of Penstock ({one.version}, this one writes {VERSION})"
    return "" if one.identity == who else "the correlation's text has changed"


def _replay(state: State, one: Frame) -> None:
    reader = Reader(one.payload, state.plan.what)
    while reader:
        taken = reader.taken()
        for _ in take(state, taken.block, taken.until):
            pass
        for name, value in asdict(taken.counts).items():
            if name not in {"spilled", "recalled"}:
                setattr(state.counts, name, value)
    state.deltas = one.number


def _stream(state: State) -> Iterator[bytes]:
    """Header, then arrays."""
    tables = state.tables
    blocks = list(state.pending.all_blocks())
    parts = tables.dump()
    head = {
        "passed": state.passed,
        "counts": asdict(state.counts),
        "registers": tables.held.registers.tolist(),
        "parts": [[name, sum(len(a) for a in arrays)] for name, arrays in parts],
        "text_ring": tables.text_ring,
        "blocks": [[len(b.rows), len(b.texts)] for b in blocks],
    }
    raw = json.dumps(head).encode()
    yield len(raw).to_bytes(HEAD, "little") + raw
    for _, arrays in parts:
        for array in arrays:
            yield from _pieces(array)
    for block in blocks:
        yield from _pieces(block.rows)
        yield from _pieces(block.texts)


def _pieces(array: AnyArray) -> Iterator[bytes]:
    """An array's bytes, some at a time: it may lie in a file, and be larger than memory."""
    rows = max(1, PIECE // max(1, array[:1].nbytes)) if len(array) else 1
    for begin in range(0, len(array), rows):
        yield np.ascontiguousarray(array[begin : begin + rows]).tobytes()


class _Unpressed:
    """Reads the stream."""

    def __init__(self, pressed: bytes) -> None:
        self._reader = zstandard.ZstdDecompressor().stream_reader(pressed)

    def raw(self, size: int) -> bytes:
        """The next bytes."""
        got = self._reader.read(size)
        if len(got) != size:
            raise OutsideError("saved correlation state ends too early")
        return got

    def into(self, array: AnyArray) -> None:
        """The next bytes, into all of an array."""
        rows = max(1, PIECE // max(1, array[:1].nbytes)) if len(array) else 1
        for begin in range(0, len(array), rows):
            part = array[begin : begin + rows]
            part[:] = np.frombuffer(self.raw(part.nbytes), array.dtype).reshape(part.shape)


def _fill(state: State, pressed: bytes) -> None:
    stream = _Unpressed(pressed)
    head = json.loads(stream.raw(int.from_bytes(stream.raw(HEAD), "little")))
    state.passed = head["passed"]
    for name, value in head["counts"].items():
        setattr(state.counts, name, value)
    state.tables.load(np.array(head["registers"], np.int64), dict(head["parts"]), head["text_ring"], stream.into)
    for rows, texts in head["blocks"]:
        block = Block(np.empty((rows, ROW), np.uint64), np.empty(texts, np.uint8))
        stream.into(block.rows)
        stream.into(block.texts)
        state.pending.add(block)
