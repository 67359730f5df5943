"""JSON records to tapes, against `json.loads` and a walk over what it gives."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text, Written
from penstock.formats import json as formats
from penstock.formats.json import json_tape
from penstock.formats.keys import KeyTable
from penstock.kernels.json_scan import MAX_DEPTH, OK, TOO_DEEP, TRAILING, TRUNCATED

PATHS = [(b"a",), (b"a", b"b"), (b"b", b"a"), (b"l",), (b"l", b"[]"), (b"l", b"[]", b"a"), (b"l", b"[]", b"[]")]
KEYS = KeyTable.of(PATHS)

Entry = tuple[int, bytes, bytes, int, int]
"""key id, name, value as written, how, parent's place among the record's entries"""


def scan(*records: bytes) -> list[tuple[int, list[Entry]]]:
    """(fault, entries) of each record."""
    text = Text.of(b" ".join(records))
    length = np.array([len(r) for r in records], np.int32)
    start = (np.cumsum(length + 1) - length - 1).astype(np.int32)
    tape, bad = json_tape(text, np.arange(len(records), dtype=np.int32), start, length, KEYS)
    out = []
    for i in range(len(records)):
        first = int(tape.begin[i])
        entries = []
        for t in range(first, int(tape.begin[i + 1])):
            value = text.slice(int(tape.start[t]), int(tape.length[t]))
            name = text.slice(int(tape.name_start[t]), int(tape.name_length[t])) if tape.name_length[t] else b""
            up = int(tape.parent[t])
            entries.append((int(tape.key[t]), name, value, int(tape.written[t]), up - first if up >= 0 else -1))
        out.append((int(bad[i]), entries))
    return out


class Pairs(list):
    """An object as `json.loads` saw it: members in order, twice where they stood twice."""


class Spelt(str):
    """A number as it was written."""

    __slots__ = ()


def loads(raw: bytes):
    """`json.loads`, strict: no NaN, no invalid UTF-8; numbers as they were spelled."""

    def refuse(word: str):
        raise ValueError(word)

    return json.loads(
        raw.decode("utf-8", "surrogatepass"), object_pairs_hook=Pairs, parse_int=Spelt, parse_float=Spelt,
        parse_constant=refuse,
    )  # fmt: skip


def walk(members: Pairs, path: tuple[bytes, ...], parent: int, out: list) -> None:
    """The entries that the kernel should make, in order: (path, name, value, parent)."""
    for name, value in members:
        visit(value, (*path, name.encode("utf-8", "surrogatepass")), name, parent, out)


def visit(value, path: tuple[bytes, ...], name: str, parent: int, out: list) -> None:
    at = len(out)
    out.append((path, name, value, parent))
    if isinstance(value, Pairs):
        walk(value, path, at, out)
    elif isinstance(value, list) and (*path, b"[]") in PATHS:
        for element in value:
            visit(element, (*path, b"[]"), "", at, out)


def check(raw: bytes, fault: int, entries: list[Entry]) -> None:
    try:
        found = loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Pairs):
        assert fault != OK, raw
        assert entries == []
        return
    assert fault == OK, raw
    twin: list = []
    walk(found, (), -1, twin)
    assert len(entries) == len(twin), raw
    for (key, name, value, how, parent), (path, wanted_name, wanted, wanted_parent) in zip(entries, twin, strict=True):
        assert parent == wanted_parent
        assert json.loads(b'"' + name + b'"') == wanted_name
        if b"\\" not in name:
            assert key == (PATHS.index(path) if path in PATHS else -1)
        if how in (Written.PLAIN, Written.JSON_ESCAPED):
            assert json.loads((b'"' + value + b'"').decode("utf-8", "surrogatepass")) == wanted
            assert (how == Written.JSON_ESCAPED) == (b"\\" in value)
        else:
            assert loads(value) == wanted
            kind = Written.NUMBER if isinstance(wanted, Spelt) else Written.NESTED if isinstance(wanted, list) else None
            kind = Written.BOOL if isinstance(wanted, bool) else Written.NULL if wanted is None else kind
            assert how == kind


names = st.one_of(st.sampled_from(["a", "b", "l"]), st.text(max_size=3))
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


def spell(value, indent, ascii_only) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


class TestAgreesWithLoads:
    @given(st.lists(st.dictionaries(names, values, max_size=4), min_size=1, max_size=6),
           st.sampled_from([None, 0, 1]), st.booleans())  # fmt: skip
    def test_documents(self, documents, indent, ascii_only):
        raw = [spell(d, indent, ascii_only) for d in documents]
        for one, (fault, entries) in zip(raw, scan(*raw), strict=True):
            check(one, fault, entries)

    @given(st.dictionaries(names, values, min_size=1, max_size=4), st.data())
    def test_documents_with_a_byte_changed(self, document, data):
        raw = bytearray(spell(document, None, True))
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b",", b'"', b"}", b"]", b"0", b"\\", b" "])
        )
        [(fault, entries)] = scan(bytes(raw))
        check(bytes(raw), fault, entries)

    @given(st.lists(st.text('{}[]",:01.eE+-\\u truefalsn \n', max_size=24).map(str.encode), max_size=8))
    def test_soup(self, records):
        raw = [b'{"a":' + r + b"}" for r in records] + records
        for one, (fault, entries) in zip(raw, scan(*raw), strict=True):
            check(one, fault, entries)

    @given(st.lists(st.binary(max_size=40), max_size=8))
    def test_any_bytes(self, records):
        """Bytes that are no UTF-8 never come this far; still nothing breaks, and bad records have no entries."""
        for fault, entries in scan(*records):
            assert fault == OK or entries == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2,"a":{"b":3}}', b'{"l":[{"a":1},{"a":[2]},[3,[4]],5,"x",null,{}]}', b'{"b":[{"a":1}]}', b"{}", b" { } ",
        b'{"a":"\\ud800"}', b'{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"}', b'{"a":-0.0e+00}', b'{"a":-}', b'{"a":01}', b'{"a":1.}',
        b'{"a":.5}', b'{"a":1e}', b'{"a":"\t"}', b'{"a":"\\x"}', b'{"a":"\\u12g4"}', b'{"a" 1}', b'{"a":1,}', b"{,}", b'{"a":1}}',
        b'{"a":1} x', b"[]", b"1", b'"a"', b"", b"   ", b"{", b'{"a', b'{"a":', b'{"a":1', b'{"a":[1}', b'{"a":{]}', b'{"a":NaN}',
        b'{"a":tru}', b'{"a":nul', b'{"a":truee}', b"{'a':1}", b'{"a":1 "b":2}', b'{"a":[,]}', b'{"a":[1,]}', b'{"\xc3\xa9":1}',
        b'\xef\xbb\xbf{"a":1}', b'{"a":1}\r', b"{a:1}", b'{"a":"\x7f"}', b'{"":{"":1}}',
    ],
)  # fmt: skip
def test_table(raw):
    [(fault, entries)] = scan(raw)
    check(raw, fault, entries)


@pytest.mark.parametrize("opening", [b'{"a":', b'{"b":[', b'{"l":['])
def test_depth(opening):
    """64 levels are read, 65 are not, and a million are refused as fast."""
    inner, closing = (b"{}", b"}") if opening.endswith(b":") else (b"1", b"]}")
    levels = MAX_DEPTH - 1 if opening.endswith(b":") else MAX_DEPTH // 2
    allowed = opening * levels + inner + closing * levels
    deeper = opening * levels + b'{"a":' + inner + b"}" + closing * levels
    faults = [fault for fault, _ in scan(allowed, deeper, opening * 200_000)]
    assert faults == [OK, TOO_DEEP, TOO_DEEP]


def test_codes():
    assert [f for f, _ in scan(b'{"a":1', b'{"a":1}x', b'{"a":"\\ud')] == [TRUNCATED, TRAILING, TRUNCATED]
    assert sorted(formats.FAULTS) == [1, 2, 3, 4, 5, 6]


def test_tape_that_is_full_goes_on(monkeypatch):
    """However small the first tape is: the same entries."""
    raw = [b"{" + b",".join(b'"%d":%d' % (i, i) for i in range(n)) + b"}" for n in (0, 3, 40, 1, 200, 7)]
    wanted = scan(*raw)
    sizes = []
    real = formats._arrays

    def small(room: int):
        sizes.append(room)
        return real(max(1, room // 64))

    monkeypatch.setattr(formats, "_arrays", small)
    assert scan(*raw) == wanted
    assert len(sizes) > 3


def test_one_long_record_is_linear():
    raw = b'{"a":"' + b"\\n" * 300_000 + b'","b":[' + b"1," * 200_000 + b"1]}"
    [(fault, entries)] = scan(raw)
    assert fault == OK
    assert len(entries) == 2
