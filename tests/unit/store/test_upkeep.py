from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from penstock.store import upkeep
from penstock.store.lake import Lake
from penstock.store.query import Reader, query
from penstock.store.tables import EVENTS

ALL = 'SELECT * FROM events ORDER BY "@timestamp", "event.id"'


@pytest.fixture
def many(lake, events):
    """Twenty commits of two datasets, some with a column that the others lack."""
    for i in range(20):
        more = {"acme_door__badge": [f"b{i}"] * 3} if i % 3 == 0 else {}
        lake.commit_events([events(range(3 * i, 3 * i + 3), **more), events([i], dataset="o.o", stream=b"o" * 16)])
    return lake


def test_compaction_keeps_every_row_value_and_position(many):
    before, positions = query(many.root, ALL), many.positions("events")
    assert upkeep.size(many)["events"] == upkeep.Size(40, 80, sum(f.size for f in upkeep.current(many.root, EVENTS)))
    assert upkeep.compact(many, "events") == 38
    assert upkeep.size(many)["events"].files == 2
    assert query(many.root, ALL).equals(before)
    with Lake(many.root) as again:
        assert again.positions("events") == positions
    assert upkeep.compact(many, "events") == 0


def test_a_compacted_file_has_its_own_columns_only_and_its_range(many):
    upkeep.compact(many, "events")
    by_dataset = {f.values["event.dataset"]: f for f in upkeep.current(many.root, EVENTS)}
    file = by_dataset["o.o"]
    assert pq.read_schema(many.root / "events" / file.path).names == ["@timestamp", "event.id", "event.original"]
    assert (file.rows, file.high - file.low) == (20, 19_000)


def test_compaction_by_two_doubles_nothing(many):
    """Whoever comes second sees that the files are gone, or loses the commit."""
    before = query(many.root, ALL)
    with Lake(many.root) as other:
        other.positions("events")
        old = upkeep.current(many.root, EVENTS)
        upkeep.compact(many, "events")
        group = [f for f in old if f.values["event.dataset"] == "o.o"]
        assert upkeep._exchange(other, EVENTS, [(upkeep._rewrite(other, EVENTS, group), group)]) == 0
    assert query(many.root, ALL).equals(before)


def test_a_compaction_from_a_stale_log_loses_its_commit(many, monkeypatch):
    """The check of the files passed, then another compaction committed: the log refuses."""
    with Lake(many.root) as other:
        log, _ = other.log("events")
        old = upkeep.current(many.root, EVENTS)
        upkeep.compact(many, "events")
        monkeypatch.setattr(log, "refresh", lambda: None)
        monkeypatch.setattr(upkeep, "current", lambda *_: old)
        group = [f for f in old if f.values["event.dataset"] == "o.o"]
        assert upkeep._exchange(other, EVENTS, [(upkeep._rewrite(other, EVENTS, group), group)]) == 0
    assert len(query(many.root, ALL)) == 80


def test_days_that_still_grow_are_left_alone(many):
    assert upkeep.compact(many, "events", before="2026-03-01") == 0
    assert upkeep.compact(many, "events", before="2026-03-02") == 38


def test_a_reader_keeps_its_files_until_vacuum(many):
    with Reader(many.root) as reader:
        upkeep.compact(many, "events")
        assert upkeep.vacuum(many, "events") == []  # a day's grace
        assert reader.ask("SELECT count(*) AS n FROM events").read_all()["n"].to_pylist() == [80]
    assert len(upkeep.vacuum(many, "events", hours=0)) == 40
    assert query(many.root, "SELECT count(*) AS n FROM events")["n"].to_pylist() == [80]
    assert many.commit_events([]).written == 0


def test_pieces_are_bound(many, monkeypatch):
    monkeypatch.setattr(upkeep, "PIECE", 7)
    before = query(many.root, ALL)
    upkeep.compact(many, "events")
    assert query(many.root, ALL).equals(before)
    assert pq.ParquetFile(many.root / "events" / upkeep.current(many.root, EVENTS)[0].path).num_row_groups > 1


def test_sizes_of_an_empty_lake(tmp_path):
    assert set(upkeep.size(Lake(tmp_path)).values()) == {upkeep.Size(0, 0, 0)}
    assert not list(tmp_path.iterdir()), "asking makes nothing"
