"""Event logs, with the library's place taken by a script: one record an event, damage is a reject."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.core import Batch
from penstock.sources.evtx import one_line
from penstock.sources.file import FileSource
from penstock.sources.framing import Bounds

XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<Event>\n  <System>\n    <EventID>4104</EventID>\n    <Correlation>\n'
    "    </Correlation>\n  </System>\n  <EventData>\n"
    '    <Data Name="S">a\r\n  b &lt; c\n</Data>\n  </EventData>\n</Event>'
)
LINE = (
    b"<Event><System><EventID>4104</EventID><Correlation></Correlation></System>"
    b'<EventData><Data Name="S">a&#13;&#10;  b &lt; c&#10;</Data></EventData></Event>'
)


def file_of(chunks: int, present: int | None = None) -> bytes:
    """A header that promises so many chunks, and empty chunks."""
    head = bytearray(4096)
    head[:8] = b"ElfFile\0"
    head[42:44] = chunks.to_bytes(2, "little")
    return bytes(head) + (b"ElfChnk\0" + bytes(65_528)) * (chunks if present is None else present)


@pytest.fixture
def script(monkeypatch) -> list[object]:
    """What the library gives: (number, xml), or an exception that it raises."""
    steps: list[object] = []

    class Records:
        def __init__(self) -> None:
            self.steps = iter(steps)

        def __iter__(self) -> Iterator[dict[str, object]]:
            return self

        def __next__(self) -> dict[str, object]:
            step = next(self.steps)
            if isinstance(step, Exception):
                raise step
            return {"event_record_id": step[0], "data": step[1]}

    library = SimpleNamespace(PyEvtxParser=lambda _file, number_of_threads: SimpleNamespace(records=Records))
    monkeypatch.setitem(sys.modules, "evtx", library)
    return steps


def read(path: Path, raw: bytes, cursor: bytes = b"", **bounds: int) -> list[Batch]:
    path.write_bytes(raw)
    return list(FileSource(path, bounds=Bounds(**bounds)).read(cursor))


def test_an_event_is_one_line():
    assert one_line(XML) == LINE
    assert one_line("<Event/>") == b"<Event/>"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_records_and_numbers(tmp_path, script, pack):
    script += [(7, XML), (8, XML)]
    (batch,) = read(tmp_path / "a.evtx", pack(file_of(1)))
    assert batch.lines.position.tolist() == [7, 8]
    assert batch.lines.record(1) == LINE
    assert not len(batch.rejects)


def test_damaged_records_are_rejects_and_the_rest_comes(tmp_path, script):
    script += [(1, XML), RuntimeError("bad chunk"), (900, XML)]
    (batch,) = read(tmp_path / "a.evtx", file_of(1))
    assert batch.rejects.code == ("evtx_damaged",)
    assert "bad chunk" in batch.rejects.message[0]
    assert batch.pending.tolist() == [0, 2]
    assert batch.lines.position.tolist() == [1, 2, 900]


def test_endless_damage_ends(tmp_path, script):
    script += [RuntimeError("x")] * 5000
    batches = read(tmp_path / "a.evtx", file_of(1))
    assert sum(len(b.rejects) for b in batches) == 1001
    assert "given up" in batches[-1].rejects.message[-1]


@pytest.mark.parametrize("raw", [file_of(3, 2), file_of(1)[:-100]])
def test_a_file_that_is_cut_off_says_so(tmp_path, script, raw):
    script += [(1, XML)]
    batches = read(tmp_path / "a.evtx", raw)
    assert [code for b in batches for code in b.rejects.code] == ["evtx_truncated"]
    assert sum(len(b.pending) for b in batches) == 1


def test_any_cursor_resumes(tmp_path, script):
    script += [(n, XML) for n in range(10)]
    path = tmp_path / "a.evtx"
    whole = read(path, file_of(2, 1), records=3)
    for i, batch in enumerate(whole):
        rest = read(path, file_of(2, 1), batch.cursor, records=3)
        assert [b.lines.position.tolist() for b in rest] == [b.lines.position.tolist() for b in whole[i + 1 :]]


def test_no_event_log_at_all(tmp_path):
    """The real library: a header and nothing else that is true."""
    (batch,) = read(tmp_path / "a.evtx", b"ElfFile\0" + b"\xff" * 50)
    assert batch.rejects.category == ("PARSE_ERROR",)
