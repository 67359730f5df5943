"""CEF as devices send it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.columns import Written
from penstock.formats.cef import FAULTS, HEADER, cef_tape
from penstock.formats.keys import KeyTable

KEYS = KeyTable.of([b"src", b"cef.name"])
P, B = Written.PLAIN, Written.BACKSLASH


def test_a_record(read_tape: Any) -> None:
    """The header under its names, then the extension; spaces belong to values, an odd `=` too."""
    line = (
        rb"CEF:0|Acme\|Co|Gate\\way|10.1|100|Blocked site|8|src=10.0.0.1 request=http://h/p?a=b&c=d "
        rb"msg=It was \=bad\= and\nlong  cs1Label=Rule Name cs1= fileName=C:\\tmp\\a b.exe"
    )
    [entries] = read_tape(cef_tape, [line], KEYS)
    values = [b"0", rb"Acme\|Co", rb"Gate\\way", b"10.1", b"100", b"Blocked site", b"8"]
    assert [(n, v) for _, n, v, _ in entries[:7]] == list(zip(HEADER, values, strict=True))
    assert [w for *_, w in entries[:7]] == [P, B, B, P, P, P, P]
    assert entries[5][0] == 1
    assert entries[7:] == [
        (0, b"src", b"10.0.0.1", P),
        (-1, b"request", b"http://h/p?a=b&c=d", P),
        (-1, b"msg", rb"It was \=bad\= and\nlong", B),
        (-1, b"cs1Label", b"Rule Name", P),
        (-1, b"cs1", b"", P),
        (-1, b"fileName", rb"C:\\tmp\\a b.exe", B),
    ]


@pytest.mark.parametrize("head", [b"CEF:0", b"CEF: 0", b"CEF:1", b" CEF:0"])
def test_versions(read_tape: Any, head: bytes) -> None:
    """Devices put blanks and newer versions."""
    [entries] = read_tape(cef_tape, [head + b"|v|p|1|c|n|Low|"], KEYS)
    assert (entries[0][2], entries[6][2], len(entries)) == (head[-1:], b"Low", 7)


def test_severity_may_end_the_record(read_tape: Any) -> None:
    """Some devices leave out the last pipe when there is no extension."""
    [entries] = read_tape(cef_tape, [b"CEF:0|v|p|1|c|n|5 "], KEYS)
    assert (entries[6][2], len(entries)) == (b"5", 7)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"ACEF:0|v|p|1|c|n|5|", "cef.no_prefix"),
        (b"CEF:0|v|p|1|c|n|", "cef.short_header"),
        (b"CEF:0|v|p|1|c|5", "cef.short_header"),
        (b"CEF:0|v|p|1|c|n|5\\|src=1", "cef.short_header"),
        (b"CEF:zero|v|p|1|c|n|5|", "cef.bad_version"),
    ],
)
def test_faults(read_tape: Any, line: bytes, code: str) -> None:
    """What is no CEF says why."""
    [fault] = read_tape(cef_tape, [line], KEYS)
    assert FAULTS[fault].code == code
