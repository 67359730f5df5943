"""Where the values that rules ask for stand in a dataset's events: virtual columns, slots.

A rule's field is looked for in an ordered list of columns; an event's first present one counts. What no column holds is
looked for as a path in the JSON text of what nobody declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.content.deciding import DECIDED
from penstock.content.plan import Plan
from penstock.content.sigma.serving import Fields, Serving, shared_fields, wider

RECORD = "event.original"

Slot = tuple[str, ...]
"""Columns in the order of preference; `column#path` is a path in a column's JSON text, `a+b` the values of both."""

KEYWORDS: Slot = (RECORD, RECORD)
"""The slot of keywords: the record, twice so that it is not the slot of the field that is called so. A field is
compared as it is written, keywords with what the record's format makes of it."""

_ALWAYS = ("@timestamp", "event.id", "event.ingested", "event.dataset", RECORD, *DECIDED)


@dataclass(eq=False)
class Slots:
    """The slots of one dataset. `order` grows as fields are resolved; a slot's number is its place there.

    guards: of each slot the condition (its number) of the events in which it is looked at, -1: in all.
    columns: what its events can have.
    """

    plan: Plan
    order: list[Slot] = field(default_factory=list)
    guards: list[int] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    _numbers: dict[tuple[Slot, int], int] = field(default_factory=dict)
    _known: dict[tuple[int, str], int] = field(default_factory=dict)
    _guessed: set[tuple[int, str]] = field(default_factory=set)
    _lacking: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = columns_of(self.plan)
        unmapped = f"{self.plan.pack}.unmapped"
        self._unmapped = unmapped if unmapped in self.columns else None

    def record(self, guard: int = -1) -> int:
        """The slot of the whole record, of events for which a condition holds (its number, -1: of all)."""
        return self._number(KEYWORDS, guard)

    def resolve(self, name: str, serving: Serving) -> int:
        """The slot of a rule's field, -1 where no event of the dataset can have it."""
        key = (id(serving), name)
        found = self._known.get(key)
        if found is None:
            slot = self._slot(name, serving)
            found = self._known[key] = self._number(slot) if slot else -1
            # `has` lists names of rules; of a column's own name it says nothing
            if not slot or key in self._guessed or not (name in self.columns or serving.carries(name)):
                self._lacking.add(key)
        return found

    def lacks(self, name: str, serving: Serving) -> bool:
        """Whether the pack does not say that these events may have a rule's field. It is looked for all the same."""
        self.resolve(name, serving)
        return (id(serving), name) in self._lacking

    def guessed(self, name: str, serving: Serving) -> bool:
        """Whether a rule's field is looked for only as a path in what nobody declared."""
        return self.resolve(name, serving) >= 0 and (id(serving), name) in self._guessed

    def _number(self, slot: Slot, guard: int = -1) -> int:
        found = self._numbers.get((slot, guard))
        if found is None:
            found = self._numbers[slot, guard] = len(self.order)
            self.order.append(slot)
            self.guards.append(guard)
        return found

    def _slot(self, name: str, serving: Serving) -> Slot:
        choices = [
            *mapped(name, serving.fields),
            f"{self.plan.pack}.{name}",
            *mapped(name, shared_fields(serving.source)),
            name,
        ]
        found = tuple(dict.fromkeys(filter(None, map(self._there, choices))))
        if not found and self._unmapped is not None:
            found = (f"{self._unmapped}#{name}",)
            self._guessed.add((id(serving), name))
        return found

    def _there(self, choice: str) -> str:
        """The part of a choice that the dataset has columns for."""
        return "+".join(part for part in choice.split("+") if part.partition("#")[0] in self.columns)


def parts_of(slot: Slot) -> list[str]:
    """Every `column` or `column#path` of a slot."""
    return [part for choice in slot for part in choice.split("+")]


def columns_in(slot: Slot) -> set[str]:
    """The columns that a slot is read from."""
    return {part.partition("#")[0] for part in parts_of(slot)}


def columns_of(plan: Plan) -> frozenset[str]:
    """The columns that events of a dataset can have."""
    return frozenset(c.name for c in plan.columns if not c.name.startswith("_")).union(plan.places, _ALWAYS)


def mapped(name: str, fields: Fields) -> tuple[str, ...]:
    """What a table says of a field: itself, or a longer and longer prefix `a.*`, the rest being a path."""
    found = tuple(fields.get(name, ()))
    for group in () if found else wider(name):
        columns = fields.get(group)
        if columns:
            return tuple(f"{c}#{name[len(group) - 1 :]}" for c in columns)
    return found
