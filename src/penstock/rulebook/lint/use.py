"""Whether rules can fire here, and whether what they look for is what packs give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum, auto

from penstock.content.catalogue import Catalogue
from penstock.content.plan import Plan
from penstock.content.sigma.expressions import Reference, tests
from penstock.content.sigma.model import Rule
from penstock.content.sigma.rule_set import RuleSet
from penstock.content.sigma.serving import Serving, shared_fields
from penstock.content.sigma.slots import Slots
from penstock.errors import Problem
from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet
from penstock.rulebook.listing import Use, reason, use_of

_CODES = {Use.DEAD: "rule.dead", Use.UNSERVED: "rule.unserved", Use.UNDECLARED: "rule.undeclared"}
_HINTS = {
    Use.DEAD: "is the field spelt so? else sigma.yaml of the pack may lack it",
    Use.UNSERVED: "a pack's sigma.yaml says what it serves",
}


def check_use(
    rule_set: RuleSet, sheets: Mapping[tuple[str, int], Sheet], catalogue: Catalogue, servings: Sequence[Serving]
) -> Iterator[Finding]:
    """Of all rules. sheets: by file and line."""
    known = _Known(catalogue, servings)
    for rule, outcome in zip(rule_set.rules, rule_set.outcomes, strict=True):
        sheet = sheets.get((rule.file, rule.line))
        use = use_of(outcome)
        strange = known.strange(rule, outcome.datasets)
        datasets = ", ".join(outcome.datasets[:3])
        for name, (like, place) in strange.items():
            message = f"no event of {datasets} has the field {name}"
            if like:
                problem = Problem(rule.file, _line(rule, sheet, [name]), message, f"did you mean {like}?")
                yield Finding("field.case", problem)
            elif place is Place.NOWHERE and use in (Use.LIVE, Use.UNDECLARED):
                message += "; tests of it never hold"
                yield Finding("field.unknown", Problem(rule.file, _line(rule, sheet, [name]), message))
        # what is misspelt has been told
        told = use is Use.UNDECLARED and any(n in strange and strange[n][0] for n in outcome.undeclared)
        if use in _CODES and not told:
            blamed = outcome.dead_fields if use is Use.DEAD else outcome.undeclared
            line = _line(rule, sheet, blamed, "logsource" if use is Use.UNSERVED else "detection")
            yield Finding(_CODES[use], Problem(rule.file, line, reason(rule, outcome), _HINTS.get(use, "")))


def _line(rule: Rule, sheet: Sheet | None, fields: Collection[str], key: str = "detection") -> int:
    """Where one of these fields is asked for first, else where the key stands."""
    if sheet is None:
        return rule.line
    lines = [s.line for s in sheet.stated() if s.field in fields]
    return min(lines, default=sheet.line_of(key))


class Place(Enum):
    """Where a rule's field is looked for."""

    COLUMN = auto()
    UNMAPPED = auto()  # a path in what nobody declared
    NOWHERE = auto()


class _Known:
    """The fields that datasets have."""

    def __init__(self, catalogue: Catalogue, servings: Sequence[Serving]) -> None:
        self._plans = {p.name: p for p in catalogue.plans}
        self._servings = servings
        self._slots: dict[str, Slots] = {}
        self._spelt: dict[tuple[str, int], dict[str, str]] = {}

    def strange(self, rule: Rule, datasets: Sequence[str]) -> dict[str, tuple[str, Place]]:
        """Fields that no such dataset has a column for -> a known one that differs in capitals only, or nothing;
        whether they are looked for elsewhere in one of them.
        """
        if not datasets:
            return {}
        fields = dict.fromkeys(
            name
            for test in tests(rule.when)
            for name in (test.field, test.match.field if isinstance(test.match, Reference) else None)
            if name is not None
        )
        found: dict[str, tuple[str, Place]] = {}
        for name in fields:
            like, where = "", Place.NOWHERE
            for dataset in datasets:
                serving = next(s for s in self._servings if dataset in s.events and s.serves(rule.source))
                place = self._place(dataset, serving, name)
                if place is Place.COLUMN:
                    break
                where = place if place is Place.UNMAPPED else where
                near = self._names(dataset, serving).get(name.lower(), name)
                if near != name and self._place(dataset, serving, near) is Place.COLUMN:
                    like = like or near
            else:
                found[name] = like, where
        return found

    def _place(self, dataset: str, serving: Serving, name: str) -> Place:
        if dataset not in self._slots:
            self._slots[dataset] = Slots(self._plans[dataset])
        slots = self._slots[dataset]
        number = slots.resolve(name, serving)
        if number < 0:
            return Place.NOWHERE
        return Place.UNMAPPED if slots.order[number][0].endswith(f".unmapped#{name}") else Place.COLUMN

    def _names(self, dataset: str, serving: Serving) -> dict[str, str]:
        """Every field a rule may name here, by its name in small letters."""
        key = (dataset, id(serving))
        if key not in self._spelt:
            plan: Plan = self._plans[dataset]
            own = f"{plan.pack}."
            names = [c.name.removeprefix(own) for c in plan.columns if not c.name.startswith("_")]
            names += [*shared_fields(serving.source), *serving.fields]
            self._spelt[key] = {n.lower(): n for n in names}
        return self._spelt[key]
