"""What a source yields depends on the bytes only, not on how they arrived or how batches were cut."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core import Batch
from penstock.errors import OutsideError
from penstock.sources.file import FileSource
from penstock.sources.framing import KEPT, Bounds, LineFramer
from penstock.sources.reading import Cursor, Reader, Stamp, read_batches
from penstock.sources.stdin import StdinSource

STAMP = Stamp("test", bytes(16), reference=5, arrived=6)


class Scripted:
    """A reader that gives its chunks as they are; None stands for nothing there yet."""

    def __init__(self, chunks: list[bytes | None]) -> None:
        self.chunks = [c for c in chunks if c != b""]

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        if not self.chunks:
            return 0
        chunk = self.chunks[0]
        if chunk is None:
            self.chunks.pop(0)
            return None
        n = min(len(room), len(chunk))
        room[:n] = chunk[:n]
        self.chunks[0] = chunk[n:]
        if n == len(chunk):
            self.chunks.pop(0)
        return n


def rows(batches: Iterator[tuple[Batch, Cursor]]) -> tuple[list[tuple[int, bytes]], dict[int, tuple[int, str]], int]:
    """All records with their positions, oversize ones by position, and how many lines were filtered."""
    records, oversize, filtered = [], {}, 0
    for batch, _ in batches:
        lines = batch.lines
        records += [(int(lines.position[i]), lines.record(i)) for i in range(len(lines))]
        oversize.update({int(lines.position[i]): v for i, v in lines.oversize.items()})
        filtered += sum(batch.filtered.values())
        assert batch.rejects.rows.tolist() == sorted(lines.oversize)
        assert set(batch.pending.tolist()) == set(range(len(lines))) - set(lines.oversize)
    return records, oversize, filtered


def twin(raw: bytes, longest: int) -> tuple[list[tuple[int, bytes]], dict[int, tuple[int, str]], int]:
    """The same by bytes.split."""
    records, oversize, filtered, at = [], {}, 0, 0
    for part in raw.split(b"\n")[: None if raw[-1:] not in (b"\n", b"") else -1]:
        if len(part) > longest:
            records.append((at, part[:KEPT]))
            oversize[at] = (len(part), hashlib.sha256(part).hexdigest())
        elif line := part.removesuffix(b"\r").rstrip(b"\0"):
            records.append((at, line))
        else:
            filtered += 1
        at += len(part) + 1
    return records, oversize, filtered


pieces = st.one_of(st.sampled_from([b"\n", b"\r\n", b"\0", b"x" * 30, b"x" * 99]), st.binary(max_size=20))


@settings(max_examples=300, deadline=None)
@given(
    chunks=st.lists(st.one_of(st.none(), pieces), max_size=30),
    size=st.integers(1, 64),
    records=st.integers(1, 9),
    longest=st.integers(1, 80),
)
def test_any_cut_gives_the_same_records(chunks: list[bytes | None], size: int, records: int, longest: int) -> None:
    """Chunk sizes, batch bounds and pauses change nothing; each record is the split's, at its offset."""
    bounds = Bounds(size=size, records=records, longest=longest, seconds=0)
    got = rows(read_batches(Scripted(chunks), LineFramer(bounds), STAMP, bounds))
    assert got == twin(b"".join(c or b"" for c in chunks), longest)


@settings(max_examples=100, deadline=None)
@given(raw=st.lists(pieces, max_size=30).map(b"".join), size=st.integers(1, 64), longest=st.integers(1, 80))
def test_any_cursor_resumes(raw: bytes, size: int, longest: int) -> None:
    """Whatever batch was the last one committed, going on from its cursor gives exactly the rest."""
    bounds = Bounds(size=size, records=3, longest=longest)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        path.write_bytes(raw)
        whole = list(FileSource(path, bounds=bounds).read())
        for i, batch in enumerate(whole):
            rest = FileSource(path, bounds=bounds).read(batch.cursor)
            want = [(int(b.lines.position[k]), b.lines.record(k)) for b in whole[i + 1 :] for k in range(len(b.lines))]
            got = [(int(b.lines.position[k]), b.lines.record(k)) for b in rest for k in range(len(b.lines))]
            assert got == want


def test_a_long_line_takes_bounded_memory(tmp_path: Path) -> None:
    """A line of 40 MiB is one reject with its length and digest; the text never holds more than its beginning."""
    path = tmp_path / "long"
    path.write_bytes(b"before\n" + b"y" * (40 << 20) + b"\nafter\n")
    batches = list(FileSource(path).read())
    assert [b.lines.record(i)[:6] for b in batches for i in range(len(b.lines))] == [b"before", b"yyyyyy", b"after"]
    long = next(b for b in batches if b.lines.oversize)
    assert long.rejects.category == ("OVERSIZE",)
    assert list(long.lines.oversize.values()) == [(40 << 20, hashlib.sha256(b"y" * (40 << 20)).hexdigest())]
    assert max(len(b.lines.text.data) for b in batches) < 20 << 20


def test_file_and_stdin_are_the_same_stream(tmp_path: Path) -> None:
    """Same ordinal, same bytes: same identity, positions and records."""
    path = tmp_path / "a"
    path.write_bytes(b"one\ntwo\r\n\nthree")
    with path.open("rb") as file:
        (a,) = FileSource(path, 3).read()
        (b,) = StdinSource(3, fd=file.fileno()).read()
    assert a.lines.stream == b.lines.stream
    assert a.lines.position.tolist() == b.lines.position.tolist() == [0, 4, 10]
    assert a.lines.reference == path.stat().st_mtime_ns // 1000
    (other,) = FileSource(path, 4).read()
    assert other.lines.stream != a.lines.stream


def test_a_slow_pipe_gives_what_it_has() -> None:
    """A record is not held back until the pipe ends."""
    reading, writing = os.pipe()
    got: list[bytes] = []
    source = StdinSource(fd=reading, bounds=Bounds(seconds=0.05))

    def take() -> None:
        got.extend(b.lines.record(0) for b in source.read())

    thread = threading.Thread(target=take)
    thread.start()
    os.write(writing, b"first\nsec")
    deadline = time.monotonic() + 5
    while not got and time.monotonic() < deadline:
        time.sleep(0.01)
    assert got == [b"first"]
    os.write(writing, b"ond")
    os.close(writing)
    thread.join(5)
    os.close(reading)
    assert got == [b"first", b"second"]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """The message names the file and what is wrong."""
    with pytest.raises(OutsideError, match=r"nothing-here: No such file"):
        list(FileSource(tmp_path / "nothing-here").read())


def test_readers_are_readers() -> None:
    """The scripted reader is of the shape the loop wants."""
    reader: Reader = Scripted([])
    assert reader.readinto(memoryview(bytearray(1))) == 0
