"""Rows of cells: the compiled kernel against plain Python, on arbitrary bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text, Written
from penstock.formats.delimited import EXTRA, delimited_tape
from penstock.formats.keys import KeyTable
from penstock.formats.w3c import Header, w3c_tape
from penstock.kernels.delimited import EMPTY, FEW_CELLS, MANY_CELLS, NO_HEADER, OPEN_QUOTE

Entry = tuple[int, bytes, bytes, Written]
KEYS = KeyTable.of([b"one", b"three", b"extra"])
COLUMNS = (b"one", b"two", b"three")


def cells(
    raw: bytes, delimiter: bytes, quote: bytes, *, blanks: bool = False
) -> Iterator[tuple[bytes, Written, bool, bool]]:
    """All cells: value, how it is written, whether it is bare, and last. Raises ValueError where a quote stays open."""
    stop = b"[ \t]" if blanks else re.escape(delimiter)
    lead = b"" if delimiter == b" " else b" *"
    q = re.escape(quote)
    at = 0
    while True:
        if blanks:
            at = len(raw) - len(raw[at:].lstrip(b" \t"))
            if at == len(raw):
                return
        after = at
        if quote and re.compile(lead + q).match(raw, at):
            quoted = re.compile(lead + q + b"((?:[^" + q + b"]|" + q + q + b")*+)" + q + lead).match(raw, at)
            if not quoted:
                raise ValueError(raw)
            after = quoted.end()
        end = re.compile(stop).search(raw, after)
        stop_at = end.start() if end else len(raw)
        if after > at and stop_at == after:
            assert quoted
            yield (
                quoted[1],
                Written.DOUBLED_QUOTE if quote * 2 in quoted[1] else Written.PLAIN,
                False,
                stop_at >= len(raw),
            )
        else:
            yield raw[at:stop_at], Written.PLAIN, True, stop_at >= len(raw)
        if stop_at >= len(raw):
            return
        at = stop_at + 1


def delimited_twin(raw: bytes, delimiter: bytes, quote: bytes) -> list[Entry] | int:
    if not raw:
        return EMPTY
    try:
        found = list(cells(raw, delimiter, quote))
    except ValueError:
        return OPEN_QUOTE
    names = [*COLUMNS, *[EXTRA] * len(found)]
    return [(KEYS.find(n), n, v, w) for n, (v, w, *_) in zip(names, found, strict=False)]


def w3c_twin(raw: bytes, header: Header | None) -> list[Entry] | int:
    if header is None:
        return NO_HEADER
    if not raw:
        return EMPTY
    entries = []
    count = 0
    try:
        for value, written, bare, last in cells(raw, header.delimiter, b'"', blanks=header.delimiter == b" "):
            count += 1
            if count > len(header.fields):
                if last and value == b"":
                    break
                return MANY_CELLS
            name = header.fields[count - 1]
            if not (bare and value == b"-"):
                entries.append((KEYS.find(name), name, value, written))
    except ValueError:
        return OPEN_QUOTE
    return FEW_CELLS if count < len(header.fields) else entries


def read(tape: object, bad: object, text: Text) -> list[list[Entry] | int]:
    rows: list[list[Entry] | int] = []
    for i, code in enumerate(bad):  # type: ignore[var-annotated, arg-type]
        run = range(tape.begin[i], tape.begin[i + 1])  # type: ignore[attr-defined]
        row = [
            (
                int(tape.key[t]),  # type: ignore[attr-defined]
                text.slice(int(tape.name_start[t]), int(tape.name_length[t])),  # type: ignore[attr-defined]
                text.slice(int(tape.start[t]), int(tape.length[t])),  # type: ignore[attr-defined]
                Written(tape.written[t]),  # type: ignore[attr-defined]
            )
            for t in run
        ]
        assert not (code and row)
        rows.append(int(code) or row)
    return rows


def lay(payloads: list[bytes]) -> tuple[Text, np.ndarray, np.ndarray, np.ndarray]:
    text = Text.of(b'"' + b"".join(p + b'"' for p in payloads))
    length = np.array([len(p) for p in payloads], np.int32)
    start = (1 + np.concatenate([[0], np.cumsum(length + 1)[:-1]])).astype(np.int32)
    return text, np.arange(len(payloads), dtype=np.int32), start, length


PIECES = st.sampled_from(
    [b",", b",", b" ", b"\t", b"|", b'"', b'"', b'""', b"'", b"cell", b"long cell here", b"-", b"\n"]
)
PAYLOADS = st.lists(
    st.one_of(st.lists(PIECES, max_size=14).map(b"".join), st.binary(max_size=20)), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=1000)
@given(PAYLOADS, st.sampled_from([b",", b"\t", b"|", b" "]), st.sampled_from([b'"', b"'", b""]))
def test_delimited_agrees_with_its_twin(payloads: list[bytes], delimiter: bytes, quote: bytes) -> None:
    """Same cells or same fault for any bytes, whatever stands before and after."""
    text, rows, start, length = lay(payloads)
    tape, bad = delimited_tape(text, rows, start, length, KEYS, COLUMNS, delimiter, quote)
    assert read(tape, bad, text) == [delimited_twin(p, delimiter, quote) for p in payloads]


HEADERS = (Header(COLUMNS), Header((b"three",)), Header(COLUMNS, b"\t"), Header((b"one", b"two"), b","))
W3C = st.lists(
    st.sampled_from([b" ", b" ", b"\t", b"\t", b",", b",", b"-", b"cell", b'"', b'"two words"', b'"-"', b'""']),
    max_size=9,
).map(b"".join)


@settings(deadline=None, max_examples=1000)
@given(st.lists(st.tuples(W3C, st.integers(-1, 3)), min_size=1, max_size=4))
def test_w3c_agrees_with_its_twin(lines: list[tuple[bytes, int]]) -> None:
    """Each line by its own header; too few and too many values are faults."""
    text, rows, start, length = lay([p for p, _ in lines])
    which = np.array([w for _, w in lines], np.int32)
    tape, bad = w3c_tape(text, rows, start, length, KEYS, HEADERS, which)
    assert read(tape, bad, text) == [w3c_twin(p, HEADERS[w] if w >= 0 else None) for p, w in lines]


def test_a_tape_too_small_is_grown() -> None:
    """Many more cells than the guess: nothing lost, nothing doubled."""
    text, rows, start, length = lay([b"," * 3000, b"", b"a,b"])
    tape, bad = delimited_tape(text, rows, start, length, KEYS, COLUMNS)
    assert read(tape, bad, text) == [delimited_twin(p, b",", b'"') for p in (b"," * 3000, b"", b"a,b")]
