"""Examples are found by their names, or by info.yml, wherever they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.rulebook.examples import Subject, find_examples

RULE = Subject("id-1", "A rule", "", correlation=False)


def subject(file: Path, name: str = "id-1", *, correlation: bool = False) -> Subject:
    return Subject(name, f"rule {name}", str(file), correlation)


@pytest.mark.parametrize(
    ("file", "name", "count", "each"),
    [
        ("sudo.fires.log", "fires", None, True),
        ("sudo.fires.two_hosts.log", "fires two_hosts", None, True),
        ("sudo.fires.x3.json", "fires", 3, False),
        ("sudo.fires.two_hosts.x2.evtx", "fires two_hosts", 2, False),
        ("sudo.silent.log", "silent", 0, False),
        ("sudo.silent.cron.csv", "silent cron", 0, False),
    ],
)
def test_a_name_says_what_is_wanted(tmp_path: Path, file: str, name: str, count: int | None, each: bool):
    (tmp_path / file).write_text("x\n")
    [example], problems, without = find_examples([tmp_path], [subject(tmp_path / "sudo.yml")])
    assert (example.name, example.count, example.each) == (name, count, each)
    assert (problems, without) == ([], [])


@pytest.mark.parametrize(
    "file", ["sudo.log", "sudo.fires", "sudo.fires.md", "fires.log", "sudo.firesx.log", "notes.txt"]
)
def test_other_files_are_no_examples(tmp_path: Path, file: str):
    (tmp_path / file).write_text("x\n")
    of = subject(tmp_path / "sudo.yml")
    assert find_examples([tmp_path], [of]) == ([], [], [of])


def test_an_example_of_no_rule_is_a_problem(tmp_path: Path):
    (tmp_path / "other.fires.log").write_text("x\n")
    examples, [problem], _ = find_examples([tmp_path], [subject(tmp_path / "sudo.yml")])
    assert examples == []
    assert "other.yml" in problem.hint


def test_a_stream_is_for_the_correlation_of_its_file(tmp_path: Path):
    """The rules that a correlation refers to may stand in its file: alone they need not fire."""
    for name in ("fires", "fires.three.x3", "silent"):
        (tmp_path / f"brute.{name}.log").write_text("x\n")
    file = tmp_path / "brute.yml"
    of = [subject(file, "base"), subject(file, "whole", correlation=True)]
    examples, _, without = find_examples([tmp_path], of)
    assert {e.subjects for e in examples} == {("whole",)}
    assert [(e.count, e.each) for e in examples] == [(1, False), (3, False), (0, False)]
    assert without == []


def test_of_a_rules_file_its_examples(tmp_path: Path):
    for name in ("a.yml", "a.fires.log", "b.fires.log"):
        (tmp_path / name).write_text("x\n")
    examples, problems, _ = find_examples([tmp_path / "a.yml"], [subject(tmp_path / "a.yml")])
    assert [e.events.name for e in examples] == ["a.fires.log"]
    assert problems == []


class TestRegression:
    def info(self, folder: Path, text: str) -> Path:
        folder.mkdir()
        (folder / "info.yml").write_text(text)
        return folder

    TESTS = """\
rule_metadata: [{id: id-1, title: A rule}]
regression_tests_info:
  - {name: Positive, type: evtx, match_count: 2, path: regression_data/rules/x/events.evtx}
"""

    def test_both_forms_of_the_events_are_run(self, tmp_path: Path):
        folder = self.info(tmp_path / "x", self.TESTS)
        for name in ("events.evtx", "events.json", "other.json"):
            (folder / name).write_text("x")
        examples, problems, without = find_examples([tmp_path], [RULE])
        assert [(e.events.name, e.count, e.name) for e in examples] == [
            ("events.evtx", 2, "Positive (evtx)"),
            ("events.json", 2, "Positive (json)"),
        ]
        assert (problems, without) == ([], [])

    def test_events_may_lie_where_the_path_says(self, tmp_path: Path):
        self.info(tmp_path / "x", self.TESTS)
        events = tmp_path / "regression_data" / "rules" / "x" / "events.evtx"
        events.parent.mkdir(parents=True)
        events.write_text("x")
        examples, _, _ = find_examples([tmp_path / "x"], [RULE])
        assert [e.events for e in examples] == [events]

    def test_without_a_count_one_alert_is_enough(self, tmp_path: Path):
        folder = self.info(tmp_path / "x", self.TESTS.replace("match_count: 2, ", ""))
        (folder / "events.evtx").write_text("x")
        [example], _, _ = find_examples([tmp_path], [RULE])
        assert (example.count, example.each) == (None, False)

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("id-1", "id-9", "none of its rules is loaded: id-9"),
            ("match_count: 2", "match_count: many", "match_count must be a whole number"),
            ("events.evtx", "gone.evtx", "no file"),
            ("[{id: id-1, title: A rule}]", "[]", "rule_metadata names no rule"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, tmp_path: Path, before: str, after: str, said: str):
        folder = self.info(tmp_path / "x", self.TESTS.replace(before, after))
        (folder / "events.evtx").write_text("x")
        _, [problem], _ = find_examples([tmp_path], [RULE])
        assert said in problem.message
        assert problem.file.endswith("info.yml")

    def test_an_info_of_something_else_is_left_alone(self, tmp_path: Path):
        self.info(tmp_path / "x", "name: a role of Ansible\n")
        assert find_examples([tmp_path], [RULE])[:2] == ([], [])
