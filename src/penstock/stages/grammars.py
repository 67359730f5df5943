"""Which grammar takes which kind of payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats import cef, delimited, json, kv, leef, w3c, windows_xml
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault
from penstock.kernels import recognise


@dataclass(frozen=True, slots=True)
class Grammar:
    """A structured format. `name` is the pack language's; `tape` takes (text, rows, start, length, keys)."""

    name: str
    tape: Callable[[Text, I32, I32, I32, KeyTable], tuple[Tape, U8]]
    faults: Mapping[int, Fault]


PAIRS = Grammar("kv", kv.kv_tape, kv.FAULTS)

BY_KIND = {
    recognise.JSON: Grammar("json", json.json_tape, json.FAULTS),
    recognise.CEF: Grammar("cef", cef.cef_tape, cef.FAULTS),
    recognise.LEEF: Grammar("leef", leef.leef_tape, leef.FAULTS),
    recognise.XML: Grammar("xml", windows_xml.windows_xml_tape, windows_xml.FAULTS),
}
"""Grammars of payloads that show what they are by their first bytes."""


def table_grammar(header: bytes, sample: bytes) -> Grammar:
    """The grammar of a table: W3C directives (`#Fields: …`), or a header row of cells. `sample`: rows below it."""
    if header.startswith(b"#"):
        return _w3c(header)
    dialect = delimited.sniff(header + b"\n" + sample)
    names = dialect.header or [f"column{i + 1}" for i in range(header.count(dialect.delimiter.encode()) + 1)]
    return cells([n.encode() for n in names], dialect.delimiter.encode(), dialect.quote.encode())


def cells(names: list[bytes], delimiter: bytes = b",", quote: bytes = b'"') -> Grammar:
    """The grammar of rows whose columns have these names."""

    def tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
        return delimited.delimited_tape(text, rows, start, length, keys, names, delimiter, quote)

    return Grammar("delimited", tape, delimited.FAULTS)


def _w3c(header: bytes) -> Grammar:
    lines = header.split(b"\n")
    sizes = np.array([len(line) for line in lines], np.int32)
    starts = (np.cumsum(sizes + 1) - sizes - 1).astype(np.int32)
    found = w3c.read_directives(Text.of(header), starts, sizes).headers

    def tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
        which = np.full(len(rows), len(found) - 1, np.int32)
        return w3c.w3c_tape(text, rows, start, length, keys, found, which)

    return Grammar("delimited", tape, w3c.FAULTS)
