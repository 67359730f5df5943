"""What the rules' conditions ask of an event, each question once: so that rows become a few small numbers.

All values that any condition compares a field with are one question (which of them is it?), each test of a text's
beginning, end or inside another. A row's answers are its signature; rows of one signature are judged alike, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.content.conditions import CONTAINS, Condition
from penstock.content.hashing import HashTable
from penstock.formats.keys import hash_part
from penstock.schema.registry import Schema

ABSENT, OTHER, FIRST = -1, 1, 2
"""Answers to a question on values: there is none; none of ours; else 2 and up, by the order of `Atom.values`."""


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """One question on one field.

    values  the values it is compared with, in small letters (ASCII): the answer says which (`ABSENT`, `OTHER`, 2 …)
    table   hash of a value -> its answer
    test    instead: a condition of kind "text", whose answer is 1 where it holds and 0 elsewhere
    """

    field: str
    values: tuple[bytes, ...] = ()
    table: HashTable | None = None
    test: Condition | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A condition over answers.

    kind: all, any, not (of `parts`), or in: the answer to `atom` is among `answers` (or not, where not `wanted`).
    """

    kind: str
    parts: tuple[Held, ...] = ()
    atom: int = -1
    answers: frozenset[int] = frozenset()
    wanted: bool = True


@dataclass
class Atoms:
    """Collects the questions of conditions."""

    schema: Schema
    _values: dict[str, dict[bytes, int]] = field(default_factory=dict)
    _tests: list[Condition] = field(default_factory=list)
    _order: list[tuple[str, int]] = field(default_factory=list)

    def add(self, condition: Condition | None) -> Held:
        """The condition over answers; one that is not there always holds."""
        if condition is None:
            return Held("all")
        if condition.kind in ("all", "any", "not"):
            return Held(condition.kind, tuple(self.add(part) for part in condition.parts))
        if condition.kind == "exists":
            return Held("in", (), self._of_values(condition.field), frozenset((ABSENT,)), not condition.wanted)
        if condition.kind == "in":
            known = self.schema.get(condition.field)
            if known is None or not known.many:
                at = self._of_values(condition.field)
                held = self._values[condition.field]
                wanted = {held.setdefault(text.lower(), FIRST + len(held)) for text in condition.texts}
                return Held("in", (), at, frozenset(wanted))
            # arrays stand as JSON text: one that has the value among others holds too
            quoted = tuple(b'"' + text + b'"' for text in condition.texts)
            condition = Condition("text", field=condition.field, how=CONTAINS, texts=quoted)
        return Held("in", (), self._of_test(condition), frozenset((1,)))

    def _of_values(self, name: str) -> int:
        if name not in self._values:
            self._values[name] = {}
            self._order.append((name, -1))
        return self._order.index((name, -1))

    def _of_test(self, condition: Condition) -> int:
        for number, other in enumerate(self._tests):
            if (other.field, other.how, other.texts) == (condition.field, condition.how, condition.texts):
                return self._order.index((condition.field, number))
        self._tests.append(condition)
        self._order.append((condition.field, len(self._tests) - 1))
        return len(self._order) - 1

    def compiled(self) -> tuple[Atom, ...]:
        """All questions, by their number."""
        out = []
        for name, number in self._order:
            if number >= 0:
                out.append(Atom(name, test=self._tests[number]))
                continue
            values = self._values[name]
            table = HashTable.of({hash_part(value): answer for value, answer in values.items()})
            out.append(Atom(name, tuple(values), table))
        return tuple(out)


def holds(held: Held, answers: Sequence[int]) -> bool:
    """Whether a condition holds of these answers."""
    match held.kind:
        case "all":
            return all(holds(part, answers) for part in held.parts)
        case "any":
            return any(holds(part, answers) for part in held.parts)
        case "not":
            return not holds(held.parts[0], answers)
        case _:
            return (answers[held.atom] in held.answers) == held.wanted
