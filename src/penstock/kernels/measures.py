"""What a window is measured by: events that come in, events that leave, and whether the condition holds.

Every measure is an integer of 128 bits, in millionths, so conditions compare exactly: counts and numbers of rules are
multiplied up, an average is compared by its sum, a percentile by its rank. The kind of measure is the same for all rows
of a call, so the branches here cost next to nothing.
"""

from __future__ import annotations

from penstock.kernels.distinct_values import DISTINCT_WORDS, enter_distinct, leave_distinct
from penstock.kernels.int128 import UNIT, compare, millionths, minus, plus, times
from penstock.kernels.jit import inlined, part
from penstock.kernels.percentiles import (
    PERCENTILE_WORDS,
    enter_percentile,
    exact_percentile,
    leave_percentile,
    percentile_sign,
)
from penstock.kernels.rules_seen import count_bits, enter_ordered, enter_seen, evaluate, longest_ordered, rules_in
from penstock.kernels.window_layout import (
    AVERAGE,
    COUNT,
    DISTINCT,
    E_COUNT,
    E_MEASURE,
    EQ,
    EXPRESSION,
    GT,
    GTE,
    LT,
    LTE,
    ORDERED,
    P_MEASURE,
    P_NEED,
    P_PERCENT,
    P_RULES,
    PERCENTILE,
    RULES,
    SUM,
    as_float,
)
from penstock.kernels.words import U


def measure_words(measure: int, rules: int, positions: int, closers: int, bounds: int) -> int:
    """How many entry words a measure keeps."""
    if measure == DISTINCT:
        return DISTINCT_WORDS
    if measure in {SUM, AVERAGE}:
        return 2
    if measure == PERCENTILE:
        return PERCENTILE_WORDS * bounds
    if measure in {RULES, EXPRESSION}:
        return rules
    if measure == ORDERED:
        return positions * positions + (rules if closers else 0)
    return 0


@inlined
def enter(held, rule, slot, number, time, mask, value, sliding):  # type: ignore[no-untyped-def]
    """Event `number`, just appended to the log, comes into the group's window."""
    kind = rule.plan[P_MEASURE]
    entries = held.entries
    if kind == COUNT:
        return
    if kind == DISTINCT:
        if entries[slot, E_MEASURE] & U(1) or entries[slot, E_COUNT] >= U(rule.plan[P_NEED]):
            enter_distinct(held, slot, value)
    elif kind == SUM or kind == AVERAGE:
        high, low = millionths(as_float(value))
        high, low = plus(entries[slot, E_MEASURE], entries[slot, E_MEASURE + U(1)], high, low)
        entries[slot, E_MEASURE] = high
        entries[slot, E_MEASURE + U(1)] = low
    elif kind == PERCENTILE:
        if sliding:
            enter_percentile(held, rule, slot, number, value)
    elif kind == ORDERED:
        enter_ordered(entries, slot, rule, mask, time)
    else:
        enter_seen(entries, slot, E_MEASURE, rule.plan[P_RULES], mask, time)


@inlined
def leave(held, rule, slot, number, value):  # type: ignore[no-untyped-def]
    """Event `number` leaves the group's sliding window."""
    kind = rule.plan[P_MEASURE]
    entries = held.entries
    if kind == DISTINCT:
        leave_distinct(held, slot, value)
    elif kind == SUM or kind == AVERAGE:
        high, low = millionths(as_float(value))
        high, low = minus(entries[slot, E_MEASURE], entries[slot, E_MEASURE + U(1)], high, low)
        entries[slot, E_MEASURE] = high
        entries[slot, E_MEASURE + U(1)] = low
    elif kind == PERCENTILE:
        leave_percentile(held, rule, slot, number, value)


@inlined
def measured(held, rule, slot, since):  # type: ignore[no-untyped-def]
    """The measure of the group's window, which begins at `since`, in millionths (an average's sum; no percentile)."""
    kind = rule.plan[P_MEASURE]
    entries = held.entries
    if kind == SUM or kind == AVERAGE:
        return entries[slot, E_MEASURE], entries[slot, E_MEASURE + U(1)]
    if kind == COUNT:
        n = entries[slot, E_COUNT]
    elif kind == DISTINCT:
        n = entries[slot, E_MEASURE] >> U(1)
    elif kind == ORDERED:
        n = U(longest_ordered(entries, slot, rule, since))
    else:
        n = U(count_bits(rules_in(entries, slot, E_MEASURE, rule.plan[P_RULES], since)))
    return U(0), n * U(UNIT)


@inlined
def is_so(op, sign):  # type: ignore[no-untyped-def]
    """Whether a comparison holds of what is less (-1), equal (0) or greater (1)."""
    if op == GTE:
        return sign >= 0
    if op == GT:
        return sign > 0
    if op == LTE:
        return sign <= 0
    if op == LT:
        return sign < 0
    return (sign == 0) == (op == EQ)


@inlined
def holds(held, rule, slot, since):  # type: ignore[no-untyped-def]
    """Whether the condition holds of the group's sliding window, or of one that is over unless it is a percentile."""
    kind = rule.plan[P_MEASURE]
    if kind == EXPRESSION:
        return evaluate(rule.program, rules_in(held.entries, slot, E_MEASURE, rule.plan[P_RULES], since))
    if kind == DISTINCT and not held.entries[slot, E_MEASURE] & U(1):
        return False
    if kind == PERCENTILE:
        for c in range(len(rule.ops)):
            if not is_so(rule.ops[U(c)], percentile_sign(held, rule, slot, c)):
                return False
        return True
    high, low = measured(held, rule, slot, since)
    return compared(rule, high, low, held.entries[slot, E_COUNT] if kind == AVERAGE else U(1))


@inlined
def compared(rule, high, low, n):  # type: ignore[no-untyped-def]
    """Whether all comparisons hold of (high, low), bounds taken n times."""
    for c in range(len(rule.ops)):
        bh, bl = times(rule.bounds[U(c), U(0)], rule.bounds[U(c), U(1)], n)
        if not is_so(rule.ops[U(c)], compare(high, low, bh, bl)):
            return False
    return True


@part
def percentile_of(rule, values, n):  # type: ignore[no-untyped-def]
    """The percentile of values[0:n], in hundredths of millionths, and whether the condition holds of it."""
    high, low = exact_percentile(values, n, rule.plan[P_PERCENT])
    return high, low, compared(rule, high, low, U(100))
