"""Names that differ by case alone are one column of the lake, whichever came first, and no value is lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa

from penstock.store.lake import Lake
from penstock.store.query import query
from penstock.store.spelling import one_spelling


def test_the_first_spelling_stands():
    known = {"a.id": "a.ID"}
    frame = pa.table({"a.Id": ["1", None, None], "a.id": [None, "2", None], "b": [1, 2, 3], "a.B": ["x", "y", "z"]})
    found = one_spelling(frame, known, {})
    assert found.to_pydict() == {"a.ID": ["1", "2", None], "b": [1, 2, 3], "a.B": ["x", "y", "z"]}
    assert known == {"a.id": "a.ID", "b": "b", "a.b": "a.B"}
    lists = pa.table({"a.Id": pa.array([["1", "2"], None, None]), "a.id": [None, "3", None]})
    assert one_spelling(lists, {"a.id": "a.ID"}, {"a.ID": pa.string()})["a.ID"].to_pylist() == ['["1","2"]', "3", None]
    assert one_spelling(lists, {}, {})["a.Id"].to_pylist() == [["1", "2"], ["3"], None]
    assert one_spelling(frame.select(["b", "a.B"]), known, {}) == frame.select(["b", "a.B"]), "nothing to do"


def test_in_the_lake(lake: Lake, tmp_path: Path, events):
    """In one commit, over commits, over a restart; views and dictionaries too."""
    lake.commit_events(
        [
            events([1], acme_door__ID=["one"]),
            events([2], stream=b"t" * 16, dataset="acme_door.other", acme_door__Id=pa.array(["two"], pa.string_view())),
        ]
    )
    lake.commit_events([events([3], acme_door__id=pa.array(["three"]).dictionary_encode())])
    with Lake(lake.root, durable=False) as again:
        again.commit_events([events([4], acme_door__iD=["four"])])
    found = query(lake.root, 'SELECT "acme_door.ID" AS i FROM events ORDER BY "event.original"')
    assert sorted(found["i"].to_pylist()) == ["four", "one", "three", "two"]
    assert pl.scan_delta(str(lake.root / "events")).collect()["acme_door.ID"].null_count() == 0
