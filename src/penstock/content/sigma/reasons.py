"""Rules that cannot fire, each with the reason, as people are told when rules are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from penstock.content.sigma.compiling import Outcome
from penstock.content.sigma.model import Rule
from penstock.content.sigma.rule_set import RuleSet

Class = Literal["unserved", "undeclared", "dead"]


class Reason(NamedTuple):
    """Why a rule (a place in the rule set) cannot fire, or hardly.

    unserved    no pack serves its log source
    undeclared  it needs a field that no pack of its log source declares; it is looked for all the same
    dead        it needs a field that no event of its log source can have
    """

    rule: int
    kind: Class
    fields: tuple[str, ...]
    sentence: str


def reasons(rule_set: RuleSet) -> list[Reason]:
    """Of all rules that need one, in the order of the rule set."""
    found = []
    for number, (rule, outcome) in enumerate(zip(rule_set.rules, rule_set.outcomes, strict=True)):
        reason = _reason(number, rule, outcome)
        if reason is not None:
            found.append(reason)
    return found


def _reason(number: int, rule: Rule, outcome: Outcome) -> Reason | None:
    if not outcome.datasets:
        return Reason(number, "unserved", (), f"no pack gives events of {rule.source}")
    if not outcome.live:
        names = tuple(sorted(outcome.dead_fields))
        never = f"no event of {_listed(outcome.datasets)} can have {_listed(names)}" if names else "it contradicts itself"
        return Reason(number, "dead", names, never)
    if not outcome.declared:
        names = tuple(sorted(outcome.undeclared))
        what = f"it needs {_listed(names)}, and what is known of {rule.source} in {_listed(outcome.live)} has no such field"
        return Reason(number, "undeclared", names, what)
    return None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
