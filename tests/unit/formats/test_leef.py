"""LEEF as devices send it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.columns import Written
from penstock.formats.keys import KeyTable
from penstock.formats.leef import FAULTS, HEADER, leef_tape

KEYS = KeyTable.of([b"src", b"leef.event_id"])
WANTED = [(0, b"src", b"10.0.0.1", Written.PLAIN), (-1, b"msg", b"two words", Written.PLAIN)]


@pytest.mark.parametrize(
    "line",
    [
        b"LEEF:1.0|Acme|Mail|4.0 SP1|15345|src=10.0.0.1\tmsg=two words",
        b"LEEF:2.0|Acme|Mail|4.0 SP1|15345|^|src=10.0.0.1^msg=two words",
        b"LEEF:2.0|Acme|Mail|4.0 SP1|15345|x5E|src=10.0.0.1^msg=two words^",
        b"LEEF:2.0|Acme|Mail|4.0 SP1|15345|0x09|src=10.0.0.1\tmsg=two words\t",
        b"LEEF:2.0|Acme|Mail|4.0 SP1|15345||src=10.0.0.1\tmsg=two words",
        b"LEEF:2.0|Acme|Mail|4.0 SP1|15345|src=10.0.0.1\tmsg=two words",
        b"LEEF:1.0|Acme|Mail|4.0 SP1|15345|src=10.0.0.1\\tmsg=two words",
        b"LEEF:1.0|Acme|Mail|4.0 SP1|15345|src=10.0.0.1 msg=two words",
        b"LEEF: 2.0|Acme|Mail|4.0 SP1|15345|\\t| src=10.0.0.1\tmsg=two words",
    ],
)
def test_a_record(read_tape: Any, line: bytes) -> None:
    """The header under its names, then the attributes, whatever stands between them."""
    [entries] = read_tape(leef_tape, [line], KEYS)
    assert [n for _, n, _, _ in entries[:5]] == list(HEADER)
    assert [v for _, _, v, _ in entries[1:5]] == [b"Acme", b"Mail", b"4.0 SP1", b"15345"]
    assert entries[4][0] == 1
    assert entries[5:] == WANTED


def test_paths_are_not_escaped(read_tape: Any) -> None:
    """LEEF has no escapes of its own: only a value with an escaped `=` or pipe is taken as escaped."""
    line = b"LEEF:1.0|v|p|1|e|dir=\\\\host\\new\tquery=a\\=b"
    [entries] = read_tape(leef_tape, [line], KEYS)
    assert [w for *_, w in entries[5:]] == [Written.PLAIN, Written.BACKSLASH]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"CEF:0|v|p|1|c|n|5|", "leef.no_prefix"),
        (b"LEEF:1.0|v|p|1", "leef.short_header"),
        (b"LEEF:|v|p|1|e|", "leef.bad_version"),
    ],
)
def test_faults(read_tape: Any, line: bytes, code: str) -> None:
    """What is no LEEF says why."""
    [fault] = read_tape(leef_tape, [line], KEYS)
    assert FAULTS[fault].code == code
