"""What rules are to correlations: which refer to them, what they ask of their events, which alerts are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.model import Rule


class Role(NamedTuple):
    """A rule in a correlation: the correlation's place among all, the rule's place in its `rules`."""

    correlation: int
    place: int


def roles(rules: Sequence[Rule], correlations: Sequence[Correlation]) -> dict[int, tuple[Role, ...]]:
    """Of each rule (a place in the rule set) that correlations refer to."""
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    found: dict[int, tuple[Role, ...]] = {}
    for c, correlation in enumerate(correlations):
        for place, name in enumerate(correlation.rules):
            if name in numbers:
                number = numbers[name]
                found[number] = (*found.get(number, ()), Role(c, place))
    return found


def asked(correlation: Correlation, rule: str) -> list[str]:
    """The fields of that rule's events that a correlation looks at: of the group, carried along, counted."""
    names = (*correlation.group_by, *correlation.carried, *correlation.counted)
    return [correlation.field_of(name, rule) for name in names]


def muted(cast: Mapping[int, Sequence[Role]], correlations: Sequence[Correlation]) -> frozenset[int]:
    """Rules whose own alerts are not shown: correlations refer to them, and none with `generate`."""
    return frozenset(n for n, of in cast.items() if not any(correlations[role.correlation].generate for role in of))


def muted_correlations(correlations: Sequence[Correlation]) -> frozenset[str]:
    """The ids of correlations whose own alerts are not shown, in the same way."""
    shown = {rule for c in correlations if c.generate for rule in c.rules}
    return frozenset(rule for c in correlations for rule in c.rules if rule not in shown)
