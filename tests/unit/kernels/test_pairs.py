"""key=value: the compiled kernel against plain Python, on arbitrary bytes."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats.keys import KeyTable
from penstock.formats.kv import kv_tape
from penstock.kernels.pairs import NO_PAIR, OPEN_QUOTE

Entry = tuple[bytes, bytes, bool]
KEYS = KeyTable.of([b"a", b"b", b"key name", b""])
BLANKS = b" \t\r\n"
OTHERS = b",;|\t"


def close(raw: bytes, at: int) -> int:
    """Where the quote at `at` is closed, -1 when never."""
    m = re.compile(rb"(?:[^\\%c]|\\.)*%c" % (raw[at], raw[at]), re.DOTALL).match(raw, at + 1)
    return m.end() - 1 if m else -1


def before(raw: bytes) -> int:
    """The separator at the end of `raw`."""
    raw = raw.rstrip(b" ")
    return raw[-1] if raw and raw[-1] in OTHERS else 0x20


def separator(raw: bytes) -> int:
    name, _, rest = raw.partition(b"=")
    if rest.lstrip(BLANKS) != rest and name.rstrip(BLANKS) != name:
        rest = rest.lstrip(BLANKS)
    if rest[:1] in (b'"', b"'") and rest:
        end = close(rest, 0)
        after = rest[end + 1 :].lstrip(b" ") if end >= 0 else b""
        return after[0] if after and after[0] in OTHERS else 0x20
    while b"=" in rest:
        value, _, after = rest.partition(b"=")
        value = value.rstrip(BLANKS)
        word = re.search(rb'[^,;|\t "]*$', value)
        assert word
        left = value[: word.start()]
        if left:
            found = before(left)
            if found == 0x20 and b" " in name.rstrip(BLANKS):
                more = re.search(rb"[^,;|\t]*$", left)
                assert more
                found = before(left[: more.start()])
            return found
        rest = after
    return before(raw.rstrip(BLANKS))


def twin(raw: bytes) -> list[Entry] | int:
    if b"=" not in raw:
        return NO_PAIR
    sep = bytes([separator(raw)])
    blank = sep == b" "
    entries: list[Entry] = []
    at = 0
    stop = re.compile(b"[=" + re.escape(sep) + b"]")
    while True:
        while at < len(raw) and raw[at : at + 1] in (sep, b" ", b"\t", b"\r", b"\n"):
            at += 1
        if at == len(raw):
            return entries
        m = stop.search(raw, at)
        end = m.start() if m else len(raw)
        name = raw[at:end]
        rest = raw[end:]
        if blank and (spaced := re.match(rb" [ \t\r\n]*=[ \t\r\n]*", rest)):
            at = end + spaced.end()
        elif not blank and (spaced := re.match(b"=(?:(?!" + re.escape(sep) + rb")[ \t\r\n])*", rest)):
            name = name.rstrip(BLANKS)
            at = end + spaced.end()
        elif blank and rest[:1] == b"=":
            at = end + 1
        else:
            entries.append((name if blank else name.rstrip(BLANKS), b"", False))
            at = end
            continue
        if raw[at : at + 1] in (b'"', b"'") and at < len(raw):
            end = close(raw, at)
            if end >= 0:
                value = raw[at + 1 : end]
                entries.append((name, value, b"\\" in value))
                at = end + 1
                continue
            if raw[at] == ord('"'):
                return OPEN_QUOTE
        end = raw.find(sep, at)
        end = len(raw) if end < 0 else end
        entries.append((name, raw[at:end] if blank else raw[at:end].rstrip(BLANKS), False))
        at = end


def compiled(payloads: list[bytes]) -> list[list[Entry] | int]:
    text = Text.of(b'="' + b"".join(p + b'="' for p in payloads))
    length = np.array([len(p) for p in payloads], np.int32)
    start = (2 + np.concatenate([[0], np.cumsum(length + 2)[:-1]])).astype(np.int32)
    tape, bad = kv_tape(text, np.arange(len(payloads), dtype=np.int32), start, length, KEYS)
    rows: list[list[Entry] | int] = []
    for i, code in enumerate(bad):
        row = []
        for t in range(tape.begin[i], tape.begin[i + 1]):
            name = text.slice(int(tape.name_start[t]), int(tape.name_length[t]))
            assert tape.key[t] == KEYS.find(name)
            row.append((name, text.slice(int(tape.start[t]), int(tape.length[t])), bool(tape.written[t])))
        assert not (code and row)
        rows.append(int(code) or row)
    return rows


PIECES = st.sampled_from(
    [b"a", b"b", b"key name", b"=", b"=", b"=", b" ", b"  ", b",", b", ", b";", b"|", b"\t", b'"', b"'", b"\\", b'\\"']
    + [b'"x y"', b"a=1 ", b'b="2 3"', b"long unquoted value", b"\n", b"\xff\x00", b"C:\\dir", b"url=/?q=1"]
)


@settings(deadline=None, max_examples=1500)
@given(st.lists(st.one_of(st.lists(PIECES, max_size=14).map(b"".join), st.binary(max_size=30)), min_size=1, max_size=4))
def test_agrees_with_its_twin(payloads: list[bytes]) -> None:
    """Same entries or same fault for any bytes, whatever stands before and after."""
    assert compiled(payloads) == [twin(p) for p in payloads]


def test_a_tape_too_small_is_grown() -> None:
    """Many more entries than the guess: nothing lost, nothing doubled."""
    payloads = [b"a=1 " * 3000, b"x", b"b= " * 2000]
    assert compiled(payloads) == [[(b"a", b"1", False)] * 3000, NO_PAIR, [(b"b", b"", False)] * 2000]
