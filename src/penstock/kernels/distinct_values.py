"""Distinct values of a group's window, counted in constant time an event.

While a window has fewer events than the condition wants distinct values, nothing is counted: that is nearly every
group nearly always. From then on, until its window is empty, the group is *counted*: `pairs` holds how often each of
its values is in the window. Entry word 6: distinct values << 1 | whether the group is counted.
"""

from __future__ import annotations

from penstock.kernels.jit import inlined, part
from penstock.kernels.pair_table import pair_add, pair_take
from penstock.kernels.window_layout import E_COUNT, E_LAST, E_MEASURE, L_LINK, L_VALUE, LOW32, P_NEED
from penstock.kernels.words import U

DISTINCT_WORDS = 1


@inlined
def distinct_room(held, rule, slot):  # type: ignore[no-untyped-def]
    """How many pairs one more event of the group may add."""
    if held.entries[slot, E_MEASURE] & U(1):
        return 1
    n = held.entries[slot, E_COUNT] + U(1)
    return int(n) if n >= U(rule.plan[P_NEED]) else 0


@part
def enter_distinct(held, slot, value):  # type: ignore[no-untyped-def]
    """The event just appended counts: the group is counted, or is from now on."""
    entries = held.entries
    word = entries[slot, E_MEASURE]
    if word & U(1):
        if pair_add(held.pairs, slot, value, held.registers) == U(1):
            entries[slot, E_MEASURE] = word + U(2)
        return
    n = entries[slot, E_COUNT]
    mask = U(len(held.log)) - U(1)
    number = entries[slot, E_LAST] - U(1)
    distinct = U(0)
    for _ in range(n):
        at = number & mask
        if pair_add(held.pairs, slot, held.log[at, L_VALUE], held.registers) == U(1):
            distinct += U(1)
        number -= held.log[at, L_LINK] & LOW32
    entries[slot, E_MEASURE] = (distinct << U(1)) | U(1)


@inlined
def leave_distinct(held, slot, value):  # type: ignore[no-untyped-def]
    """An event with this value leaves the window."""
    if held.entries[slot, E_MEASURE] & U(1):
        if pair_take(held.pairs, slot, value, held.registers) == U(0):
            held.entries[slot, E_MEASURE] -= U(2)


@part
def forget_distinct(held, slot):  # type: ignore[no-untyped-def]
    """The whole window goes."""
    if held.entries[slot, E_MEASURE] & U(1):
        mask = U(len(held.log)) - U(1)
        number = held.entries[slot, E_LAST] - U(1)
        for _ in range(held.entries[slot, E_COUNT]):
            at = number & mask
            pair_take(held.pairs, slot, held.log[at, L_VALUE], held.registers)
            number -= held.log[at, L_LINK] & LOW32
        held.entries[slot, E_MEASURE] = U(0)
