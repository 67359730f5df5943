"""Absence: "A, and no B of the group within `span`". B may come as late as span after A; at A's time, but after it in
order, will do.

The log holds the As that wait; what leaves it at its front has waited long enough. A B is not kept: the group only
notes how far the log was when it came, and the As before that waited in vain for nothing. Entry word 6 is that note.

As of one group for which nothing came open one alert for as long as no more than span is between one and the next, as
with sliding windows. The alert's events are the As that waited when the first of them had waited long enough.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.event_log import append, keep_text
from penstock.kernels.group_table import NONE, add, find, remove
from penstock.kernels.jit import kernel, part
from penstock.kernels.raising import has_room, write_alert
from penstock.kernels.sliding_windows import BLOCK, touch
from penstock.kernels.window_layout import (
    A_LENGTH,
    DONE,
    E_COUNT,
    E_HELD,
    E_MEASURE,
    FRONT,
    FULL,
    L_LENGTH,
    L_LINK,
    L_TEXT,
    L_TIME,
    P_CLOSERS,
    P_OPENERS,
    P_SPAN,
    R_KEY,
    R_MASK,
    R_TEXT,
    R_TIME,
    TAIL,
)
from penstock.kernels.words import U

ABSENCE_WORDS = 1


@part
def end_waiting(held, rule, until, out):  # type: ignore[no-untyped-def]
    """What waited for span before `until` has waited long enough; give DONE, or FULL."""
    registers = held.registers
    log = held.log
    entries = held.entries
    mask = U(len(log)) - U(1)
    span = rule.plan[P_SPAN]
    front = U(registers[FRONT])
    tail = U(registers[TAIL])
    while front < tail:
        at = front & mask
        time = np.int64(log[at, L_TIME])
        if time + span >= until:
            break
        slot = log[at, L_LINK] >> U(32)
        if front >= entries[slot, E_MEASURE]:
            if np.int64(entries[slot, E_HELD]) < time - span:
                if not has_room(out, registers):
                    registers[FRONT] = np.int64(front)
                    return FULL
                a = write_alert(held, out, slot, at, log[at, L_TEXT], U(0), U(0))
                out.alerts[a, A_LENGTH] = log[at, L_LENGTH]
            entries[slot, E_HELD] = U(time)
        n = entries[slot, E_COUNT] - U(1)
        entries[slot, E_COUNT] = n
        if n == U(0):
            remove(held.places, entries, slot, registers)
        front += U(1)
    registers[FRONT] = np.int64(front)
    return DONE


@kernel
def advance_absences(held, rule, rows, begin, data, until, out):  # type: ignore[no-untyped-def]
    """Take rows[begin:] through; give why it stopped, and before which row.

    rows uint64[n, 8] in order, their texts in `data`. There is room in entries, index, log and texts for all of them.
    After the last, what waited for span before `until` has waited long enough.
    """
    registers = held.registers
    entries = held.entries
    log = held.log
    openers = U(rule.plan[P_OPENERS])
    closers = U(rule.plan[P_CLOSERS])
    n = U(len(rows))
    i = U(begin)
    stop = i
    seen = U(0)
    while i < n:
        if i >= stop:
            stop = i + U(BLOCK) if i + U(BLOCK) < n else n
            seen ^= touch(held, rows, i, stop, np.int64(rows[stop - U(1), R_TIME]) - rule.plan[P_SPAN])
        time = np.int64(rows[i, R_TIME])
        why = end_waiting(held, rule, time, out)
        if why != DONE:
            return why, i, seen
        slot = find(held.places, entries, rows[i, R_KEY], rows[i, R_KEY + U(1)])
        if slot != NONE and (rows[i, R_MASK] & closers):
            entries[slot, E_MEASURE] = U(registers[TAIL])
        if rows[i, R_MASK] & openers:
            if slot == NONE:
                slot = add(held.places, entries, rows[i, R_KEY], rows[i, R_KEY + U(1)], registers)
            at = append(held, rows, i, slot, rows[i, R_MASK])
            place, size = keep_text(held, data, rows[i, R_TEXT])
            log[at, L_TEXT] = place
            log[at, L_LENGTH] = size
        i += U(1)
    return end_waiting(held, rule, until, out), i, seen
