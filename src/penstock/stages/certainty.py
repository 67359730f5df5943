"""What the tables only say may hold, decided: regular expressions, parts of times, keywords in escaped records.

Only rows where a rule's condition may hold as a whole get here, so an expression that is one of several tests is asked
seldom. Each distinct value is asked once, many of them together (`stages.bulk_search`).
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
from penstock.content.sigma.dataset_rules import Joined as Parts
from penstock.content.sigma.expressions import ANY, Cidr, Compare, Glob, Match, Part, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.patterns import found, joinable
from penstock.kernels.leaves import NO, UNKNOWN, YES, cells_to_ask, rows_known, rows_with_leaf
from penstock.stages.bulk_search import Joined
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


MANY = 8
"""Values from which on they are joined and asked together."""


class Certainty:
    """Decides for the rows of one frame."""

    def __init__(self, rules: DatasetRules, frame: Frame, seen: Seen) -> None:
        self._rules = rules
        self._frame = frame
        self._seen = seen
        self._known: dict[int, U8] = {}
        self._texts: dict[tuple[int, bool], tuple[list[str], list[str]]] = {}

    def holds(self, rule: I32, row: I32) -> Mask:
        """bool[k]: whether these rules (places in `DatasetRules.rules`) hold for these rows."""
        fine = np.ones(len(rule), np.bool_)
        unsure = np.zeros(len(self._rules.rules), np.bool_)
        unsure[list(self._rules.exact)] = True
        at = np.flatnonzero(unsure[rule])
        at = at[np.argsort(rule[at], kind="stable")]
        ends = np.flatnonzero(np.diff(rule[at])) + 1
        for some in np.split(at, ends) if len(at) else ():
            fine[some] = self._true(self._rules.exact[int(rule[some[0]])], row[some])
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
                if on[name] and keeps is not None and not self._true(keeps, row[k : k + 1])[0]:
                    sure[k] = name
                    break
        return sure

    def _true(self, when: Resolved, rows: I32) -> Mask:
        """bool[k]: for which of these rows it holds. What is sure already is looked at first."""
        if isinstance(when, bool):
            return np.full(len(rows), when, np.bool_)
        if isinstance(when, int):
            return self._hard(when, rows) if when in self._rules.hard else self._has(when, rows)
        if when.how == "not":
            return ~self._true(when.parts[0], rows)
        neutral = when.how == "and"
        out = np.full(len(rows), neutral, np.bool_)
        open_ = np.arange(len(rows))  # those not decided yet
        for part in sorted(when.parts, key=self._doubtful):
            if not len(open_):
                break
            held = self._true(part, rows[open_])
            out[open_] = held
            open_ = open_[held == neutral]
        return out

    def _doubtful(self, when: Resolved) -> bool:
        """Whether an expression has to be asked for it."""
        if isinstance(when, Parts):
            return any(map(self._doubtful, when.parts))
        return when in self._rules.hard

    def _has(self, leaf: int, rows: I32) -> Mask:
        """For which of these rows the tables found a leaf."""
        slot, seen = int(self._rules.leaf_slot[leaf]), self._seen
        if slot < 0:
            with_it = [r for r, one in seen.more if one == leaf]
            return np.isin(rows, np.concatenate(with_it)) if with_it else np.zeros(len(rows), np.bool_)
        out = np.empty(len(rows), np.bool_)
        begin, end = self._seen.cells.begin[slot : slot + 2].tolist()
        rows_with_leaf(rows, seen.cells.row, begin, end, seen.value, seen.value_begin, seen.hits, leaf, out)
        return out

    def _hard(self, leaf: int, rows: I32) -> Mask:
        """For which of these rows a leaf holds that the tables only say may hold. Each value is asked once."""
        slot, matches = self._rules.hard[leaf]
        seen, cells = self._seen, self._seen.cells
        known = self._known.get(leaf)
        if known is None:
            known = self._known[leaf] = np.full(len(seen.value_begin) - 1, UNKNOWN, np.uint8)
        begin, end = cells.begin[slot : slot + 2].tolist()
        asked = np.empty(end - begin, np.int32)
        asked = asked[: cells_to_ask(rows, cells.row, begin, end, seen.value, known, asked)]
        if len(asked):
            known[seen.value[asked]] = NO
            decoded = slot in self._rules.keyword_slots and self._rules.structured
            asked = asked[self._match(asked, matches, decoded=decoded)]
            known[seen.value[asked]] = YES
        out = np.empty(len(rows), np.bool_)
        rows_known(rows, cells.row, begin, end, seen.value, known, out)
        return out

    def _match(self, cells: I32, matches: tuple[Match, ...], *, decoded: bool) -> Mask:
        """bool[k]: which cells' values fit one of these."""
        out = np.zeros(len(cells), np.bool_)
        at, left = np.arange(len(cells)), matches
        if len(cells) >= MANY and not decoded:
            bulk = [m for m in matches if isinstance(m, Regex) and joinable(m)]
            of = self._seen.cells
            joined = Joined.of(self._frame, of.start[cells], of.length[cells]) if bulk else None
            if joined is not None:
                for match in bulk:
                    out[joined.which(match)] = True
                left = tuple(m for m in matches if m not in bulk)
                at = np.flatnonzero(~out)
        held, others = _apart(left)
        for k in at.tolist() if left else ():
            texts, folded = self._read(int(cells[k]), decoded=decoded)
            out[k] = any(part in text for text in folded for part in held) or any(
                fits_match(text, m) for m in others for text in texts
            )
        return out

    def _read(self, cell: int, *, decoded: bool) -> tuple[list[str], list[str]]:
        """The texts of a cell's value, as they are and folded. decoded: those that a record holds."""
        value = int(self._seen.value[cell])
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
