"""What the tables only say may hold, decided: regular expressions, parts of times, keywords in escaped records.

Only rows where a rule's condition may hold as a whole get here, so an expression that is one of several tests is asked
seldom. Each distinct value is asked once.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from penstock.columns import I32, U8, Frame, Mask
from penstock.content.sigma.dataset_rules import DatasetRules, Resolved
from penstock.content.sigma.expressions import ANY, Cidr, Compare, Glob, Match, Part, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.patterns import found
from penstock.stages.decoded import fits, values_of
from penstock.stages.slot_cells import Cells


@dataclass(slots=True)
class Seen:
    """What the values of a frame's cells are found to be. `more`: rows that have a leaf by themselves."""

    cells: Cells
    value: I32
    value_cell: I32
    value_begin: I32
    hits: I32
    more: list[tuple[I32, int]] = field(default_factory=list)

    def joined(self) -> tuple[I32, I32, I32, I32, I32]:
        """row, value int32[cells], where each slot's cells begin, where each value's leaves begin, the leaves."""
        cells = self.cells
        if not self.more:
            return cells.row, self.value, cells.begin, self.value_begin, self.hits
        first = len(self.value_begin) - 1
        rows = [cells.row, *(r for r, _ in self.more)]
        values = [self.value, *(np.full(len(r), first + k, np.int32) for k, (r, _) in enumerate(self.more))]
        ends = np.cumsum([cells.begin[-1], *(len(r) for r, _ in self.more)])[1:]
        last = self.value_begin[-1]
        leaves = np.array([leaf for _, leaf in self.more], np.int32)
        return (
            np.concatenate(rows),
            np.concatenate(values),
            np.concatenate([cells.begin, ends]).astype(np.int32),
            np.concatenate([self.value_begin, last + np.arange(1, len(leaves) + 1)]).astype(np.int32),
            np.concatenate([self.hits, leaves]),
        )


class Certainty:
    """Decides for the rows of one frame."""

    def __init__(self, rules: DatasetRules, frame: Frame, seen: Seen) -> None:
        self._rules = rules
        self._frame = frame
        self._seen = seen
        self._known: dict[tuple[int, int], bool] = {}
        self._texts: dict[tuple[int, bool], tuple[list[str], list[str]]] = {}
        self._of_value: dict[int, frozenset[int]] = {}
        self._of_row: dict[tuple[int, int], range] = {}

    def holds(self, rule: I32, row: I32) -> Mask:
        """bool[k]: whether these rules (places in `DatasetRules.rules`) hold for these rows."""
        fine = np.ones(len(rule), np.bool_)
        for k in np.flatnonzero(np.isin(rule, list(self._rules.exact))).tolist():
            fine[k] = self._true(self._rules.exact[int(rule[k])], int(row[k]))
        return fine

    def silenced(self, rule: I32, row: I32, silenced: I32, on: U8) -> I32:
        """int32[k]: the filter (-1 none) that silences each, where `silenced` says what the programs are sure of.

        on uint8: which filters are in force. Filters are asked in their order, so the first one gets the credit.
        """
        rules = self._rules
        sure = silenced.copy()
        for k in range(len(rule)) if rules.keeps else ():
            for f in range(rules.filter_begin[rule[k]], rules.filter_begin[rule[k] + 1]):
                name = int(rules.filter_of[f])
                if name == silenced[k]:
                    break
                keeps = rules.keeps.get(int(rules.filter_program[f]))
                if on[name] and keeps is not None and not self._true(keeps, int(row[k])):
                    sure[k] = name
                    break
        return sure

    def _true(self, when: Resolved, row: int) -> bool:
        if isinstance(when, bool):
            return when
        if isinstance(when, int):
            return self._hard(when, row) if when in self._rules.hard else self._has(when, row)
        if when.how == "not":
            return not self._true(when.parts[0], row)
        if when.how == "and":
            return all(self._true(part, row) for part in when.parts)
        return any(self._true(part, row) for part in when.parts)

    def _has(self, leaf: int, row: int) -> bool:
        """Whether the tables found a leaf in a row."""
        slot, seen = int(self._rules.leaf_slot[leaf]), self._seen
        if slot < 0:
            return any(leaf == one and row in rows for rows, one in seen.more)
        for cell in self._cells(slot, row):
            value = int(seen.value[cell])
            if leaf in self._leaves(value):
                return True
        return False

    def _leaves(self, value: int) -> frozenset[int]:
        """The leaves of a value."""
        found = self._of_value.get(value)
        if found is None:
            begin = self._seen.value_begin
            found = self._of_value[value] = frozenset(self._seen.hits[begin[value] : begin[value + 1]].tolist())
        return found

    def _cells(self, slot: int, row: int) -> range:
        found = self._of_row.get((slot, row))
        if found is None:
            cells = self._seen.cells
            begin, end = int(cells.begin[slot]), int(cells.begin[slot + 1])
            first, last = np.searchsorted(cells.row[begin:end], (row, row + 1)).tolist()
            found = self._of_row[slot, row] = range(begin + first, begin + last)
        return found

    def _hard(self, leaf: int, row: int) -> bool:
        slot, matches = self._rules.hard[leaf]
        for cell in self._cells(slot, row):
            value = int(self._seen.value[cell])
            if (leaf, value) not in self._known:
                decoded = slot in self._rules.keyword_slots and self._rules.structured
                texts, folded = self._read(cell, value, decoded=decoded)
                held, others = _apart(matches)
                self._known[leaf, value] = any(part in text for text in folded for part in held) or any(
                    fits_match(text, m) for m in others for text in texts
                )
            if self._known[leaf, value]:
                return True
        return False

    def _read(self, cell: int, value: int, *, decoded: bool) -> tuple[list[str], list[str]]:
        """The texts of a value, as they are and folded. decoded: those that a record holds."""
        found = self._texts.get((value, decoded))
        if found is None:
            cells = self._seen.cells
            raw = self._frame.text.slice(int(cells.start[cell]), int(cells.length[cell]))
            texts = values_of(raw) if decoded else [raw.decode("utf-8", "replace")]
            found = self._texts[value, decoded] = texts, [fold(t) for t in texts]
        return found


@lru_cache(8192)
def _apart(matches: tuple[Match, ...]) -> tuple[tuple[str, ...], tuple[Match, ...]]:
    """The texts that may stand anywhere whatever their case, which are most and soon looked for; and the others."""
    held: list[str] = []
    others: list[Match] = []
    for match in matches:
        parts = match.parts if isinstance(match, Glob) and not match.cased else ()
        if len(parts) == 3 and parts[0] == ANY == parts[2] and isinstance(parts[1], str):
            held.append(parts[1])
        else:
            others.append(match)
    return tuple(held), tuple(others)


def fits_match(text: str, match: Match) -> bool:
    """Whether a value fits a match that may stand beside a hard one in a leaf."""
    if isinstance(match, Glob):
        return fits(text if match.cased else fold(text), match)
    if isinstance(match, Regex):
        return found(match, text.encode("utf-8", "replace"))
    if isinstance(match, Part):
        part = _part(text, match.unit)
        return part is not None and bool(_COMPARE[match.operator](part, match.number))
    if isinstance(match, Cidr):
        try:
            return "%" not in text and ipaddress.ip_address(text) in ipaddress.ip_network(match.network)
        except ValueError:
            return False
    if isinstance(match, Compare):
        return bool(_NUMBER.match(text)) and bool(_COMPARE[match.operator](float(text), match.number))
    return isinstance(match, Present)


_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
"""What `kernels.numbers.read_number` takes for one: a number means the same wherever it is compared."""

_COMPARE = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}


def _part(text: str, unit: str) -> int | None:
    """A part of a time in UTC; None if the value is no time."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when.isocalendar().week if unit == "week" else int(getattr(when, unit))
