"""The fields of an alert that are its rule's, of a rule or of a correlation."""

from __future__ import annotations

from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.model import Rule, attack


def rule_fields(rule: Rule | Correlation) -> dict[str, object]:
    """What all alerts of a rule have."""
    tactics, techniques = attack(rule.tags)
    made: dict[str, object] = {
        "event.kind": "alert",
        "alert.type": "detection" if isinstance(rule, Rule) else "correlation",
        "rule.id": rule.id,
        "rule.name": rule.title,
        "rule.version": rule.version,
        "rule.level": rule.level or "medium",
        "rule.tags": list(rule.tags),
    }
    named = {"threat.tactic.id": tactics, "threat.technique.id": techniques}
    return made | {name: list(values) for name, values in named.items() if values}
