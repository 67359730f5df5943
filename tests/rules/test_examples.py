"""Our own rules: each has events that fire it and events that do not, and lint has nothing to say."""

from __future__ import annotations

import re

import pytest
import yaml

from penstock.content.places import rules_dir
from penstock.content.sigma.documents import rule_files
from penstock.detecting import load_rules
from penstock.pipeline import load_catalogue
from penstock.rulebook.examples import find_examples, subjects_of
from penstock.rulebook.lint.run import lint_places
from penstock.rulebook.trying import Trial

NOW = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z in microseconds."""


@pytest.fixture(scope="module")
def bundled():
    catalogue = load_catalogue()
    return catalogue, load_rules([rules_dir()], catalogue)


def test_every_example_does_what_it_must(bundled):
    examples, problems, _ = find_examples([rules_dir()], subjects_of(bundled[1]))
    assert problems == []
    assert len(examples) >= 6
    assert [str(r) for r in Trial(*bundled).run(examples) if not r.passed] == []


def test_every_rule_has_both_kinds_of_example(bundled):
    subjects = subjects_of(bundled[1])
    examples, _, without = find_examples([rules_dir()], subjects)
    assert without == []
    kinds = {(s, e.name.split()[0]) for e in examples for s in e.subjects}
    assert kinds >= {(s.id, what) for s in subjects for what in ("fires", "silent")}


HEAD = {"title", "id", "status", "description", "author", "date", "tags", "falsepositives", "level"}


def test_every_rule_says_who_wrote_it_why_and_when_it_errs():
    for path in rule_files([rules_dir()]):
        document = yaml.safe_load(path.read_text())
        assert document.keys() >= HEAD, path
        assert any(re.match(r"attack\.t\d", tag) for tag in document["tags"]), path


def test_lint_has_nothing_to_say(bundled):
    assert list(map(str, lint_places([rules_dir()], bundled[0], now=NOW))) == []
