"""Rows in order: by time, then event id, then group; and the same event of the same group once."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.window_layout import R_ID, R_MASK, R_TIME, ROW
from penstock.kernels.words import U

FEW = 16
"""Rows of one time that are sorted by insertion."""


@part
def stands(a, i, b, j):  # type: ignore[no-untyped-def]
    """-1, 0, 1: how row i of a stands to row j of b by time, id and group."""
    x = np.int64(a[i, R_TIME])
    y = np.int64(b[j, R_TIME])
    if x != y:
        return -1 if x < y else 1
    for c in range(1, 5):
        if a[i, U(c)] != b[j, U(c)]:
            return -1 if a[i, U(c)] < b[j, U(c)] else 1
    return 0


@part
def _less(rows, i, j):  # type: ignore[no-untyped-def]
    how = stands(rows, i, rows, j)
    return how < 0 or (how == 0 and rows[i, R_MASK] < rows[j, R_MASK])


@part
def _sink(rows, order, begin, i, n):  # type: ignore[no-untyped-def]
    x = order[begin + i]
    child = i * U(2) + U(1)
    while child < n:
        if child + U(1) < n and _less(rows, U(order[begin + child]), U(order[begin + child + U(1)])):
            child += U(1)
        if not _less(rows, U(x), U(order[begin + child])):
            break
        order[begin + i] = order[begin + child]
        i = child
        child = i * U(2) + U(1)
    order[begin + i] = x


@part
def _sort(rows, order, begin, n):  # type: ignore[no-untyped-def]
    """Sort order[begin : begin + n]: by insertion when it is short, else by heap, which nobody can make slow."""
    if n <= U(FEW):
        for k in range(1, n):
            x = order[begin + U(k)]
            j = begin + U(k)
            while j > begin and _less(rows, U(x), U(order[j - U(1)])):
                order[j] = order[j - U(1)]
                j -= U(1)
            order[j] = x
        return
    for k in range(n // U(2)):
        _sink(rows, order, begin, n // U(2) - U(1) - U(k), n)
    for k in range(n):
        end = n - U(1) - U(k)
        top = order[begin]
        order[begin] = order[begin + end]
        order[begin + end] = top
        _sink(rows, order, begin, U(0), end)


@kernel
def order_ties(rows, order):  # type: ignore[no-untyped-def]
    """order int64[n]: rows by time; put those of one time in order of id, group and rule."""
    n = U(len(order))
    i = U(0)
    while i < n:
        j = i + U(1)
        while j < n and rows[U(order[j]), R_TIME] == rows[U(order[i]), R_TIME]:
            j += U(1)
        if j - i > U(1):
            _sort(rows, order, i, j - i)
        i = j


@kernel
def take_rows(rows, order, out):  # type: ignore[no-untyped-def]
    """out uint64[n, 8]: the rows in this order."""
    for j in range(len(order)):
        i = U(order[U(j)])
        for c in range(ROW):
            out[U(j), U(c)] = rows[i, U(c)]


@kernel
def unite(rows):  # type: ignore[no-untyped-def]
    """Make one row of those equal in time, id and group, which are neighbours; give how many rows there are then, and
    how many only repeated what was there.

    An event that several rules matched is one event; its value is that of the first rule.
    """
    n = U(0)
    repeated = 0
    for j in range(len(rows)):
        i = U(j)
        if n > U(0) and stands(rows, n - U(1), rows, i) == 0:
            if rows[n - U(1), R_MASK] & rows[i, R_MASK]:
                repeated += 1
            rows[n - U(1), R_MASK] |= rows[i, R_MASK]
            continue
        if n != i:
            for c in range(ROW):
                rows[n, U(c)] = rows[i, U(c)]
        n += U(1)
    return n, repeated


@kernel
def rows_until(rows, time):  # type: ignore[no-untyped-def]
    """How many of these rows, which are in order, are at this time or before."""
    low = U(0)
    high = U(len(rows))
    while low < high:
        middle = (low + high) >> U(1)
        if np.int64(rows[middle, R_TIME]) <= time:
            low = middle + U(1)
        else:
            high = middle
    return np.int64(low)


@kernel
def rows_upto(rows, other, row):  # type: ignore[no-untyped-def]
    """How many of these rows, which are in order, are not after that row of others by time and id."""
    low = U(0)
    high = U(len(rows))
    time = np.int64(other[row, R_TIME])
    while low < high:
        middle = (low + high) >> U(1)
        x = np.int64(rows[middle, R_TIME])
        upto = x < time
        if x == time:
            upto = rows[middle, R_ID] < other[row, R_ID] or (
                rows[middle, R_ID] == other[row, R_ID] and rows[middle, R_ID + U(1)] <= other[row, R_ID + U(1)]
            )
        if upto:
            low = middle + U(1)
        else:
            high = middle
    return np.int64(low)


@kernel
def follows(a, i, b, j):  # type: ignore[no-untyped-def]
    """Whether row j of b is a later event than row i of a."""
    if a[i, R_TIME] == b[j, R_TIME] and a[i, R_ID] == b[j, R_ID] and a[i, R_ID + U(1)] == b[j, R_ID + U(1)]:
        return False
    return stands(a, i, b, j) < 0
