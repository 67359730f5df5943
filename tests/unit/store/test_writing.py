from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from penstock.columns import Frame, Kind, Text
from penstock.core import Batch, Lines, Rejects
from penstock.formats.rejected import KEPT, fingerprint, reject_rows
from penstock.sinks.lake import LakeSink
from penstock.store import rejects as letters
from penstock.store.query import query
from penstock.store.writing import write

ARRIVED = 1_772_366_400_000_000


def batch(records: list[bytes], bad: set[int], *, first: int = 0) -> Batch:
    """Records 10 bytes apart; those in `bad` are rejects, the others events of one dataset."""
    text = Text.of(b"")
    start = np.array([text.append(r) for r in records], np.int32)
    length = np.array([len(r) for r in records], np.int32)
    position = first + 10 * np.arange(len(records), dtype=np.int64)
    lines = Lines(text, start, length, position, b"s" * 16, "doors", ARRIVED, ARRIVED)
    good = np.array([i for i in range(len(records)) if i not in bad], np.int32)
    wrong = np.array(sorted(bad), np.int32)
    when = text.append(b"2026-03-01T12:00:00.000001Z")
    ids = [text.append(f"id{p}".encode()) for p in position[good]]
    frame = Frame(
        "acme_door.log",
        text,
        good,
        ("@timestamp", "event.id", "event.original"),
        (Kind.DATE, Kind.KEYWORD, Kind.KEYWORD),
        (False, False, False),
        np.array([[when] * len(good), ids, start[good]], np.int32),
        np.array([[27] * len(good), [len(f"id{p}") for p in position[good]], length[good]], np.int32),
        np.arange(3, dtype=np.int32),
        np.zeros(len(good), np.int32),
        ({"event.kind": "event", "event.category": ["authentication"]},),
    )
    k = len(bad)
    rejects = Rejects(wrong, ("parse",) * k, ("PARSE_ERROR",) * k, ("x",) * k, ("no 'a' at 7",) * k, (None,) * k)
    return Batch(lines, np.empty(0, np.int32), (frame,), rejects)


def test_events_and_rejects_of_batches_are_there_once(lake):
    one, two = batch([b"a", b"b", b"c"], {1}), batch([b"d", b"e"], {1}, first=30)
    assert [c.written for c in write(lake, [one, two])] == [3, 2]
    assert [c.written for c in write(lake, [one])] == [0, 0]
    assert [c.written for c in write(lake, [two, batch([b"f"], set(), first=50)])] == [1, 0]
    frame = query(lake.root, 'SELECT * FROM events ORDER BY "event.original"')
    assert frame["event.original"].to_pylist() == ["a", "c", "d", "f"]
    assert frame["event.category"].to_pylist() == [["authentication"]] * 4
    assert letters.waiting(lake.root)["event.original"].to_pylist() in (["b", "e"], ["e", "b"])


def test_a_last_record_that_was_a_reject_does_not_become_an_event_later(lake):
    """The packs were mended between crash and restart; the record stays what it was, until it is replayed."""
    write(lake, [batch([b"a", b"b"], {1})])
    assert [c.written for c in write(lake, [batch([b"a", b"b"], set())])] == [0, 0]


def test_the_sink(lake):
    async def offer() -> None:
        async with LakeSink(partial(write, lake)) as sink:
            await sink.write([batch([b"a", b"b"], {0})])

    asyncio.run(offer())
    assert query(lake.root, "SELECT count(*) AS n FROM events")["n"].to_pylist() == [1]


def test_a_reject_row_is_enough_to_send_it_through_again():
    row = reject_rows(batch([b"ok", b"bad \xff\0"], {1})).to_pylist()[0]
    assert row["event.original"] == "bad �\0"
    assert base64.b64decode(row["error.original_base64"]) == letters.original(row) == b"bad \xff\0"
    assert (row["penstock.stream"], row["penstock.position"], row["penstock.source"]) == ("73" * 16, 10, "doors")
    assert len(row["event.id"]) == 32


def test_ids_of_rejects_differ_by_position_and_do_not_depend_on_the_batch():
    together = reject_rows(batch([b"x", b"x", b"x"], {0, 2}))["event.id"].to_pylist()
    assert together[0] != together[1]
    assert together[1] == reject_rows(batch([b"x"], {0}, first=20))["event.id"].to_pylist()[0]


@pytest.mark.parametrize("tail", ["x", "é", "€", "𝄞"])
def test_a_long_reject_keeps_its_beginning_its_length_and_its_digest(tail):
    raw = b"a" * (KEPT - 1) + (tail * 40).encode()
    row = reject_rows(batch([raw], {0})).to_pylist()[0]
    assert raw.startswith(row["event.original"].encode())
    assert KEPT - 4 < len(row["event.original"].encode()) <= KEPT
    assert row["error.original_base64"] is None
    assert (row["error.length"], row["error.sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())


def test_what_framing_cut_has_the_length_and_digest_that_framing_saw():
    cut = batch([b"a" * KEPT], {0})
    cut = replace(cut, lines=replace(cut.lines, oversize={0: (10_485_760, "ab" * 32)}))
    row = reject_rows(cut).to_pylist()[0]
    assert (row["error.length"], row["error.sha256"]) == (10_485_760, "ab" * 32)


def test_fingerprints_group_equal_failures():
    same = fingerprint("parse", "PARSE_ERROR", "x", "source.port: wanted a number, got 'abc'", "d.d")
    assert same == fingerprint("parse", "PARSE_ERROR", "x", "source.port: wanted a number, got 'x 1'", "d.d")
    assert same != fingerprint("parse", "PARSE_ERROR", "x", "source.ip: wanted a number, got 'abc'", "d.d")
    assert same != fingerprint("parse", "PARSE_ERROR", "x", "source.port: wanted a number, got 'abc'", "e.e")
