"""What was usual for a group: thresholds from its own past, by the hour of the week.

Time is cut into slots: hours, or the windows themselves where these are longer. Of each slot in which a group had a
window its greatest value is remembered, for some weeks. A window is compared with the group's slots at the same hour of
the week; when there are fewer than ENOUGH of these, with those at the same hour of the day; when even these are too
few, with all. Expected is their median; the spread is 1.4826 times the median distance from it (as wide as a standard
deviation where values are normally distributed; F. R. Hampel, "The Influence Curve and Its Role in Robust Estimation",
1974), and at least a tenth of what is expected, so that a group that never varies does not alarm at the first event
more. A slot without events counts as 0 where that has a meaning (counts and sums), from the group's first slot on.

The history is a ring like the log, in order of slots, with a chain a group. Two entry words behind the measure's: 1 +
number of the group's latest remembered slot, 0 for none; and its first slot, `biased`.
"""

from __future__ import annotations

import math

import numpy as np

from penstock.kernels.jit import part
from penstock.kernels.percentiles import sort_values
from penstock.kernels.window_layout import (
    E_COUNT,
    H_LINK,
    H_SLOT,
    H_VALUE,
    LOW32,
    NEXT,
    P_DAY,
    P_DEVIATIONS,
    P_WARMUP,
    P_WEEKS,
    P_ZEROS,
    PAST,
    as_float,
    as_word,
    biased,
    unbiased,
)
from penstock.kernels.words import U

BASELINE_WORDS = 2
ENOUGH = 3
"""Slots that a median is taken of, at least."""

OF_WEEK, OF_DAY, OF_ALL = 1, 2, 3
NORMAL = 1.4826
LEAST_SPREAD = 0.1
MOST_WEEKS = 8
BASELINE_SCRATCH = 2 * (MOST_WEEKS * 168 + 1)


@part
def remember(held, slot, when, value):  # type: ignore[no-untyped-def]
    """The group had a window of this value in slot `when`, which is its latest or a later one. There is room."""
    entries = held.entries
    history = held.history
    mask = U(len(history)) - U(1)
    at = U(entries.shape[1] - BASELINE_WORDS)
    last = entries[slot, at]
    if last != U(0):
        place = (last - U(1)) & mask
        if np.int64(history[place, H_SLOT]) == when:
            if value > as_float(history[place, H_VALUE]):
                history[place, H_VALUE] = as_word(value)
            return
    elif entries[slot, at + U(1)] == U(0):
        entries[slot, at + U(1)] = biased(when)
    number = U(held.registers[NEXT])
    place = number & mask
    history[place, H_SLOT] = U(when)
    history[place, H_VALUE] = as_word(value)
    history[place, H_LINK] = (slot << U(32)) | (number + U(1) - last if last != U(0) else U(0))
    entries[slot, at] = number + U(1)
    held.registers[NEXT] += 1


@part
def _recall(held, slot, when, slots, values, missing):  # type: ignore[no-untyped-def]
    """values[d]: the group's value d slots ago, for d in 1..slots; `missing` where there is none."""
    for d in range(slots + 1):
        values[U(d)] = missing
    history = held.history
    mask = U(len(history)) - U(1)
    last = held.entries[slot, U(held.entries.shape[1] - BASELINE_WORDS)]
    past = U(held.registers[PAST])
    while last > past:
        place = (last - U(1)) & mask
        d = when - np.int64(history[place, H_SLOT])
        if d > slots:
            break
        values[U(d)] = as_float(history[place, H_VALUE])
        link = history[place, H_LINK] & LOW32
        if link == U(0):
            break
        last -= link


@part
def _median(values, begin, n):  # type: ignore[no-untyped-def]
    """The median of values[begin : begin + n]. Sorts them."""
    sort_values(values, begin, n)
    half = n // U(2)
    if n & U(1):
        return values[begin + half]
    return (values[begin + half - U(1)] + values[begin + half]) / 2.0


@part
def expected(held, rule, slot, when, scratch):  # type: ignore[no-untyped-def]
    """What is usual for the group in slot `when`: (median, threshold, slots it is taken of, which: 0 when none may be).

    scratch float64[BASELINE_SCRATCH].
    """
    plan = rule.plan
    first_word = held.entries[slot, U(held.entries.shape[1] - 1)]
    if first_word == U(0):
        return 0.0, 0.0, 0, 0
    age = when - unbiased(first_word)
    if age < plan[P_WARMUP]:
        return 0.0, 0.0, 0, 0
    day = plan[P_DAY]
    slots = plan[P_WEEKS] * 7 * day
    _recall(held, slot, when, slots, scratch, 0.0 if plan[P_ZEROS] else math.nan)
    begin = U(slots + 1)
    for which in (OF_WEEK, OF_DAY, OF_ALL):
        step = 7 * day if which == OF_WEEK else (day if which == OF_DAY else 1)
        n = U(0)
        d = step
        while d <= slots and d <= age:
            v = scratch[U(d)]
            if not math.isnan(v):
                scratch[begin + n] = v
                n += U(1)
            d += step
        if n >= U(ENOUGH):
            middle = _median(scratch, begin, n)
            for j in range(n):
                scratch[begin + U(j)] = abs(scratch[begin + U(j)] - middle)
            spread = NORMAL * _median(scratch, begin, n)
            least = LEAST_SPREAD * abs(middle)
            if spread < least:
                spread = least
            return middle, middle + plan[P_DEVIATIONS] / 1e6 * spread, np.int64(n), which
    return 0.0, 0.0, 0, 0


@part
def oldest_group(held, before):  # type: ignore[no-untyped-def]
    """Forget the oldest remembered slot if it is before `before`.

    Gives its group if that has no other and no window open either, and so is to be forgotten; -1 if not; -2 when there
    is nothing to forget.
    """
    registers = held.registers
    number = U(registers[PAST])
    if number >= U(registers[NEXT]):
        return -2
    place = number & (U(len(held.history)) - U(1))
    if np.int64(held.history[place, H_SLOT]) >= before:
        return -2
    registers[PAST] += 1
    slot = held.history[place, H_LINK] >> U(32)
    at = U(held.entries.shape[1] - BASELINE_WORDS)
    if held.entries[slot, at] != number + U(1):
        return -1
    held.entries[slot, at] = U(0)
    return np.int64(slot) if held.entries[slot, E_COUNT] == U(0) else -1
