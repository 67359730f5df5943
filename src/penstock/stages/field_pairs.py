"""Tests of one field against another: cells of two slots that stand in one row."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8
from penstock.content.sigma.dataset_rules import FieldPair
from penstock.kernels.cells import compare_cells
from penstock.kernels.folding import WIDEST
from penstock.stages.slot_cells import Cells

MOST_ELEMENTS = 256
"""Elements of an array that are held against those of another: each against each, so their number must have a bound."""


def rows_where(text: U8, cells: Cells, pair: FieldPair) -> I32:
    """The rows, ascending, where some element of the one field stands so to some of the other."""
    i, j = _met(cells, pair.one, pair.other)
    one, other = (np.stack([cells.start[k], cells.length[k]]) for k in (i, j))
    room = WIDEST * cells.longest + 64
    out = np.zeros(len(i), np.uint8)
    box, back = np.empty(2 * room, np.uint8), np.empty(room, np.int32)
    compare_cells(text, one, other, pair.begins, pair.ends, box, back, out)
    return np.unique(cells.row[i[out != 0]])


def _met(cells: Cells, one: int, other: int) -> tuple[I32, I32]:
    """Cells of both slots that are in one row, each with each."""
    begin, end = int(cells.begin[other]), int(cells.begin[other + 1])
    rows = cells.row[begin:end]
    i = np.arange(cells.begin[one], cells.begin[one + 1], dtype=np.int32)
    mine = cells.row[i]
    i = i[np.arange(len(i)) - np.searchsorted(mine, mine) < MOST_ELEMENTS]
    first = np.searchsorted(rows, cells.row[i])
    many = np.minimum(np.searchsorted(rows, cells.row[i], "right") - first, MOST_ELEMENTS)
    which = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(i, many), (begin + np.repeat(first, many) + which).astype(np.int32)
