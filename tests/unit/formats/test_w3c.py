"""W3C extended logs as servers write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from penstock.columns import Text, Written
from penstock.formats.keys import KeyTable
from penstock.formats.w3c import FAULTS, Header, read_directives, w3c_tape

KEYS = KeyTable.of([b"c-ip", b"cs-uri-stem"])
IIS = b"""#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2024-05-10 00:00:01
#Fields: date time c-ip cs-uri-stem cs(User-Agent)
2024-05-10 00:00:02 10.0.0.9 /index.html Mozilla/5.0+(Windows+NT)
2024-05-10 00:00:03 10.0.0.9 - "a b"
#Fields: c-ip cs-uri-stem
10.0.0.8 /late"""


def lines_of(raw: bytes) -> tuple[Text, Any, Any]:
    length = np.array([len(line) for line in raw.split(b"\n")], np.int32)
    return Text.of(raw), (np.cumsum(length + 1) - length - 1).astype(np.int32), length


def test_a_file() -> None:
    """Directives are told apart, each line has its header's columns, `-` is absent, `+` stays."""
    text, start, length = lines_of(IIS)
    found = read_directives(text, start, length)
    assert found.directive.tolist() == [True, True, True, True, False, False, True, False]
    assert found.which.tolist() == [-1, -1, -1, 0, 0, 0, 1, 1]
    assert found.headers[0].software == b"Microsoft Internet Information Services 10.0"
    assert found.headers[1].date == b"2024-05-10 00:00:01"
    rows = np.flatnonzero(~found.directive).astype(np.int32)
    tape, bad = w3c_tape(text, rows, start[rows], length[rows], KEYS, found.headers, found.which[rows])
    assert not bad.any()
    assert np.diff(tape.begin).tolist() == [5, 4, 2]
    values = [text.slice(int(s), int(n)) for s, n in zip(tape.start, tape.length, strict=True)]
    assert values[4:] == [
        b"Mozilla/5.0+(Windows+NT)", b"2024-05-10", b"00:00:03", b"10.0.0.9", b"a b", b"10.0.0.8", b"/late",
    ]  # fmt: skip
    assert tape.key.tolist() == [-1, -1, 0, 1, -1, -1, -1, 0, -1, 0, 1]


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (b"#Fields: date-time,client-ip,subject", Header((b"date-time", b"client-ip", b"subject"), b",")),
        (b"#fields\tts\tuid\tid.orig_h", Header((b"ts", b"uid", b"id.orig_h"), b"\t")),
        (b"#Fields: a  b ", Header((b"a", b"b"), b" ")),
    ],
)
def test_headers(line: bytes, header: Header) -> None:
    """The names say by what columns are separated."""
    assert read_directives(*lines_of(line)).headers == (header,)


def test_a_header_carries_over() -> None:
    """The next batch of a file goes on with the last header."""
    before = Header((b"a",))
    assert read_directives(*lines_of(b"1"), before=before).which.tolist() == [0]


@pytest.mark.parametrize(
    ("line", "which", "code"),
    [
        (b"1", 0, "w3c.few_values"),
        (b"1 2 3", 0, "w3c.many_values"),
        (b"1 2", -1, "w3c.no_fields"),
        (b"", 0, "w3c.empty"),
        (b'1 "2', 0, "w3c.open_quote"),
    ],
)
def test_faults(read_tape: Any, line: bytes, which: int, code: str) -> None:
    """A line that does not fit its header says why."""

    def take(text: Text, rows: Any, start: Any, length: Any, keys: KeyTable) -> Any:
        return w3c_tape(text, rows, start, length, keys, (Header((b"a", b"b")),), np.array([0, which], np.int32))

    [good, fault] = read_tape(take, [b"1 2", line], KEYS)
    assert good == [(-1, b"a", b"1", Written.PLAIN), (-1, b"b", b"2", Written.PLAIN)]
    assert FAULTS[fault].code == code
