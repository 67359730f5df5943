"""CEF and LEEF: the compiled kernel against regular expressions, on arbitrary bytes."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats import cef, leef
from penstock.formats.keys import KeyTable
from penstock.kernels.cef import BAD_VERSION, NO_PREFIX, SHORT_HEADER

Entry = tuple[bytes, bytes, bool]
KEYS = KeyTable.of([b"src", b"cef.name", b"leef.vendor", b"a.b[0]", b""])
BLANKS = b" \t\r\n"
PAIR = re.compile(rb"(?:(?<=[ \t\r\n])|(?<=\A\|))([A-Za-z0-9_.\[\]-]+)=")


def spaced(extension: bytes) -> list[Entry]:
    """Values run to the blank before the next key."""
    found = list(PAIR.finditer(b"|" + extension))
    ends = [*(m.start() - 1 for m in found[1:]), len(extension)][: len(found)]
    entries = []
    for m, end in zip(found, ends, strict=True):
        value = extension[m.end() - 1 : end]
        entries.append((m[1], value.rstrip(BLANKS), b"\\" in value))
    return entries


def header(raw: bytes, prefix: bytes, names: tuple[bytes, ...]) -> tuple[list[Entry], bytes] | int:
    raw = raw.lstrip(BLANKS)
    if not raw.startswith(prefix):
        return NO_PREFIX
    raw = raw[len(prefix) :].lstrip(BLANKS)
    m = re.match(rb"((?:[^\\|]|\\.)*)\|" * (len(names) - 1), raw, re.DOTALL)
    if not m:
        return SHORT_HEADER
    rest = raw[m.end() :]
    closed = re.match(rb"((?:[^\\|]|\\.)*)\|", rest, re.DOTALL)
    last = closed[1] if closed else rest.rstrip(BLANKS)
    if not closed and (not last or b"=" in last):
        return SHORT_HEADER
    if not re.fullmatch(rb"[0-9.]{1,8}", m[1]):
        return BAD_VERSION
    fields = zip(names, (*m.groups(), last), strict=True)
    return [(n, v, b"\\" in v) for n, v in fields], rest[closed.end() :] if closed else b""


def cef_twin(raw: bytes) -> list[Entry] | int:
    taken = header(raw, b"CEF:", cef.HEADER)
    return taken if isinstance(taken, int) else taken[0] + spaced(taken[1])


def substitute(rest: bytes) -> bytes | None:
    """What stands for a LEEF record's delimiter where that is missing."""
    for spelt in (b"\\t", b"#011"):
        if spelt in rest:
            return spelt
    _, _, rest = rest.partition(b"=")
    for part in rest.split(b"=")[:-1]:
        m = re.search(rb"([^A-Za-z0-9_.\[\]-])[A-Za-z0-9_.\[\]-]+\Z", part)
        if m and m[1] in b"|^":
            return m[1]
        if m and m[1] in BLANKS:
            return None
    return None


def leef_twin(raw: bytes) -> list[Entry] | int:
    taken = header(raw, b"LEEF:", leef.HEADER)
    if isinstance(taken, int):
        return taken
    entries, rest = taken
    delimiter = b"\t"
    if entries[0][1].startswith(b"2"):
        named = re.match(rb"(?:(\\t|)|([^|])|0?[xX]([0-9a-fA-F]{1,2}))\|", rest, re.DOTALL)
        code = int(named[3], 16) if named and named[3] else None
        if named and code != 0:
            delimiter = bytes([code]) if code else named[2] or b"\t"
            rest = rest[named.end() :]
    if delimiter not in rest:
        other = substitute(rest)
        if other is None:
            return entries + spaced(rest)
        delimiter = other
    for pair in rest.split(delimiter):
        name, equals, value = pair.partition(b"=")
        if equals:
            value = value.rstrip(BLANKS)
            entries.append((name.strip(BLANKS), value, bool(re.search(rb"\\[=|]", value))))
    return entries


def compiled(grammar: object, payloads: list[bytes]) -> list[list[Entry] | int]:
    text = Text.of(b"a|" + b"".join(p + b"= |" for p in payloads))
    length = np.array([len(p) for p in payloads], np.int32)
    start = (2 + np.concatenate([[0], np.cumsum(length + 3)[:-1]])).astype(np.int32)
    rows = np.arange(len(payloads), dtype=np.int32)
    take = cef.cef_tape if grammar is cef else leef.leef_tape
    tape, bad = take(text, rows, start, length, KEYS)
    result: list[list[Entry] | int] = []
    for i, code in enumerate(bad):
        row = []
        for t in range(tape.begin[i], tape.begin[i + 1]):
            name = text.slice(int(tape.name_start[t]), int(tape.name_length[t]))
            assert tape.key[t] == KEYS.find(name)
            row.append((name, text.slice(int(tape.start[t]), int(tape.length[t])), bool(tape.written[t])))
        assert not (code and row)
        result.append(int(code) or row)
    return result


PIECES = st.sampled_from(
    [
        b"src=",
        b"a.b[0]=",
        b"=",
        b"=",
        b" ",
        b"  ",
        b"|",
        b"\\",
        b"\\|",
        b"\\=",
        b"\\\\",
        b"\t",
        b"\\t",
        b"#011",
        b"|key=",
        b"^key=",
        b"src=10.0.0.1 ",
    ]
    + [b"^", b"x5E|", b"0x09|", b"x00|", b"^|", b"url=http://h/?a=b&c=d", b"two words", b"\n", b"\xff", b"key", b"x"]
)
TAIL = st.one_of(st.lists(PIECES, max_size=14).map(b"".join), st.binary(max_size=30))
HEAD = st.sampled_from(
    [b"CEF:0|v|p|1|c|n|5|", b"CEF: 1|v|p\\||1|c||\\\\|", b" CEF:0|v|p|", b"CEF:x|v|p|1|c|n|5|", b"CEF:", b""]
    + [b"LEEF:1.0|v|p|1|e|", b"LEEF:2.0|v|p|1|e|", b"LEEF:2.0|v\\|w|p|1|e|^|", b"LEEF:2.0|v|p|", b"LEEF:two|v|p|1|e|"]
)
PAYLOADS = st.lists(st.builds(lambda head, tail: head + tail, HEAD, TAIL), min_size=1, max_size=4)


@settings(deadline=None, max_examples=1000)
@given(PAYLOADS)
def test_cef_agrees_with_its_twin(payloads: list[bytes]) -> None:
    """Same entries or same fault for any bytes, whatever stands before and after."""
    assert compiled(cef, payloads) == [cef_twin(p) for p in payloads]


@settings(deadline=None, max_examples=1000)
@given(PAYLOADS)
def test_leef_agrees_with_its_twin(payloads: list[bytes]) -> None:
    """Same entries or same fault for any bytes, with any delimiter."""
    assert compiled(leef, payloads) == [leef_twin(p) for p in payloads]


def test_a_tape_too_small_is_grown() -> None:
    """Many more entries than the guess: nothing lost, nothing doubled."""
    payloads = [b"CEF:0|v|p|1|c|n|5|" + b"src= " * 3000, b"x", b"CEF:0|v|p|1|c|n|5|"]
    assert compiled(cef, payloads) == [cef_twin(p) for p in payloads]
