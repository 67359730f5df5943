"""What rows are found to have, a leaf at a time: for the few rows that `kernels.conditions` leaves in doubt.

The cells of a slot stand in the order of rows: `cell_row` from `begin` to `end`. A row may have none, one, or several.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, copy

NO, YES, UNKNOWN, ASKED = 0, 1, 2, 3
"""What is known of a value."""


@part
def _first_cell(cell_row, begin, end, row):  # type: ignore[no-untyped-def]
    """The first cell that is no earlier row's."""
    while begin < end:
        middle = (begin + end) >> 1
        if cell_row[middle] < row:
            begin = middle + 1
        else:
            end = middle
    return begin


@kernel
def rows_with_leaf(rows, cell_row, begin, end, value, value_begin, hits, leaf, out):  # type: ignore[no-untyped-def]
    """out bool[k]: whether a value of each of these rows has the leaf, by what was found (`value_begin`, `hits`)."""
    for k in range(len(rows)):
        row = rows[k]
        found = False
        cell = _first_cell(cell_row, begin, end, row)
        while cell < end and cell_row[cell] == row and not found:
            v = value[cell]
            for h in range(value_begin[v], value_begin[v + 1]):
                if hits[h] == leaf:
                    found = True
                    break
            cell += 1
        out[k] = found


@kernel
def cells_to_ask(rows, cell_row, begin, end, value, known, cells):  # type: ignore[no-untyped-def]
    """Of each value of these rows that is unknown one cell, and it is `ASKED` then. cells int32[end - begin]; how many.

    Not of rows of which another value is known to hold.
    """
    count = 0
    for k in range(len(rows)):
        row = rows[k]
        first = _first_cell(cell_row, begin, end, row)
        last = first
        held = False
        while last < end and cell_row[last] == row:
            held = held or known[value[last]] == YES
            last += 1
        if not held:
            for cell in range(first, last):
                if known[value[cell]] == UNKNOWN:
                    known[value[cell]] = ASKED
                    cells[count] = cell
                    count += 1
    return count


@kernel
def rows_known(rows, cell_row, begin, end, value, known, out):  # type: ignore[no-untyped-def]
    """out bool[k]: whether a value of each of these rows is known to hold."""
    for k in range(len(rows)):
        row = rows[k]
        found = False
        cell = _first_cell(cell_row, begin, end, row)
        while cell < end and cell_row[cell] == row and not found:
            found = known[value[cell]] == YES
            cell += 1
        out[k] = found


@kernel
def join_slices(src, start, length, separator, out, begin):  # type: ignore[no-untyped-def]
    """Copy slices of `src` to `out` (with 8 bytes to spare), behind each the separator. begin int64[n + 1]: where."""
    o = U(0)
    for j in range(len(start)):
        begin[j] = np.int64(o)
        n = U(length[j])
        copy(out, o, src, U(start[j]), n)
        o += n
        out[o] = separator
        o += U(1)
    begin[len(start)] = np.int64(o)
