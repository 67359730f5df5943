"""What framing is, and framing by line.

A framer is handed a text that ends in raw bytes and says where the records in them are and how far it got; what
is left is handed to it again at the front of the next text. So it sees each byte once or, of an unfinished record,
a few times, and needs memory only for one record, bounded by `Bounds.longest`. What it yields never depends on
how the stream was cut into texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from penstock.columns import I32, U8
from penstock.core import Rejects
from penstock.errors import Category
from penstock.kernels.lines import frame_lines

KEPT = 64 * 1024
"""How many bytes of an oversize record are kept."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much goes into one batch, and how long one record may be.

    size     raw bytes
    records  records
    seconds  how long a live source waits for more once it has something
    longest  bytes of one record; a longer one is rejected, its first `KEPT` bytes kept
    lines, assembled  lines and bytes of one multi-line record
    """

    size: int = 4 << 20
    records: int = 65_536
    seconds: float = 0.2
    longest: int = 1 << 20
    lines: int = 500
    assembled: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class Framed:
    """The records found in data[begin:end).

    start, length int32[n]  slices of the text
    next      the first byte not used: it is handed in again
    filtered  {name: count} of records left out
    kept      the bytes and position of the first record when it is oversize and began before this text
    oversize  {row: (length, SHA-256 hex)}
    header    header that holds for these records
    full      as many records as a batch may hold: there may be more before `end`
    """

    start: I32
    length: I32
    next: int
    filtered: dict[str, int] = field(default_factory=dict)
    kept: tuple[bytes, int] | None = None
    oversize: dict[int, tuple[int, str]] = field(default_factory=dict)
    header: bytes | None = None
    full: bool = False


class Framer(Protocol):
    """Finds records. Holds what it must remember between texts."""

    def frame(self, data: U8, begin: int, end: int, position: int, *, final: bool) -> Framed:
        """Records of data[begin:end), whose first byte stands at `position` of the stream; `final` at its end."""
        ...

    def rest(self) -> tuple[bytes, int] | None:
        """The beginning and position of a record that is being dropped for its length (asked when a stream breaks)."""
        ...

    def state(self) -> list[int] | None:
        """What a later framer must know to go on from the byte after the last record, or None when nothing."""
        ...


class Dropping:
    """A record too long to keep: its first bytes, its length and its digest, in bounded memory."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.length = 0
        self.kept = b""
        self._digest = hashlib.sha256()

    def feed(self, data: U8) -> None:
        """More of the record."""
        if len(self.kept) < KEPT:
            self.kept += data[: KEPT - len(self.kept)].tobytes()
        self.length += len(data)
        self._digest.update(data.data)

    def result(self) -> tuple[int, str]:
        """(length, SHA-256 hex)."""
        return self.length, self._digest.hexdigest()


def cut_oversize(data: U8, start: I32, length: I32, longest: int) -> dict[int, tuple[int, str]]:
    """Shorten records over `longest` to `KEPT` bytes, in place; give their true lengths and digests by row."""
    found: dict[int, tuple[int, str]] = {}
    for row in np.flatnonzero(length > longest).tolist():
        at, size = int(start[row]), int(length[row])
        found[row] = (size, hashlib.sha256(data[at : at + size].data).hexdigest())
        length[row] = min(KEPT, size)
    return found


def reject_oversize(oversize: dict[int, tuple[int, str]], longest: int) -> Rejects:
    """The rejects for oversize records."""
    rows = sorted(oversize)
    n = len(rows)
    return Rejects(
        np.array(rows, np.int32),
        ("frame",) * n,
        (Category.OVERSIZE,) * n,
        ("record_too_long",) * n,
        tuple(f"the record has {oversize[row][0]} bytes; at most {longest} are taken" for row in rows),
        (None,) * n,
    )


Scan = Callable[..., tuple[int, int, int]]
"""A kernel like `lines.frame_lines`."""


class LineFramer:
    """A record a line. Empty lines are filtered as `empty_line`.

    Other framers are this one with another `scan`, a kernel of the same shape, and another name for what it filters.
    """

    def __init__(self, bounds: Bounds, scan: Scan = frame_lines, filtered: str = "empty_line") -> None:
        self._bounds = bounds
        self._scan = scan
        self._filtered = filtered
        self._dropping: Dropping | None = None

    def frame(self, data: U8, begin: int, end: int, position: int, *, final: bool) -> Framed:
        """See `Framer`."""
        first: Dropping | None = None
        if self._dropping is not None:
            first = self._dropping
            stop = _find_line_feed(data, begin, end)
            first.feed(data[begin:stop])
            if stop == end and not final:
                return Framed(np.empty(0, np.int32), np.empty(0, np.int32), end)
            self._dropping = None
            position += min(stop + 1, end) - begin
            begin = min(stop + 1, end)
        head = 0 if first is None else 1
        start = np.empty(self._bounds.records, np.int32)
        length = np.empty(self._bounds.records, np.int32)
        start[:head] = 0
        length[:head] = 0
        n, empty, used = self._scan(data, begin, end, final, self._bounds.longest, start[head:], length[head:])
        n, used = int(n) + head, int(used)
        start, length = start[:n], length[:n]
        oversize = cut_oversize(data, start, length, self._bounds.longest)
        if not final and n < self._bounds.records and end - used > self._bounds.longest:
            self._dropping = Dropping(position + used - begin)
            self._dropping.feed(data[used:end])
            used = end
        kept = None
        if first is not None:
            oversize[0] = first.result()
            kept = (first.kept, first.position)
        filtered = {self._filtered: int(empty)} if empty else {}
        return Framed(start, length, used, filtered, kept, oversize, full=n == self._bounds.records)

    def forget(self) -> None:
        """Drop nothing after all: what was handed in last will be handed in again."""
        self._dropping = None

    def rest(self) -> tuple[bytes, int] | None:
        """See `Framer`."""
        return None if self._dropping is None else (self._dropping.kept, self._dropping.position)

    def state(self) -> list[int] | None:
        """See `Framer`."""
        return None


def _find_line_feed(data: U8, begin: int, end: int) -> int:
    """Index of the first line feed in data[begin:end), or `end`."""
    at = data[begin:end].tobytes().find(b"\n")
    return end if at < 0 else begin + at
