"""The greatest (or least) value of a group's sliding window, in constant time an event.

A monotone deque: the events that may still become the extreme once all greater ones have left; a new event throws out
those at the back that it outlives and outdoes (the "ascending minima" of R. Harter, 2001; D. Lemire, "Streaming
Maximum-Minimum Filter Using No More than Three Comparisons per Element", 2006). The deque is made of links in the log
itself: a word an event, high half: how many events ago the one before it in the deque is; low half: in how many the
one behind it is. Two entry words: 1 + number of the event at the deque's front, and at its back; 0 for none.

The front is never older than the window: events leave in the order they came in, and an event that leaves is at the
front of its deque or in none.
"""

from __future__ import annotations

from penstock.kernels.jit import part
from penstock.kernels.window_layout import L_DEQUES, L_VALUE, LOW32, as_float
from penstock.kernels.words import U


@part
def enter_extreme(held, slot, at, column, number, value, sign):  # type: ignore[no-untyped-def]
    """Event `number` with this value comes in. sign 1: the greatest is wanted, -1: the least."""
    log = held.log
    entries = held.entries
    mask = U(len(log)) - U(1)
    link = U(L_DEQUES) + column
    front = entries[slot, at]
    back = entries[slot, at + U(1)]
    while back != U(0):
        place = (back - U(1)) & mask
        if sign * as_float(log[place, L_VALUE]) > sign * value:
            break
        back = U(0) if back == front else back - (log[place, link] >> U(32))
    me = number & mask
    if back == U(0):
        entries[slot, at] = number + U(1)
        log[me, link] = U(0)
    else:
        gap = number + U(1) - back
        place = (back - U(1)) & mask
        log[place, link] = (log[place, link] & ~LOW32) | gap
        log[me, link] = gap << U(32)
    entries[slot, at + U(1)] = number + U(1)


@part
def leave_extreme(held, slot, at, column, number):  # type: ignore[no-untyped-def]
    """Event `number` leaves."""
    entries = held.entries
    if entries[slot, at] != number + U(1):
        return
    if entries[slot, at + U(1)] == number + U(1):
        entries[slot, at] = U(0)
        entries[slot, at + U(1)] = U(0)
        return
    place = number & (U(len(held.log)) - U(1))
    entries[slot, at] = number + U(1) + (held.log[place, U(L_DEQUES) + column] & LOW32)


@part
def extreme(held, at, slot):  # type: ignore[no-untyped-def]
    """The extreme itself; there is one."""
    number = held.entries[slot, at] - U(1)
    return as_float(held.log[number & (U(len(held.log)) - U(1)), L_VALUE])
