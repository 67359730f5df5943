from __future__ import annotations

import pytest

from penstock.errors import UsageError
from penstock.store.query import Reader, query


@pytest.fixture
def filled(lake, events):
    lake.commit_events([events(range(100), source__ip=["10.0.0.1"] * 100), events([1], dataset="other_thing.audit")])
    return lake


def test_an_empty_lake_has_its_views(tmp_path):
    for table in ("events", "rejects", "alerts", "incidents", "replays"):
        assert query(tmp_path, f"SELECT * FROM {table}").num_rows == 0
    assert "event.dataset" in query(tmp_path, "SELECT * FROM events").schema.names


def test_columns_have_dotted_names(filled):
    frame = query(filled.root, """SELECT "source.ip", count(*) AS n FROM events GROUP BY ALL ORDER BY n""")
    assert frame.to_pydict() == {"source.ip": [None, "10.0.0.1"], "n": [1, 100]}


def test_files_of_other_datasets_are_left_alone(filled):
    with Reader(filled.root) as reader:
        sql = """EXPLAIN ANALYZE SELECT count("event.id") FROM events WHERE "event.dataset" = 'other_thing.audit'"""
        assert "Scanning Files: 1/2" in str(reader.ask(sql).read_all().to_pylist())


def test_time_is_utc(filled, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    hours = query(filled.root, 'SELECT DISTINCT hour("@timestamp") AS h FROM events')["h"].to_pylist()
    assert hours == [12]
    where = """SELECT count(*) AS n FROM events WHERE "@timestamp" >= '2026-03-01T12:00:00.050Z'"""
    assert query(filled.root, where)["n"].to_pylist() == [50]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELEC 1", "syntax error"),
        ("", "one SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("SELECT nope FROM events", "nope"),
        ("SELECT source.ip FROM events", 'write "source.ip"'),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM read_text('/etc/passwd')", "Permission"),
        ("SELECT * FROM '/etc/passwd'", "."),
        ("SELECT * FROM glob('/*')", "Permission"),
        ("FROM sniff_csv('/etc/passwd')", "Permission"),
        ("COPY (SELECT 1) TO '/tmp/penstock-test.csv'", "one SELECT"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/penstock-test.csv'", "."),
        ("ATTACH '/tmp/penstock-test.db'", "one SELECT"),
        ("CREATE TABLE x AS SELECT 1", "one SELECT"),
        ("DROP VIEW events", "one SELECT"),
        ("SET threads = 1", "one SELECT"),
        ("PRAGMA database_list", "one SELECT"),
        ("INSTALL httpfs", "one SELECT"),
        ("SELECT * FROM filled", "filled"),
        ('SELECT * FROM events WHERE "event.id" = ?', "."),
        ("SELECT 1 / (SELECT 'x')::INT", "Conversion"),
    ],
)
def test_wrong_sql_and_sql_that_does_more_than_read_is_refused(filled, sql, why):
    with pytest.raises(UsageError, match=why):
        query(filled.root, sql)


def test_existing_files_of_the_lake_cannot_be_written(filled):
    """They are named in allowed_paths, so it is the statement's kind that forbids it."""
    path = next((filled.root / "events").glob("event*/*/*.parquet"))
    before = path.read_bytes()
    for sql in (f"COPY (SELECT 1) TO '{path}'", f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{path}'"):
        with pytest.raises(UsageError):
            query(filled.root, sql)
    assert path.read_bytes() == before


def test_rows_are_bound(filled):
    with pytest.raises(UsageError, match="LIMIT"):
        query(filled.root, "SELECT * FROM events", rows=100)
    assert query(filled.root, "SELECT * FROM events", rows=101).num_rows == 101


def test_memory_is_bound(filled):
    sql = "SELECT a.range AS x FROM range(20000000) a JOIN range(20000000) b ON a.range = b.range ORDER BY -x"
    with Reader(filled.root, memory="20MB") as reader, pytest.raises(UsageError, match="memory"):
        reader.ask(sql).read_all()


def test_an_answer_comes_in_batches(filled):
    with Reader(filled.root) as reader:
        batches = list(reader.ask("SELECT * FROM range(10000)", batch=2048))
    assert len(batches) > 1
    assert sum(map(len, batches)) == 10_000


def test_parameters(filled):
    sql = 'SELECT count(*) AS n FROM events WHERE "event.id" = ?'
    assert query(filled.root, sql, ["0e0f-5"])["n"].to_pylist() == [1]
