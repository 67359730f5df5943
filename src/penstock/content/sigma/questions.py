"""What rules ask, made ready once for all the datasets they are compiled for.

A question is a set of tests on one field of which one must hold: what a list of values in a rule is. Equal questions of
different rules are one object, so that what is reckoned of it is reckoned once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from penstock.content.sigma import expressions as ex
from penstock.content.sigma.tables import hard
from penstock.content.sigma.witness_choice import likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One of these matches must hold of a value of the field (None: of some value of the event).

    matches: in a rule's order, so that what is compiled is the same each time; whole: the same as a set
    cost: how often that may be so, at most 1; hard: the tables only say that it may be so.
    """

    field: str | None
    matches: tuple[ex.Match, ...]
    whole: frozenset[ex.Match]
    cost: float
    hard: bool


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """All of these hold."""

    items: tuple[Question, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Any:
    """One of these holds: questions of which no two are on one field, or what is more than a question."""

    asked: tuple[Asked, ...]
    others: tuple[Question, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opposite:
    """This does not hold."""

    item: Question


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A field's value is held against another field's."""

    field: str | None
    match: ex.Reference


Question = Asked | Pair | All | Any | Opposite


class Questions:
    """Makes questions; equal ones once."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str | None, frozenset[ex.Match]], Asked] = {}

    def of(self, expression: ex.Expression) -> Question:
        """What an expression asks."""
        if isinstance(expression, ex.Test):
            match = expression.match
            if isinstance(match, ex.Reference):
                return Pair(expression.field, match)
            return self.asked(expression.field, (match,))
        if isinstance(expression, ex.Not):
            return Opposite(self.of(expression.item))
        if isinstance(expression, ex.And):
            return All(tuple(map(self.of, expression.items)))
        by_field: dict[str | None, list[ex.Match]] = {}
        others = []
        for item in expression.items:
            if isinstance(item, ex.Test) and not isinstance(item.match, ex.Reference):
                by_field.setdefault(item.field, []).append(item.match)
            else:
                others.append(self.of(item))
        return Any(tuple(self.asked(field, matches) for field, matches in by_field.items()), tuple(others))

    def asked(self, field: str | None, matches: Iterable[ex.Match]) -> Asked:
        """The question whether one of these holds of a field."""
        wanted = tuple(dict.fromkeys(map(ex.anywhere, matches) if field is None else matches))
        whole = frozenset(wanted)
        found = self._asked.get((field, whole))
        if found is None:
            # one leaf a slot for what every value fits: the tables have room for one
            held = (ex.Present(),) if any(map(_any_value, wanted)) else wanted
            cost = min(1.0, sum(map(likelihood, held)))
            found = self._asked[field, whole] = Asked(field, held, frozenset(held), cost, any(map(hard, held)))
        return found

    def merged(self, one: Asked, other: Asked) -> Asked:
        """What both ask of fields that stand in one place."""
        return self.asked(one.field, (*one.matches, *other.matches))


def _any_value(match: ex.Match) -> bool:
    """Whether every value fits."""
    return isinstance(match, ex.Present) or (isinstance(match, ex.Glob) and match.parts == (ex.ANY,))
