"""Look for all rules' literals in the cells of a frame; in records only where a rule that looks into them may hold."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, I64, Frame
from penstock.content.sigma.dataset_rules import DatasetRules, Guarded
from penstock.content.sigma.slots import KEYWORDS
from penstock.kernels.conditions import DEEPEST, rows_that_hold
from penstock.kernels.folding import WIDEST
from penstock.kernels.literals import match_cells
from penstock.stages.certainty import Seen
from penstock.stages.field_pairs import rows_where
from penstock.stages.slot_cells import Cells, SlotReader

PLACES = 4096
"""Places of a value where literals may begin that are listed at a time: 16 KB, which the first-level cache holds."""


class LiteralSearch:
    """Looks for the literals of one dataset's rules."""

    def __init__(self, rules: DatasetRules) -> None:
        self._rules = rules
        self._tables = rules.tables.arrays()
        self._reader = SlotReader(rules.slots[: len(rules.slots) - len(rules.guarded)])
        self._records = SlotReader((KEYWORDS,))

    def __call__(self, frame: Frame) -> Seen:
        """What the values of a frame are found to be."""
        run = _Run(self._rules, frame)
        seen = run.match(self._reader.read(frame), self._tables)
        if self._rules.guarded:
            cells = self._with_records(frame, seen)
            if len(cells.start) > len(seen.cells.start):
                seen = run.match(cells, self._tables)
            else:
                seen.cells = cells
        for pair in self._rules.pairs:
            rows = rows_where(frame.text.data, seen.cells, pair)
            if len(rows):
                seen.more.append((rows, pair.leaf))
        return seen

    def _with_records(self, frame: Frame, seen: Seen) -> Cells:
        """The cells, and behind them those of guarded slots: the records of the rows where their guards may hold."""
        cells = seen.cells
        parts = [(cells.start, cells.length, cells.row)]
        sizes, longest = [], cells.longest
        records: Cells | None = None
        for one in self._rules.guarded:
            inside = self._where(len(frame), seen, one)
            sizes.append(0)
            if not inside.any():
                continue
            records = records or self._records.read(frame)
            here = inside[records.row] != 0
            parts.append((records.start[here], records.length[here], records.row[here]))
            sizes[-1] = len(parts[-1][0])
            longest = max(longest, records.longest)
        begin = np.concatenate([cells.begin, cells.begin[-1] + np.cumsum(sizes)]).astype(np.int32)
        if len(parts) == 1:
            return Cells(cells.start, cells.length, cells.row, begin, longest)
        start, length, row = (np.concatenate([p[k] for p in parts]) for k in range(3))
        return Cells(start, length, row, begin, longest)

    def _where(self, rows: int, seen: Seen, one: Guarded) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        """uint8[rows]: where a guard may hold."""
        rules, cells = self._rules, seen.cells
        out = np.empty(rows, np.uint8)
        rows_that_hold(
            rows, cells.row, seen.value, np.stack([cells.begin[:-1], cells.begin[1:]], axis=1), seen.value_begin,
            seen.hits, one.columns, rules.program, rules.guard_begin[one.guard], rules.guard_begin[one.guard + 1],
            np.zeros(rules.leaves, np.uint64), np.empty(rules.leaves, np.int32), np.empty(DEEPEST, np.uint64), out,
        )  # fmt: skip
        return out


class _Run:
    """One frame's search: it may go on with further columns behind those that are done."""

    def __init__(self, rules: DatasetRules, frame: Frame) -> None:
        self._leaves = rules.leaves
        self._text = frame.text
        self._leaf_seen: I32 = np.full(rules.leaves, -1, np.int32)
        self._lit_seen: I32 = np.full(len(rules.tables.literal), -1, np.int32)
        self._byte_seen: I32 = np.full(256, -1, np.int32)
        self._places: I32 = np.empty(PLACES, np.int32)
        self._state: I64 = np.zeros(4, np.int64)
        none = np.empty(0, np.int32)
        self._value, self._value_cell, self._value_begin, self._hits = none, none, none, none

    def match(self, cells: Cells, tables: tuple[np.ndarray[tuple[int, ...], np.dtype[np.generic]], ...]) -> Seen:
        """What is found in these cells, those of the columns that are done first."""
        n, state = len(cells.start), self._state
        widest = int(np.diff(cells.begin[int(state[0]) :]).max(initial=0))
        slots = np.empty(1 << max(4, (2 * widest).bit_length()), np.int32)
        box = np.empty(WIDEST * cells.longest + 64, np.uint8)
        values, hits = int(state[2]), int(state[3])
        self._value = _grown(self._value, len(self._value), n)
        self._value_cell = _grown(self._value_cell, values, n + 2)
        self._value_begin = _grown(self._value_begin, values, n + 3)
        self._hits = _grown(self._hits, hits, 8 * n + 2 * self._leaves + 64)
        while not match_cells(
            self._text.data, cells.start, cells.length, cells.begin, *tables, box, slots, self._leaf_seen,
            self._lit_seen, self._byte_seen, self._places, self._value, self._value_cell, self._value_begin, self._hits,
            state,
        ):  # fmt: skip
            self._hits = _grown(self._hits, int(state[3]), 2 * len(self._hits))
        values, hits = int(state[2]), int(state[3])
        return Seen(cells, self._value, self._value_cell, self._value_begin[: values + 1], self._hits[:hits])


def _grown(array: I32, used: int, size: int) -> I32:
    """What is used of the array, with room behind it."""
    grown = np.empty(max(size, used), np.int32)
    grown[:used] = array[:used]
    return grown
