"""Why a rule fired for one event, or which part of its condition failed.

The values are read by the reader that detection uses, from the columns that the compiler would choose, and each is
held against what is wanted by the same functions that decide detection's hard cases. Then detection itself is asked:
where the two disagree there is a bug, and it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from penstock.columns import Frame
from penstock.content.catalogue import Catalogue
from penstock.content.plan import Plan
from penstock.content.sigma import expressions as ex
from penstock.content.sigma.documents import Document, read_documents
from penstock.content.sigma.folding import fold
from penstock.content.sigma.lists import Lists
from penstock.content.sigma.model import Filter, Rule, Source
from penstock.content.sigma.reading import Reading
from penstock.content.sigma.rule_set import RuleSet
from penstock.content.sigma.serving import Serving
from penstock.content.sigma.slots import Slot, Slots
from penstock.rulebook.verdicts import Looked, Verdict
from penstock.stages.certainty import fits_match
from penstock.stages.decoded import values_of
from penstock.stages.detect import Detector
from penstock.stages.slot_cells import SlotReader


class Named(NamedTuple):
    """A detection of the rule, by its name."""

    name: str
    item: ex.Expression


class _NamedReading(Reading):
    """Reads a rule so that its condition still says which detection is which."""

    def _named(self, *args: object) -> ex.Expression:
        name = cast("str", args[0])
        # to all that joins expressions it is a test: something that is not to be looked into
        return cast("ex.Expression", Named(name, super()._named(*args)))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Place:
    """A log source that the dataset serves and the rule looks at; whether the event is of it."""

    source: Source
    where: Verdict


@dataclass(frozen=True, slots=True)
class Silencer:
    """A filter that concerns the rule. `expired`: it silences no longer. `keeps`: what lets an event through."""

    filter: Filter
    expired: bool
    keeps: Verdict

    @property
    def silences(self) -> bool:
        """Whether it silences this event."""
        return not self.expired and not self.keeps.holds


@dataclass(frozen=True, slots=True)
class Explanation:
    """All about one rule and one event.

    dataset     the event's
    served      log sources of that dataset that the rule looks at; empty: it does not look at this dataset
    when        its condition, None where it does not look
    filters     those that concern it
    detected    what detection says: whether it fires, and the filter that silences it (its place), or None
    """

    rule: Rule
    dataset: str
    served: tuple[Place, ...]
    when: Verdict | None
    filters: tuple[Silencer, ...]
    detected: tuple[bool, Filter | None]

    @property
    def of_source(self) -> bool:
        """Whether the event is of a log source that the rule looks at."""
        return any(place.where.holds for place in self.served)

    @property
    def holds(self) -> bool:
        """Whether the condition holds for the event and it is of the rule's log source."""
        return self.of_source and self.when is not None and self.when.holds

    @property
    def silenced(self) -> bool:
        """Whether a filter silences it."""
        return self.holds and any(f.silences for f in self.filters)

    @property
    def agrees(self) -> bool:
        """Whether detection says the same."""
        fires, by = self.detected
        return fires == self.holds and (by is not None) == self.silenced


class Explainer:
    """Explains a rule set's rules."""

    def __init__(
        self, catalogue: Catalogue, servings: Sequence[Serving], rule_set: RuleSet, lists: Lists | None = None
    ) -> None:
        self._catalogue = catalogue
        self._servings = servings
        self._rule_set = rule_set
        self._lists = lists

    def explain(self, number: int, frame: Frame, row: int, arrived: int) -> Explanation:
        """A rule of the set, by its place, and a row of an event frame.

        arrived: microseconds UTC, by which filters may have expired. The rule's file is read for the names of its
        detections; where that cannot be, they are left out.
        """
        rule = self._rule_set.rules[number]
        plan = self._catalogue.plans[self._catalogue.by_name[frame.dataset]]
        servings = [s for s in self._servings if plan.name in s.events and s.serves(rule.source)]
        detected = self._detected(number, frame, row, arrived)
        if not servings:
            return Explanation(rule, frame.dataset, (), None, (), detected)
        looking = Looking(plan, servings[0], frame, row)
        served = tuple(Place(s.source, looking.verdict(s.events[plan.name])) for s in servings)
        when = self._with_names(rule)
        silencers = tuple(
            Silencer(f, f.expires is not None and arrived >= f.expires, looking.verdict(f.keep))
            for f in self._rule_set.filters
            if f.concerns(rule)
        )
        return Explanation(rule, frame.dataset, served, looking.verdict(when), silencers, detected)

    def _with_names(self, rule: Rule) -> ex.Expression:
        document = _document(rule)
        found = None if document is None else _NamedReading(self._lists).rule(document)
        return rule.when if found is None else found.when

    def _detected(self, number: int, frame: Frame, row: int, arrived: int) -> tuple[bool, Filter | None]:
        rules = self._rule_set.datasets.get(frame.dataset)
        if rules is None:
            return False, None
        matches = Detector(rules, self._rule_set)(frame, arrived)
        for r, at, by in zip(matches.rule.tolist(), matches.row.tolist(), matches.filter.tolist(), strict=True):
            if r == number and at == row:
                return True, self._rule_set.filters[by] if by >= 0 else None
        return False, None


def _document(rule: Rule) -> Document | None:
    """Where the rule stands."""
    path = Path(rule.file)
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    return next((d for d in read_documents([(path, raw)], []) if d.line == rule.line), None)


class Looking:
    """Holds expressions against one row of a frame."""

    def __init__(self, plan: Plan, serving: Serving, frame: Frame, row: int) -> None:
        self._serving = serving
        self._slots = Slots(plan)
        self._structured = plan.formats != ("text",)
        self._frame = frame
        self._row = row
        self._known: dict[str | None, Looked] = {}

    def verdict(self, expression: ex.Expression | Named) -> Verdict:
        """What becomes of it."""
        match expression:
            case Named():
                inner = self.verdict(expression.item)
                return Verdict("detection", inner.holds, (inner,), expression.name)
            case ex.Test():
                return self._test(expression)
            case ex.Not():
                inner = self.verdict(expression.item)
                return Verdict("not", not inner.holds, (inner,))
            case ex.And():
                parts = tuple(map(self.verdict, expression.items))
                return Verdict("and", all(p.holds for p in parts), parts)
        parts = tuple(map(self.verdict, expression.items))
        return Verdict("or", any(p.holds for p in parts), parts)

    def _test(self, test: ex.Test) -> Verdict:
        looked = self._looked(test.field)
        match = test.match
        if isinstance(match, ex.Reference):
            other = self._looked(match.field)
            return Verdict("test", _compares(looked, other, match), match=match, looked=looked, other=other)
        if test.field is None:
            texts = [t for v in looked.values for t in (values_of(v.encode()) if self._structured else [v])]
            sought = ex.anywhere(match)
            return Verdict("test", any(fits_match(t, sought) for t in texts), match=sought, looked=looked)
        return Verdict("test", any(fits_match(v, match) for v in looked.values), match=match, looked=looked)

    def _looked(self, field: str | None) -> Looked:
        found = self._known.get(field)
        if found is None:
            number = self._slots.record() if field is None else self._slots.resolve(field, self._serving)
            slot: Slot = self._slots.order[number] if number >= 0 else ()
            column = next((c for c in slot if self._values((c,))), "")
            found = self._known[field] = Looked(field, slot, column, self._values(slot) if slot else ())
        return found

    def _values(self, slot: Slot) -> tuple[str, ...]:
        cells = SlotReader((slot,)).read(self._frame)
        here = [i for i, row in enumerate(cells.row.tolist()) if row == self._row]
        raw = (self._frame.text.slice(int(cells.start[i]), int(cells.length[i])) for i in here)
        return tuple(r.decode("utf-8", "replace") for r in raw)


def _compares(one: Looked, other: Looked, match: ex.Reference) -> bool:
    """One field's value against another's (of an array the last element), case aside."""
    if not one.values or not other.values:
        return False
    left, right = fold(one.values[-1]), fold(other.values[-1])
    if match.begins and match.ends:
        return right in left
    return left.startswith(right) if match.begins else left.endswith(right) if match.ends else left == right
