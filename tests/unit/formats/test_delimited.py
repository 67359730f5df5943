"""CSV and its kin as files have them, and the guess of their dialect."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from penstock.columns import Written
from penstock.formats.delimited import FAULTS, delimited_tape, sniff
from penstock.formats.keys import KeyTable

KEYS = KeyTable.of([b"user", b"note"])
P, D = Written.PLAIN, Written.DOUBLED_QUOTE
take = partial(delimited_tape, columns=(b"time", b"user", b"note"))


def test_rows(read_tape: Any) -> None:
    """Quotes go, doubled ones wait, missing cells are absent, one too many is kept."""
    rows = [b'1,"Smith, J","said ""no"""', b"2,x", b"3,,a,b", b'4, "y" ,"a\nb"', b'5,"p"q,']
    assert [[e[1:] for e in row] for row in read_tape(take, rows, KEYS)] == [
        [(b"time", b"1", P), (b"user", b"Smith, J", P), (b"note", b'said ""no""', D)],
        [(b"time", b"2", P), (b"user", b"x", P)],
        [(b"time", b"3", P), (b"user", b"", P), (b"note", b"a", P), (b"extra", b"b", P)],
        [(b"time", b"4", P), (b"user", b"y", P), (b"note", b"a\nb", P)],
        [(b"time", b"5", P), (b"user", b'"p"q', P), (b"note", b"", P)],
    ]
    assert [e[0] for e in read_tape(take, rows, KEYS)[0]] == [-1, 0, 1]


@pytest.mark.parametrize(("row", "code"), [(b'1,"open', "delimited.open_quote"), (b"", "delimited.empty")])
def test_faults(read_tape: Any, row: bytes, code: str) -> None:
    """What is no row says why."""
    [fault] = read_tape(take, [row], KEYS)
    assert FAULTS[fault].code == code


@pytest.mark.parametrize(
    ("sample", "delimiter", "quote", "header"),
    [
        (b"time,user,bytes\n1,bob,20\n2,eve,30\n", ",", '"', ["time", "user", "bytes"]),
        (b'a;b\n"x;y";2\n"z";3\n', ";", '"', ["a", "b"]),
        (b"2024-01-01\t10.0.0.1\tok, fine\n2024-01-02\t10.0.0.2\tno\n", "\t", '"', None),
        (b"alice|login|yes\nbob|logout|no\n", "|", '"', None),
        (b"user|action|result\nbob|logout|no\neve|login|yes\n", "|", '"', ["user", "action", "result"]),
        (b"# made by x\nsrc_ip,dst_ip\n10.0.0.1,10.0.0.2\n", ",", '"', ["src_ip", "dst_ip"]),
        (b"1,'a,b'\n2,'c,d'\n", ",", "'", None),
        (b'id,text\n1,"two\nlines, really"\n2,x\n', ",", '"', ["id", "text"]),
        (b"\xef\xbb\xbfuser,ip\nbob,10.0.0.1\n", ",", '"', ["user", "ip"]),
        (b"user,user\n1,2\n", ",", '"', None),
        (b"just text\nand more\n", ",", '"', None),
        (b"", ",", '"', None),
    ],
)
def test_sniff(sample: bytes, delimiter: str, quote: str, header: list[str] | None) -> None:
    """The delimiter, the quote and the header that a person would name."""
    found = sniff(sample)
    assert (found.delimiter, found.quote, found.header) == (delimiter, quote, header)
