"""Arrays as they came: taken apart so that each element is typed, put together again.

A field that is an array may get a whole JSON array from its record. It is no more to be trusted than a single value:
its elements may be of any type, and a text in brackets is no array at all. What is left of an element that is itself an
array are its elements; an object is kept as its JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson

from penstock.columns import I32, Text
from penstock.kernels.slices import find_arrays


def elements(raw: bytes) -> list[bytes] | None:
    """The elements of a JSON array as texts, without nulls; None when it is none."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, list):
        return None
    out: list[bytes] = []
    waiting = found[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            out.append(value.encode())
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif value is not None:
            out.append(orjson.dumps(value))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """The arrays among a column's values.

    rows           int32[k]  the rows that hold one
    owner          int32[e]  of each element the row it belongs to, ascending
    start, length  int32[e]  the elements' slices; length -1 leaves one out
    others         int32[m]  rows whose text begins as an array does and is none
    """

    rows: I32
    owner: I32
    start: I32
    length: I32
    others: I32

    def write(self, text: Text, start: I32, length: I32, *, quoted: bool) -> None:
        """Give the rows arrays of the elements there are now; absent where none is left."""
        bounds = np.searchsorted(self.owner, np.append(self.rows, np.iinfo(np.int32).max))
        known: dict[tuple[bytes, ...], tuple[int, int]] = {}
        for row, begin, end in zip(self.rows.tolist(), bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            held = tuple(
                text.slice(int(self.start[e]), int(self.length[e])) for e in range(begin, end) if self.length[e] >= 0
            )
            if not held:
                length[row] = -1
                continue
            if held not in known:
                spelt = b",".join(orjson.dumps(v.decode("utf-8", "replace")) if quoted else v for v in held)
                known[held] = (text.append(b"[" + spelt + b"]"), len(spelt) + 2)
            start[row], length[row] = known[held]


def arrays_in(
    text: Text, start: I32, length: I32, blob: int = -1, blob_end: int = -1, *, quoted: bool = False
) -> Arrays | None:
    """The arrays among these values (constants at blob .. blob_end are known to be good); None when there are none.

    `quoted`: what is an array of nothing but texts already is as it should be, and left out.
    """
    candidates = np.empty(len(start), np.int32)
    count = find_arrays(text.data, start, length, blob, blob_end, quoted, candidates)
    if not count:
        return None
    rows, others, owner, starts, lengths = [], [], [], [], []
    known: dict[bytes, tuple[list[int], list[int]] | None] = {}
    for row in candidates[:count].tolist():
        raw = text.slice(int(start[row]), int(length[row]))
        if raw not in known:
            parts = elements(raw)
            if parts is None:
                known[raw] = None
            else:
                at = text.append(b"".join(parts))
                sizes = [len(p) for p in parts]
                known[raw] = ([at + s for s in np.cumsum([0, *sizes[:-1]]).tolist()] if sizes else [], sizes)
        found = known[raw]
        if found is None:
            others.append(row)
            continue
        rows.append(row)
        owner.extend([row] * len(found[0]))
        starts.extend(found[0])
        lengths.extend(found[1])
    return Arrays(*(np.array(x, np.int32) for x in (rows, owner, starts, lengths, others)))


def quote_brackets(text: Text, start: I32, length: I32, rows: I32) -> None:
    """Make texts in brackets that are no arrays what they are: arrays of one text."""
    for row in rows.tolist():
        value = text.slice(int(start[row]), int(length[row])).decode("utf-8", "replace")
        raw = orjson.dumps([value])
        start[row], length[row] = text.append(raw), len(raw)
