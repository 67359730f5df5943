"""Document framing finds each JSON value where it stands, however the bytes are cut."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import SLACK
from penstock.core import Batch
from penstock.sources.documents import is_documents
from penstock.sources.framing import Bounds
from penstock.sources.opening import open_stream
from penstock.sources.reading import Cursor, Stamp

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just('}]{["\\"'), st.just("Records")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=5), values, max_size=4).filter(lambda o: "Records" not in o)


class Chunked:
    """A reader of so many bytes a call."""

    def __init__(self, raw: bytes, size: int) -> None:
        self.raw = raw
        self.size = size

    def readinto(self, room: memoryview) -> int | None:
        n = min(len(room), self.size, len(self.raw))
        room[:n] = self.raw[:n]
        self.raw = self.raw[n:]
        return n


def read(raw: bytes, chunk: int = 1 << 20, **bounds: int) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []

    def take(batch: Batch) -> None:
        lines = batch.lines
        found.extend((int(lines.position[i]), lines.record(i)) for i in range(len(lines)))

    with open_stream(Chunked(raw, chunk), Stamp("t", bytes(16)), Bounds(**bounds), Cursor()) as batches:
        for batch, _ in batches:
            take(batch)
    for position, record in found:
        assert raw[position : position + len(record)] == record
    return found


@settings(max_examples=150, deadline=None)
@given(
    docs=st.lists(objects, min_size=1, max_size=6),
    indent=st.sampled_from([None, 0, 1, 2]),
    shape=st.sampled_from(["array", "records", "documents"]),
    chunk=st.integers(1, 40),
    size=st.integers(1, 99),
    records=st.integers(1, 4),
)
def test_each_value_is_a_record(docs, indent, shape, chunk, size, records):
    """What json.dumps wrote in an array, under Records or one after the other comes out one by one."""
    if shape == "array":
        raw = json.dumps(docs, indent=indent)
    elif shape == "records":
        raw = json.dumps({"Records": docs, "after": {"Records": 1, "x": [1]}}, indent=indent)
    else:
        raw = "\n".join(json.dumps(doc, indent=indent) for doc in docs)
    found = read(raw.encode(), chunk, size=size, records=records)
    assert [json.loads(record) for _, record in found] == docs


@settings(max_examples=200, deadline=None)
@given(
    body=st.lists(
        st.one_of(
            st.sampled_from(
                [b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b" ", b'"Records":[', b"ab", b"\r\n{"]
            ),
            st.binary(max_size=4),
        ),
        max_size=40,
    ).map(b"".join),
    chunk=st.integers(1, 9),
    size=st.integers(1, 50),
    records=st.integers(1, 4),
    longest=st.integers(1, 60),
)
def test_rubbish_is_cut_the_same_way_whatever_the_chunks(body, chunk, size, records, longest):
    """Arbitrary bytes after a beginning that is JSON: the same records for any cut, in order, none overlapping."""
    raw = b'[{"a":1}' + body
    whole = read(raw, longest=longest)
    assert read(raw, chunk, size=size, records=records, longest=longest) == whole
    places = [position for position, _ in whole]
    assert places == sorted(set(places))


def test_a_document_that_is_cut_off_costs_itself_only():
    """The next one begins at its own brace."""
    good = '{\n  "a": 1\n}\n'
    for broken in ('{\n  "b": "cut\n', '{\n  "b": {\n', '{\n  "b": 1,\n'):
        found = [record for _, record in read((good + broken + good * 2).encode())]
        assert found[0] == found[-1] == found[-2] == good.strip().encode()


def test_deep_nesting_is_linear_and_one_record():
    raw = b"[{}," + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"]"
    assert [len(record) for _, record in read(raw)] == [2, 120_001]


def test_what_is_told_as_documents():
    """NDJSON, logs with brackets and JSON that never was stay lines."""
    yes = [
        b'[{"a": 1}]', b' [\n {\n "a": 1}]', b'{"Records":[', b'{\n "a": 1\n}', b'{"a":1}{"b":2}',
        b'{}\n{\n"a": 1}', b'{"x": 1, "Records": []}',
    ]  # fmt: skip
    no = [
        b"", b"{", b"[", b"{}", b'{"a":1}\n{"b":2}\n', b"[Sun Dec 04 04:47:44 2005] [error] x", b"[1,2]",
        b"[notice] x\n{",
        b'{"a": "cut\n{"b":1}\n', b"{not json\n}", b'{"a":' * 9000, b"plain text", b"\xff\xfe\xfd",
    ]  # fmt: skip
    assert [is_documents(sample, whole=True) for sample in yes] == [True] * len(yes)
    assert [is_documents(sample, whole=True) for sample in no] == [False] * len(no)
    assert is_documents(b'{\n "a": "' + b"x" * 65_000, whole=False)
    assert not is_documents(b'{"a": "' + b"x" * 65_000, whole=False)


def test_slack_is_enough():
    """The kernel reads no further than the slack."""
    from penstock.kernels.documents import frame_documents

    data = np.frombuffer(b'{"' + b"x" * 6 + bytes(SLACK), np.uint8).copy()
    state = np.zeros(12, np.int64)
    state[[4, 7, 11]] = -(1 << 62), -(1 << 62), 1
    assert frame_documents(data, 0, 8, state, np.empty(3, np.int64), np.empty(3, np.int64)) == (0, 8)
