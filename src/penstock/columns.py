"""How telemetry is held: slices of one text, as columns.

A batch of raw records is one byte buffer (`Text`). A value is a slice of it: a start and a length. Nothing is
copied to take a line apart; what has to be made (an unescaped string, a canonical address, a rendered time) is
appended to the same buffer and is a slice like any other. So every column, of whatever type, is two int32
vectors, one writer serves all types, and a conversion to numbers happens only where numbers are needed
(the lake, a comparison).

Two shapes:

* `Tape`: what a format grammar yields. Per record a run of (key, value slice, how it is written), in the order
  of the line. Keys that some pack knows have an id; all keep the slice of their name.
* `Frame`: what a pack makes of it. Per dataset a matrix of columns with flat dotted ECS names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

SLACK = 64
"""Bytes that may be read (never relied on) past the end of a text: kernels copy eight bytes at a time."""

NULL = -1
"""The length of an absent value."""


class Text:
    """An append-only byte buffer. Bytes below `used` never change, so slices of it stay true.

    `data` is uint8 with at least `SLACK` readable bytes past `used`; it may be replaced by a larger copy when it
    grows, so read `text.data` afresh after anything that appends. `constants` is where the catalogue's constants
    begin in it, -1 before they were appended.
    """

    __slots__ = ("constants", "data", "used")

    def __init__(self, data: U8, used: int) -> None:
        if len(data) < used + SLACK:
            data = np.concatenate([data[:used], np.zeros(SLACK, np.uint8)])
        self.data = data
        self.used = used
        self.constants = -1

    @classmethod
    def of(cls, raw: bytes, room: int = 0) -> Text:
        """A text that holds `raw`, with `room` bytes to append without a copy."""
        data = np.zeros(len(raw) + room + SLACK, np.uint8)
        data[: len(raw)] = np.frombuffer(raw, np.uint8)
        return cls(data, len(raw))

    def reserve(self, room: int) -> U8:
        """Make sure that `room` bytes (and the slack) can be written from `used` on; give the buffer."""
        want = self.used + room + SLACK
        if want > len(self.data):
            grown = np.empty(max(want, len(self.data) * 3 // 2), np.uint8)
            grown[: self.used] = self.data[: self.used]
            self.data = grown
        return self.data

    def append(self, raw: bytes) -> int:
        """Append `raw`; give where it starts."""
        data = self.reserve(len(raw))
        start = self.used
        data[start : start + len(raw)] = np.frombuffer(raw, np.uint8)
        self.used = start + len(raw)
        return start

    def slice(self, start: int, length: int) -> bytes:
        """The bytes of one slice (for messages and tests, not for hot paths)."""
        return self.data[start : start + length].tobytes()


class Written(IntEnum):
    """How a tape's value stands in the text, and so how it is to be read."""

    PLAIN = 0  # text, to be taken as it is
    JSON_ESCAPED = 1  # a JSON string's inside with at least one backslash escape
    NUMBER = 2  # a JSON number
    BOOL = 3  # true or false
    NULL = 4  # null: an explicit nothing
    NESTED = 5  # a JSON array or object, whole
    BACKSLASH = 6  # CEF/LEEF/quoted text: a backslash escapes the next byte (\\n and \\r are breaks)
    XML_ESCAPED = 7  # XML text with entities or a CDATA section
    DOUBLED_QUOTE = 8  # a delimited cell in which "" stands for "


@dataclass(frozen=True, slots=True)
class Tape:
    """The fields of m records, flat. Row i's entries are `begin[i] .. begin[i + 1]`.

    rows          int32[m]    which record of the batch each tape row is
    begin         int32[m+1]  where each row's entries begin
    key           int32[T]    id of the key in the catalogue's key table, -1 where no pack names it
    start, length int32[T]    the value's slice (length 0 is an empty value)
    written       uint8[T]    a `Written`
    name_start, name_length  int32[T]  the key's own slice in the text (nested JSON: the last part of the path)
    parent        int32[T]    nested JSON: entry of the enclosing object within the tape, else -1
    """

    rows: I32
    begin: I32
    key: I32
    start: I32
    length: I32
    written: U8
    name_start: I32
    name_length: I32
    parent: I32


class Kind(IntEnum):
    """A column's type: how its text is to be read and written. The text itself is always canonical."""

    KEYWORD = 0  # any text
    LONG = 1  # canonical decimal, int64
    DOUBLE = 2  # JSON number
    BOOLEAN = 3  # true | false
    IP = 4  # canonical address (RFC 5952)
    DATE = 5  # RFC 3339, UTC, microseconds, Z
    JSON = 6  # JSON text that is itself the value: arrays, ranges of values
    FLATTENED = 7  # JSON text kept as text: `<pack>.unmapped`, nested objects


QUOTED = frozenset({Kind.KEYWORD, Kind.IP, Kind.DATE, Kind.FLATTENED})
ESCAPED = frozenset({Kind.KEYWORD, Kind.FLATTENED})


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of one dataset.

    rows    int32[n]     record of the batch (index into `Lines`) that each row came from, ascending
    names   C names      flat dotted ECS names, in the schema's order
    kinds   C kinds
    many    C flags      the field is an array (one value is written as an array of one)
    start, length int32[P, n]  slices into `text`; length -1 is absent. P >= C: room for columns that are not there
    place   int32[C]     which row of that matrix each column is
    family  int32[n]     which entry of `constants` a row has: which family of the pack's (pattern, message id) took it;
                         after `categorise`, which family and which decision
    constants            per family, the fields every row of it has: {name: value or list}
    """

    dataset: str
    text: Text
    rows: I32
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    many: tuple[bool, ...]
    start: I32
    length: I32
    place: I32
    family: I32
    constants: tuple[dict[str, object], ...] = field(default=({},))

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str | None]:
        """One column as Python strings, None where absent (for scripts and tests)."""
        if name not in self.names:
            values = [c.get(name) for c in self.constants]
            return [None if (v := values[f]) is None else str(v) for f in self.family]
        c = self.place[self.names.index(name)]
        data = self.text.data
        return [
            None if n < 0 else data[s : s + n].tobytes().decode("utf-8", "replace")
            for s, n in zip(self.start[c], self.length[c], strict=True)
        ]
