"""`penstock rejects`: what waits, why, and a replay after the pack was mended."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.store import rejects
from penstock.store.lake import Lake
from penstock.store.query import query

PACK = """\
pack: acme_box
version: 1.0.0
title: Box
datasets:
  - name: log
    format: text
    recognise: [{program: [acmebox]}]
    category: system.none
    patterns:
      - {name: opened, line: 'opened by {user.name}'}
"""
OPENED = "Nov 23 10:00:0%d host acmebox[1]: opened by u%d"
CLOSED = "Nov 23 10:00:0%d host acmebox[1]: closed by u%d"


@pytest.fixture
def lake(penstock, tmp_path: Path) -> Path:
    """Four events, five records that a pack claims and cannot take, one that is nobody's."""
    folder = tmp_path / "packs" / "acme_box"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    lines = [*(OPENED % (n, n) for n in range(4)), *(CLOSED % (n, n) for n in range(5)), "rubbish"]
    (tmp_path / "box.log").write_text("\n".join(lines) + "\n")
    (tmp_path / "penstock.yaml").write_text(
        "packs: [packs]\nsources:\n  box: {type: file, path: box.log, once: true, zone: '+01:00'}\n"
    )
    done = penstock("run")
    assert done.returncode == 0, done.stderr
    return tmp_path / "penstock-data"


def mend(tmp_path: Path) -> None:
    path = tmp_path / "packs" / "acme_box" / "pack.yaml"
    path.write_text(
        path.read_text().replace("1.0.0", "1.0.1") + "      - {name: closed, line: 'closed by {user.name}'}\n"
    )


def rows(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in raw.splitlines()]


def test_list_stats_and_show(penstock, lake: Path):
    listed = rows(penstock("rejects", "list").stdout)
    assert len(listed) == 6
    assert {r["error.category"] for r in listed} == {"VENDOR_FORMAT_DRIFT", "UNKNOWN_FORMAT"}
    assert all(r["penstock.source"] == "box" for r in listed)
    one = rows(penstock("rejects", "list", "--category", "UNKNOWN_FORMAT").stdout)
    assert [r["event.original"] for r in one] == ["rubbish"]
    counted = rows(penstock("rejects", "stats", "--by", "category").stdout)
    assert [(r["category"], r["count"]) for r in counted] == [("VENDOR_FORMAT_DRIFT", 5), ("UNKNOWN_FORMAT", 1)]
    shown = penstock("rejects", "show", one[0]["event.id"], "--format", "table")
    assert b"event.original           rubbish" in shown.stdout
    assert penstock("rejects", "list", "--since", "2100-01-01").stdout == b""


def test_replay_makes_events_with_the_ids_they_had(penstock, lake: Path, tmp_path: Path):
    waiting = {r["event.id"]: r for r in rows(penstock("rejects", "list", "--dataset", "acme_box.log").stdout)}
    assert len(waiting) == 5
    useless = penstock("rejects", "replay", "--dataset", "acme_box.log")
    assert useless.stdout == b"5 records: 0 events, 5 rejects again\n", useless.stderr
    assert len(rows(penstock("rejects", "list").stdout)) == 6, "those that failed again wait, the old ones do not"
    mend(tmp_path)
    done = penstock("rejects", "replay")
    assert done.stdout == b"6 records: 5 events, 1 rejects again\n", done.stderr
    events = query(lake, 'SELECT * FROM events WHERE "event.original" LIKE \'%closed%\' ORDER BY "@timestamp"')
    assert set(events["event.id"].to_pylist()) == set(waiting)
    assert events["user.name"].to_pylist() == [f"u{n}" for n in range(5)]
    assert set(events["penstock.pack"].to_pylist()) == {"acme_box@1.0.1"}
    assert events["@timestamp"][0].as_py().hour == 9, "the source's zone still holds"
    whole = [r["event.original"] for r in rows(penstock("rejects", "list").stdout)]
    assert whole == ["rubbish"]
    assert (
        penstock("rejects", "replay", "--category", "VENDOR_FORMAT_DRIFT").stdout
        == b"0 records: 0 events, 0 rejects again\n"
    )
    ids = query(lake, 'SELECT "event.id" FROM events')["event.id"].to_pylist()
    assert len(ids) == len(set(ids)) == 9


def test_an_interrupted_replay_is_finished_first(penstock, lake: Path, tmp_path: Path):
    mend(tmp_path)
    with Lake(lake) as store:
        begun = rejects.begin(store, rejects.Wanted(category="VENDOR_FORMAT_DRIFT"), now=datetime.now(UTC), limit=2)
    assert begun is not None
    done = penstock("rejects", "replay", "--category", "VENDOR_FORMAT_DRIFT")
    assert done.stdout == b"5 records: 5 events, 0 rejects again\n", done.stderr
    assert b"finished 1 that had been interrupted" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--lake", "nowhere"), "no lake at nowhere"),
        (("show", "00"), "no reject 00"),
        (("stats", "--by", "colour"), "choose from fingerprint"),
        (("list", "--category", "BAD"), "VENDOR_FORMAT_DRIFT"),
    ],
)
def test_wrong_usage_ends_with_2(penstock, lake: Path, arguments: tuple[str, ...], said: str):
    done = penstock("rejects", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
