"""Give every event its category code, the rule that decided it and how sure it is; contexts where they are asked for.

A pack's word stands. Where it left `unknown.uncategorized`, the taxonomy's rules are asked. What comes of it is the
same for all rows of a family that were decided alike, so it is no column: the frame's families are numbered anew, by
family and decision, and code, rule, confidence and contexts are constants of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from penstock.columns import I32, Frame, Mask
from penstock.content.catalogue import Catalogue
from penstock.content.deciding import CATEGORY, CONFIDENCE, CONTEXT, DECIDED, RULE, SURE
from penstock.content.plan import Plan
from penstock.content.taxonomy.rule import SETS
from penstock.core import Batch, Stage
from penstock.kernels.distinct import pack_constants
from penstock.schema.categories import UNCATEGORIZED, codes
from penstock.schema.contexts import contexts
from penstock.stages.draft import Draft
from penstock.stages.judging import Bits, Judge, distinct

_NUMBER = {code: i for i, code in enumerate(codes())}
_CONTEXTS = tuple(contexts())
_OUTCOME = SETS[2]
_PLACE = (1 << 22) - 1
REMEMBERED = 10_000
"""Packs' words that are remembered."""

T = TypeVar("T")


def categorise(
    catalogue: Catalogue, *, context: bool = False, asked: Mapping[str, frozenset[str]] | None = None
) -> Stage:
    """The stage. `context`: compute `penstock.context` too.

    asked: dataset -> the fields that somebody will look at. Where that is only what an event may say itself
    (`event.outcome`, …), the rules are asked for events that do not say it.
    """
    book = catalogue.taxonomy.contexts
    places = {name: i for i, name in enumerate(_CONTEXTS)}
    bit = tuple(places[rule.target] for rule in book.rules)
    made = _Categorising(
        catalogue,
        Judge(catalogue.taxonomy.codes, catalogue),
        Judge(book, catalogue, bit, tuple(_NUMBER)) if context else None,
        {name: found for name, fields in (asked or {}).items() if (found := _only_sets(fields))},
        {},
    )

    def stage(batch: Batch) -> Batch:
        return replace(batch, events=tuple(made.frame(frame) for frame in batch.events))

    return stage


@dataclass(frozen=True, slots=True)
class _Categorising:
    """What the stage needs for each frame."""

    catalogue: Catalogue
    codes: Judge
    contexts: Judge | None
    asked: Mapping[str, frozenset[str]]
    told: dict[tuple[int, int], Mapping[str, object]]  # dataset, key: what a pack says

    def frame(self, frame: Frame) -> Frame:
        """The frame, every row with its category."""
        plan = self.catalogue.plans[self.catalogue.by_name[frame.dataset]]
        if not plan.wants(CATEGORY):
            return frame  # nobody will look
        undecided = self._undecided(frame, plan)
        if self.contexts is None and frame.dataset in self.asked and len(undecided):
            undecided = undecided[_lacking(frame, undecided, self.asked[frame.dataset])]
        if CATEGORY not in plan.place and not len(undecided) and self.contexts is None:
            return frame  # constants of the pack's families say it all
        draft = Draft.of(frame, plan)
        keys = self._keys(frame, plan)
        decided = np.full(len(frame), -1, np.int32)
        blank = np.zeros(len(frame), np.bool_)
        if len(undecided):
            decided[undecided] = self.codes.decide(draft, undecided)
            blank = self._fill(frame, draft, decided)
            rows = np.flatnonzero(decided >= 0)
            by_rule = frame.family[rows].astype(np.uint64) | decided[rows].astype(np.uint64) << np.uint64(16)
            keys[rows] = by_rule | blank[rows].astype(np.uint64) << np.uint64(62) | np.uint64(1 << 63)
        group, first = distinct(keys)
        constants = [
            {**frame.constants[frame.family[row]], **self._told(frame, plan, decided, blank, row, key)}
            for row, key in zip(first.tolist(), keys[first].tolist(), strict=True)
        ]
        if self.contexts is not None:
            number = np.array([_NUMBER[str(c[CATEGORY])] for c in constants], np.int32)
            bits = self.contexts.bits(draft, np.arange(len(frame), dtype=np.int32), number[group])
            group, constants = _with_contexts(group, constants, bits)
        gone = sorted(frame.names.index(name) for name in (CATEGORY, RULE) if name in frame.names)
        return replace(
            frame,
            names=_without(frame.names, gone),
            kinds=_without(frame.kinds, gone),
            many=_without(frame.many, gone),
            place=np.delete(frame.place, gone),
            family=group,
            constants=tuple(constants),
        )

    def _undecided(self, frame: Frame, plan: Plan) -> I32:
        """The rows that their pack left open."""
        if CATEGORY in plan.place:
            at = frame.text.constants + self.catalogue.taxonomy.undecided[0]
            return np.flatnonzero(frame.start[plan.place[CATEGORY]] == at).astype(np.int32)
        return uncategorised(frame)

    def _fill(self, frame: Frame, draft: Draft, decided: I32) -> Mask:
        """Write what the rules say of ECS's categories to the columns there are, where nothing stands.

        Gives the rows that have no `event.category`: only those get one, and the type that goes with it.
        """
        category = draft.get(SETS[0])
        blank = np.ones(len(frame), np.bool_) if category is None else category[1] < 0
        for rule in np.unique(decided[decided >= 0]).tolist():
            for name, (offset, size) in self.catalogue.taxonomy.said[rule].places.items():
                if name not in frame.names:
                    continue
                start, length = draft.put(name)
                rows = (decided == rule) & (length < 0)
                if name != _OUTCOME:
                    rows &= blank
                start[rows] = frame.text.constants + offset
                length[rows] = size
        return blank

    def _keys(self, frame: Frame, plan: Plan) -> Bits:
        """uint64[n]: rows of one key have the same family, and their pack gave them the same code by the same rule."""
        if CATEGORY not in plan.place:
            return frame.family.astype(np.uint64)
        keys = np.empty(len(frame), np.uint64)
        columns = (*_column(frame, plan, CATEGORY), *_column(frame, plan, RULE))
        pack_constants(frame.family, frame.text.constants, *columns, keys)
        return keys

    def _told(self, frame: Frame, plan: Plan, decided: I32, blank: Mask, row: int, key: int) -> Mapping[str, object]:
        """What all rows decided like this one have beside their family's constants.

        A pack's word, which the key says whole, is read from the texts once and remembered: see `pack_constants`.
        """
        if decided[row] >= 0:
            held = frame.constants[frame.family[row]]
            rule = self.catalogue.taxonomy.codes.rules[decided[row]]
            said = {
                name: value
                for name, value in self.catalogue.taxonomy.said[decided[row]].shown.items()
                if name not in frame.names and name not in held and (name == _OUTCOME or blank[row])
            }
            return {**said, CATEGORY: rule.target, RULE: rule.name, CONFIDENCE: rule.confidence}
        if CATEGORY not in plan.place:
            return {}
        known = self.told.get((plan.number, key))
        if known is None:
            known = self._word(frame, plan, row)
            end = len(self.catalogue.blob)
            constant = key >> 38 <= end and (key >> 16 & _PLACE) <= end
            if constant and len(self.told) < REMEMBERED:
                self.told[plan.number, key] = known
        return known

    def _word(self, frame: Frame, plan: Plan, row: int) -> Mapping[str, object]:
        """What the pack says of a row."""
        code = _value(frame, plan, CATEGORY, row)
        if code == UNCATEGORIZED:
            return {CATEGORY: code}
        rule_name = _value(frame, plan, RULE, row) or plan.rules[frame.family[row]]
        return {CATEGORY: code, RULE: rule_name, CONFIDENCE: SURE}


def _without(values: Sequence[T], places: Sequence[int]) -> tuple[T, ...]:
    """The values but for those at these places (ascending)."""
    left = list(values)
    for i in reversed(places):
        del left[i]
    return tuple(left)


def _only_sets(fields: frozenset[str]) -> frozenset[str]:
    """What rules may fill of these fields; empty if the decision itself is among them."""
    return frozenset() if not fields.isdisjoint(DECIDED) else fields.intersection(SETS)


def _lacking(frame: Frame, rows: I32, fields: frozenset[str]) -> Mask:
    """Which of the rows lack something that the rules might fill: see `_Categorising._fill`."""
    found = np.zeros(len(rows), np.bool_)
    for name in fields:
        own = _OUTCOME if name == _OUTCOME else SETS[0]
        if own in frame.names:
            found |= frame.length[frame.place[frame.names.index(own)]][rows] < 0
        else:
            said = np.array([own in constants for constants in frame.constants], np.bool_)
            found |= ~said[frame.family[rows]]
    return found


def uncategorised(frame: Frame) -> I32:
    """The rows that nobody has decided."""
    if CATEGORY in frame.names:
        return np.flatnonzero(np.array([v == UNCATEGORIZED for v in frame.column(CATEGORY)], np.bool_)).astype(np.int32)
    open_ = np.array([c.get(CATEGORY) == UNCATEGORIZED for c in frame.constants], np.bool_)
    return np.flatnonzero(open_[frame.family]).astype(np.int32) if open_.any() else np.empty(0, np.int32)


def _with_contexts(
    group: I32, constants: Sequence[dict[str, object]], bits: Bits
) -> tuple[I32, list[dict[str, object]]]:
    """Groups divided by their rows' contexts."""
    number, first_bits = distinct(bits)
    finer, first = distinct(group.astype(np.uint64) << np.uint64(32) | number.astype(np.uint64))
    out = []
    for row in first.tolist():
        word = int(bits[first_bits[number[row]]])
        named = [name for i, name in enumerate(_CONTEXTS) if word >> i & 1]
        out.append({**constants[group[row]], CONTEXT: named} if named else dict(constants[group[row]]))
    return finer, out


def _column(frame: Frame, plan: Plan, name: str) -> tuple[I32, I32]:
    """A column, absent everywhere when no row has it."""
    if name in frame.names:
        c = plan.place[name]
        return frame.start[c], frame.length[c]
    return np.zeros(len(frame), np.int32), np.full(len(frame), -1, np.int32)


def _value(frame: Frame, plan: Plan, name: str, row: int) -> str:
    """One value as text, empty when there is none."""
    start, length = _column(frame, plan, name)
    return frame.text.slice(int(start[row]), max(0, int(length[row]))).decode()
