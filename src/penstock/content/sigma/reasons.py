"""Rules that cannot fire, each with the reason, as people are told when rules are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from penstock.content.sigma.dataset_rules import Outcome
from penstock.content.sigma.model import Rule
from penstock.content.sigma.rule_set import RuleSet

Kind = Literal["live", "undeclared", "dead", "unserved"]


class Reason(NamedTuple):
    """Why a rule (a place in the rule set) cannot fire, or hardly.

    unserved    no pack gives events of its log source
    undeclared  it needs a field that no pack says these events have; it is looked for all the same
    dead        it needs a field that no such event can have
    fields      to blame
    """

    rule: int
    kind: Kind
    fields: tuple[str, ...]
    sentence: str


def kind_of(outcome: Outcome) -> Kind:
    """What compiling says of a rule."""
    if not outcome.datasets:
        return "unserved"
    if not outcome.live:
        return "dead"
    return "live" if outcome.declared else "undeclared"


def reasons(rule_set: RuleSet) -> list[Reason]:
    """Of all rules that need one, in the order of the rule set."""
    found = []
    for number, (rule, outcome) in enumerate(zip(rule_set.rules, rule_set.outcomes, strict=True)):
        kind = kind_of(outcome)
        if kind != "live":
            fields = tuple(sorted(outcome.dead_fields if kind == "dead" else outcome.undeclared))
            found.append(Reason(number, kind, fields, sentence(rule, outcome)))
    return found


def sentence(rule: Rule, outcome: Outcome) -> str:
    """Why a rule cannot fire, in words; empty for one that can."""
    kind = kind_of(outcome)
    if kind == "unserved":
        return f"no pack gives events of {rule.source}"
    if kind == "dead":
        fields = _listed(outcome.dead_fields)
        return f"no event of {_listed(outcome.datasets)} can have {fields}" if fields else "its condition never holds"
    if kind == "undeclared":
        return f"it needs what no event of {rule.source} has, as far as packs know: {lacks(outcome)}"
    return ""


def lacks(outcome: Outcome) -> str:
    """What a rule needs and datasets lack, in words."""
    by_fields: dict[frozenset[str], list[str]] = {}
    for dataset, fields in outcome.lacking.items():
        by_fields.setdefault(fields, []).append(dataset)
    return "; ".join(f"{_listed(fields)} ({_listed(datasets)})" for fields, datasets in by_fields.items())


_TOLD: dict[Kind, str] = {
    "unserved": "want of a pack",
    "dead": "want of a field that no event can have",
    "undeclared": "want of a field that no pack knows",
}


def told(rule_set: RuleSet) -> str:
    """One line on all of them; empty where every rule can fire."""
    kinds = [kind_of(outcome) for outcome in rule_set.outcomes]
    said = [f"{kinds.count(kind):,} for {words}" for kind, words in _TOLD.items() if kind in kinds]
    return f"rules that cannot fire: {', '.join(said)}" if said else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
