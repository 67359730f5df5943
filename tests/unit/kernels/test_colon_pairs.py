"""`Key: value, Key: value`: the compiled kernel against plain Python, on arbitrary bytes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats.colon_pairs import colon_pairs_tape
from penstock.formats.keys import KeyTable
from penstock.kernels.colon_pairs import NO_PAIR

Entry = tuple[bytes, bytes, bool]
NAMED = [b"SrcIP", b"Prefilter Policy", b"originalClientSrcIP"]
KEYS = KeyTable.of(NAMED)


def name_at(raw: bytes, at: int) -> int:
    """Where the name at `at` ends, -1 when there is none."""
    m = re.compile(rb"[A-Za-z0-9_ -]{1,48}(?=:(?: |$))", re.DOTALL).match(raw, at)
    longest = re.compile(rb"[A-Za-z0-9_ -]*").match(raw, at)
    assert longest
    if not m or m.end() != longest.end() or raw[m.end() :].startswith(b":\n"):
        return -1
    name = m.group()
    alone = re.fullmatch(rb"[A-Z][A-Za-z0-9_]*", name)
    return m.end() if alone or name in NAMED else -1


def twin(raw: bytes) -> list[Entry] | int:
    at = len(raw) - len(raw.lstrip(b" ,"))
    end = name_at(raw, at)
    if end < 0:
        return NO_PAIR
    entries: list[Entry] = []
    while True:
        name = raw[at:end]
        value = end + 1 + (len(raw[end + 1 :]) - len(raw[end + 1 :].lstrip(b" ")))
        stop = value
        following = -1
        while True:
            stop = raw.find(b",", stop)
            if stop < 0:
                stop = len(raw)
                break
            r = stop + 1 + (len(raw[stop + 1 :]) - len(raw[stop + 1 :].lstrip(b" ")))
            if r >= len(raw) or (r > stop + 1 and name_at(raw, r) > 0):
                following = r
                break
            stop += 1
        found = raw[value:stop].rstrip(b" \t\r\n")
        if len(found) > 1 and found[:1] == found[-1:] == b'"':
            found = found[1:-1]
        entries.append((name, found, name in NAMED))
        if following < 0 or following >= len(raw):
            return entries
        at, end = following, name_at(raw, following)


def run(payloads: list[bytes]) -> list[list[Entry] | int]:
    text = Text.of(b"X: " + b", Y: ".join(payloads) + b", Z: ")
    length = np.array([len(p) for p in payloads], np.int32)
    start = (3 + np.concatenate([[0], np.cumsum(length + 5)[:-1]])).astype(np.int32)
    tape, bad = colon_pairs_tape(text, np.arange(len(payloads), dtype=np.int32), start, length, KEYS)
    out: list[list[Entry] | int] = []
    for i, code in enumerate(bad):
        entries = [
            (
                text.slice(int(tape.name_start[t]), int(tape.name_length[t])),
                text.slice(int(tape.start[t]), int(tape.length[t])),
                bool(tape.key[t] >= 0),
            )
            for t in range(tape.begin[i], tape.begin[i + 1])
        ]
        out.append(int(code) or entries)
    return out


PIECES = [*NAMED, b"User", b"x y", b": ", b":", b", ", b",", b" ", b'"', b"a"]
PAYLOADS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=14).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(PAYLOADS, min_size=1, max_size=4))
def test_twin(payloads: list[bytes]) -> None:
    """Kernel and twin agree on arbitrary bytes."""
    assert run(payloads) == [twin(p) for p in payloads]


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        (b"SrcIP: 192.0.2.1, User: a", [(b"SrcIP", b"192.0.2.1", True), (b"User", b"a", False)]),
        (
            b'UserAgent: Mozilla/5.0 (KHTML, like Gecko), Prefilter Policy: Default, Message: "a, b: c"',
            [
                (b"UserAgent", b"Mozilla/5.0 (KHTML, like Gecko)", False),
                (b"Prefilter Policy", b"Default", True),
                (b"Message", b"a, b: c", False),
            ],
        ),
        (b"URL: http://h/?a=1, 2, SrcIP: ::1", [(b"URL", b"http://h/?a=1, 2", False), (b"SrcIP", b"::1", True)]),
    ],
)
def test_lines(line: bytes, entries: list[Entry]) -> None:
    """Values may hold commas and colons; names of several words are known ones."""
    assert run([line]) == [entries]
