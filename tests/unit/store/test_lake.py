from __future__ import annotations

import json
from pathlib import Path
from threading import Thread

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import Bug, OutsideError
from penstock.store import files, upkeep
from penstock.store.lake import Lake, Rows
from penstock.store.query import query
from penstock.store.tables import EVENTS

NOON = 1_772_366_400_000_000
DAY = 86_400_000_000
STREAM = bytes(range(16))


def ids(lake: Lake) -> list[str]:
    return sorted(query(lake.root, 'SELECT "event.id" FROM events')["event.id"].to_pylist())


def test_two_datasets_are_one_commit_and_each_file_has_its_own_columns_only(lake, events):
    """Polars, delta-rs and DuckDB read nulls for the rest."""
    done = lake.commit_events(
        [
            events([1, 2], source__ip=["10.0.0.1", None]),
            events([3], dataset="other_thing.audit", related__user=pa.array([["root"]]), process__pid=[7]),
        ]
    )
    assert (done.written, done.dropped) == (3, 0)
    delta = DeltaTable(str(lake.root / "events"))
    assert delta.version() == 2  # created, widened, written
    for path in delta.file_uris():
        names = set(pq.ParquetFile(path).schema_arrow.names)
        assert ("source.ip" in names) == ("acme_door" in path)
        assert not names & {"event.dataset", "event.day"}
    frames = [
        pl.scan_delta(str(lake.root / "events")).collect().to_arrow(),
        delta.to_pyarrow_table(),
        query(lake.root, "SELECT * FROM events"),
    ]
    for frame in frames:
        rows = {r["event.id"]: r for r in frame.to_pylist()}
        assert rows["0e0f-1"]["source.ip"] == "10.0.0.1"
        assert rows["0e0f-2"]["source.ip"] is None
        assert rows["0e0f-3"]["related.user"] == ["root"]
        assert rows["0e0f-3"]["process.pid"] == 7
        assert rows["0e0f-1"]["process.pid"] is None
        assert rows["0e0f-3"]["event.dataset"] == "other_thing.audit"
        assert rows["0e0f-1"]["event.day"] == "2026-03-01"
        assert rows["0e0f-1"]["@timestamp"].isoformat() == "2026-03-01T12:00:00.001000+00:00"
        assert rows["0e0f-1"]["event.original"] == "line 1"


def test_the_table_is_plain_delta(lake, events):
    """Reader 1, writer 2, no features; statistics are valid JSON: Spark of any age reads it."""
    lake.commit_events([events([1, 2])])
    delta = DeltaTable(str(lake.root / "events"))
    assert (delta.protocol().min_reader_version, delta.protocol().min_writer_version) == (1, 2)
    assert delta.metadata().partition_columns == ["event.dataset", "event.day"]
    adds = [
        json.loads(line)["add"]
        for commit in sorted((lake.root / "events/_delta_log").glob("*.json"))
        for line in commit.read_text().splitlines()
        if '"add"' in line
    ]
    assert json.loads(adds[0]["stats"]) == {
        "numRecords": 2,
        "minValues": {"@timestamp": "2026-03-01T12:00:00.001000Z"},
        "maxValues": {"@timestamp": "2026-03-01T12:00:00.002000Z"},
        "nullCount": {"@timestamp": 0},
    }
    assert adds[0]["dataChange"] is True


def test_every_wire_type_and_the_ways_text_may_be_held(lake, events):
    lake.commit_events(
        [
            events(
                [1, 2],
                a__view=pa.array(["x", None], pa.string_view()),
                a__large=pa.array(["x", "é"], pa.large_string()),
                a__dictionary=pa.array(["x", "x"]).dictionary_encode(),
                a__long=pa.array([1, -(2**63)], pa.int64()),
                a__small=pa.array([1, 2], pa.int32()),
                a__double=[0.5, None],
                a__flag=[True, False],
                a__when=pa.array([NOON, None], pa.timestamp("us", "UTC")),
                a__many=pa.array([["x", "y"], []], pa.large_list(pa.string())),
                a__views=pa.array([["x"], None], pa.list_(pa.string_view())),
                a__nothing=pa.nulls(2, pa.int64()),
            )
        ]
    )
    expected = {
        "a.view": ["x", None],
        "a.large": ["x", "é"],
        "a.dictionary": ["x", "x"],
        "a.long": [1, -(2**63)],
        "a.small": [1, 2],
        "a.double": [0.5, None],
        "a.flag": [True, False],
        "a.many": [["x", "y"], []],
        "a.views": [["x"], None],
    }
    frame = query(lake.root, 'SELECT * FROM events ORDER BY "event.id"')
    assert {n: frame[n].to_pylist() for n in expected} == expected
    assert "a.nothing" not in frame.schema.names
    polars = pl.scan_delta(str(lake.root / "events")).sort("event.id").collect()
    assert {n: polars[n].to_list() for n in expected} == expected


def test_frames_of_one_dataset_are_one_file_however_they_hold_their_text(lake, events):
    lake.commit_events(
        [
            events([1], user__name=pa.array(["a"]).dictionary_encode()),
            events([2], user__name=pa.array(["b"], pa.string_view()), x__y=["only here"]),
            events([1], stream=b"\1" * 16),
        ]
    )
    assert upkeep.size(lake)["events"].files == 1
    frame = query(lake.root, 'SELECT "user.name", "x.y" FROM events ORDER BY 1')
    assert frame.to_pydict() == {"user.name": ["a", "b", None], "x.y": [None, "only here", None]}


def test_what_is_offered_again_is_dropped_whatever_its_boundaries(lake, events):
    lake.commit_events([events([0, 10, 20])])
    assert lake.commit_events([events([0, 10, 20])]).written == 0
    done = lake.commit_events([events([10, 20, 30]), events([5, 25], dataset="other_thing.audit")])
    assert (done.written, done.dropped) == (2, 3)
    assert lake.positions("events") == {STREAM.hex(): 30}
    with Lake(lake.root) as again:
        assert again.positions("events") == {STREAM.hex(): 30}
        assert again.commit_events([events([30, 40])]).written == 1


def test_a_mark_counts_records_that_left_no_row(lake, events):
    """The batch's last line was a reject: it is not to become an event when read again."""
    lake.commit_events([events([0, 10])], marks={STREAM: 25})
    assert lake.positions("events") == {STREAM.hex(): 25}
    assert lake.commit_events([events([20, 30])]).written == 1


def test_tables_have_positions_of_their_own(lake, events):
    lake.commit_events([events([5])])
    assert lake.positions("alerts") == {}
    assert lake.commit("alerts", [events([5], dataset=None)]).written == 1


def test_positions_outlive_checkpoints_and_tidied_logs(lake, events):
    """Checkpoints carry them: 120 commits, the log's early part removed."""
    for i in range(120):
        lake.commit_events([events([0], stream=i.to_bytes(16, "big"))])
    log = lake.root / "events/_delta_log"
    newest = max(int(p.name[:20]) for p in log.glob("*.checkpoint.parquet"))
    assert newest >= 50
    for commit in log.glob("*.json"):
        if int(commit.name[:20]) <= newest:
            commit.unlink()
    with Lake(lake.root) as again:
        assert again.positions("events") == {i.to_bytes(16, "big").hex(): 0 for i in range(120)}


def test_two_writers_of_one_stream_write_each_row_once(lake, events):
    """The second finds the first's positions in the log, not in its memory."""
    with Lake(lake.root) as other:
        other.commit_events([events([1])])
        lake.commit_events([events([1, 2, 3])])
        assert other.commit_events([events([2, 3, 4])]).written == 1
    assert ids(lake) == [f"0e0f-{i}" for i in range(1, 5)]


def test_two_writers_who_add_columns_at_the_same_time(lake, events):
    with Lake(lake.root) as other:
        other.positions("events")
        lake.commit_events([events([1], b__b=["x"])])
        other.commit_events([events([1], stream=b"z" * 16, b__b=["y"], c__c=[1])])
    assert query(lake.root, 'SELECT "b.b", "c.c" FROM events ORDER BY 1').to_pydict() == {
        "b.b": ["x", "y"],
        "c.c": [None, 1],
    }


def test_threads_share_a_lake(lake, events):
    def write(k: int) -> None:
        for i in range(5):
            lake.commit_events([events([i], stream=bytes([k]) * 16)])

    threads = [Thread(target=write, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(ids(lake))) == len(ids(lake)) == 20


def test_days_are_partitions_in_utc(lake, events):
    lake.commit_events([events(range(4), at=NOON + DAY // 2 - 2, step=1)])
    frame = query(lake.root, 'SELECT "event.day", count(*) AS n FROM events GROUP BY 1 ORDER BY 1')
    assert frame.to_pydict() == {"event.day": ["2026-03-01", "2026-03-02"], "n": [2, 2]}


def test_rubbish_dates_do_not_make_a_thousand_files(lake, events):
    lake.commit_events([events(range(-500, 500), step=DAY)])
    assert upkeep.size(lake)["events"].files == files.MOST_DAYS + 1
    frame = query(lake.root, 'SELECT "event.day" IS NULL AS lost, count(*) AS n FROM events GROUP BY 1 ORDER BY 1')
    assert frame.to_pydict() == {"lost": [False, True], "n": [64, 936]}
    assert pl.scan_delta(str(lake.root / "events")).select(pl.len()).collect().item() == 1000


def test_a_dataset_may_have_any_name(lake, events):
    name = "we/../ird %2 ü='x\""
    lake.commit_events([events([1, 2], dataset=name)])
    assert query(lake.root, 'SELECT DISTINCT "event.dataset" AS d FROM events')["d"].to_pylist() == [name]
    assert pl.scan_delta(str(lake.root / "events")).collect()["event.dataset"].to_list() == [name] * 2
    assert upkeep.current(lake.root, EVENTS)[0].values["event.dataset"] == name


def test_a_column_keeps_its_type(lake, events):
    lake.commit_events([events([1], a__b=["x"])])
    with pytest.raises(Bug, match=r"a\.b"):
        lake.commit_events([events([2], a__b=[1])])
    assert lake.commit_events([events([2], a__b=["y"])]).written == 1


@pytest.mark.parametrize("name", ["a b", "a,b"])
def test_names_that_delta_or_spark_cannot_hold_are_refused(lake, name, events):
    with pytest.raises(Bug, match=r"column's name|differ by case"):
        lake.commit_events([events([1], **{name: ["x"]})])


def test_every_row_has_its_time(lake):
    with pytest.raises(Bug, match="@timestamp"):
        lake.commit_events([Rows(pa.table({"event.id": ["x"]}), STREAM, np.array([1]), "d.d")])


def test_a_commit_of_nothing_is_none(lake, events):
    assert lake.commit_events([]).written == 0
    assert lake.commit_events([events([])]).written == 0
    assert lake.positions("events") == {}


def test_a_disk_that_fails_is_an_outside_error_and_the_lake_is_as_it_was(tmp_path: Path, events):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError):
        Lake(tmp_path / "file").commit_events([events([1])])


def test_a_last_commit_that_a_power_cut_left_empty_is_taken_away(lake, events):
    lake.commit_events([events([1])])
    version = lake.commit_events([events([2])]).version
    (lake.root / f"events/_delta_log/{version + 1:020d}.json").touch()
    with Lake(lake.root) as again:
        assert again.positions("events") == {STREAM.hex(): 2}
        assert again.commit_events([events([2, 3])]).written == 1
        assert len(ids(again)) == 3


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(1, 3), st.booleans()), min_size=1, max_size=6
    )
)
def test_whatever_is_offered_in_whatever_pieces_each_position_is_there_once(tmp_path_factory, events, steps):
    """A stream is offered from some point back to some point on, over datasets, the lake reopened now and then."""
    root = tmp_path_factory.mktemp("lake")
    lake, reached = Lake(root, durable=False), -1
    for back, count, datasets, reopen in steps:
        first = max(0, reached + 1 - back)
        offered = np.arange(first, reached + 1 + count)
        lake.commit_events([events(offered[k::datasets], dataset=f"d{k}.x") for k in range(datasets)])
        reached = int(offered[-1])
        if reopen:
            lake = Lake(root, durable=False)
    assert sorted(ids(lake)) == sorted(f"0e0f-{i}" for i in range(reached + 1))
