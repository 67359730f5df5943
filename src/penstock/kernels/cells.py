"""The values of a frame that rules look at, listed column by column: cells."""

from __future__ import annotations

import numpy as np

from penstock.kernels.folding import fold
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U


@kernel
def list_cells(start, length, picks, rows, cell_start, cell_length, cell_row, column_begin):  # type: ignore[no-untyped-def]
    """List the present values of virtual columns, in the order of rows; give the length of the longest.

    start, length int32[P, n]: a frame's matrix; picks int32[V, K]: for each virtual column the matrix rows that may
    hold its value, first come first served, -1 for no more; rows: n. cell_start, cell_length, cell_row int32[V * n];
    column_begin int32[V + 1]: where each column's cells begin.
    """
    at = U(0)
    longest = np.int32(0)
    for v in range(picks.shape[0]):
        column_begin[U(v)] = np.int32(at)
        first = picks[U(v), U(0)]
        if first < 0:
            continue
        single = picks.shape[1] == 1 or picks[U(v), U(1)] < 0
        for i in range(rows):
            c = first
            m = length[U(c), U(i)]
            if m < 0 and not single:
                for k in range(1, picks.shape[1]):
                    c = picks[U(v), U(k)]
                    if c < 0:
                        break
                    m = length[U(c), U(i)]
                    if m >= 0:
                        break
            if m >= 0:
                cell_start[at] = start[U(c), U(i)]
                cell_length[at] = m
                cell_row[at] = np.int32(i)
                at += U(1)
                if m > longest:
                    longest = m
    column_begin[U(picks.shape[0])] = np.int32(at)
    return longest


@part
def _holds(box, n, half, m, back):  # type: ignore[no-untyped-def]
    """Whether box[..n) holds box[half..half+m), in linear time (Knuth, Morris and Pratt 1977)."""
    if m == U(0):
        return True
    back[0] = 0
    k = U(0)
    for q in range(1, np.int64(m)):
        c = box[half + U(q)]
        while k > U(0) and box[half + k] != c:
            k = U(back[k - U(1)])
        if box[half + k] == c:
            k += U(1)
        back[U(q)] = np.int32(k)
    k = U(0)
    for q in range(np.int64(n)):
        c = box[U(q)]
        while k > U(0) and box[half + k] != c:
            k = U(back[k - U(1)])
        if box[half + k] == c:
            k += U(1)
            if k == m:
                return True
    return False


@kernel
def compare_cells(a, one, other, begins, ends, box, back, out):  # type: ignore[no-untyped-def]
    """out uint8[n]: whether one slice equals the other, begins, ends with or holds it (both), without regard to case.

    one, other int32[2, n]: start and length. box uint8: three times the longest of both and 64, twice; back int32:
    half of that.
    """
    half = U(len(box) // 2)
    for j in range(one.shape[1]):
        i = U(j)
        out[i] = 0
        n = fold(a, U(one[U(0), i]), U(one[U(1), i]), box)
        m = fold(a, U(other[U(0), i]), U(other[U(1), i]), box[half:])
        if m > n or (m != n and not begins and not ends):
            continue
        if begins and ends:
            out[i] = _holds(box, n, half, m, back)
            continue
        p = n - m if ends else U(0)
        k = U(0)
        while k < m and box[p + k] == box[half + k]:
            k += U(1)
        out[i] = k == m
