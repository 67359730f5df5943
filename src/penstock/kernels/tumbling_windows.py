"""Tumbling windows: time cut into pieces of `span`, from 1970 on; a group's window is judged when its piece is over.

All windows that are open belong to one piece, so all are over at once, and the log then holds their events and no
others. With a baseline, groups stay known for as long as something of them is remembered.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.baselines import oldest_group
from penstock.kernels.group_table import NONE, add, find, remove
from penstock.kernels.jit import kernel, part
from penstock.kernels.judging import can_enter, can_judge, come_in, forget_window, judge
from penstock.kernels.sliding_windows import BLOCK, touch
from penstock.kernels.window_layout import (
    DONE,
    E_FIRST,
    FRONT,
    L_LINK,
    NEVER,
    P_DAY,
    P_SLOT,
    P_SPAN,
    P_WEEKS,
    R_KEY,
    R_TIME,
    TAIL,
    WINDOW,
)
from penstock.kernels.words import U


@part
def close_windows(held, rule, out):  # type: ignore[no-untyped-def]
    """Judge all open windows, in order of their first events; give DONE, or what there is no room for."""
    registers = held.registers
    log = held.log
    mask = U(len(log)) - U(1)
    front = U(registers[FRONT])
    tail = U(registers[TAIL])
    while front < tail:
        slot = log[front & mask, L_LINK] >> U(32)
        if held.entries[slot, E_FIRST] == front:
            why = can_judge(held, rule, slot, out)
            if why != DONE:
                registers[FRONT] = np.int64(front)
                return why
            judge(held, rule, slot, out)
            forget_window(held, rule, slot)
        front += U(1)
    registers[FRONT] = np.int64(front)
    return DONE


@part
def _forget_past(held, rule, window):  # type: ignore[no-untyped-def]
    """What is too old for a baseline's slot of this window is forgotten, and groups of which nothing is left."""
    slots = rule.plan[P_WEEKS] * 7 * rule.plan[P_DAY]
    before = window * rule.plan[P_SPAN] // rule.plan[P_SLOT] - slots
    slot = oldest_group(held, before)
    while slot != -2:
        if slot >= 0:
            remove(held.places, held.entries, U(slot), held.registers)
        slot = oldest_group(held, before)


@kernel
def advance_tumbling(held, rule, rows, begin, data, until, out):  # type: ignore[no-untyped-def]
    """Take rows[begin:] through their windows; give why it stopped, and before which row.

    rows uint64[n, 8] in order, their texts in `data`. There is room in entries, index, log and texts for all of them.
    After the last, windows that are over at `until` are closed.
    """
    registers = held.registers
    span = rule.plan[P_SPAN]
    n = U(len(rows))
    i = U(begin)
    stop = i
    seen = U(0)
    while i <= n:
        if i == n:
            if until <= NEVER:
                break
            window = until // span
        else:
            window = np.int64(rows[i, R_TIME]) // span
        if window > registers[WINDOW]:
            why = close_windows(held, rule, out)
            if why != DONE:
                return why, i, seen
            registers[WINDOW] = window
            if rule.plan[P_WEEKS] != 0:
                _forget_past(held, rule, window)
        if i == n:
            break
        if i >= stop:
            stop = i + U(BLOCK) if i + U(BLOCK) < n else n
            seen ^= touch(held, rows, i, stop, NEVER)
        slot = find(held.places, held.entries, rows[i, R_KEY], rows[i, R_KEY + U(1)])
        if slot == NONE:
            slot = add(held.places, held.entries, rows[i, R_KEY], rows[i, R_KEY + U(1)], registers)
        why = can_enter(held, rule, slot)
        if why != DONE:
            return why, i, seen
        come_in(held, rule, rows, i, slot, data)
        i += U(1)
    return DONE, i, seen
