"""From bytes to batches: the loop that all byte-wise sources share.

A reader fills the batch's own buffer, so that a record is copied once, from the operating system. A framer says
where the records are; the unfinished tail goes to the front of the next buffer.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from penstock.columns import I32, I64, SLACK, U8, Text
from penstock.core import Batch, Lines, Rejects
from penstock.errors import Category, OutsideError
from penstock.sources.framing import KEPT, Bounds, Framed, Framer, reject_oversize
from penstock.sources.multiline import Multiline

Clock = Callable[[], int]
"""Microseconds UTC."""

SMALLEST = 64 * 1024
"""Bytes that are read at least, where a batch is full of records before it is full of bytes."""


def now() -> int:
    """The wall clock, in microseconds UTC."""
    return time.time_ns() // 1000


def ordinal_stream(ordinal: int) -> bytes:
    """Identity of the n-th input of a command: a file and the same bytes on stdin are the same stream."""
    return hashlib.blake2b(b"input:%d" % ordinal, digest_size=16).digest()


class Refused(Exception):  # noqa: N818  not an error of ours: the stream cannot be read further
    """The rest of a stream cannot or must not be read. Becomes one reject; `code` and `message` are its own."""

    def __init__(self, category: Category, code: str, message: str) -> None:
        super().__init__(message)
        self.category = category
        self.code = code


class Reader(Protocol):
    """A stream of bytes."""

    def readinto(self, room: memoryview) -> int | None:
        """Fill some of `room`; give how much, 0 at the end, None when nothing is there yet. Raises `Refused`."""
        ...


class Descriptor:
    """A file descriptor. A pipe or terminal (`live`) is waited on for `patience` seconds at most, a file never.

    at, limit  of a file: where to begin, and how many bytes it ends after
    """

    def __init__(
        self, fd: int, name: str, *, live: bool = False, patience: float = 0.05, at: int = 0, limit: int = 1 << 62
    ) -> None:
        self._fd = fd
        self._name = name
        self._live = live
        self._patience = patience
        self._at = at
        self._end = at + limit

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        try:
            if not self._live:
                n = os.preadv(self._fd, [room[: self._end - self._at]], self._at)
                self._at += n
                return n
            if not select.select([self._fd], [], [], self._patience)[0]:
                return None
            return os.readv(self._fd, [room])
        except OSError as error:
            raise OutsideError(f"cannot read {self._name}: {error.strerror}") from error

    def skip(self, size: int) -> int:
        """Pass over `size` bytes if that costs nothing; give how many are left to read over."""
        if self._live:
            return size
        self._at += size
        return 0


class Broken:
    """The end of a stream that cannot be read further."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused

    def readinto(self, room: memoryview) -> int | None:  # noqa: ARG002
        """See `Reader`."""
        raise self._refused


class Prefixed:
    """A reader some of whose bytes were already looked at."""

    def __init__(self, seen: bytes, reader: Reader) -> None:
        self._seen = memoryview(seen)
        self._reader = reader

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        if not self._seen:
            return self._reader.readinto(room)
        n = min(len(room), len(self._seen))
        room[:n] = self._seen[:n]
        self._seen = self._seen[n:]
        return n

    def skip(self, size: int) -> int:
        """Pass over `size` bytes if that costs nothing; give how many are left to read over."""
        n = min(size, len(self._seen))
        self._seen = self._seen[n:]
        return self._reader.skip(size - n) if isinstance(self._reader, Descriptor) else size - n


def peek(reader: Reader, size: int, seconds: float, closed: Callable[[], bool]) -> tuple[bytes, Prefixed]:
    """The first bytes of a stream, up to `size`, and a reader that still gives them."""
    room = bytearray(size)
    view = memoryview(room)
    filled = 0
    deadline = 0.0
    while filled < size:
        try:
            n = reader.readinto(view[filled:])
        except Refused as stop:
            reader = Broken(stop)
            break
        if n == 0 or (n is None and closed()):
            break
        if n is None:
            if filled and time.monotonic() > deadline:
                break
            continue
        if not filled:
            deadline = time.monotonic() + seconds
        filled += n
    seen = bytes(view[:filled])
    return seen, Prefixed(seen, reader)


def skip(reader: Prefixed, size: int) -> None:
    """Pass over `size` bytes of a stream."""
    size = reader.skip(size)
    room = memoryview(bytearray(min(size, 1 << 20)))
    while size:
        n = reader.readinto(room[: min(size, len(room))])
        if n == 0:
            return
        size -= n or 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every batch of a stream carries. `reference` and `arrived` None: the clock's time of each batch."""

    source: str
    stream: bytes
    pack: str | None = None
    zone: int = 0
    reference: int | None = None
    arrived: int | None = None
    clock: Clock = now
    multiline: Multiline | None = None

    def lines(self, text: Text, start: I32, length: I32, position: I64) -> Lines:
        """These records, read now."""
        arrived = self.clock() if self.arrived is None else self.arrived
        reference = arrived if self.reference is None else self.reference
        return Lines(text, start, length, position, self.stream, self.source, arrived, reference, self.pack, self.zone)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on: after so many bytes of the decoded stream, the framer in this state; or nowhere (`ended`)."""

    offset: int = 0
    state: tuple[int, ...] = ()
    ended: bool = False

    def dump(self) -> bytes:
        """As bytes."""
        return json.dumps({"offset": self.offset, "state": self.state, "ended": self.ended}).encode()

    @classmethod
    def load(cls, raw: bytes) -> Cursor:
        """From bytes; empty bytes are the beginning."""
        if not raw:
            return cls()
        noted = json.loads(raw)
        return cls(noted["offset"], tuple(noted["state"]), noted["ended"])


def read_batches(
    reader: Reader,
    framer: Framer,
    stamp: Stamp,
    bounds: Bounds,
    *,
    offset: int = 0,
    final: bool = True,
    closed: Callable[[], bool] = lambda: False,
) -> Generator[tuple[Batch, Cursor], None, int]:
    """Batches of a stream that stands at `offset`, each with where to go on after it. Ends at the stream's end.

    `final` says that the end is one, and so an unfinished record there is a record; else it is left, and the offset
    that the framer wants to see next is returned. `closed` is asked whenever nothing is there: once it says yes, what
    was read so far is the end of the stream.
    """
    carry = np.empty(0, np.uint8)
    want = bounds.size
    ended = full = False
    refused: Refused | None = None
    sequence = 0
    while not ended or len(carry):
        data = np.empty(max(2 * want, len(carry)) + (1 << 20) + SLACK, np.uint8)
        filled = len(carry)
        data[:filled] = carry
        if not ended:
            filled, ended, refused = _fill(reader, data, filled, want, -1.0 if full else bounds.seconds, closed)
        data[filled : filled + SLACK] = 0
        framed = framer.frame(data, 0, filled, offset, final=final and ended and refused is None)
        carry = data[framed.next : filled].copy()
        batch = _batch(data, framed, offset, stamp, bounds, sequence)
        offset += framed.next
        full = framed.full
        if not framed.next:
            want = max(want, 2 * filled)
        elif full:  # what is over is copied: read no more than so many records take
            want = max(framed.next, SMALLEST)
        else:
            want = min(bounds.size, want + want // 8)
        if batch.received:
            rest = framer.rest()
            yield batch, Cursor(offset if rest is None else rest[1], tuple(framer.state() or ()))
            sequence += 1
        if not full and ended and (refused is not None or not final):
            break
    if refused is not None:
        raw, position = framer.rest() or (carry[:KEPT].tobytes(), offset)
        yield refusal(refused, stamp, sequence, raw, position), Cursor(offset + len(carry), ended=True)
    return offset


def _fill(
    reader: Reader, data: U8, filled: int, want: int, seconds: float, closed: Callable[[], bool]
) -> tuple[int, bool, Refused | None]:
    """Read until `want` bytes are there, or something is and `seconds` are over. Give (filled, ended, refused).

    Negative `seconds`: take what is there, do not wait for anything.
    """
    view = memoryview(data.data)
    deadline = None if seconds >= 0 else time.monotonic() + want / 1e6
    while filled < want:
        try:
            n = reader.readinto(view[filled:want])
        except Refused as stop:
            return filled, True, stop
        if n == 0:
            return filled, True, None
        if n is None:
            if closed():
                return filled, True, None
            if seconds < 0:
                break
        else:
            filled += n
            deadline = deadline or time.monotonic() + seconds
        if deadline is not None and time.monotonic() > deadline:
            break
    return filled, False, None


def _batch(data: U8, framed: Framed, offset: int, stamp: Stamp, bounds: Bounds, sequence: int) -> Batch:
    """The batch of what was framed in `data`, whose first byte stands at `offset`."""
    text = Text(data, framed.next)
    position = framed.start.astype(np.int64) + offset
    if framed.kept is not None:
        raw, position[0] = framed.kept
        framed.start[0] = text.append(raw)
        framed.length[0] = len(raw)
    lines = stamp.lines(text, framed.start, framed.length, position)
    lines = replace(lines, header=framed.header, oversize=framed.oversize)
    batch = Batch.of(lines, sequence=sequence, filtered=framed.filtered)
    return batch.reject(reject_oversize(framed.oversize, bounds.longest)) if framed.oversize else batch


def refusal(refused: Refused, stamp: Stamp, sequence: int, raw: bytes = b"", position: int = 0) -> Batch:
    """One reject for the rest of a stream; `raw` is the record that was cut off."""
    zero = np.zeros(1, np.int32)
    lines = stamp.lines(Text.of(raw), zero, np.array([len(raw)], np.int32), np.array([position], np.int64))
    reject = Rejects(zero, ("frame",), (refused.category,), (refused.code,), (str(refused),), (None,))
    return Batch.of(lines, sequence=sequence).reject(reject)
