"""The names of packs' own decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.content.compiling import compile_packs
from penstock.content.deciding import CATEGORY, RULE, family_rules, named
from penstock.content.load import load_packs
from penstock.content.model import Step
from penstock.schema.categories import UNCATEGORIZED


def step(verb: str, arguments: dict[str, object], when: object = None) -> Step:
    return Step(verb, arguments, when, over=False, line=1)


TEXT = """pack: acme_gateway
datasets:
  - name: log
    recognise: [{begins: [x]}]
    patterns: [{name: one, line: 'x {message:rest}'}, {name: two, line: '{message:rest}'}]
  - name: json
    recognise: [{keys: [code]}]
    format: json
    keys: [{fields: {code: event.code}}]
    families:
      by: [code]
      of: {"1": {}, "2, 3, 4": {}}
"""


def test_families_are_called_by_their_first_value(tmp_path: Path) -> None:
    """In the order of the plan's numbers."""
    (tmp_path / "acme_gateway").mkdir()
    (tmp_path / "acme_gateway" / "pack.yaml").write_text(TEXT)
    log, json = load_packs([tmp_path])[0].datasets
    assert family_rules(log) == ["acme_gateway.log/one", "acme_gateway.log/two"]
    assert family_rules(json) == [f"acme_gateway.json/{name}" for name in ("1", "2+2", "default")]
    for plan, dataset in zip(compile_packs(load_packs([tmp_path])).plans, (log, json), strict=True):
        assert list(plan.rules) == family_rules(dataset)
        assert len(plan.rules) == len(plan.families)


def test_set_says_what_it_looks_at() -> None:
    made = named(step("set", {CATEGORY: "auth.none"}, [{"user.name": "x"}, {"event.code": {"exists": True}}]), "d")
    assert made.arguments == {CATEGORY: "auth.none", RULE: "d/set user.name,event.code"}
    assert named(step("set", {CATEGORY: "auth.none"}), "d").arguments[RULE] == "d/set"


def test_lookup_says_it_for_each_row_that_decides() -> None:
    table = {"a": {CATEGORY: "auth.none"}, "b": {"event.action": "x"}, "c": {CATEGORY: UNCATEGORIZED}}
    made = named(step("lookup", {"from": ["x", "y"], "table": table, "default": {CATEGORY: "data.none"}}), "d")
    assert made.arguments["table"] == {**table, "a": {CATEGORY: "auth.none", RULE: "d/lookup x y"}}
    assert made.arguments["default"] == {CATEGORY: "data.none", RULE: "d/lookup x y"}
    plain = named(step("lookup", {"from": "x", "to": CATEGORY, "table": {"a": "auth.none"}}), "d")
    assert plain.arguments["table"] == {"a": {CATEGORY: "auth.none", RULE: "d/lookup x"}}


@pytest.mark.parametrize(
    "one",
    [
        step("set", {"event.action": "x"}),
        step("lookup", {"from": "x", "to": "event.action", "table": {"a": "b"}}),
        step("lookup", {"from": "x", "table": None}),
        step("copy", {CATEGORY: "x"}),
    ],
)
def test_other_steps_stay_as_they_are(one: Step) -> None:
    assert named(one, "d") == one
