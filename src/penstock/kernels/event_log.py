"""The log of events that are in somebody's window, and a group's events in it.

The log is in order of time, so what leaves all windows is at its front, and nothing is ever searched for or moved.
Each event says how far behind it the group's one before is: that chain gives a group's window when it is needed, which
is once an alert. Texts of groups lie in a ring of bytes that moves along with the log; none straddles the ring's end.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, part
from penstock.kernels.window_layout import (
    AWAY,
    BACK,
    E_COUNT,
    E_LAST,
    FRESH,
    L_ID,
    L_LINK,
    L_TIME,
    LOW32,
    MOST_IDS,
    R_ID,
    R_TIME,
    TAIL,
    TEXTS,
    as_float,
)
from penstock.kernels.words import U, copy


@inlined
def append(held, rows, i, slot, value):  # type: ignore[no-untyped-def]
    """Put row i at the log's tail as the group's latest event; give its place. There is room."""
    log = held.log
    entries = held.entries
    tail = U(held.registers[TAIL])
    at = tail & (U(len(log)) - U(1))
    before = entries[slot, E_LAST]
    if before <= U(held.registers[AWAY]):
        held.registers[BACK if before != U(0) else FRESH] += 1
    log[at, L_TIME] = rows[i, R_TIME]
    log[at, L_ID] = rows[i, R_ID]
    log[at, L_ID + U(1)] = rows[i, R_ID + U(1)]
    log[at, L_LINK] = (slot << U(32)) | (tail + U(1) - before if before != U(0) else U(0))
    log[at, U(4)] = value
    entries[slot, E_LAST] = tail + U(1)
    entries[slot, E_COUNT] += U(1)
    held.registers[TAIL] = np.int64(tail + U(1))
    return at


@part
def window_ids(held, slot, ids, base):  # type: ignore[no-untyped-def]
    """Write the ids of the first events of the group's window to ids[base:], at most MOST_IDS; give how many, and the
    place of the first event.

    The window is the last E_COUNT events of the chain.
    """
    log = held.log
    mask = U(len(log)) - U(1)
    n = held.entries[slot, E_COUNT]
    number = held.entries[slot, E_LAST] - U(1)
    kept = n if n < U(MOST_IDS) else U(MOST_IDS)
    at = number & mask
    for j in range(n):
        left = n - U(1) - U(j)
        if left < kept:
            ids[base + left, U(0)] = log[at, L_ID]
            ids[base + left, U(1)] = log[at, L_ID + U(1)]
        if left != U(0):
            number -= log[at, L_LINK] & LOW32
            at = number & mask
    return kept, at


@part
def window_values(held, slot, scratch):  # type: ignore[no-untyped-def]
    """Write the values of the group's window, float64, to scratch, latest first."""
    log = held.log
    mask = U(len(log)) - U(1)
    number = held.entries[slot, E_LAST] - U(1)
    for j in range(held.entries[slot, E_COUNT]):
        at = number & mask
        scratch[U(j)] = as_float(log[at, U(4)])
        number -= log[at, L_LINK] & LOW32


@part
def keep_text(held, data, ref):  # type: ignore[no-untyped-def]
    """Copy a text (start << 24 | length in `data`) into the ring; give where it is and its length. There is room.

    `copy` writes up to 31 bytes more than the text has: the ring is that much longer than its size.
    """
    size = U(len(held.texts)) - U(64)
    n = ref & U(0xFFFFFF)
    at = U(held.registers[TEXTS])
    if (at & (size - U(1))) + n > size:
        at = (at | (size - U(1))) + U(1)
    copy(held.texts, at & (size - U(1)), data, ref >> U(24), n)
    held.registers[TEXTS] = np.int64(at + n)
    return at, n
