"""What is known of a rule when some fields are never there: whether it can still hold, and what it misses."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from penstock.content.sigma.expressions import And, Expression, Not, Reference, Test


def known(expression: Expression, absent: AbstractSet[str]) -> bool | None:
    """True or False where the expression always or never holds without these fields, None where it depends."""
    if isinstance(expression, Test):
        fields = {expression.field}
        if isinstance(expression.match, Reference):
            fields.add(expression.match.field)
        return None if fields.isdisjoint(absent) else False
    if isinstance(expression, Not):
        inner = known(expression.item, absent)
        return None if inner is None else not inner
    decisive = not isinstance(expression, And)
    parts = {known(item, absent) for item in expression.items}
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def blamed(expression: Expression, absent: AbstractSet[str]) -> frozenset[str]:
    """Fields without which the expression never holds: those that matter by themselves, or only all together."""
    alone = frozenset(name for name in absent if known(expression, {name}) is False)
    joint = alone or frozenset(name for name in absent if known(expression, absent - {name}) is not False)
    return joint or frozenset(absent)
