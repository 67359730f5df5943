"""Write an alert: who, when, how many, what was measured, and the first thousand events of the window."""

from __future__ import annotations

import numpy as np

from penstock.kernels.event_log import window_ids
from penstock.kernels.jit import inlined, part
from penstock.kernels.window_layout import (
    A_COUNT,
    A_FIRST,
    A_IDS,
    A_KEY,
    A_LAST,
    A_LENGTH,
    A_OPENING,
    A_TEXT,
    A_TIME,
    A_VALUE,
    ALERT,
    E_COUNT,
    E_KEY,
    E_LAST,
    IDS,
    L_ID,
    L_TIME,
    MOST_IDS,
    OUT,
)
from penstock.kernels.words import U


@inlined
def has_room(out, registers):  # type: ignore[no-untyped-def]
    """Whether one more alert can be written."""
    return U(registers[OUT]) < U(len(out.alerts)) and U(registers[IDS]) + U(MOST_IDS) <= U(len(out.ids))


@part
def write_alert(held, out, slot, opening, text, high, low):  # type: ignore[no-untyped-def]
    """Write an alert over the group's window, opened by the log's event at place `opening`; give its row."""
    registers = held.registers
    log = held.log
    entries = held.entries
    a = U(registers[OUT])
    base = U(registers[IDS])
    kept, first = window_ids(held, slot, out.ids, base)
    last = (entries[slot, E_LAST] - U(1)) & (U(len(log)) - U(1))
    alerts = out.alerts
    alerts[a, A_KEY] = entries[slot, E_KEY]
    alerts[a, A_KEY + U(1)] = entries[slot, E_KEY + U(1)]
    alerts[a, A_OPENING] = log[opening, L_ID]
    alerts[a, A_OPENING + U(1)] = log[opening, L_ID + U(1)]
    alerts[a, A_TIME] = log[opening, L_TIME]
    alerts[a, A_FIRST] = log[first, L_TIME]
    alerts[a, A_LAST] = log[last, L_TIME]
    alerts[a, A_COUNT] = entries[slot, E_COUNT]
    alerts[a, A_VALUE] = high
    alerts[a, A_VALUE + U(1)] = low
    alerts[a, A_IDS] = base
    alerts[a, A_TEXT] = text
    for j in range(np.int64(A_LENGTH), ALERT):
        alerts[a, U(j)] = U(0)
    registers[OUT] = np.int64(a + U(1))
    registers[IDS] = np.int64(base + kept)
    return a
