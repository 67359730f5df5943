"""Rows in order: by time, then event id, then group; and the same event of the same group once."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.window_layout import R_ID, R_MASK, R_TIME, R_VALUE, ROW
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
def _first_rule(mask):  # type: ignore[no-untyped-def]
    """The mask's lowest bit: rows that were made one already have the value of that rule."""
    return mask & (~mask + U(1))


@part
def _less(a, i, b, j):  # type: ignore[no-untyped-def]
    how = stands(a, i, b, j)
    if how != 0:
        return how < 0
    x = _first_rule(a[i, R_MASK])
    y = _first_rule(b[j, R_MASK])
    return x < y or (x == y and a[i, R_VALUE] < b[j, R_VALUE])


@part
def _copy(a, i, b, j):  # type: ignore[no-untyped-def]
    for c in range(ROW):
        b[j, U(c)] = a[i, U(c)]


@part
def _insert(rows, begin, end, spare):  # type: ignore[no-untyped-def]
    """Sort rows[begin:end], which are few."""
    k = begin + U(1)
    while k < end:
        if _less(rows, k, rows, k - U(1)):
            _copy(rows, k, spare, U(0))
            j = k
            while j > begin and _less(spare, U(0), rows, j - U(1)):
                _copy(rows, j - U(1), rows, j)
                j -= U(1)
            _copy(spare, U(0), rows, j)
        k += U(1)


@part
def _sink(rows, begin, i, n, spare):  # type: ignore[no-untyped-def]
    _copy(rows, begin + i, spare, U(0))
    child = i * U(2) + U(1)
    while child < n:
        if child + U(1) < n and _less(rows, begin + child, rows, begin + child + U(1)):
            child += U(1)
        if not _less(spare, U(0), rows, begin + child):
            break
        _copy(rows, begin + child, rows, begin + i)
        i = child
        child = i * U(2) + U(1)
    _copy(spare, U(0), rows, begin + i)


@part
def _heap(rows, begin, end, spare):  # type: ignore[no-untyped-def]
    """Sort rows[begin:end], which nobody can make slow."""
    n = end - begin
    for k in range(n // U(2)):
        _sink(rows, begin, n // U(2) - U(1) - U(k), n, spare)
    for k in range(n):
        last = n - U(1) - U(k)
        _copy(rows, begin, spare, U(1))
        _copy(rows, begin + last, rows, begin)
        _copy(spare, U(1), rows, begin + last)
        _sink(rows, begin, U(0), last, spare)


@part
def _spread(rows, begin, end, spare, counts):  # type: ignore[no-untyped-def]
    """Sort rows[begin:end], of which there are many: ids are as good as random, so their first bits nearly do it."""
    n = end - begin
    shift = U(63)
    size = U(2)
    while size < n and size < U(len(counts)):
        size <<= U(1)
        shift -= U(1)
    for k in range(size):
        counts[U(k)] = 0
    i = begin
    while i < end:
        counts[rows[i, R_ID] >> shift] += 1
        _copy(rows, i, spare, i - begin)
        i += U(1)
    total = 0
    for k in range(size):
        here = counts[U(k)]
        counts[U(k)] = total
        total += here
    for j in range(n):
        bucket = spare[U(j), R_ID] >> shift
        _copy(spare, U(j), rows, begin + U(counts[bucket]))
        counts[bucket] += 1
    low = begin
    for k in range(size):
        high = begin + U(counts[U(k)])
        if high - low > U(FEW):
            _heap(rows, low, high, spare)
        elif high - low > U(1):
            _insert(rows, low, high, spare)
        low = high


@kernel
def order_ties(rows, spare, counts):  # type: ignore[no-untyped-def]
    """Put rows of one time, which are neighbours, in order of id, group, rule and value.

    Scratch: spare uint64[at least n and 2, 8], counts int64[2^k].
    """
    n = U(len(rows))
    i = U(0)
    while i < n:
        j = i + U(1)
        while j < n and rows[j, R_TIME] == rows[i, R_TIME]:
            j += U(1)
        if j - i > U(FEW):
            _spread(rows, i, j, spare, counts)
        elif j - i > U(1):
            _insert(rows, i, j, spare)
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

    An event that several rules matched is one event; its value is that of the first rule, the first
    of several.
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
