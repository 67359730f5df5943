"""A day with attacks: our rules find all of them, and raise nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from penstock.content.places import rules_dir


@pytest.fixture(scope="module")
def bench(root_of_bench):
    sys.path.insert(0, root_of_bench)
    try:
        from attack_day import day, scoring

        yield day, scoring
    finally:
        sys.path.remove(root_of_bench)


@pytest.fixture(scope="module")
def root_of_bench(root):
    return str(root / "bench")


def test_all_attacks_are_found_and_nothing_else_is_raised(bench, tmp_path):
    day, scoring = bench
    records, truths = day.the_day(20_000, seed=3)
    (tmp_path / "day.log").write_text("\n".join(records) + "\n")
    asked = [
        "--rules",
        str(rules_dir()),
        "--reference-time",
        "2026-11-18T00:00:00Z",
        "--alerts",
        str(tmp_path / "alerts"),
    ]
    rejects = tmp_path / "rejects"
    subprocess.run(
        [sys.executable, "-m", "penstock", "detect", *asked, "--rejects", str(rejects), str(tmp_path / "day.log")],
        check=True,
        capture_output=True,
    )
    assert rejects.read_text() == ""
    alerts = [json.loads(line) for line in (tmp_path / "alerts").read_text().splitlines()]
    names = scoring.names_of([rules_dir()])
    truth = [t.row() for t in truths]
    held = scoring.score(alerts, truth, names)
    assert held.perfect, "\n".join(held.lines())
    assert {rule for t in truths for rule in t.rules} <= set(names.values())
    assert not scoring.score([], truth, names).perfect


def test_every_correlation_has_a_story(bench):
    """But for those that are only there for others."""
    day, _ = bench
    _, truths = day.the_day(0, seed=1)
    told = {rule for t in truths for rule in t.rules}
    ours = {path.stem for path in (rules_dir() / "attacks").glob("*.yml")}
    assert ours <= told


def test_a_seed_makes_a_day(bench):
    day, _ = bench
    assert day.the_day(3_000, seed=7) == day.the_day(3_000, seed=7)
    assert day.the_day(3_000, seed=7) != day.the_day(3_000, seed=8)
