"""Rows of cells: CSV, TSV and the like, with their delimiter and header guessed where nobody names them.

A cell's key is its column's. Rows may be ragged: a missing cell is absent, one too many is kept under the name
`extra`. A cell's own quotes are left out; doubled ones within are left to `formats.unescape`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, append_names, run_grammar
from penstock.kernels.delimited import EMPTY, OPEN_QUOTE, delimited

FAULTS = {
    OPEN_QUOTE: Fault("delimited.open_quote", "a quoted cell has no closing quote"),
    EMPTY: Fault("delimited.empty", "an empty row"),
}

EXTRA = b"extra"
SAMPLE = 64 * 1024
_DELIMITERS = ",\t;|"
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written. `quote` is empty when none is used; `header` is None when the first row is data."""

    delimiter: str
    quote: str
    header: list[str] | None


def delimited_tape(
    text: Text,
    rows: I32,
    start: I32,
    length: I32,
    keys: KeyTable,
    columns: Sequence[bytes],
    delimiter: bytes = b",",
    quote: bytes = b'"',
) -> tuple[Tape, U8]:
    """The cells of these rows (int32[m] slices of `text`) under the names of `columns`, and per row a code or 0."""
    names = append_names(text, (*columns, EXTRA), keys)
    which = np.zeros(len(rows), np.int32)
    sets = np.array([0, len(columns)], np.int32)
    delimiters = np.frombuffer(delimiter, np.uint8).copy()
    byte = np.uint8(quote[0] if quote else 0)
    more = (np.uint8(0), which, sets, delimiters, byte, names)
    return run_grammar(delimited, text, rows, start, length, None, *more, bytes_per_entry=8)


def sniff(sample: bytes) -> Dialect:
    """Guess the dialect from a file's first bytes (64 KiB are looked at).

    The delimiter is the one that most rows have equally often outside quotes; the header is the first row when its
    cells are distinct names, and either a column below is all numbers, addresses or times, or the names are usual.
    """
    text = sample[:SAMPLE].decode("utf-8-sig", "replace")
    whole, end_of_line, _ = text.rpartition("\n")
    if end_of_line and len(sample) > SAMPLE:
        text = whole  # its last row may be cut
    lines = text.splitlines(keepends=True)
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        lines.pop(0)
    text = "".join(lines)
    quote = _quote(text)
    best: tuple[float, int, str, list[list[str]]] = (0.0, 0, ",", _cells(text, ",", quote))
    for delimiter in _DELIMITERS:
        rows = _cells(text, delimiter, quote)
        if not rows:
            continue
        width, equal = Counter(map(len, rows)).most_common(1)[0]
        score = (round(equal / len(rows), 1), width)
        if width > 1 and score > best[:2]:
            best = (*score, delimiter, rows)
    rows = best[3]
    return Dialect(best[2], quote, rows[0] if rows and _is_header(rows[0], rows[1:]) else None)


def _cells(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) >= _ROWS:
                break
    except csv.Error:  # a cell beyond the reader's bound: not this dialect
        return []
    return rows


def _quote(text: str) -> str:
    double = len(re.findall(r'(?:^|[,;|\t]) *"', text, re.MULTILINE))
    single = len(re.findall(r"(?:^|[,;|\t]) *'[^'\n]*' *(?=$|[,;|\t])", text, re.MULTILINE))
    return "'" if single > double else '"'


_NAME = re.compile(r"[^\W\d][\w .:/()#%\[\]-]{0,63}")
_TYPED = re.compile(
    r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|true|false|[0-9a-fA-F]*:[0-9a-fA-F:.]+"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"
)
_USUAL = re.compile(
    r"(?:^|[\W_]|(?<=[a-z]))(?:time|timestamp|date|user|username|ip|src|dst|source|destination|host|hostname|name"
    r"|action|id|port|type|event|status|severity|level|message|url|domain|hash|category|protocol|code|reason|account"
    r"|device|bytes|method|result)(?:$|[\W_]|(?=[A-Z]))",
    re.IGNORECASE,
)


def _is_header(first: list[str], below: list[list[str]]) -> bool:
    names = [cell.strip() for cell in first]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(n) and not _TYPED.fullmatch(n) for n in names):
        return False
    columns = [[row[c].strip() for row in below if c < len(row) and row[c].strip()] for c in range(len(names))]
    if any(values and all(map(_TYPED.fullmatch, values)) for values in columns):
        return True
    recurs = any(name in values for name, values in zip(names, columns, strict=True))
    return not recurs and any(map(_USUAL.search, names))
