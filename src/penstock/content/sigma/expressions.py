"""What a rule asks of an event: tests of fields, joined by and, or, not.

This is the meeting point: whatever pySigma read becomes one of these, and all that comes after (lint, compilation,
explanation) sees nothing else.
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterator
from typing import NamedTuple

ANY, ONE = 0, 1
"""Wildcards in a `Glob`: any characters, exactly one."""


class Glob(NamedTuple):
    """The whole value fits these parts: texts and wildcards (`ANY`, `ONE`). No two texts, no two `ANY` side by side."""

    parts: tuple[str | int, ...]
    cased: bool = False


class Regex(NamedTuple):
    """The pattern is found somewhere in the value. `flags`: of `i`, `m`, `s`."""

    pattern: str
    flags: str = ""


class Cidr(NamedTuple):
    """The value is an address of this network, as `ipaddress` writes it."""

    network: str


class Compare(NamedTuple):
    """The value is a number and stands so (`<`, `<=`, `>`, `>=`, `!=`) to this one."""

    operator: str
    number: float


class Part(NamedTuple):
    """The value is a time whose minute, hour, day, week, month or year (UTC) is this number, or compares so with it."""

    unit: str
    number: float
    operator: str = "="


class Reference(NamedTuple):
    """The value equals another field's; `begins` or `ends`: it begins or ends with it; both: it holds it."""

    field: str
    begins: bool = False
    ends: bool = False


class Present(NamedTuple):
    """The field has a value."""


Match = Glob | Regex | Cidr | Compare | Part | Reference | Present


class Test(NamedTuple):
    """A field's value (any of them, if it is an array) fits. Without a field: some value of the event does."""

    field: str | None
    match: Match


class And(NamedTuple):
    """All of these hold."""

    items: tuple[Expression, ...]


class Or(NamedTuple):
    """One of these holds."""

    items: tuple[Expression, ...]


class Not(NamedTuple):
    """This does not hold."""

    item: Expression


Expression = Test | And | Or | Not


def _parts(made: tuple[object, ...]) -> tuple[type, tuple[object, ...]]:
    return type(made), tuple(made)


for _kind in (Glob, Regex, Cidr, Compare, Part, Reference, Present, Test, And, Or, Not):
    copyreg.pickle(_kind, _parts)  # hundred thousand are kept: without, pickle asks each for what it is made of

TRUE: Expression = And(())
FALSE: Expression = Or(())


def always(expression: Expression) -> bool:
    """Whether it is `TRUE`. (As tuples, `TRUE` and `FALSE` are equal.)"""
    return isinstance(expression, And) and not expression.items


def both(items: list[Expression]) -> Expression:
    """All of them, flat."""
    flat: list[Expression] = []
    for item in items:
        if isinstance(item, And):
            flat.extend(item.items)
        elif item == FALSE:
            return FALSE
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(items: list[Expression]) -> Expression:
    """One of them, flat."""
    flat: list[Expression] = []
    for item in items:
        if isinstance(item, Or):
            flat.extend(item.items)
        elif item == TRUE:
            return TRUE
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(item: Expression) -> Expression:
    """The opposite."""
    if isinstance(item, Not):
        return item.item
    if isinstance(item, And | Or) and not item.items:  # as tuples, TRUE and FALSE are equal
        return FALSE if isinstance(item, And) else TRUE
    return Not(item)


def tests(expression: Expression) -> Iterator[Test]:
    """Every test in it, in order."""
    if isinstance(expression, Test):
        yield expression
    elif isinstance(expression, Not):
        yield from tests(expression.item)
    else:
        for item in expression.items:
            yield from tests(item)


def fields(expression: Expression) -> set[str]:
    """Every field it looks at."""
    found = set()
    for one in tests(expression):
        if one.field is not None:
            found.add(one.field)
        if isinstance(one.match, Reference):
            found.add(one.match.field)
    return found


def anywhere(match: Match) -> Match:
    """A keyword is looked for inside: a glob open at both ends."""
    if not isinstance(match, Glob):
        return match
    parts = list(match.parts)
    if not parts or parts[0] != ANY:
        parts.insert(0, ANY)
    if parts[-1] != ANY:
        parts.append(ANY)
    return Glob(tuple(parts), match.cased)
