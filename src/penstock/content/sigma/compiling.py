"""Rules to programs: for each dataset the leaves, the tables that find them, and what each rule makes of them.

A leaf is a question on one slot. Equal leaves of different rules are one. What a dataset's events can never have is
false, and what follows from that is reckoned out; so a rule that can never hold for any dataset is known when it is
loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from penstock.columns import I32
from penstock.content.plan import Plan
from penstock.content.sigma import expressions as ex
from penstock.content.sigma.absence import blamed, known
from penstock.content.sigma.dataset_rules import DatasetRules, FieldPair, Guarded, Joined, Outcome, Resolved
from penstock.content.sigma.model import Filter, Rule, Source
from penstock.content.sigma.questions import All, Any, Asked, Opposite, Pair, Question, Questions
from penstock.content.sigma.serving import Serving, shared_fields
from penstock.content.sigma.slots import KEYWORDS, RECORD, Slots
from penstock.content.sigma.tables import Shapes, TableBuilder
from penstock.kernels import conditions as codes

FREE = 2.0
"""The cost of a rule that has no witness."""


@dataclass(frozen=True, eq=False)
class Ready:
    """Rules and filters as all datasets take them, and what is made of their parts the first time one does.

    whens, keeps: what each rule and each filter asks, in their order; by_source: the places of rules by log source.
    """

    rules: Sequence[Rule]
    filters: Sequence[Filter]
    questions: Questions
    whens: Sequence[Question]
    keeps: Sequence[Question]
    by_source: Mapping[Source, Sequence[int]]
    shapes: Shapes

    @classmethod
    def of(cls, rules: Sequence[Rule], filters: Sequence[Filter]) -> Ready:
        """What these rules and filters ask."""
        questions = Questions()
        by_source: dict[Source, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            by_source[rule.source].append(number)
        whens, keeps = [questions.of(r.when) for r in rules], [questions.of(f.keep) for f in filters]
        return cls(rules, filters, questions, whens, keeps, by_source, Shapes())


class DatasetCompiler:
    """Compiles one dataset."""

    def __init__(self, plan: Plan, servings: Sequence[Serving], ready: Ready) -> None:
        self._plan = plan
        self._ready = ready
        self._servings = [s for s in servings if plan.name in s.events]
        self._slots = Slots(plan)
        self._structured = plan.formats != ("text",)
        self._leaves: dict[tuple[int, frozenset[ex.Match]], tuple[int, Asked]] = {}
        self._pairs: dict[tuple[int, int, bool, bool], int] = {}
        self._cost: list[float] = []
        self._hard: dict[int, tuple[int, tuple[ex.Match, ...]]] = {}
        self._lacking: set[str] = set()
        self._programs: list[list[int]] = []
        self._guards: list[list[int]] = []
        self._guard_numbers: dict[tuple[tuple[int, ...], Resolved], int] = {}
        self._guard_of: dict[tuple[int, ...], int] = {}
        self._keeps: dict[int, Resolved] = {}
        self._told_slots = Slots(plan)
        self._told: dict[int, dict[str, int]] = {}
        self._serving = self._servings[0] if self._servings else None
        self._alike: Sequence[Serving] = ()
        self._record_slot: int | None = None

    def compile(self, outcomes: Sequence[Outcome], asked: Mapping[int, Sequence[str]]) -> DatasetRules | None:
        """The rules that look at this dataset, None if there are none; notes in `outcomes` what became of each.

        asked: rule (its place) -> fields of its events that correlations want to know
        """
        chosen: list[int] = []
        guards: list[int] = []
        witnesses: list[list[int] | None] = []
        filtered: list[list[tuple[int, int]]] = []
        exact: dict[int, Resolved] = {}
        rules, filters = self._ready.rules, self._ready.filters
        for number, serving in self._served():
            rule, outcome = rules[number], outcomes[number]
            outcome.datasets.append(self._plan.name)
            for alike in serving:
                self._serving, self._alike, self._record_slot = alike[0], alike, None
                self._lacking.clear()
                when = self._resolved(self._ready.whens[number])
                if not self._judge(rule.when, outcome, can_hold=when is not False):
                    continue
                if self._uncertain(when):
                    exact[len(chosen)] = when
                chosen.append(number)
                self._tell(number, asked.get(number))
                guards.append(self._guard(alike))
                self._programs.append(self._program(when))
                witnesses.append(self._witness(when)[1])
                filtered.append([(f, self._kept(f)) for f in range(len(filters)) if filters[f].concerns(rule)])
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

    def _served(self) -> list[tuple[int, list[list[Serving]]]]:
        """The rules that look at this dataset, in order, each with its log sources; those alike in fields as one."""
        found: list[tuple[int, list[list[Serving]]]] = []
        for source, numbers in self._ready.by_source.items():
            serving = _alike([s for s in self._servings if s.serves(source)])
            if serving:
                found.extend((number, serving) for number in numbers)
        return sorted(found, key=itemgetter(0))

    def _resolved(self, question: Question) -> Resolved:
        """The question over leaf numbers; True or False where that is known already."""
        if isinstance(question, Asked):
            slot = self._slot(question.field)
            return self._leaf(slot, question) if slot >= 0 else False
        if isinstance(question, Pair):
            return self._pair(question)
        if isinstance(question, Opposite):
            inner = self._resolved(question.item)
            return (not inner) if isinstance(inner, bool) else Joined("not", (inner,))
        parts: list[Resolved] = []
        if isinstance(question, All):
            for item in question.items:
                part = self._resolved(item)
                if part is False:
                    return False
                if part is not True:
                    parts.append(part)
            return _joined("and", parts, when_empty=True)
        return self._one_of(question)

    def _one_of(self, question: Any) -> Resolved:
        """What is asked of one slot under several names is one leaf."""
        together: dict[int, Asked] = {}
        for asked in question.asked:
            slot = self._slot(asked.field)
            if slot >= 0:
                there = together.get(slot)
                together[slot] = asked if there is None else self._ready.questions.merged(there, asked)
        parts: list[Resolved] = []
        for item in question.others:
            part = self._resolved(item)
            if part is True:
                return True
            if part is not False:
                parts.append(part)
        parts.extend(self._leaf(slot, asked) for slot, asked in together.items())
        return _joined("or", parts, when_empty=False)

    def _slot(self, field: str | None) -> int:
        """The slot of a rule's field, -1 where no event can have it."""
        if field is None:
            return self._record()
        assert self._serving is not None  # noqa: S101  set by `compile`
        slot = self._slots.resolve(field, self._serving)
        if self._slots.lacks(field, self._serving):
            self._lacking.add(field)
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

    def _pair(self, question: Pair) -> Resolved:
        """The leaf of one field held against another."""
        slot = self._slot(question.field)
        other = self._slot(question.match.field) if slot >= 0 else -1
        if other < 0:
            return False
        key = (slot, other, question.match.begins, question.match.ends)
        if key not in self._pairs:
            self._pairs[key] = len(self._cost)
            self._cost.append(0.5)
        return self._pairs[key]

    def _leaf(self, slot: int, asked: Asked) -> int:
        """The leaf of a question on a slot."""
        found = self._leaves.get((slot, asked.whole))
        if found is None:
            found = self._leaves[slot, asked.whole] = len(self._cost), asked
            self._cost.append(asked.cost)
            if asked.hard or (asked.field is None and self._structured):
                self._hard[found[0]] = slot, asked.matches
        return found[0]

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
        key = tuple(map(id, serving))
        if key not in self._guard_of:
            places = [one.events[self._plan.name] for one in serving]
            free = any(map(ex.always, places))
            self._guard_of[key] = (
                -1 if free else self._condition(self._resolved(self._ready.questions.of(ex.either(places))))
            )
        return self._guard_of[key]

    def _kept(self, one: int) -> int:
        """The condition of what a filter (its place) keeps."""
        when = self._resolved(self._ready.keeps[one])
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
        builder = TableBuilder(self._ready.shapes)
        for (slot, _), (leaf, asked) in self._leaves.items():
            builder.add(number[slot], asked.matches, leaf, escaped=self._structured and number[slot] in keywords)
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
        for (slot, _), (leaf, _asked) in self._leaves.items():
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


def _i32(values: Sequence[int]) -> I32:
    return np.array(values, np.int32)


def _begins(sizes: Sequence[int]) -> I32:
    return np.cumsum([0, *sizes]).astype(np.int32)
