"""JSON objects, one a record (RFC 8259): every member on the tape, nothing lost, nothing built."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable, hash_part
from penstock.formats.tapes import Fault
from penstock.kernels import json_scan

FAULTS = {
    json_scan.TRUNCATED: Fault("json.truncated", "the JSON object ends too early"),
    json_scan.SYNTAX: Fault("json.syntax", "not a JSON object"),
    json_scan.TOO_DEEP: Fault("json.depth", f"nested deeper than {json_scan.MAX_DEPTH} levels"),
    json_scan.BAD_STRING: Fault("json.string", "a string holds a control character or a wrong escape"),
    json_scan.BAD_NUMBER: Fault("json.number", "a number is not written as JSON wants it"),
    json_scan.TRAILING: Fault("json.trailing", "text follows the JSON object"),
}

_ELEMENT = np.uint64(hash_part(json_scan.ELEMENT))


def json_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The members of these objects (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    total = len(start)
    room = int(length.sum(dtype=np.int64)) // 18 + 8 * total + 64
    begin = np.zeros(total + 1, np.int32)
    bad = np.zeros(total, np.uint8)
    out = _arrays(room)
    stack = (np.empty(json_scan.MAX_DEPTH, np.uint64), *(np.empty(json_scan.MAX_DEPTH, np.int64) for _ in range(3)))
    row = 0
    while True:
        row = json_scan.scan_json(
            text.data, start, length, row, keys.slot_hash, keys.slot_id, begin, *out, bad, _ELEMENT, *stack
        )
        if row >= total:
            break
        room *= 2
        used = int(begin[row])
        larger = _arrays(room)
        for new, old in zip(larger, out, strict=True):
            new[:used] = old[:used]
        out = larger
    n = int(begin[total])
    return Tape(rows, begin, *(column[:n] for column in out)), bad


def _arrays(room: int) -> tuple[Any, ...]:
    def ints() -> I32:
        return np.empty(room, np.int32)

    return ints(), ints(), ints(), np.empty(room, np.uint8), ints(), ints(), ints()
