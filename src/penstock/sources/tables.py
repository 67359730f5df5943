"""Streams whose first lines say how the others are to be read: delimited files with a header row, W3C logs.

The header and the directives are no records: they are filtered by name, and go with each batch as `Lines.header`.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from penstock.columns import U8
from penstock.kernels.blocks import frame_rows
from penstock.sources.framing import Bounds, Framed, LineFramer, Scan

ROWS, DIRECTIVES = -1, -2
"""First number of the state of each framer here."""

LONGEST_HEADER = 64 * 1024
CHANGES = 256
"""How often a stream may change its header; later directives are taken for records (and will be rejected as such)."""

_NAME = re.compile(rb"[A-Za-z_@#][\w .@#:/()\[\]-]*")
_CLOCK = re.compile(rb"\d\d:\d\d:\d\d")
_DIRECTIVE = re.compile(rb"#(Fields|Software|Version|separator)\b", re.IGNORECASE)
_NAMED = re.compile(rb"#([A-Za-z_-]{1,40})(?::|[ \t])")
DIRECTIVE_NAMES = 16
"""How many directives a header has at most."""


class RowFramer(LineFramer):
    """A record a row, line feeds within quotes and all; the first row is the header."""

    def __init__(self, bounds: Bounds, delimiter: int, quote: int, header: bytes | None = None) -> None:
        def scan(*what: object) -> tuple[int, int, int]:
            most = min(bounds.assembled, bounds.longest)
            kernel: Scan = frame_rows
            return kernel(*what, np.uint8(delimiter), np.uint8(quote), bounds.lines, most)

        super().__init__(bounds, scan)
        self._header = header
        self._dialect = (delimiter, quote)

    def frame(self, data: U8, begin: int, end: int, position: int, *, final: bool) -> Framed:
        """See `Framer`."""
        framed = super().frame(data, begin, end, position, final=final)
        if self._header is None and len(framed.start):
            at, size = int(framed.start[0]), int(framed.length[0])
            self._header = data[at : at + size].tobytes() if 0 not in framed.oversize else b""
            framed = without(framed, 1, "header")
        return replace(framed, header=self._header or None)

    def state(self) -> list[int] | None:
        """See `Framer`."""
        return None if self._header is None else [ROWS, *self._dialect, *self._header]


class DirectiveFramer(LineFramer):
    """A record a line; `#` lines are filtered. The last directive of each name is the header of what follows."""

    def __init__(self, bounds: Bounds, header: bytes = b"") -> None:
        super().__init__(bounds)
        self._directives: dict[bytes, bytes] = {}
        self._changes = 0
        for line in header.split(b"\n"):
            self._take(line)

    def frame(self, data: U8, begin: int, end: int, position: int, *, final: bool) -> Framed:
        """See `Framer`. Ends before a change of the header, which goes with the next batch."""
        framed = super().frame(data, begin, end, position, final=final)
        if framed.kept is not None:
            return replace(framed, header=self._header())
        sharp = data[framed.start] == ord("#")
        first = 0
        while first < len(sharp) and sharp[first] and self._changes < CHANGES:
            at, size = int(framed.start[first]), int(framed.length[first])
            self._take(data[at : at + size].tobytes())
            first += 1
        later = np.flatnonzero(sharp[first:])
        if len(later) and self._changes < CHANGES:
            # the batch ends here; what is behind is framed again, under its own header
            self.forget()
            stop = int(framed.start[first + int(later[0])])
            framed = replace(super().frame(data, begin, stop, position, final=True), full=True)
        return replace(without(framed, first, "comment"), header=self._header())

    def _take(self, line: bytes) -> None:
        """A directive replaces the one of its name; a comment is nothing."""
        found = _NAMED.match(line)
        if found is None or len(line) > LONGEST_HEADER:
            return
        name = found[1].lower()
        if self._directives.get(name) != line and (name in self._directives or len(self._directives) < DIRECTIVE_NAMES):
            self._directives[name] = line
            self._changes += 1

    def _header(self) -> bytes | None:
        return b"\n".join(self._directives.values()) or None

    def state(self) -> list[int] | None:
        """See `Framer`."""
        return [DIRECTIVES, *(self._header() or b"")]


def without(framed: Framed, count: int, name: str) -> Framed:
    """The same less its first `count` rows, which are counted as filtered under this name."""
    if not count:
        return framed
    n = count
    oversize = {row - n: what for row, what in framed.oversize.items() if row >= n}
    filtered = {**framed.filtered, name: n}
    return replace(
        framed,
        start=framed.start[n:].copy(),
        length=framed.length[n:].copy(),
        oversize=oversize,
        filtered=filtered,
        kept=None,
    )


def table_framer(sample: bytes, bounds: Bounds, state: tuple[int, ...] = ()) -> LineFramer | None:
    """The framer for a stream that begins with `sample`, or from a cursor's state; None when it is no table."""
    if state:
        if state[0] == ROWS:
            return RowFramer(bounds, state[1], state[2], bytes(state[3:]))
        return DirectiveFramer(bounds, bytes(state[1:])) if state[0] == DIRECTIVES else None
    if _DIRECTIVE.match(sample):
        return DirectiveFramer(bounds)
    line = sample.split(b"\n", 1)[0].rstrip(b"\r")
    if len(line) > LONGEST_HEADER or not any(_names(line, delimiter) for delimiter in b",\t;|"):
        return None
    from penstock.formats.delimited import sniff  # noqa: PLC0415  only when there may be such input

    dialect = sniff(sample)
    if dialect.header is None or not _names(line, ord(dialect.delimiter)):
        return None
    return RowFramer(bounds, ord(dialect.delimiter), ord(dialect.quote or '"'))


def _names(line: bytes, delimiter: int) -> bool:
    """Whether a line is three or more distinct names. One with a time of day is a record: prose may hold commas."""
    if _CLOCK.search(line):
        return False
    cells = [cell.strip(b' "') for cell in line.split(bytes([delimiter]))]
    return len(cells) >= 3 and len(set(cells)) == len(cells) and all(map(_NAME.fullmatch, cells))
