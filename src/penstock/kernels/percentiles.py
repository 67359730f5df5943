"""Percentiles of a window, exactly, without sorting it at every event.

A percentile is interpolated linearly between the two values around its rank (type 7 of R. J. Hyndman, Y. Fan, "Sample
Quantiles in Statistical Packages", The American Statistician 50, 1996; NumPy's default; the median is the 50th).

Whether it is above or below a bound hardly ever needs its value: how many values are below the bound and how many are
not above it says it, and two counts cost nothing to keep. Only when the bound lies between the two neighbours do these
matter, and then they are the greatest value below the bound and the least above it (`extremes`). A window that is
judged once, at its end, is sorted.

Entry words of bound c from 6 + 5c on: values below << 32 | values not above; then those of the two extremes.
"""

from __future__ import annotations

from penstock.kernels.extremes import enter_extreme, extreme, leave_extreme
from penstock.kernels.int128 import compare, millionths, plus, times
from penstock.kernels.jit import part
from penstock.kernels.window_layout import E_COUNT, E_MEASURE, LOW32, P_PERCENT, as_float
from penstock.kernels.words import U

PERCENTILE_WORDS = 5
"""A bound."""


@part
def enter_percentile(held, rule, slot, number, word):  # type: ignore[no-untyped-def]
    """Event `number`, whose value has the bits of `word`, comes into the window."""
    v = as_float(word)
    high, low = millionths(v)
    for c in range(len(rule.bounds)):
        at = E_MEASURE + U(PERCENTILE_WORDS * c)
        stands = compare(high, low, rule.bounds[U(c), U(0)], rule.bounds[U(c), U(1)])
        if stands <= 0:
            held.entries[slot, at] += U(1)
        if stands < 0:
            held.entries[slot, at] += U(1) << U(32)
            enter_extreme(held, slot, at + U(1), U(c), number, v, 1.0)
        elif stands > 0:
            enter_extreme(held, slot, at + U(3), U(c), number, v, -1.0)


@part
def leave_percentile(held, rule, slot, number, word):  # type: ignore[no-untyped-def]
    """It leaves."""
    high, low = millionths(as_float(word))
    for c in range(len(rule.bounds)):
        at = E_MEASURE + U(PERCENTILE_WORDS * c)
        stands = compare(high, low, rule.bounds[U(c), U(0)], rule.bounds[U(c), U(1)])
        if stands <= 0:
            held.entries[slot, at] -= U(1)
        if stands < 0:
            held.entries[slot, at] -= U(1) << U(32)
            leave_extreme(held, slot, at + U(1), U(c), number)
        elif stands > 0:
            leave_extreme(held, slot, at + U(3), U(c), number)


@part
def percentile_sign(held, rule, slot, c):  # type: ignore[no-untyped-def]
    """-1, 0, 1: how the window's percentile stands to bound c."""
    at = E_MEASURE + U(PERCENTILE_WORDS * c)
    n = held.entries[slot, E_COUNT]
    rank = (n - U(1)) * U(rule.plan[P_PERCENT])
    i = rank // U(100)
    part_of = rank - i * U(100)
    below = held.entries[slot, at] >> U(32)
    upto = held.entries[slot, at] & LOW32
    # the two neighbours are the values of rank i and i + 1, counted from 0; with nothing between them, the first alone
    second = i + U(1) if part_of != U(0) else i
    if below > second:
        return -1
    if below <= i:  # the first is not below
        return 0 if upto > second else 1
    # the first is below, the second is not
    if upto > second:
        return -1  # it is the bound itself
    first = extreme(held, at + U(1), slot)
    other = extreme(held, at + U(3), slot)
    return _between(first, other, part_of, rule.bounds[U(c), U(0)], rule.bounds[U(c), U(1)])


@part
def _between(first, other, part_of, high, low):  # type: ignore[no-untyped-def]
    ah, al = interpolated(first, other, part_of)
    bh, bl = times(high, low, U(100))
    return compare(ah, al, bh, bl)


@part
def interpolated(first, other, part_of):  # type: ignore[no-untyped-def]
    """What lies part_of hundredths of the way between two values, in hundredths of millionths."""
    ah, al = millionths(first)
    ah, al = times(ah, al, U(100) - part_of)
    bh, bl = millionths(other)
    bh, bl = times(bh, bl, part_of)
    return plus(ah, al, bh, bl)


@part
def exact_percentile(values, n, percent):  # type: ignore[no-untyped-def]
    """The percentile of values[0:n], in hundredths of millionths. Sorts them."""
    sort_values(values, U(0), n)
    rank = (n - U(1)) * U(percent)
    i = rank // U(100)
    part_of = rank - i * U(100)
    return interpolated(values[i], values[i + U(1)] if part_of != U(0) else values[i], part_of)


@part
def sort_values(values, begin, n):  # type: ignore[no-untyped-def]
    """Sort values[begin : begin + n]. Heapsort: in place, and never worse than n log n whoever chose the values."""
    for k in range(n // U(2)):
        _sink(values, begin, n // U(2) - U(1) - U(k), n)
    for k in range(n):
        end = n - U(1) - U(k)
        top = values[begin]
        values[begin] = values[begin + end]
        values[begin + end] = top
        _sink(values, begin, U(0), end)


@part
def _sink(values, begin, i, n):  # type: ignore[no-untyped-def]
    v = values[begin + i]
    child = i * U(2) + U(1)
    while child < n:
        if child + U(1) < n and values[begin + child + U(1)] > values[begin + child]:
            child += U(1)
        if values[begin + child] <= v:
            break
        values[begin + i] = values[begin + child]
        i = child
        child = i * U(2) + U(1)
    values[begin + i] = v
