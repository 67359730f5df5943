"""Packed and transcoded streams give what is inside; bombs and damage give one reject and no more memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from penstock.core import Batch
from penstock.sources.file import FileSource
from penstock.sources.stdin import StdinSource

Pack = Callable[[bytes], bytes]
PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
RAW = b"".join(b"line %d of the log, %d\n" % (i, i * i) for i in range(20_000))


def read(path: Path, raw: bytes) -> tuple[list[bytes], list[str]]:
    """Records that are no rejects, and the rejects' codes."""
    path.write_bytes(raw)
    return taken(list(FileSource(path).read()))


def taken(batches: list[Batch]) -> tuple[list[bytes], list[str]]:
    good = [b.lines.record(int(row)) for b in batches for row in b.pending]
    return good, [code for b in batches for code in b.rejects.code]


@pytest.fixture(params=PACKERS)
def pack(request) -> Pack:
    return PACKERS[request.param]


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "input"


def test_gives_what_is_inside(pack, path):
    lines = RAW.splitlines()
    assert read(path, pack(RAW)) == (lines, [])
    assert read(path, pack(RAW) + pack(RAW)) == (lines * 2, [])
    assert read(path, pack(pack(RAW))) == (lines, [])
    assert read(path, pack(b"")) == ([], [])


def test_positions_are_those_of_the_unpacked(pack, path):
    path.write_bytes(pack(b"one\ntwo\n"))
    (batch,) = FileSource(path).read()
    assert batch.lines.position.tolist() == [0, 4]


def test_as_a_pipe(pack, tmp_path):
    (tmp_path / "a").write_bytes(pack(RAW))
    with os.popen(f"cat {tmp_path / 'a'}") as pipe:
        assert taken(list(StdinSource(fd=pipe.fileno()).read())) == (RAW.splitlines(), [])


def test_cut_off(pack, path):
    """Whole lines before the cut come out; the rest is one reject."""
    raw = pack(RAW)
    for size in (len(raw) - 1, len(raw) // 2, 20, 8):
        good, codes = read(path, raw[:size])
        assert good == RAW.splitlines()[: len(good)]
        assert codes == ["compression_truncated"]


def test_rubbish_behind(pack, path):
    good, codes = read(path, pack(RAW) + b"rubbish, not packed at all")
    assert (good, codes) == (RAW.splitlines(), ["compression_damaged"])


def test_damaged_within(path):
    raw = bytearray(gzip.compress(RAW))
    raw[len(raw) // 2] ^= 0xFF
    _, codes = read(path, bytes(raw))
    assert codes in (["compression_damaged"], ["compression_truncated"])


@pytest.mark.parametrize("nested", [False, True])
def test_bombs(pack, path, nested):
    """Refused at the bound, with memory flat."""
    raw = pack(bytes(100 << 20))
    path.write_bytes(pack(raw) if nested else raw)
    list(FileSource(path).read())
    tracemalloc.start()
    (batch,) = FileSource(path).read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert batch.rejects.code == ("compression_bomb",)
    assert batch.rejects.category == ("OVERSIZE",)
    assert len(batch.lines) == 1
    assert most < 64 << 20


def test_packed_too_often(pack, path):
    assert read(path, pack(pack(pack(RAW)))) == ([], ["compression_bomb"])


def test_no_bomb_is_made_of_repetitive_lines(path):
    """Beyond the free bytes a ratio that real logs have is taken."""
    line = os.urandom(60).hex().encode() + b"\n"
    raw = b"".join(line + b"%d\n" % i for i in range(600_000))
    assert len(raw) > 64 << 20
    path.write_bytes(gzip.compress(raw, 1))
    assert sum(len(b.pending) for b in FileSource(path).read()) == 1_200_000


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-8"])
def test_byte_order_marks(path, name):
    """UTF-16 becomes UTF-8; the mark is no part of the first record."""
    text = "grün\r\n𝄞 clef\nlast"
    assert read(path, ("\ufeff" + text).encode(name))[0] == ["grün".encode(), "𝄞 clef".encode(), b"last"]


def test_utf_16_that_is_none(path):
    """What cannot be decoded becomes bytes that are no UTF-8; nothing is raised, nothing lost."""
    good, _ = read(path, b"\xff\xfea\x00\n\x00\x00\xd8x\x00\n\x00b")
    assert good[0] == b"a"
    for record in good[1:]:
        with pytest.raises(UnicodeDecodeError):
            record.decode()
