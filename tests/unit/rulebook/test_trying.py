"""What an example's failure says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.content.sigma.rule_set import RuleSet
from penstock.rulebook.examples import Example
from penstock.rulebook.explaining import Explainer
from penstock.rulebook.trying import Result, Trial

SUDO = "Nov 23 10:00:01 web1 sudo: %s : TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/bin/sh"
EVE = "  selection: {user.name: eve}\n  condition: selection"


@pytest.fixture
def tried(rules: Callable[..., RuleSet], rule_text, catalogue, servings, tmp_path: Path) -> Callable[..., Result]:
    """`tried([lines], count=…, each=…)`: the rule's example run."""
    rule_set = rules(one=rule_text(EVE))

    def run(lines: list[str], **wanted: object) -> Result:
        events = tmp_path / "events.log"
        events.write_text("\n".join(lines) + "\n")
        example = Example(events, (rule_set.rules[0].id,), "A rule", "an example", **wanted)
        return next(Trial(catalogue, rule_set, Explainer(catalogue, servings, rule_set)).run([example]))

    return run


def test_each_event_must_fire(tried: Callable[..., Result]):
    assert tried([SUDO % "eve", SUDO % "eve"], each=True).passed
    failed = tried([SUDO % "eve", SUDO % "bob"], each=True)
    assert failed.alerts == 1
    text = "\n".join(failed.wrong)
    assert "1 of 2 events did not fire" in text
    assert "event 2, linux_auth.sudo" in text
    assert "selection does not hold: user.name is 'eve' (user.name = 'bob')" in text
    assert "--record 2" in text


@pytest.mark.parametrize(("count", "passes"), [(0, False), (1, False), (2, True), (None, True), (3, False)])
def test_a_count_is_of_all_alerts(tried: Callable[..., Result], count: int | None, passes: bool):
    assert tried([SUDO % "eve", SUDO % "bob", SUDO % "eve"], count=count).passed == passes


def test_silence_must_say_something(tried: Callable[..., Result]):
    assert tried([SUDO % "bob"], count=0).passed
    assert "fired for" in tried([SUDO % "eve"], count=0).wrong[0]
    sshd = "Nov 23 10:00:01 web1 sshd[12]: Failed password for eve from 203.0.113.7 port 40222 ssh2"
    assert "looks at no event of linux_auth.sshd" in tried([sshd], count=0).wrong[0]


def test_rejects_and_empty_files_fail(tried: Callable[..., Result]):
    assert "UNKNOWN_FORMAT" in tried(["rubbish", SUDO % "bob"], count=0).wrong[0]
    assert tried([""], count=0).wrong == ("no event in it",)


def test_an_alert_that_a_filter_silences_is_none(rules, rule_text, catalogue, tmp_path: Path):
    filtered = """\
title: Eve is our scanner
logsource: {product: linux}
filter:
  rules: any
  selection: {user.name: eve}
  condition: not selection
"""
    rule_set = rules(one=rule_text(EVE), two=filtered)
    events = tmp_path / "events.log"
    events.write_text(SUDO % "eve" + "\n")
    example = Example(events, (rule_set.rules[0].id,), "A rule", "an example", each=True)
    [result] = Trial(catalogue, rule_set).run([example])
    assert result.wrong[0] == "silenced by the filter 'Eve is our scanner'"


def test_a_rule_that_cannot_fire_says_why(rules, rule_text, catalogue, tmp_path: Path):
    rule_set = rules(one=rule_text("  selection: {a: b}\n  condition: selection", source="product: acme"))
    events = tmp_path / "events.log"
    events.write_text(SUDO % "eve" + "\n")
    [result] = Trial(catalogue, rule_set).run([Example(events, (rule_set.rules[0].id,), "A rule", "x", each=True)])
    assert "acme" in result.wrong[0]


def test_a_file_that_cannot_be_read_fails_alone(rules, rule_text, catalogue, tmp_path: Path):
    rule_set = rules(one=rule_text(EVE))
    gone = Example(tmp_path / "gone.log", (rule_set.rules[0].id,), "A rule", "x", each=True)
    [result] = Trial(catalogue, rule_set).run([gone])
    assert "gone.log" in result.wrong[0]


def test_a_correlations_alerts_are_counted_whatever_its_rules_raise(rules, rule_text, catalogue, tmp_path: Path):
    """An example of a correlation counts alerts of that correlation only."""
    rule_set = rules(one=rule_text(EVE), two=TWICE % rules(one=rule_text(EVE)).rules[0].id)
    events = tmp_path / "events.log"
    events.write_text(f"{SUDO % 'eve'}\n{SUDO % 'eve'}\n")
    example = Example(events, (rule_set.chain[0].id,), "Twice", "fires", 1, correlation=True)
    [result] = Trial(catalogue, rule_set).run([example])
    assert result.passed, result
    [control] = Trial(catalogue, rule_set).run([replace(example, name="silent", count=0)])
    assert len(control.wrong) == 1
    assert control.wrong[0].startswith("fired for [")


TWICE = """
title: Twice
id: 0b0f6f0e-0000-4000-8000-000000000009
correlation: {type: event_count, rules: [%s], group-by: [user.name], timespan: 1m, condition: {gte: 2}}
"""
