"""Session windows: a group's events with no more than `gap` between one and the next, and `span` from first to last.

A window is judged when its gap has passed, or when an event comes that would make it longer than `span`, which begins
the next. Gaps end in the order of the events that began them, so a second mark in the log, `TIMER`, finds them: an
event behind which its group had no other within the gap was the window's last.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.group_table import NONE, add, find, remove
from penstock.kernels.jit import kernel, part
from penstock.kernels.judging import can_enter, can_judge, clear_window, come_in, judge
from penstock.kernels.sliding_windows import BLOCK, touch
from penstock.kernels.window_layout import (
    DONE,
    E_COUNT,
    E_FIRST,
    E_LAST,
    FRONT,
    L_LINK,
    L_TIME,
    NEVER,
    P_GAP,
    P_SPAN,
    R_KEY,
    R_TIME,
    TAIL,
    TIMER,
)
from penstock.kernels.words import U


@part
def end_gaps(held, rule, until, out):  # type: ignore[no-untyped-def]
    """Judge the windows whose gap is over before `until`; give DONE, or what there is no room for.

    A slot is not given away while events of its group are before the mark: a window's last event is.
    """
    registers = held.registers
    log = held.log
    entries = held.entries
    mask = U(len(log)) - U(1)
    gap = rule.plan[P_GAP]
    span = rule.plan[P_SPAN]
    timer = U(registers[TIMER])
    tail = U(registers[TAIL])
    while timer < tail and np.int64(log[timer & mask, L_TIME]) + gap < until:
        slot = log[timer & mask, L_LINK] >> U(32)
        if entries[slot, E_LAST] == timer + U(1):
            why = can_judge(held, rule, slot, out)
            if why != DONE:
                registers[TIMER] = np.int64(timer)
                return why
            judge(held, rule, slot, out)
            remove(held.places, entries, slot, registers)
        timer += U(1)
    registers[TIMER] = np.int64(timer)
    # a window that is still open has its last event at until - gap or later
    front = U(registers[FRONT])
    while front < timer and np.int64(log[front & mask, L_TIME]) + gap + span < until:
        front += U(1)
    registers[FRONT] = np.int64(front)
    return DONE


@kernel
def advance_sessions(held, rule, rows, begin, data, until, out):  # type: ignore[no-untyped-def]
    """Take rows[begin:] through their windows; give why it stopped, and before which row.

    rows uint64[n, 8] in order, their texts in `data`. There is room in entries, index, log and texts for all of them.
    After the last, windows whose gap is over before `until` are closed.
    """
    registers = held.registers
    entries = held.entries
    log = held.log
    span = rule.plan[P_SPAN]
    n = U(len(rows))
    i = U(begin)
    stop = i
    seen = U(0)
    while i < n:
        if i >= stop:
            stop = i + U(BLOCK) if i + U(BLOCK) < n else n
            seen ^= touch(held, rows, i, stop, NEVER)
        time = np.int64(rows[i, R_TIME])
        why = end_gaps(held, rule, time, out)
        if why != DONE:
            return why, i, seen
        slot = find(held.places, entries, rows[i, R_KEY], rows[i, R_KEY + U(1)])
        if slot == NONE:
            slot = add(held.places, entries, rows[i, R_KEY], rows[i, R_KEY + U(1)], registers)
        elif entries[slot, E_COUNT] != U(0):
            first = entries[slot, E_FIRST] & (U(len(log)) - U(1))
            if time - np.int64(log[first, L_TIME]) > span:
                why = can_judge(held, rule, slot, out)
                if why != DONE:
                    return why, i, seen
                judge(held, rule, slot, out)
                clear_window(held, rule, slot)
        why = can_enter(held, rule, slot)
        if why != DONE:
            return why, i, seen
        come_in(held, rule, rows, i, slot, data)
        i += U(1)
    why = end_gaps(held, rule, until, out)
    return why, i, seen
