from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from penstock.errors import UsageError
from penstock.store import rejects as letters
from penstock.store.query import query
from penstock.store.rejects import Wanted

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def failed(lake, rejects):
    lake.commit_rejects([rejects(range(10))])
    return lake


def ids(frame) -> list[str]:
    return frame["event.id"].to_pylist()


def test_newest_first(failed):
    assert ids(letters.waiting(failed.root, limit=3)) == ["r9", "r8", "r7"]


def test_wanted(failed):
    assert ids(letters.waiting(failed.root, Wanted(category="PARSE_ERROR", fingerprint="f1"))) == ["r7", "r1"]
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    five = Wanted(since=noon + timedelta(microseconds=5), until=noon + timedelta(microseconds=7))
    assert ids(letters.waiting(failed.root, five)) == ["r6", "r5"]
    assert ids(letters.waiting(failed.root, Wanted(pack="none@1"))) == []


def test_stats(failed):
    frame = letters.stats(failed.root, ["category", "fingerprint"])
    assert [(r["category"], r["fingerprint"], r["count"]) for r in frame.to_pylist()][:2] == [
        ("UNKNOWN_FORMAT", "f0", 2),
        ("PARSE_ERROR", "f1", 2),
    ]
    assert letters.stats(failed.root, [])["count"].to_pylist() == [10]
    assert letters.stats(failed.root, ["hour"])["count"].to_pylist() == [10]
    with pytest.raises(UsageError, match="colour"):
        letters.stats(failed.root, ["colour"])


def test_an_empty_lake_has_no_rejects(tmp_path):
    assert len(letters.waiting(tmp_path)) == 0
    assert len(letters.stats(tmp_path)) == 0
    assert letters.unfinished(tmp_path) == []


def test_a_replay_takes_rejects_off_the_list_and_deletes_nothing(failed, events, rejects):
    """Five of the ten are sent through: four become events, one fails once more."""
    replay = letters.begin(failed, Wanted(category="PARSE_ERROR"), now=NOW)
    assert replay is not None
    rows = [r for chunk in letters.records(failed.root, replay) for r in chunk.to_pylist()]
    assert [(r["event.id"], r["replay.ordinal"]) for r in rows] == [(f"r{2 * i + 1}", i) for i in range(5)]
    assert letters.original(rows[0]) == b"bad 1"
    failed.commit_events([events(range(4), stream=replay.id)])
    later = pa.array([1_772_400_000_000_000], pa.timestamp("us", "UTC"))
    once_more = {"event__id": ["r9"], "event__ingested": later}
    failed.commit_rejects([rejects([4], stream=replay.id, replay=replay.id.hex(), **once_more)])
    letters.finish(failed, replay, now=NOW)
    assert sorted(ids(letters.waiting(failed.root))) == ["r0", "r2", "r4", "r6", "r8", "r9"]
    assert query(failed.root, "SELECT count(*) AS n FROM rejects")["n"].to_pylist() == [11]
    assert letters.show(failed.root, "r9")["waiting"].to_pylist() == [False, True]
    assert letters.show(failed.root, "r1")["waiting"].to_pylist() == [False]
    second = letters.begin(failed, Wanted(category="UNKNOWN_FORMAT"), now=NOW)
    assert second is not None
    assert second.size == 6


def test_a_replay_that_was_interrupted_goes_on_and_doubles_nothing(failed, events):
    replay = letters.begin(failed, now=NOW)
    failed.commit_events([events(range(6), stream=replay.id)])
    assert letters.unfinished(failed.root) == [replay]
    assert len(letters.waiting(failed.root)) == 10, "not done yet"
    with pytest.raises(UsageError, match="interrupted"):
        letters.begin(failed, now=NOW)
    assert failed.commit_events([events(range(10), stream=replay.id)]).written == 4
    letters.finish(failed, replay, now=NOW)
    letters.finish(failed, replay, now=NOW)
    assert letters.unfinished(failed.root) == []
    assert len(letters.waiting(failed.root)) == 0
    assert letters.begin(failed, now=NOW) is None


def test_what_was_cut_short_cannot_be_replayed(lake, rejects):
    lake.commit_rejects([rejects([1, 2], error__length=pa.array([None, 10_485_760], pa.int64()))])
    assert letters.begin(lake, now=NOW).size == 1


def test_many_are_read_some_at_a_time(failed, monkeypatch):
    monkeypatch.setattr(letters, "CHUNK", 4)
    replay = letters.begin(failed, now=NOW)
    assert [len(c) for c in letters.records(failed.root, replay)] == [4, 4, 2]


def test_bytes_that_are_no_text():
    assert letters.original({"event.original": "?", "error.original_base64": "/wA="}) == b"\xff\0"
