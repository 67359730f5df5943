"""The NDJSON file: each row once, whatever a crash left and however batches come again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Frame, Kind, Text
from penstock.core import Batch, Lines
from penstock.errors import OutsideError
from penstock.sinks.ndjson import NdjsonFile

TOTAL = 40


def batch(first: int, last: int, *, stream: bytes = b"s" * 16) -> Batch:
    """Records first .. last - 1 of a stream; every third is of another dataset."""
    n = last - first
    text = Text.of(b"".join(b"%04d" % i for i in range(first, last)))
    start, length = np.arange(n, dtype=np.int32) * 4, np.full(n, 4, np.int32)
    lines = Lines(text, start, length, np.arange(first, last, dtype=np.int64), stream, "test", 0, 0)
    frames = []
    third = np.arange(first, last) % 3 == 0
    for dataset, wanted in (("a.x", ~third), ("b.x", third)):
        rows = np.flatnonzero(wanted).astype(np.int32)
        if len(rows):
            frames.append(
                Frame(
                    dataset, text, rows, ("m",), (Kind.KEYWORD,), (False,), np.ascontiguousarray(start[rows][None, :]),
                    np.ascontiguousarray(length[rows][None, :]), np.zeros(1, np.int32), np.zeros(len(rows), np.int32),
                )
            )  # fmt: skip
    return Batch(lines, np.empty(0, np.int32), tuple(frames))


async def write(path: Path, cuts: list[int], begin: int = 0) -> None:
    async with NdjsonFile(path) as sink:
        for first, last in zip([begin, *cuts], [*cuts, TOTAL], strict=True):
            if first < last:
                await sink.write([batch(first, last)])


def written(path: Path) -> list[str]:
    return [line.split('"')[3] for line in path.read_text().splitlines()]


@settings(max_examples=25)  # each waits for the disk
@given(
    st.lists(st.integers(0, TOTAL)).map(sorted),
    st.lists(st.integers(0, TOTAL)).map(sorted),
    st.integers(0, TOTAL),
    st.binary(),
)
def test_again_from_anywhere_after_a_crash(tmp_path_factory, cuts, again, crash, torn):
    """However batches are cut the second time, and whatever stands after what was noted."""
    path = tmp_path_factory.mktemp("sink") / "out.ndjson"

    async def first() -> None:
        async with NdjsonFile(path) as sink:
            await sink.write([batch(0, crash)] if crash else [])

    asyncio.run(first())
    with path.open("ab") as out:
        out.write(torn)
    asyncio.run(write(path, again))
    asyncio.run(write(path, cuts))
    assert written(path) == [f"{i:04d}" for i in range(TOTAL)]


def test_streams_have_their_own_positions(tmp_path: Path):
    async def both() -> None:
        async with NdjsonFile(tmp_path / "o") as sink:
            await sink.write([batch(0, 3), batch(0, 3, stream=b"t" * 16)])
            await sink.write([batch(0, 4), batch(2, 4, stream=b"t" * 16)])

    asyncio.run(both())
    assert sorted(written(tmp_path / "o")) == sorted([f"{i:04d}" for i in range(4)] * 2)


def test_a_file_that_was_taken_away_begins_anew(tmp_path: Path):
    asyncio.run(write(tmp_path / "o", []))
    (tmp_path / "o").unlink()

    async def more() -> None:
        async with NdjsonFile(tmp_path / "o") as sink:
            await sink.write([batch(TOTAL - 1, TOTAL + 2)])

    asyncio.run(more())
    assert written(tmp_path / "o") == ["0040", "0041"]


def test_what_cannot_be_written_is_an_outside_error(tmp_path: Path):
    with pytest.raises(OutsideError, match="cannot write"):
        asyncio.run(write(tmp_path / "no" / "o", []))
    (tmp_path / "o.positions").write_text("{")
    with pytest.raises(OutsideError, match="damaged"):
        asyncio.run(write(tmp_path / "o", []))
