"""The taxonomy on the command line: what there is, what decides, what is open; contexts where they are asked for."""

from __future__ import annotations

import json

import pytest

import penstock as api

LINES = (
    b'{"message": "zzz 1"}\n{"message": "zzz 2"}\n{"message": "login failed"}\n'
    b"<38>Nov 23 10:00:01 web1 sshd[12]: Failed password for root from 203.0.113.7 port 40222 ssh2\n"
)


def rows(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in raw.splitlines()]


def test_categories_are_listed(penstock):
    done = penstock("schema", "categories", "auth.unknown*")
    line = "auth.unknown_user                     30  The account named does not exist. [authentication/start failure]"
    assert done.stdout.decode().splitlines() == [line]
    [context] = rows(penstock("schema", "categories", "brute_force", "--json").stdout)
    assert (context["context"], context["attack"]) == ("brute_force_indicator", ["T1110"])
    everything = rows(penstock("schema", "categories", "--json").stdout)
    assert {"code", "meaning", "category", "type", "outcome", "severity", "since", "attack"} == everything[0].keys()
    nothing = penstock("schema", "categories", "nonsense")
    assert (nothing.returncode, nothing.stderr) == (1, b"penstock: nothing is called nonsense\n")


def test_rules_are_listed_in_their_order(penstock, tmp_path):
    (tmp_path / "own" / "categories").mkdir(parents=True)
    own = "- rule: zzz\n  code: data.none\n  confidence: 99\n  words: [zzz]\n"
    (tmp_path / "own" / "categories" / "own.yaml").write_text(own)
    found = rows(penstock("schema", "rules", "--json", "--packs", "own").stdout)
    assert [r["order"] for r in found] == list(range(1, len(found) + 1))
    assert next(r["rule"] for r in found if r["kind"] == "words") == "taxonomy.own/zzz"
    shown = penstock("schema", "rules", "data.none", "--packs", "own").stdout.decode()
    assert "data.none" in shown.splitlines()[0]
    done = penstock("parse", "-", "--packs", "own", stdin=LINES)
    assert [r["penstock.category_rule"] for r in rows(done.stdout)][:2] == ["taxonomy.own/zzz"] * 2


def test_a_wrong_rule_is_told_before_anything_is_done(penstock, tmp_path):
    (tmp_path / "own" / "categories").mkdir(parents=True)
    (tmp_path / "own" / "categories" / "own.yaml").write_text("- rule: zzz\n  code: data.non\n  words: [zzz]\n")
    done = penstock("parse", "-", "--packs", "own", stdin=LINES)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert "own/categories/own.yaml:2: no code 'data.non' (did you mean data.none?)" in said
    assert "own/categories/own.yaml:1: zzz: confidence must be 1 to 99" in said


def test_the_shapes_of_what_is_open(penstock, tmp_path):
    (tmp_path / "x.log").write_bytes(LINES)
    done = penstock("schema", "uncategorised", "x.log")
    assert rows(done.stdout) == [
        {"count": 2, "event.dataset": "generic_json.event", "shape": "zzz #", "example": "zzz 1"}
    ]
    assert b"4 events, 2 of them uncategorised (50.0%)" in done.stderr
    table = penstock("schema", "uncategorised", "x.log", "--format", "table", "--top", "1").stdout.decode()
    assert table.splitlines()[0].split() == ["count", "event.dataset", "shape", "example"]
    both = penstock("schema", "uncategorised", "x.log", "--lake", ".")
    assert (both.returncode, both.stderr) == (2, b"penstock: files or --lake, one of the two\n")


def test_contexts_only_where_asked_for(penstock):
    without = rows(penstock("parse", "-", stdin=LINES).stdout)
    assert not any("penstock.context" in row for row in without)
    row = rows(penstock("parse", "-", "--context", stdin=LINES).stdout)[-1]
    assert row["penstock.context"] == ["default_account", "privileged_account", "remote_access"]
    frames = api.parse(LINES, context=True)
    assert frames["linux_auth.sshd"]["penstock.context"].to_list() == [row["penstock.context"]]
    assert "penstock.context" not in api.parse(LINES)["linux_auth.sshd"].columns


def test_parquet_has_them(penstock, tmp_path):
    pl = pytest.importorskip("polars")
    penstock("parse", "-", "--context", "--format", "parquet", "--out", "out", stdin=LINES)
    found = pl.read_parquet(tmp_path / "out" / "generic_json.event" / "*.parquet")
    assert found["penstock.category_confidence"].to_list() == [None, None, 72]
    assert found.schema["penstock.context"] == pl.List(pl.String)


@pytest.mark.slow
def test_the_service_counts_and_stores_them(serve, penstock, tmp_path):
    (tmp_path / "x.log").write_bytes(LINES)
    running = serve(
        "context: true\nsources: {a: {type: file, path: x.log, poll: 0.05}}\nconsole: {listen: '127.0.0.1:0'}\n"
    )
    running.until(lambda: running.metric("penstock_events_total") == 4)
    assert running.metric("penstock_uncategorised_total") == 2
    assert running.stop() == 0
    done = penstock("schema", "uncategorised")
    assert rows(done.stdout)[0]["count"] == 2
    sql = 'SELECT "penstock.context" AS c FROM events WHERE "event.dataset" = \'linux_auth.sshd\''
    assert rows(penstock("query", sql).stdout) == [{"c": ["default_account", "privileged_account", "remote_access"]}]
