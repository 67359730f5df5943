"""Lint finds what it says it finds, and leaves alone what is as it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.rulebook.lint.findings import CHECKS, Finding, Level
from penstock.rulebook.lint.run import lint_places

NOW = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z in microseconds."""

GOOD = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
status: test
description: It looks for Eve.
author: Penstock
date: 2026-11-23
tags: [attack.privilege-escalation, attack.t1548.003, attack.g0016, cve.2026-1234, detection.threat-hunting, tlp.green]
logsource: {product: linux, service: sudo}
detection:
  selection_name:
    user.name: [eve, mallory]
  selection_command:
    process.command_line|contains: [' /bin/sh', curl]
    process.command_line|re: 'cu.l .*http'
  filter_main_own:
    process.working_directory|startswith: /srv/
  condition: all of selection_* and not 1 of filter_main_*
level: low
"""
GOOD_ID = "11111111-1111-4111-8111-111111111111"
WINDOWS = GOOD.replace("product: linux, service: sudo", "product: windows, category: process_creation")
WANTED = "    user.name: [eve, mallory]\n"
OTHER = GOOD.replace("111111111111\n", "222222222222\n").replace("title: A rule", "title: Another rule")
CORRELATION = """\
title: Eve again and again
id: 33333333-3333-4333-8333-333333333333
status: test
level: high
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [user.name]
  timespan: 5m
  condition: {gte: 10}
"""
FILTER = """\
title: Eve is our scanner
id: 44444444-4444-4444-8444-444444444444
logsource: {product: linux}
penstock: {owner: soc, reason: she scans, expires: 2027-01-31}
filter:
  rules: [11111111-1111-4111-8111-111111111111]
  selection: {user.name: eve}
  condition: not selection
"""


def value(text: str, of: str = GOOD) -> str:
    """The rule with other values in its first detection."""
    return of.replace(WANTED, f"    {text}\n")


CASES: list[tuple[str, dict[str, str]]] = [
    ("refused", {"a": GOOD.replace("level: low", "level: high as can be")}),
    ("refused", {"a": GOOD, "b": CORRELATION.replace("5m", "soon")}),
    ("refused", {"a": GOOD, "b": CORRELATION.replace("event_count", "event_guess")}),
    ("refused", {"a": "title: nothing\n"}),
    ("refused", {"a": "title: [\n"}),
    ("id.twice", {"a": GOOD, "b": GOOD.replace("A rule", "Another rule")}),
    ("id.missing", {"a": GOOD.replace("id: 11111111-1111-4111-8111-111111111111\n", "")}),
    ("level.missing", {"a": GOOD.replace("level: low\n", "")}),
    ("status.missing", {"a": GOOD.replace("status: test\n", "")}),
    ("title.twice", {"a": GOOD, "b": OTHER.replace("Another rule", "a Rule")}),
    ("key.unknown", {"a": GOOD + "falsepositive: [none]\n"}),
    ("tag.unknown", {"a": GOOD.replace("attack.g0016", "atack.g0016")}),
    ("tag.unknown", {"a": GOOD.replace("attack.g0016", "attack.t15480")}),
    ("tag.unknown", {"a": GOOD.replace("attack.g0016", "attack.persistance")}),
    ("tag.spelling", {"a": GOOD.replace("attack.g0016", "attack.initial_access")}),
    ("tag.spelling", {"a": GOOD.replace("attack.g0016", "attack.T1110")}),
    ("condition.unused", {"a": GOOD.replace("all of selection_*", "selection_name")}),
    ("condition.one", {"a": GOOD.replace("all of selection_*", "selection_command and 1 of selection_n*")}),
    ("field.case", {"a": value("commandline: x", WINDOWS)}),
    ("field.unknown", {"a": GOOD.replace("    process.working_directory|", "    NoSuchField|")}),
    ("regex.edges", {"a": value("user.name|re: '.*eve.*'")}),
    ("value.regex", {"a": value("user.name: '^e.e$'")}),
    ("value.escape", {"a": value(r"process.command_line: 'C:\Windows\*'")}),
    ("value.path", {"a": value(r"Image: '\cmd.exe'", WINDOWS)}),
    ("value.path", {"a": value("Hashes: SHA256=00", WINDOWS)}),
    ("value.empty", {"a": value("user.name|contains: '*'")}),
    ("value.wildcards", {"a": value("user.name|contains: '*eve*'")}),
    ("value.short", {"a": value("user.name|contains: [e, v]")}),
    ("value.twice", {"a": value("user.name: [eve, bob, EVE]")}),
    ("rule.dead", {"a": value("NoSuchField: x")}),
    ("rule.undeclared", {"a": value("NoSuchField: x", WINDOWS)}),
    ("rule.unserved", {"a": GOOD.replace("product: linux, service: sudo", "product: acme")}),
    (
        "refused",
        {"a": GOOD, "b": CORRELATION.replace(GOOD_ID, "gone")},
    ),
    ("filter.reference", {"a": GOOD, "b": FILTER.replace(GOOD_ID, "gone")}),
    ("filter.idle", {"a": GOOD, "b": FILTER.replace("product: linux", "product: windows")}),
    ("filter.expired", {"a": GOOD, "b": FILTER.replace("2027-01-31", "2026-01-31")}),
    ("filter.unowned", {"a": GOOD, "b": FILTER.replace("owner: soc, reason: she scans, ", "")}),
]


@pytest.fixture
def linted(tmp_path: Path, catalogue) -> Callable[..., list[Finding]]:
    """`linted(a="yaml", b="yaml")`: what is found in these files."""

    def lint(**texts: str) -> list[Finding]:
        for name, text in texts.items():
            (tmp_path / f"{name}.yml").write_text(text)
        return lint_places([tmp_path], catalogue, now=NOW)

    return lint


@pytest.mark.parametrize(("code", "texts"), CASES, ids=[f"{c}-{i}" for i, (c, _) in enumerate(CASES)])
def test_each_finding_is_found_and_nothing_else(linted, code: str, texts: dict[str, str]):
    found = linted(**texts)
    assert {f.code for f in found} == {code}
    for one in found:
        lines = texts[Path(one.problem.file).stem].splitlines()
        assert 1 <= one.problem.line <= len(lines) + 1
        assert str(one).startswith(f"{one.problem.file}:{one.problem.line}: {one.level.name.lower()} {code}: ")


def test_what_is_right_is_left_alone(linted):
    assert linted(a=GOOD, b=OTHER, c=CORRELATION, d=FILTER) == []


@pytest.mark.parametrize(
    "text",
    [
        r"process.command_line: '*\\*'",
        r"process.command_line|contains: '\*avira\*'",
        r"process.command_line|contains: 'abc\*'",
        r"process.command_line: '\\?\C:\x'",
        r"process.command_line|contains: '[a-z]'",
        "process.command_line|contains: '%TEMP%'",
        "process.command_line|re: '.*'",
        r"process.command_line|re: 'x\.*'",
        "user.name: '*'",
        "user.name: [1, 2, true]",
        "user.name|contains|all: [eve, bob]",
        "user.name|base64offset|contains: [abc, ABC]",
    ],
)
def test_values_that_only_look_odd(linted, text: str):
    assert [str(f) for f in linted(a=value(text))] == []


def test_of_old_rule_collections_the_whole_documents(linted):
    """What is global counts for each document."""
    text = (
        GOOD.replace("detection:", "---\ndetection:")
        .replace("title", "action: global\ntitle", 1)
        .split("level: low")[0]
    )
    assert {f.code for f in linted(a=text)} == {"level.missing"}


def test_every_kind_has_a_case():
    assert {code for code, _ in CASES} == CHECKS.keys()


def test_every_kind_is_documented(root: Path):
    text = (root / "docs" / "reference" / "rule-lint.md").read_text()
    for code, check in CHECKS.items():
        assert f"| `{code}` | {check.level.name.lower()} |" in text, code
    assert {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} == CHECKS.keys()


def test_the_lines_are_those_of_the_values(linted):
    [found] = linted(a=value("user.name:\n      - eve\n      - '^x$'"))
    assert found.problem.line == GOOD.splitlines().index(WANTED.rstrip()) + 3
    assert found.level is Level.WARNING
