"""Rules to programs: for each dataset the leaves, the tables that find them, and what each rule makes of them.

A leaf is a set of tests on one slot of which one must hold: what a list of values in a rule is. Equal leaves of
different rules are one. What a dataset's events can never have is false, and what follows from that is reckoned out;
so a rule that can never hold for any dataset is known when it is loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from penstock.columns import I32
from penstock.content.plan import Plan
from penstock.content.sigma import expressions as ex
from penstock.content.sigma.absence import blamed, known
from penstock.content.sigma.dataset_rules import DatasetRules, FieldPair, Guarded, Joined, Outcome, Resolved
from penstock.content.sigma.model import Filter, Rule, Source
from penstock.content.sigma.serving import Serving, shared_fields
from penstock.content.sigma.slots import KEYWORDS, RECORD, Slots
from penstock.content.sigma.tables import TableBuilder, hard
from penstock.content.sigma.witness_choice import likelihood
from penstock.kernels import conditions as codes

FREE = 2.0
"""The cost of a rule that has no witness."""


class DatasetCompiler:
    """Compiles one dataset."""

    def __init__(self, plan: Plan, servings: Sequence[Serving]) -> None:
        self._plan = plan
        self._servings = [s for s in servings if plan.name in s.events]
        self._slots = Slots(plan)
        self._structured = plan.formats != ("text",)
        self._leaves: dict[tuple[int, frozenset[ex.Match]], int] = {}
        self._pairs: dict[tuple[int, int, bool, bool], int] = {}
        self._cost: list[float] = []
        self._hard: dict[int, tuple[int, tuple[ex.Match, ...]]] = {}
        self._serving_of: dict[Source, list[list[Serving]]] = {}
        self._lacking: set[str] = set()
        self._programs: list[list[int]] = []
        self._guards: list[list[int]] = []
        self._guard_numbers: dict[tuple[tuple[int, ...], Resolved], int] = {}
        self._keeps: dict[int, Resolved] = {}
        self._told_slots = Slots(plan)
        self._told: dict[int, dict[str, int]] = {}
        self._serving = self._servings[0] if self._servings else None
        self._alike: Sequence[Serving] = ()
        self._record_slot: int | None = None

    def compile(
        self,
        rules: Sequence[Rule],
        filters: Sequence[Filter],
        outcomes: Sequence[Outcome],
        asked: Mapping[int, Sequence[str]],
    ) -> DatasetRules | None:
        """The rules that look at this dataset, None if there are none; notes in `outcomes` what became of each.

        asked: rule (its place) -> fields of its events that correlations want to know
        """
        chosen: list[int] = []
        guards: list[int] = []
        witnesses: list[list[int] | None] = []
        filtered: list[list[tuple[int, int]]] = []
        exact: dict[int, Resolved] = {}
        for number, rule in enumerate(rules):
            serving = self._servings_of(rule.source)
            if not serving:
                continue
            outcome = outcomes[number]
            outcome.datasets.append(self._plan.name)
            for alike in serving:
                self._serving, self._alike, self._record_slot = alike[0], alike, None
                self._lacking.clear()
                when = self._resolved(rule.when)
                if not self._judge(rule.when, outcome, can_hold=when is not False):
                    continue
                if self._uncertain(when):
                    exact[len(chosen)] = when
                chosen.append(number)
                self._tell(number, asked.get(number))
                guards.append(self._guard(alike))
                self._programs.append(self._program(when))
                witnesses.append(self._witness(when)[1])
                filtered.append([(f, self._kept(filters[f])) for f in range(len(filters)) if filters[f].concerns(rule)])
        if not chosen:
            return None
        return self._whole(chosen, guards, witnesses, filtered, exact)

    def _tell(self, number: int, names: Sequence[str] | None) -> None:
        """Find the slots of what correlations want to know of a rule's events."""
        assert self._serving is not None  # noqa: S101  set by `compile`
        if names is None:
            return
        spots = self._told.setdefault(number, {})
        for name in names:
            spots[name] = max(spots.get(name, -1), self._told_slots.resolve(name, self._serving))

    def _judge(self, when: ex.Expression, outcome: Outcome, *, can_hold: bool) -> bool:
        """Note where a rule can hold and by what; gives `can_hold` back."""
        assert self._serving is not None  # noqa: S101  set by `compile`
        serving, slots, lacking = self._serving, self._slots, set()
        if self._lacking or not can_hold:
            lacking = {f for f in ex.fields(when) if slots.lacks(f, serving)}
        if not can_hold:
            outcome.dead_fields |= blamed(when, {f for f in lacking if slots.resolve(f, serving) < 0})
            return False
        if self._plan.name not in outcome.live[-1:]:
            outcome.live.append(self._plan.name)
        if not lacking or known(when, lacking) is not False:
            if self._plan.name not in outcome.declared[-1:]:
                outcome.declared.append(self._plan.name)
            return True
        needed = blamed(when, lacking)
        noted = outcome.lacking.get(self._plan.name)
        if noted is None or len(needed) < len(noted):
            outcome.lacking[self._plan.name] = needed
        return True

    def _servings_of(self, source: Source) -> list[list[Serving]]:
        """The log sources of this dataset that a rule looks at; those alike in fields as one."""
        found = self._serving_of.get(source)
        if found is None:
            found = self._serving_of[source] = _alike([s for s in self._servings if s.serves(source)])
        return found

    def _resolved(self, expression: ex.Expression) -> Resolved:
        """The expression over leaf numbers; True or False where that is known already."""
        if isinstance(expression, ex.Test):
            return self._leaf([expression])
        if isinstance(expression, ex.Not):
            inner = self._resolved(expression.item)
            return (not inner) if isinstance(inner, bool) else Joined("not", (inner,))
        if isinstance(expression, ex.And):
            parts: list[Resolved] = []
            for item in expression.items:
                part = self._resolved(item)
                if part is False:
                    return False
                if part is not True:
                    parts.append(part)
            return _joined("and", parts, when_empty=True)
        together: dict[int, list[ex.Test]] = defaultdict(list)
        parts = []
        for item in expression.items:
            if isinstance(item, ex.Test) and not isinstance(item.match, ex.Reference):
                together[self._slot(item)].append(item)
                continue
            part = self._resolved(item)
            if part is True:
                return True
            if part is not False:
                parts.append(part)
        for slot, tests in together.items():
            if slot >= 0:
                parts.append(self._leaf(tests))
        return _joined("or", parts, when_empty=False)

    def _slot(self, test: ex.Test) -> int:
        if test.field is None:
            return self._record()
        assert self._serving is not None  # noqa: S101  set by `compile`
        slot = self._slots.resolve(test.field, self._serving)
        if self._slots.lacks(test.field, self._serving):
            self._lacking.add(test.field)
        return slot

    def _record(self) -> int:
        """The slot of the records of the rule's log source: nobody looks for its keywords in other records."""
        if self._record_slot is None:
            guard = self._guard(self._alike)
            pairs = set(self._pairs.values())  # of two fields, and so in no slot
            if guard >= 0 and not pairs.isdisjoint(self._guards[guard]):
                guard = -1
            self._record_slot = self._slots.record(guard)
        return self._record_slot

    def _leaf(self, tests: Sequence[ex.Test]) -> Resolved:
        """The leaf of tests on one slot."""
        slot = self._slot(tests[0])
        if slot < 0:
            return False
        match = tests[0].match
        if isinstance(match, ex.Reference):
            other = self._slot(ex.Test(match.field, match))
            if other < 0:
                return False
            key = (slot, other, match.begins, match.ends)
            if key not in self._pairs:
                self._pairs[key] = len(self._cost)
                self._cost.append(0.5)
            return self._pairs[key]
        matches = frozenset(_keyword(t.match) if tests[0].field is None else t.match for t in tests)
        if any(map(_any_value, matches)):  # one leaf a slot: the tables have room for one
            matches = frozenset((ex.Present(),))
        found = self._leaves.get((slot, matches))
        if found is None:
            found = self._leaves[slot, matches] = len(self._cost)
            self._cost.append(min(1.0, sum(map(likelihood, matches))))
            if any(map(hard, matches)) or (tests[0].field is None and self._structured):
                self._hard[found] = slot, tuple(matches)
        return found

    def _uncertain(self, when: Resolved) -> bool:
        """Whether a leaf in it only may hold."""
        if isinstance(when, bool):
            return False
        if isinstance(when, int):
            return when in self._hard
        return any(map(self._uncertain, when.parts))

    def _program(self, when: Resolved) -> list[int]:
        """The program of what may hold: leaves that only may hold are taken for true, and for false where negated."""
        out: list[int] = []
        self._emit(when, out, negated=False)
        return out

    def _emit(self, when: Resolved, out: list[int], *, negated: bool) -> None:
        if isinstance(when, bool):
            out.append(codes.ALL if when else codes.NONE)
        elif isinstance(when, int):
            out.append(codes.NONE if negated and when in self._hard else when)
        elif when.how == "not":
            self._emit(when.parts[0], out, negated=not negated)
            out.append(codes.NOT)
        else:
            for k, item in enumerate(when.parts):
                self._emit(item, out, negated=negated)
                if k:
                    out.append(codes.AND if when.how == "and" else codes.OR)

    def _guard(self, serving: Sequence[Serving]) -> int:
        """The program of what an event must have to be of the rule's log source; -1: nothing."""
        places: list[ex.Expression] = []
        for one in serving:
            where = one.events[self._plan.name]
            if ex.always(where):
                return -1
            places.append(where)
        return self._condition(self._resolved(ex.either(places)))

    def _kept(self, one: Filter) -> int:
        when = self._resolved(one.keep)
        number = self._condition(when)
        if self._uncertain(when):
            self._keeps[number] = when
        return number

    def _condition(self, when: Resolved) -> int:
        program = self._program(when)
        key = tuple(program), when if self._uncertain(when) else True
        if key not in self._guard_numbers:
            self._guard_numbers[key] = len(self._guards)
            self._guards.append(program)
        return self._guard_numbers[key]

    def _witness(self, when: Resolved) -> tuple[float, list[int] | None]:
        """Leaves of which one must hold if the whole does, and how often one of them may: as seldom as can be."""
        if isinstance(when, bool):
            return (FREE, None) if when else (0.0, [])
        if isinstance(when, int):
            return self._cost[when], [when]
        if when.how == "not":
            return FREE, None
        found = [self._witness(item) for item in when.parts]
        if when.how == "and":
            return min(found, key=lambda f: f[0])
        if any(leaves is None for _, leaves in found):
            return FREE, None
        return sum(c for c, _ in found), [leaf for _, leaves in found for leaf in leaves or ()]

    def _whole(
        self,
        chosen: list[int],
        guards: list[int],
        witnesses: list[list[int] | None],
        filtered: list[list[tuple[int, int]]],
        exact: dict[int, Resolved],
    ) -> DatasetRules:
        # guarded slots come last: they are read when it is known where their guards hold
        places = sorted(range(len(self._slots.order)), key=lambda s: self._slots.guards[s] >= 0)
        order = [self._slots.order[s] for s in places]
        number = {old: new for new, old in enumerate(places)}
        keywords = frozenset(s for s, slot in enumerate(order) if slot == KEYWORDS)
        builder = TableBuilder()
        for (slot, matches), leaf in self._leaves.items():
            builder.add(number[slot], matches, leaf, escaped=self._structured and number[slot] in keywords)
        tables = builder.build(len(order), [RECORD not in slot for slot in order])
        by_leaf: list[list[int]] = [[] for _ in self._cost]
        free = []
        for rule, leaves in enumerate(witnesses):
            if leaves is None:
                free.append(rule)
            for leaf in dict.fromkeys(leaves or ()):
                by_leaf[leaf].append(rule)
        program = [code for p in (*self._programs, *self._guards) for code in p]
        sizes = np.array([0, *(len(p) for p in (*self._programs, *self._guards))])
        begins = np.cumsum(sizes).astype(np.int32)
        leaf_slot = np.full(len(self._cost), -1, np.int32)
        for (slot, _), leaf in self._leaves.items():
            leaf_slot[leaf] = number[slot]
        pairs = tuple(FieldPair(leaf, number[a], number[b], x, y) for (a, b, x, y), leaf in self._pairs.items())
        guarded = []
        for guard in (g for s in places if (g := self._slots.guards[s]) >= 0):
            columns = sorted({int(leaf_slot[code]) for code in self._guards[guard] if code >= 0})
            guarded.append(Guarded(guard, _i32(columns)))
        return DatasetRules(
            self._plan.name,
            tuple(order),
            keywords,
            tuple(guarded),
            self._structured,
            tables,
            len(self._cost),
            pairs,
            {leaf: (number[slot], matches) for leaf, (slot, matches) in self._hard.items()},
            leaf_slot,
            exact,
            self._keeps,
            _i32(chosen),
            _begins([len(b) for b in by_leaf]),
            _i32([rule for b in by_leaf for rule in b]),
            _i32(free),
            _i32(guards),
            begins[: len(chosen) + 1],
            _i32(program),
            begins[len(chosen) :],
            _begins([len(f) for f in filtered]),
            _i32([number for f in filtered for number, _ in f]),
            _i32([guard for f in filtered for _, guard in f]),
            tuple(self._told_slots.order),
            self._told,
        )


def _alike(serving: Sequence[Serving]) -> list[list[Serving]]:
    """The log sources among these whose fields stand in the same places."""
    found: list[list[Serving]] = []
    for one in serving:
        group = next((g for g in found if _same_places(g[0], one)), None)
        if group is None:
            found.append([one])
        else:
            group.append(one)
    return found


def _same_places(one: Serving, other: Serving) -> bool:
    shared = shared_fields(one.source) == shared_fields(other.source)
    return shared and one.fields == other.fields and one.has == other.has


def _joined(how: str, parts: list[Resolved], *, when_empty: bool) -> Resolved:
    if not parts:
        return when_empty
    return parts[0] if len(parts) == 1 else Joined(how, tuple(parts))


def _any_value(match: ex.Match) -> bool:
    """Whether every value fits."""
    return isinstance(match, ex.Present) or (isinstance(match, ex.Glob) and match.parts == (ex.ANY,))


def _keyword(match: ex.Match) -> ex.Match:
    """A keyword is looked for inside: a glob open at both ends."""
    if not isinstance(match, ex.Glob):
        return match
    parts = list(match.parts)
    if not parts or parts[0] != ex.ANY:
        parts.insert(0, ex.ANY)
    if parts[-1] != ex.ANY:
        parts.append(ex.ANY)
    return ex.Glob(tuple(parts), match.cased)


def _i32(values: Sequence[int]) -> I32:
    return np.array(values, np.int32)


def _begins(sizes: Sequence[int]) -> I32:
    return np.cumsum([0, *sizes]).astype(np.int32)
