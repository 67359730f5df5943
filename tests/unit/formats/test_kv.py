"""key=value as devices send it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.columns import Written
from penstock.formats.keys import KeyTable
from penstock.formats.kv import FAULTS, kv_tape

KEYS = KeyTable.of([b"srcip", b"action"])
P, B = Written.PLAIN, Written.BACKSLASH


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        (
            b'date=2024-05-10 logid="0000000013" srcip=10.1.1.5 msg="a \\"b\\" c" action=deny',
            [("date", "2024-05-10", P), ("logid", "0000000013", P), ("srcip", "10.1.1.5", P)]
            + [("msg", 'a \\"b\\" c', B), ("action", "deny", P)],
        ),
        (b"level=info ts=1 debug msg='up and running'", [("level", "info", P), ("ts", "1", P)]
            + [("debug", "", P), ("msg", "up and running", P)]),
        (b"user=bob, group=night shift, srcip=1.2.3.4", [("user", "bob", P), ("group", "night shift", P)]
            + [("srcip", "1.2.3.4", P)]),
        (b"Source IP=1.2.3.4, Dest Port=80", [("Source IP", "1.2.3.4", P), ("Dest Port", "80", P)]),
        (b"a=1;b=2 3;c=", [("a", "1", P), ("b", "2 3", P), ("c", "", P)]),
        (b"a=1|b=x y|c=3", [("a", "1", P), ("b", "x y", P), ("c", "3", P)]),
        (b"a=1\tb=x y\tc=3", [("a", "1", P), ("b", "x y", P), ("c", "3", P)]),
        (b"IN=eth0 OUT= SRC=10.0.0.1 DF PROTO=TCP", [("IN", "eth0", P), ("OUT", "", P), ("SRC", "10.0.0.1", P)]
            + [("DF", "", P), ("PROTO", "TCP", P)]),
        (b"url=http://h/?a=b user=c", [("url", "http://h/?a=b", P), ("user", "c", P)]),
        (b"a = 1 b = 2", [("a", "1", P), ("b", "2", P)]),
        (b"name='tis x=1", [("name", "'tis", P), ("x", "1", P)]),
    ],
)  # fmt: skip
def test_lines(read_tape: Any, line: bytes, entries: list[tuple[str, str, Written]]) -> None:
    """Each line's pairs, in its order, each with its key's id."""
    wanted = [(KEYS.find(n.encode()), n.encode(), v.encode(), w) for n, v, w in entries]
    assert read_tape(kv_tape, [line], KEYS) == [wanted]


@pytest.mark.parametrize(("line", "code"), [(b"no pairs here", "kv.no_pair"), (b'a=1 b="open', "kv.open_quote")])
def test_faults(read_tape: Any, line: bytes, code: str) -> None:
    """What is no key=value record says why, and leaves its neighbours alone."""
    [first, fault, last] = read_tape(kv_tape, [b"a=1", line, b"b=2"], KEYS)
    assert (first, last) == ([(-1, b"a", b"1", P)], [(-1, b"b", b"2", P)])
    assert FAULTS[fault].code == code
