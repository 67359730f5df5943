"""Pages made from slices, as Arrow's reader, which shares no line with them, takes them apart again."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Kind, Text
from penstock.formats.parquet import Chunk, Scratch
from penstock.formats.parquet_meta import MAGIC, footer, row_group

Batches = list[list[bytes | None] | None]
"""Of a column the values of each batch; None: the batch lacks the column (and has three rows)."""

GAP = 3


def file_of(columns: dict[tuple[str, Kind, bool], list[Batches]]) -> bytes:
    """A file with a row group for each list of batches."""
    scratch = Scratch()
    chunks = [Chunk(name, kind, scratch, many=many) for name, kind, many in columns]
    out, groups, rows = bytearray(MAGIC), [], 0
    for g in range(len(next(iter(columns.values())))):
        metas, count = [], 0
        for chunk, given_ in zip(chunks, columns.values(), strict=True):
            count = 0
            for batch in given_[g]:
                if batch is not None:
                    raw = b"".join(v or b"" for v in batch)
                    length = np.array([-1 if v is None else len(v) for v in batch], np.int32)
                    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
                    start[length < 0] = 2**31 - 1  # never to be looked at
                    chunk.take(Text.of(raw), start, length, count)
                count += GAP if batch is None else len(batch)
            pages, meta = chunk.end(count, len(out))
            assert meta.compressed == sum(map(len, pages))
            out += b"".join(pages)
            metas.append(meta)
        groups.append(row_group(metas, count, g))
        rows += count
    return bytes(out) + footer(list(columns), groups, rows, "penstock")


def read(raw: bytes) -> pa.Table:
    table = pq.read_table(io.BytesIO(raw))
    table.validate(full=True)
    return table


def flat(groups: list[Batches]) -> list[bytes | None]:
    return [v for group in groups for batch in group for v in ([None] * GAP if batch is None else batch)]


def batches(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[Batches]]:
    batch = st.lists(st.none() | values, min_size=1, max_size=30)
    return st.lists(st.lists(st.none() | batch, min_size=1, max_size=4), min_size=1, max_size=2)


WORDS = st.sampled_from(["", "a", "true", "TLS_AES_128_GCM_SHA256", "arn:aws:iam::111122223333:role/" + "x" * 70])


@given(batches(st.text(max_size=20).map(str.encode) | WORDS.map(str.encode)))
def test_texts(groups: list[Batches]) -> None:
    table = read(file_of({("v", Kind.KEYWORD, False): groups}))
    assert table["v"].to_pylist() == [None if v is None else v.decode() for v in flat(groups)]


@given(batches(st.lists(WORDS | st.integers(0, 9) | st.just('"\\é'), max_size=4).map(lambda v: json.dumps(v).encode())))
def test_lists(groups: list[Batches]) -> None:
    table = read(file_of({("v", Kind.KEYWORD, True): groups}))
    wanted = [
        None if v is None else [x if isinstance(x, str) else json.dumps(x) for x in json.loads(v)] for v in flat(groups)
    ]
    assert table["v"].to_pylist() == wanted


@given(batches(st.integers(-(2**63), 2**63 - 1).map(lambda n: b"%d" % n)))
def test_longs(groups: list[Batches]) -> None:
    table = read(file_of({("v", Kind.LONG, False): groups}))
    assert table["v"].to_pylist() == [None if v is None else int(v) for v in flat(groups)]


@given(batches(st.sampled_from([b"true", b"false"])))
def test_booleans(groups: list[Batches]) -> None:
    table = read(file_of({("v", Kind.BOOLEAN, False): groups}))
    assert table["v"].to_pylist() == [None if v is None else v == b"true" for v in flat(groups)]


@given(batches(st.floats(allow_nan=False, allow_infinity=False).map(lambda x: json.dumps(x).encode())))
def test_doubles(groups: list[Batches]) -> None:
    table = read(file_of({("v", Kind.DOUBLE, False): groups}))
    assert table["v"].to_pylist() == [None if v is None else float(v) for v in flat(groups)]


@given(batches(st.integers(0, 4 * 10**15).map(lambda n: f"{np.datetime64(n, 'us')}Z".encode())))
def test_times_and_their_range(groups: list[Batches]) -> None:
    raw = file_of({("@timestamp", Kind.DATE, False): groups})
    times = [None if v is None else int(np.datetime64(v.decode()[:-1], "us").astype(int)) for v in flat(groups)]
    assert read(raw)["@timestamp"].type == pa.timestamp("us", "UTC")
    assert read(raw)["@timestamp"].cast(pa.int64()).to_pylist() == times
    told = pq.ParquetFile(io.BytesIO(raw)).metadata.row_group(0).column(0).statistics
    first = [t for t in times[: len(flat(groups[:1]))] if t is not None]
    assert (told is not None) == bool(first)
    if first:
        low, high = pa.array([min(first), max(first)]).cast(pa.timestamp("us", "UTC")).to_pylist()
        assert (told.min, told.max) == (low, high)


@pytest.mark.parametrize("distinct", [1, 2, 3, 100, 257, 3000, 6000])
def test_few_texts_and_many(distinct: int) -> None:
    """Dictionaries of all widths, those that get full, and those that do not pay; two row groups."""
    few = [b"value %d" % (i % min(distinct, 90)) for i in range(400)]
    later = [b"value %d" % (i * 7 % distinct) for i in range(6000)]
    groups: list[Batches] = [[few, later, None, few], [later]]
    raw = file_of({("v", Kind.KEYWORD, False): groups})
    assert read(raw)["v"].to_pylist() == [None if v is None else v.decode() for v in flat(groups)]
    encodings = pq.ParquetFile(io.BytesIO(raw)).metadata.row_group(0).column(0).encodings
    assert "RLE_DICTIONARY" in encodings


def test_texts_of_one_beginning_middle_and_end_do_not_cost_more_and_more() -> None:
    """They share a place in the dictionary, which soon counts as full."""
    alike = [
        b"begins so" + b"%d" % i + b"." * 25 + b"the middle" + b"." * 24 + b"%d" % (i % 10) + b" ends so"
        for i in range(200)
    ]
    groups: list[Batches] = [[[*alike, *alike[:100], *alike, *alike]]]
    assert read(file_of({("v", Kind.KEYWORD, False): groups}))["v"].to_pylist() == [v.decode() for v in flat(groups)]


def test_texts_larger_than_the_room() -> None:
    big: list[Batches] = [[[b"x" * 700_000, None, b"y" * 900_000]]]
    lists: list[Batches] = [[[b'["' + b"x" * 700_000 + b'"]', None, b'["y", "' + b"y" * 900_000 + b'"]']]]
    columns = {("v", Kind.KEYWORD, False): big, ("w", Kind.KEYWORD, True): lists}
    table = read(file_of(columns))
    assert table["v"].to_pylist() == ["x" * 700_000, None, "y" * 900_000]
    assert table["w"].to_pylist() == [["x" * 700_000], None, ["y", "y" * 900_000]]


def test_rows_are_told_to_lack_what_was_never_there() -> None:
    columns = {("v", Kind.KEYWORD, False): [[None]], ("w", Kind.LONG, False): [[None]], ("x", Kind.IP, True): [[None]]}
    assert read(file_of(columns)).to_pylist() == [{"v": None, "w": None, "x": None}] * GAP
