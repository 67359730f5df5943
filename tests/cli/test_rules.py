"""`penstock rules`: what goes to stdout, what to stderr, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from penstock.cli.main import main
from penstock.core import fold
from penstock.formats.arrow import to_arrow
from penstock.pipeline import load_catalogue, stages
from penstock.rulebook.events import one_record
from penstock.store.lake import Lake, Rows

SUDO = "Nov 23 10:00:0%d web1 sudo: %s : TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/bin/sh"
EVE = """\
title: Eve
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
tags: [attack.execution, attack.t1059.004]
logsource: {product: linux, service: sudo}
detection:
  selection: {user.name: eve}
  condition: selection
"""
DEAD = (
    EVE.replace("111111111111\n", "222222222222\n")
    .replace("title: Eve", "title: Nobody")
    .replace("user.name", "NoField")
)
UNSERVED = (
    DEAD.replace("222222222222", "333333333333").replace("Nobody", "Acme").replace("product: linux", "product: acme")
)

Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def called(capfdbinary, monkeypatch, tmp_path: Path) -> Called:
    """`called("list", …)`: exit code, stdout, stderr, in a folder that has `rules/`."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["rules", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in (("eve", EVE), ("nobody", DEAD), ("acme", UNSERVED)):
        (folder / f"{name}.yml").write_text(text)
    return folder


class TestList:
    def test_ndjson_says_what_can_fire_and_why_not(self, called: Called, rules: Path):
        code, out, err = called("list", "--rules", rules, "--format", "ndjson")
        rows = {row["title"]: row for row in map(json.loads, out.splitlines())}
        assert (code, err) == (0, "")
        assert {t: r["use"] for t, r in rows.items()} == {"Eve": "live", "Nobody": "dead", "Acme": "unserved"}
        assert "linux_auth.sudo" in rows["Eve"]["datasets"]
        assert rows["Eve"]["log_source"] == "linux/*/sudo"
        assert "NoField" in rows["Nobody"]["reason"]
        assert "acme" in rows["Acme"]["reason"]
        assert "reason" not in rows["Eve"]

    @pytest.mark.parametrize(
        ("options", "titles"),
        [
            (["--use", "live"], ["Eve"]),
            (["--status-of-use", "dead", "--use", "unserved"], ["Acme", "Nobody"]),
            (["--product", "acme"], ["Acme"]),
            (["--level", "low"], []),
            (["--level", "high", "nobod"], ["Nobody"]),
            (["T1059.004"], ["Acme", "Eve", "Nobody"]),
        ],
    )
    def test_filters(self, called: Called, rules: Path, options: list[str], titles: list[str]):
        _, out, _ = called("list", "--rules", rules, "--format", "csv", *options)
        assert [row["title"] for row in csv.DictReader(io.StringIO(out))] == titles

    def test_a_table_and_what_was_refused(self, called: Called, rules: Path):
        (rules / "broken.yml").write_text(EVE.replace("selection\n", "nothing\n"))
        code, out, err = called("list", "--rules", rules, "--format", "table")
        assert code == 0
        assert out.splitlines()[0].split() == "level status use title log_source datasets id file".split()
        assert "broken.yml" in err

    def test_correlations_and_filters_are_there_too(self, called: Called, rules: Path):
        (rules / "often.yml").write_text(
            "title: Often\ncorrelation: {type: event_count, rules: [11111111-1111-4111-8111-111111111111],"
            " timespan: 5m, condition: {gte: 2}}\n"
        )
        (rules / "not.yml").write_text(
            "title: Not here\nlogsource: {product: linux}\npenstock: {reason: ours}\n"
            "filter: {rules: any, selection: {host.name: a}, condition: not selection}\n"
        )
        _, out, _ = called("list", "--rules", rules, "--format", "ndjson")
        kinds = {row["title"]: row["kind"] for row in map(json.loads, out.splitlines())}
        assert (kinds["Often"], kinds["Not here"], kinds["Eve"]) == ("correlation", "filter", "rule")

    def test_the_bundled_rules_are_the_default(self, called: Called):
        code, out, _ = called("list", "--format", "ndjson")
        assert code == 0
        assert len(out.splitlines()) >= 3

    def test_no_such_place(self, called: Called):
        code, _, err = called("list", "--rules", "nowhere")
        assert code == 2
        assert "nowhere" in err


class TestLint:
    def test_exit_codes(self, called: Called, rules: Path):
        code, out, err = called("lint", "--rules", rules)
        assert code == 0
        assert re.fullmatch(r"\S+nobody\.yml:8: warning rule\.dead: .*NoField.*\n", out)
        assert err == "penstock: 0 errors, 1 warning, 1 note (1 not shown: --level note)\n"
        assert called("lint", "--rules", rules, "--fail-on", "warning")[0] == 1
        assert called("lint", "--rules", rules, "--fail-on", "warning", "--ignore", "rule.dead")[0] == 0
        (rules / "broken.yml").write_text("title: x\n")
        assert called("lint", "--rules", rules, "--level", "error")[0] == 1

    def test_ndjson(self, called: Called, rules: Path):
        _, out, _ = called("lint", "--rules", rules, "--format", "ndjson", "--level", "note")
        assert [json.loads(line)["code"] for line in out.splitlines()] == ["rule.unserved", "rule.dead"]

    def test_an_unknown_code_is_no_finding_to_ignore(self, called: Called, rules: Path):
        code, _, err = called("lint", "--rules", rules, "--ignore", "no.such")
        assert code == 2
        assert "no.such" in err

    def test_time_decides_what_has_expired(self, called: Called, rules: Path):
        (rules / "not.yml").write_text(
            "title: Not here\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {product: linux}\n"
            "penstock: {owner: soc, reason: ours, expires: 2027-01-31}\n"
            "filter: {rules: any, selection: {host.name: a}, condition: not selection}\n"
        )
        ask = ("lint", "--rules", rules, "--ignore", "rule.dead", "--reference-time")
        assert called(*ask, "2027-01-30")[1] == ""
        assert "filter.expired" in called(*ask, "2027-01-31")[1]


class TestTest:
    def test_passes_with_a_report(self, called: Called, rules: Path):
        (rules / "eve.fires.log").write_text(f"{SUDO % (1, 'eve')}\n{SUDO % (2, 'eve')}\n")
        (rules / "eve.silent.log").write_text(f"{SUDO % (1, 'bob')}\n")
        code, out, err = called("test", "--rules", rules, "--junit", "report.xml")
        assert code == 0
        assert out.splitlines()[:2] == ["passed  Eve: fires (2 alerts)", "passed  Eve: silent (0 alerts)"]
        assert "none    Nobody: no example" in out
        assert err.endswith("penstock: 2 examples, 2 passed; 0 failures; 2 rules without an example\n")
        report = ET.parse("report.xml").getroot()
        assert (report.attrib["tests"], report.attrib["failures"], report.attrib["skipped"]) == ("4", "0", "2")

    def test_failures(self, called: Called, rules: Path):
        (rules / "eve.fires.log").write_text(f"{SUDO % (1, 'bob')}\n")
        code, out, _ = called("test", "--rules", rules / "eve.yml", "--junit", "-")
        assert code == 1
        assert "FAILED  Eve: fires (0 alerts)" in out
        assert 'failures="1"' in out

    def test_examples_may_be_required(self, called: Called, rules: Path):
        (rules / "eve.fires.log").write_text(f"{SUDO % (1, 'eve')}\n")
        assert called("test", "--rules", rules / "eve.yml", "--require-examples")[0] == 0
        code, out, _ = called("test", "--rules", rules, "--require-examples")
        assert code == 1
        assert "FAILED  Nobody: no example" in out

    def test_regression_data_beside_the_rules(self, called: Called, rules: Path, tmp_path: Path):
        folder = tmp_path / "regression_data" / "eve"
        folder.mkdir(parents=True)
        (folder / "info.yml").write_text(
            "rule_metadata: [{id: 11111111-1111-4111-8111-111111111111}]\n"
            "regression_tests_info: [{name: Positive, type: json, match_count: 1, path: regression_data/eve/a.json}]\n"
        )
        (folder / "a.json").write_text(SUDO % (1, "eve") + "\n")
        code, out, _ = called("test", "--rules", rules, tmp_path / "regression_data")
        assert (code, out.splitlines()[0]) == (0, "passed  Eve: Positive (json) (1 alert)")
        (folder / "a.json").write_text(SUDO % (1, "bob") + "\n")
        assert called("test", "--rules", rules, tmp_path / "regression_data")[0] == 1


class TestExplain:
    @pytest.mark.parametrize("name", ["11111111-1111-4111-8111-111111111111", "Eve"])
    def test_a_rule_by_its_name(self, called: Called, rules: Path, name: str):
        code, out, _ = called("explain", name, SUDO % (1, "eve"), "--rules", rules)
        assert code == 0
        assert out.endswith("\n\nfires\n")

    def test_a_rule_by_its_file_and_an_event_of_a_file(self, called: Called, rules: Path):
        Path("auth.log").write_text(f"{SUDO % (1, 'eve')}\nrubbish\n{SUDO % (2, 'bob')}\n")
        code, out, err = called("explain", rules / "eve.yml", "auth.log")
        assert (code, out.splitlines()[-1]) == (0, "fires")
        assert "the first of 3 records" in err
        _, out, err = called("explain", rules / "eve.yml", "auth.log", "--record", "3")
        assert out.splitlines()[-1] == "does not fire: selection does not hold: user.name is 'eve' (user.name = 'bob')"
        assert err == ""
        code, _, err = called("explain", rules / "eve.yml", "auth.log", "--record", "2")
        assert code == 2
        assert "UNKNOWN_FORMAT" in err
        assert called("explain", rules / "eve.yml", "auth.log", "--record", "4")[0] == 2

    def test_json(self, called: Called, rules: Path):
        _, out, _ = called("explain", "Eve", SUDO % (1, "bob"), "--rules", rules, "--json")
        found = json.loads(out)
        assert found["fires"] is False
        assert found["detection"] == {"fires": False, "silenced_by": None, "agrees": True}
        test = found["condition"]["parts"][0]
        assert (test["wanted"], test["column"], test["values"]) == ("is 'eve'", "user.name", ["bob"])

    def test_an_event_of_the_lake(self, called: Called, rules: Path, tmp_path: Path):
        batch = fold(stages(load_catalogue()), one_record((SUDO % (1, "eve")).encode(), 1_795_435_200_000_000))
        [frame] = batch.events
        name = frame.column("event.id")[0]
        with Lake(tmp_path / "lake") as lake:
            lake.commit_events([Rows(to_arrow(frame), bytes(16), np.zeros(1, np.int64), frame.dataset)])
        code, out, _ = called("explain", "Eve", name, "--rules", rules, "--lake", tmp_path / "lake")
        assert (code, out.splitlines()[-1]) == (0, "fires")
        assert f"linux_auth.sudo, 2026-11-23T10:00:01.000000Z, {name}" in out
        code, _, err = called("explain", "Eve", "0" * 32, "--rules", rules, "--lake", tmp_path / "lake")
        assert code == 2
        assert "no event" in err

    def test_no_such_rule_or_several(self, called: Called, rules: Path):
        assert called("explain", "Mallory", SUDO % (1, "eve"), "--rules", rules)[0] == 2
        (rules / "two.yml").write_text(EVE.replace("111111111111\n", "555555555555\n"))
        code, _, err = called("explain", "Eve", SUDO % (1, "eve"), "--rules", rules)
        assert code == 2
        assert "555555555555" in err


def test_coverage(called: Called, rules: Path):
    code, out, err = called("coverage", "--rules", rules, "--attack-version", "19")
    made = json.loads(out)
    assert code == 0
    assert made["versions"]["attack"] == "19"
    [technique] = made["techniques"]
    assert (technique["techniqueID"], technique["score"], len(technique["metadata"])) == ("T1059.004", 1, 2)
    assert re.search(r"^execution +1 +1 +1 +1$", err, re.MULTILINE)
    assert called("coverage", "--rules", rules, "--out", "layer.json")[1] == ""
    assert json.loads(Path("layer.json").read_text())["techniques"] == made["techniques"]


def test_check_refuses_rules_that_cannot_be_used(capfdbinary, rules: Path, monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--rules", str(rules)]) == 0
    (rules / "broken.yml").write_text(EVE.replace("selection\n", "nothing\n"))
    capfdbinary.readouterr()
    assert main(["check", "--rules", str(rules)]) == 2
    out, err = capfdbinary.readouterr()
    assert b"broken.yml" in out
    assert err == b"penstock: 2 problems in packs and rules\n"  # its id is Eve's, too
