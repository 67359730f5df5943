"""Windows that are judged when they are over: what happens at their end, and how an event comes into one."""

from __future__ import annotations

import numpy as np

from penstock.kernels.baselines import BASELINE_WORDS, expected, remember
from penstock.kernels.distinct_values import distinct_room, forget_distinct
from penstock.kernels.event_log import append, keep_text, window_values
from penstock.kernels.group_table import remove
from penstock.kernels.jit import inlined, part
from penstock.kernels.measures import enter, holds, measured, percentile_of
from penstock.kernels.raising import has_room, write_alert
from penstock.kernels.regularity import is_regular
from penstock.kernels.window_layout import (
    A_EXPECTED,
    A_HISTORY,
    A_LENGTH,
    A_THRESHOLD,
    AVERAGE,
    DISTINCT,
    DONE,
    E_COUNT,
    E_FIRST,
    E_LAST,
    E_MEASURE,
    FULL,
    HISTORY_FULL,
    L_LENGTH,
    L_TEXT,
    L_TIME,
    NEVER,
    NEXT,
    P_EVERY,
    P_MEASURE,
    P_SLOT,
    P_WEEKS,
    PAIRS,
    PAIRS_FULL,
    PAST,
    PERCENTILE,
    R_MASK,
    R_TEXT,
    R_TIME,
    R_VALUE,
    RULES,
    SCRATCH_FULL,
    TAIL,
    TEXTS,
    WANT,
    as_word,
)
from penstock.kernels.words import U

NO_EVENT = np.uint64((1 << 64) - 2)
"""E_FIRST of a group without a window."""


@part
def can_judge(held, rule, slot, out):  # type: ignore[no-untyped-def]
    """DONE, or what there is no room for."""
    registers = held.registers
    if not has_room(out, registers):
        return FULL
    n = held.entries[slot, E_COUNT]
    if (rule.plan[P_MEASURE] == PERCENTILE or rule.plan[P_EVERY] != 0) and n > U(len(out.scratch)):
        registers[WANT] = np.int64(n)
        return SCRATCH_FULL
    if rule.plan[P_WEEKS] != 0 and registers[NEXT] - registers[PAST] >= len(held.history):
        return HISTORY_FULL
    return DONE


@part
def _as_number(high, low):  # type: ignore[no-untyped-def]
    return np.int64(high) * 18446744073709551616.0 + np.float64(low)


@part
def judge(held, rule, slot, out):  # type: ignore[no-untyped-def]
    """The group's window is over: raise an alert if the condition holds, and if its events are regular or it is beyond
    the baseline where that is asked; then forget the window. `can_judge` said DONE.
    """
    entries = held.entries
    log = held.log
    plan = rule.plan
    kind = plan[P_MEASURE]
    n = entries[slot, E_COUNT]
    if kind == PERCENTILE:
        window_values(held, slot, out.scratch)
        high, low, so = percentile_of(rule, out.scratch, n)
    else:
        so = holds(held, rule, slot, NEVER)
        high, low = measured(held, rule, slot, NEVER)
    if so and plan[P_EVERY] != 0:
        so = is_regular(held, rule, slot, out.scratch)
    first = entries[slot, E_FIRST] & (U(len(log)) - U(1))
    middle = 0.0
    threshold = 0.0
    history = 0
    which = 0
    if plan[P_WEEKS] != 0:
        value = _as_number(high, low) / (1e8 if kind == PERCENTILE else 1e6)
        if kind == AVERAGE:
            value /= n
        when = np.int64(log[first, L_TIME]) // plan[P_SLOT]
        if so:
            middle, threshold, history, which = expected(held, rule, slot, when, out.scratch)
            so = which != 0 and value > threshold
        remember(held, slot, when, value)
    if so:
        a = write_alert(held, out, slot, first, log[first, L_TEXT], high, low)
        out.alerts[a, A_LENGTH] = log[first, L_LENGTH]
        out.alerts[a, A_EXPECTED] = as_word(middle)
        out.alerts[a, A_THRESHOLD] = as_word(threshold)
        out.alerts[a, A_HISTORY] = U(history) << U(2) | U(which)
    if kind == DISTINCT:
        forget_distinct(held, slot)


@part
def forget_window(held, rule, slot):  # type: ignore[no-untyped-def]
    """The group has no window any more; it stays known if it has a baseline."""
    if rule.plan[P_WEEKS] == 0:
        remove(held.places, held.entries, slot, held.registers)
    else:
        clear_window(held, rule, slot)


@part
def clear_window(held, rule, slot):  # type: ignore[no-untyped-def]
    """As if the group had not had an event yet."""
    entries = held.entries
    entries[slot, E_LAST] = U(0)
    entries[slot, E_COUNT] = U(0)
    entries[slot, E_FIRST] = NO_EVENT
    keep = BASELINE_WORDS if rule.plan[P_WEEKS] != 0 else 0
    for j in range(np.int64(E_MEASURE), entries.shape[1] - keep):
        entries[slot, U(j)] = U(0)


@inlined
def can_enter(held, rule, slot):  # type: ignore[no-untyped-def]
    """DONE, or what there is no room for."""
    if rule.plan[P_MEASURE] == DISTINCT:
        more = U(distinct_room(held, rule, slot))
        if U(held.registers[PAIRS]) + more > U(len(held.pairs)) >> U(1):
            held.registers[WANT] = np.int64(more)
            return PAIRS_FULL
    return DONE


@inlined
def come_in(held, rule, rows, i, slot, data):  # type: ignore[no-untyped-def]
    """Row i comes into its group's window. The first one's text of the group is kept, from `data`."""
    entries = held.entries
    log = held.log
    number = U(held.registers[TAIL])
    value = rows[i, R_VALUE] if rule.plan[P_MEASURE] < RULES else rows[i, R_MASK]
    at = append(held, rows, i, slot, value)
    if entries[slot, E_COUNT] == U(1):
        entries[slot, E_FIRST] = number
        place, size = keep_text(held, data, rows[i, R_TEXT])
        log[at, L_TEXT] = place
        log[at, L_LENGTH] = size
    else:
        log[at, L_TEXT] = U(held.registers[TEXTS])
        log[at, L_LENGTH] = U(0)
    enter(held, rule, slot, number, np.int64(rows[i, R_TIME]), rows[i, R_MASK], value, False)
