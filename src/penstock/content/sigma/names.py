"""The maps read both ways: where a rule's field stands in events, and what rules call a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.serving import Serving, shared_fields
from penstock.content.sigma.slots import Slot, Slots, columns_in


class Name(NamedTuple):
    """A rule's field in a log source, and where it stands in a dataset's events: the first that is there counts."""

    source: str
    field: str
    dataset: str
    columns: Slot


def columns_called(pattern: str, servings: Sequence[Serving], catalogue: Catalogue) -> list[Name]:
    """Where rules' fields of this name (`*` any characters) stand."""
    plain = "*" not in pattern
    return [
        name
        for one, slots in _datasets(servings, catalogue)
        for field in ([pattern] if plain else sorted(_known(one, slots)))
        if fnmatchcase(field, pattern) and (name := _name(one, slots, field)) is not None
    ]


def names_of(column: str, servings: Sequence[Serving], catalogue: Catalogue) -> list[Name]:
    """What rules call a column (`*` any characters)."""
    return [
        name
        for one, slots in _datasets(servings, catalogue)
        for field in sorted(_known(one, slots))
        if (name := _name(one, slots, field)) is not None
        and any(fnmatchcase(c, column) for c in columns_in(name.columns))
    ]


def _datasets(servings: Sequence[Serving], catalogue: Catalogue) -> Iterator[tuple[Serving, Slots]]:
    slots = {p.name: Slots(p) for p in catalogue.plans}
    for one in servings:
        for dataset in one.events:
            if dataset in slots:
                yield one, slots[dataset]


def _known(one: Serving, slots: Slots) -> set[str]:
    """Names of rules' fields that these events may have: of the tables, and the pack's own fields."""
    own = f"{one.pack}."
    members = {c.removeprefix(own) for c in slots.columns if c.startswith(own)}
    return {n for n in {*one.fields, *(one.has or ()), *shared_fields(one.source), *members} if not n.endswith("*")}


def _name(one: Serving, slots: Slots, field: str) -> Name | None:
    if slots.lacks(field, one):
        return None
    return Name(str(one.source), field, slots.plan.name, slots.order[slots.resolve(field, one)])
