"""Run a grammar's kernel over a batch's payloads, with a tape that grows between its calls, never within."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable

_COLUMNS = ("key", "start", "length", "written", "name_start", "name_length")


class Fault(NamedTuple):
    """Why a record is no sentence of a grammar: the reject's code, and a message for people."""

    code: str
    message: str


def run_grammar(
    kernel: Callable[..., int],
    text: Text,
    rows: I32,
    start: I32,
    length: I32,
    keys: KeyTable | None,
    *more: object,
    bytes_per_entry: int,
) -> tuple[Tape, U8]:
    """The tape of these payloads and, per row, 0 or the code of its fault (such a row has an empty run).

    kernel           as `kernels.pairs.pairs`: (data, start, length, slot_hash, slot_id, *more, out, begin, bad, row)
    keys             the key table; None for a kernel that takes none (its keys are its columns')
    more             what this grammar's kernel takes besides: names, scratch
    bytes_per_entry  a guess that is seldom too high: how many bytes of text one entry takes
    """
    table = (keys.slot_hash, keys.slot_id) if keys else ()
    total = len(start)
    start = np.ascontiguousarray(start, np.int32)  # another layout or type would be another compilation
    length = np.maximum(length, 0, dtype=np.int32)
    room = int(length.sum(dtype=np.int64)) // bytes_per_entry + 8 * total + 16
    out = _arrays(room)
    begin = np.zeros(total + 1, np.int32)
    bad = np.zeros(total, np.uint8)
    row = 0
    while True:
        row = kernel(text.data, start, length, *table, *more, tuple(out), begin, bad, row)
        if row >= total:
            break
        room *= 2
        larger = _arrays(room)
        used = int(begin[row])
        for new, old in zip(larger, out, strict=True):
            new[:used] = old[:used]
        out = larger
    n = int(begin[total])
    key, value, size, written, name, name_size = (column[:n] for column in out)
    return Tape(rows, begin, key, value, size, written, name, name_size, np.full(n, -1, np.int32)), bad


def append_names(text: Text, names: Sequence[bytes], keys: KeyTable) -> tuple[I32, I32, I32]:
    """Names that stand in no record, as a header's: each one's key id, start and length (int32), in `text`'s arena."""
    at = text.append(b"".join(names))
    sizes = np.array([len(name) for name in names], np.int32)
    starts = (at + np.cumsum(sizes) - sizes).astype(np.int32)
    return np.array([keys.find(name) for name in names], np.int32), starts, sizes


def _arrays(room: int) -> list[NDArray[Any]]:
    """The tape's columns but the last: key, start, length, written, name's start, name's length."""
    return [np.empty(room, np.uint8 if column == "written" else np.int32) for column in _COLUMNS]
