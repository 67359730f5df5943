"""Where the values that rules ask for stand in a dataset's events: virtual columns, slots.

A rule's field is looked for in an ordered list of columns; an event's first present one counts. What no column holds is
looked for as a path in the JSON text of what nobody declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.content.plan import Plan
from penstock.content.sigma.serving import Fields, Serving, shared_fields

RECORD = "event.original"

Slot = tuple[str, ...]
"""Columns in the order of preference; `column#path` is a path in a column's JSON text."""

KEYWORDS: Slot = (RECORD, RECORD)
"""The slot of keywords: the record, twice so that it is not the slot of the field that is called so. A field is compared
as it is written, keywords with what the record's format makes of it."""

_ALWAYS = ("@timestamp", "event.id", "event.ingested", RECORD)


@dataclass(eq=False)
class Slots:
    """The slots of one dataset. `order` grows as fields are resolved; a slot's number is its place there."""

    plan: Plan
    order: list[Slot] = field(default_factory=list)
    _numbers: dict[Slot, int] = field(default_factory=dict)
    _known: dict[tuple[int, str], int] = field(default_factory=dict)
    undeclared: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._columns = {c.name for c in self.plan.columns if not c.name.startswith("_")} | set(self.plan.places)
        self._columns.update(_ALWAYS)
        unmapped = f"{self.plan.pack}.unmapped"
        self._unmapped = unmapped if unmapped in self._columns else None

    def record(self) -> int:
        """The slot of the whole record."""
        return self._number(KEYWORDS)

    def resolve(self, name: str, serving: Serving) -> int:
        """The slot of a rule's field, -1 where no event of the dataset can have it."""
        key = (id(serving), name)
        found = self._known.get(key)
        if found is None:
            slot = self._slot(name, serving)
            found = self._known[key] = self._number(slot) if slot else -1
        return found

    def _number(self, slot: Slot) -> int:
        found = self._numbers.get(slot)
        if found is None:
            found = self._numbers[slot] = len(self.order)
            self.order.append(slot)
        return found

    def _slot(self, name: str, serving: Serving) -> Slot:
        choices = [
            *_mapped(name, serving.fields),
            f"{self.plan.pack}.{name}",
            *_mapped(name, shared_fields(serving.source)),
            name,
        ]
        found = tuple(dict.fromkeys(c for c in choices if c.partition("#")[0] in self._columns))
        if not found and self._unmapped is not None:
            self.undeclared.add(name)
            return (f"{self._unmapped}#{name}",)
        return found


def _mapped(name: str, fields: Fields) -> list[str]:
    """What a table says of a field: itself, or a longer and longer prefix `a.*`, the rest being a path."""
    found = list(fields.get(name, ()))
    if not found:
        parts = name.split(".")
        for k in range(len(parts) - 1, 0, -1):
            columns = fields.get(".".join(parts[:k]) + ".*")
            if columns:
                return [f"{c}#{'.'.join(parts[k:])}" for c in columns]
    return found
