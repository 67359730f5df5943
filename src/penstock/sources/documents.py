"""JSON that is no NDJSON: arrays of objects, CloudTrail's `Records`, documents that span lines.

Each element or document is a record, its position the offset of its first byte.
"""

from __future__ import annotations

import json
import re

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, I64, U8
from penstock.kernels.documents import BASE, BEGAN, COLUMN0, DEPTH, ENVELOPE, KEY_AT, MODE, NONE, frame_documents
from penstock.sources.framing import KEPT, Bounds, Dropping, Framed, cut_oversize

_SPACE = b" \t\r\n"
_ARRAY = re.compile(rb"\[\s*\{\s*[\"}]")
_LOOKED_AT = 20
"""How many complete one-line objects are passed before a stream is taken for NDJSON."""
_RECORDS = re.compile(rb'\{\s*"Records"\s*:\s*\[')


def is_documents(sample: bytes, *, whole: bool) -> bool:
    """Whether a stream that begins with `sample` (all of it when `whole`) is JSON to be framed by document.

    NDJSON, whose first line is a complete object, is not.
    """
    body = sample.lstrip(_SPACE)
    if _ARRAY.match(body) or _RECORDS.match(body):
        return True
    if not body.startswith(b"{"):
        return False
    text = body.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(_LOOKED_AT):
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            # cut off by the sample's end, after a line that was no object by itself?
            return not whole and "\n" in text[at:] and "\n" not in text[error.pos :]
        except RecursionError:
            return False
        if "\n" in text[at:end] or isinstance(value.get("Records"), list):
            return True
        rest = text[end:]
        if rest.split("\n", 1)[0].lstrip().startswith("{"):
            return True
        at = len(text) - len(rest.lstrip())
        if text[at : at + 1] != "{":
            return False
    return False


class DocumentFramer:
    """A record a document or element. Between the records, separators are nobody's; text is framed by line."""

    def __init__(self, bounds: Bounds, state: tuple[int, ...] = ()) -> None:
        self._bounds = bounds
        self._state = np.zeros(12, np.int64)
        self._state[[BEGAN, KEY_AT, COLUMN0]] = NONE, NONE, 1
        if state:
            self._state[:] = state
        self._dropping: Dropping | None = None
        self._scanned = 0

    def frame(self, data: U8, begin: int, end: int, position: int, *, final: bool) -> Framed:
        """See `Framer`. What was handed in again is not scanned again."""
        state = self._state
        start = np.empty(self._bounds.records, np.int64)
        length = np.empty(self._bounds.records, np.int64)
        _shift(state, begin)
        n, at = map(int, frame_documents(data, begin + self._scanned, end, state, start, length))
        if final and at == end and n < len(start) and state[BEGAN] != NONE:
            start[n], length[n] = state[BEGAN], end - state[BEGAN]
            state[[BEGAN, MODE]] = NONE, 0
            n += 1
        start, length = start[:n], length[:n]
        kept: tuple[bytes, int] | None = None
        oversize: dict[int, tuple[int, str]] = {}
        if n and start[0] < begin and self._dropping is not None:
            self._dropping.feed(data[begin : int(start[0] + length[0])])
            kept = (self._dropping.kept, self._dropping.position)
            oversize[0] = self._dropping.result()
            start[0], length[0] = begin, 0
        if state[BEGAN] >= begin or state[BEGAN] == NONE:
            self._dropping = None
        used = at if state[BEGAN] == NONE else max(begin, int(state[BEGAN]))
        if self._dropping is not None or (state[BEGAN] != NONE and at - used > self._bounds.longest):
            self._dropping = self._dropping or Dropping(position + used - begin)
            self._dropping.feed(data[used:at])
            used = at
        self._scanned = at - used
        _shift(state, -used)
        starts, lengths = start.astype(np.int32), length.astype(np.int32)
        oversize.update(cut_oversize(data, starts, lengths, self._bounds.longest))
        _trim(data, starts, lengths, np.setdiff1d(np.flatnonzero(lengths > 0), list(oversize)))
        return Framed(starts, lengths, used, {}, kept, oversize, full=n == self._bounds.records)

    def rest(self) -> tuple[bytes, int] | None:
        """See `Framer`."""
        return None if self._dropping is None else (self._dropping.kept[:KEPT], self._dropping.position)

    def state(self) -> list[int] | None:
        """See `Framer`. A record that was begun is begun again."""
        state = self._state.copy()
        if state[MODE] != ENVELOPE:
            state[:] = 0
            state[[DEPTH, BASE, BEGAN, KEY_AT, COLUMN0]] = self._state[BASE], self._state[BASE], NONE, NONE, 1
        return [int(v) for v in state]


def _shift(state: I64, by: int) -> None:
    """Move the places in a state."""
    for place in (BEGAN, KEY_AT):
        if state[place] != NONE:
            state[place] += by


def _trim(data: U8, start: I32, length: I32, rows: NDArray[np.intp]) -> None:
    """Take spaces and line ends off the ends of these records, in place."""
    while len(rows):
        last = data[start[rows] + length[rows] - 1]
        rows = rows[(last == 32) | (last == 10) | (last == 13) | (last == 9)]
        length[rows] -= 1
        rows = rows[length[rows] > 0]
