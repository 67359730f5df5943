"""Kinds of payload and outlines, against plain Python."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.hashing import HashTable
from penstock.content.selectors import outline
from penstock.formats.keys import hash_part
from penstock.kernels import recognise

EMPTY = HashTable.of({})


def slices(records: list[bytes]) -> tuple[Text, np.ndarray, np.ndarray]:
    text = Text.of(b"".join(records))
    length = np.array([len(r) for r in records], np.int32)
    return text, (np.cumsum(length) - length).astype(np.int32), length


def kinds(*records: bytes) -> list[tuple[int, bytes]]:
    """Kind and payload (which a cookie before JSON is no part of)."""
    text, start, length = slices(list(records))
    kind = np.empty(len(records), np.uint8)
    recognise.classify(text.data, start, length, kind)
    return [(int(k), text.slice(int(s), int(n))) for k, s, n in zip(kind, start, length, strict=True)]


def twin(record: bytes) -> tuple[int, bytes]:
    bare = record.lstrip(b" \t")
    if found := re.match(rb"@cee:?(?= *\{)", bare):
        after = bare[5:].lstrip(b" ")
        if bare[4:5] and after[:1] == b"{":
            return recognise.JSON, after
        del found
    if bare.startswith(b"{"):
        inside = bare[1:].lstrip(b" \t\r\n")
        return (recognise.JSON if inside[:1] in (b"", b'"', b"}", b"{") else recognise.TEXT), record
    if bare.startswith(b"CEF:"):
        return recognise.CEF, record
    if bare.startswith(b"LEEF:"):
        return recognise.LEEF, record
    if re.match(rb"<[A-Za-z?].", bare, re.DOTALL):
        return recognise.XML, record
    return recognise.TEXT, record


beginnings = st.sampled_from(
    [
        b"",
        b" ",
        b"\t",
        b"{",
        b'{"',
        b"{ }",
        b"CEF:",
        b"CEF",
        b"LEEF:",
        b"LEEF",
        b"<a",
        b"<?",
        b"<1",
        b"@cee: {",
        b"@cee:",
        b"@cee:{",
    ]
)


@given(
    st.lists(
        st.builds(lambda a, b, c: a + b + c, beginnings, beginnings, st.binary(max_size=4)), min_size=1, max_size=20
    )
)
def test_kind(records):
    assert kinds(*records) == [twin(r) for r in records]


def pairs(*records: bytes) -> list[bool]:
    text, start, length = slices(list(records))
    out = np.empty(len(records), np.uint8)
    recognise.classify_pairs(text.data, start, length, np.arange(len(records), dtype=np.int32), out)
    return [bool(o) for o in out]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a=b c=d", True), ('a="x y" b=c', True), ("date=2026-11-23 time=10:00:01 devname=fw", True), ("a=b", False),
        ("hello a=b c=d", False), ("=a b=c d=e", False), ("a=b, c=d", True), ("", False), ("a b c", False), ("x.y=1 z-w=2", True),
        ("  a=b c=d", True), ('a="unclosed b=c', False), ('a="q\\" b=c" d=e', True), ("a" * 600 + "=b c=d", False),
    ],
)  # fmt: skip
def test_pairs(line, wanted):
    assert pairs(line.encode()) == [wanted]


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_pairs_of_any_bytes(records):
    """A record does not see its neighbour."""
    assert pairs(*records) == [pairs(r)[0] for r in records]


def groups(records: list[bytes], tags: list[bytes], programs=(), outlines=(), begins=()) -> list[int]:
    """The group of each: programs are 0.., outlines 100.., begins 200.. in the order given."""
    text, start, length = slices(records)
    tag_text = text.append(b"".join(tags))
    tag_length = np.array([len(t) or -1 for t in tags], np.int32)
    tag_start = (tag_text + np.cumsum([0, *map(len, tags)])[:-1]).astype(np.int32)
    by_four: dict[bytes, list[int]] = {}
    order = sorted(range(len(begins)), key=lambda k: (-len(begins[k]), begins[k]))
    for k in order:
        by_four.setdefault(begins[k][:4], []).append(k)
    listed = [k for members in by_four.values() for k in members]
    first = np.cumsum([0, *map(len, by_four.values())]).astype(np.int32)
    table = HashTable.of({hash_part(four): n for n, four in enumerate(by_four)})
    sizes = [len(begins[k]) for k in listed]
    p = HashTable.of({hash_part(v): k for k, v in enumerate(programs)})
    o = HashTable.of({hash_part(outline(v)): 100 + k for k, v in enumerate(outlines)})
    out, guess = np.empty(len(records), np.int32), np.empty(len(records), np.uint8)
    recognise.recognise_text(
        text.data, np.arange(len(records), dtype=np.int32), start, length, tag_start, tag_length, p.slot_hash, p.slot_value,
        o.slot_hash, o.slot_value, table.slot_hash, table.slot_value, first,
        (np.cumsum([0, *sizes])[:-1]).astype(np.int32), np.array(sizes or [0], np.int32),
        np.array([200 + k for k in listed] or [0], np.int32),
        np.frombuffer(b"".join(begins[k] for k in listed) + bytes(64), np.uint8), out, guess, np.zeros(16, np.uint8),
    )  # fmt: skip
    assert guess.tolist() == [int(g < 200 and (g < 0 or g >= 100)) for g in out.tolist()]
    return out.tolist()


def twin_group(record: bytes, tag: bytes, programs, outlines, begins) -> int:
    for name in (tag, tag.rpartition(b"/")[2]):
        if name and name in programs:
            return programs.index(name)
    fits = [b for b in begins if record.startswith(b)]
    if fits:
        return 200 + begins.index(max(fits, key=len))
    same = [k for k, o in enumerate(outlines) if outline(o) == outline(record)]
    return 100 + same[-1] if same else -1


small = st.text("ab/[ ", max_size=7).map(str.encode)


@given(
    st.lists(st.tuples(small, st.text("ab/", max_size=4).map(str.encode)), min_size=1, max_size=10),
    st.lists(st.text("ab/", min_size=1, max_size=3).map(str.encode), unique=True, max_size=3),
    st.lists(small, max_size=2),
    st.lists(small.filter(bool), unique=True, max_size=4),
)
def test_group(rows, programs, outlines, begins):
    """The tag first, then the longest beginning, then the outline."""
    records, tags = [r for r, _ in rows], [t for _, t in rows]
    found = groups(records, tags, programs, outlines, begins)
    assert found == [twin_group(r, t, programs, outlines, begins) for r, t in rows]
