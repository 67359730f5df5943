"""W3C extended logs (IIS, Exchange, ISA, many proxies) and Zeek's: lines of `#` directives name the columns.

A file may name new columns anywhere, so each line has the header that stood last before it. `-` is an absent value.
The columns are separated as the names are in `#Fields:`: by spaces, tabs (ISA, Zeek) or commas (Exchange).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, U8, Mask, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, append_names, run_grammar
from penstock.kernels.delimited import EMPTY, FEW_CELLS, MANY_CELLS, NO_HEADER, OPEN_QUOTE, delimited

FAULTS = {
    OPEN_QUOTE: Fault("w3c.open_quote", "a quoted value has no closing quote"),
    EMPTY: Fault("w3c.empty", "an empty line"),
    FEW_CELLS: Fault("w3c.few_values", "fewer values than #Fields names"),
    MANY_CELLS: Fault("w3c.many_values", "more values than #Fields names"),
    NO_HEADER: Fault("w3c.no_fields", "no #Fields line stands before it"),
}

_DIRECTIVE = re.compile(rb"#([A-Za-z_-]+)(?::[ \t]*|[ \t]+)(.*)", re.DOTALL)
_LONGEST = 64 * 1024
_MOST_COLUMNS = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What the directives said: the columns' names, one byte that separates them, `#Software`, `#Date`."""

    fields: tuple[bytes, ...] = ()
    delimiter: bytes = b" "
    software: bytes = b""
    date: bytes = b""


@dataclass(frozen=True, slots=True)
class Directives:
    """What is directive and what is data.

    directive  bool[n]   the line is a directive or a comment, no record
    which      int32[n]  the line's header in `headers`, -1 where no #Fields came before it
    headers    headers with columns, in their order; the last holds for what follows
    """

    directive: Mask
    which: I32
    headers: tuple[Header, ...]


def read_directives(text: Text, start: I32, length: I32, before: Header | None = None) -> Directives:
    """Tell directives from data in these lines (int32[n], the file's order). `before`: the header so far."""
    directive = (length > 0) & (text.data[start] == ord("#"))
    headers = [before] if before and before.fields else []
    inherited = len(headers)
    changes = []
    software, date = (before.software, before.date) if before else (b"", b"")
    for line in np.flatnonzero(directive):
        found = _DIRECTIVE.fullmatch(text.slice(int(start[line]), min(int(length[line]), _LONGEST)))
        if not found:
            continue
        name, value = found[1].lower(), found[2].rstrip()
        if name == b"software":
            software = value
        elif name == b"date":
            date = value
        elif name == b"fields":
            delimiter = next((d for d in (b"\t", b",") if d in value), b" ")
            fields = tuple(f.strip() for f in (value.split() if delimiter == b" " else value.split(delimiter)))
            headers.append(Header(fields[:_MOST_COLUMNS], delimiter, software, date))
            changes.append(line)
    which = np.searchsorted(np.array(changes, np.int64), np.arange(len(start)), side="right") + inherited - 1
    return Directives(directive, which.astype(np.int32), tuple(headers))


def w3c_tape(
    text: Text, rows: I32, start: I32, length: I32, keys: KeyTable, headers: Sequence[Header], which: I32
) -> tuple[Tape, U8]:
    """The values of these lines (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`.

    which int32[m]: each line's header (`Directives.which` of the data lines), -1 for none.
    """
    names = append_names(text, [field for header in headers for field in header.fields] + [b""], keys)
    sets = np.cumsum([0, *(len(header.fields) for header in headers)]).astype(np.int32)
    delimiters = np.frombuffer(b"".join(header.delimiter for header in headers), np.uint8).copy()
    more = (np.uint8(1), which.astype(np.int32, copy=False), sets, delimiters, np.uint8(ord('"')), names)
    return run_grammar(delimited, text, rows, start, length, None, *more, bytes_per_entry=8)
