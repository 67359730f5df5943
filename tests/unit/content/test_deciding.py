"""The names of packs' own decisions."""

from __future__ import annotations

import pytest

from penstock.content.deciding import CATEGORY, RULE, family_rule, named
from penstock.content.model import Step
from penstock.schema.categories import UNCATEGORIZED


def step(verb: str, arguments: dict[str, object], when: object = None) -> Step:
    return Step(verb, arguments, when, over=False, line=1)


@pytest.mark.parametrize(
    ("family", "more", "name"), [("failed", 0, "d/failed"), ("4656", 2, "d/4656+2"), ("", 0, "d/default")]
)
def test_a_family_is_called_by_its_first_value(family: str, more: int, name: str) -> None:
    assert family_rule("d", family, more) == name


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
