"""Which rules matched in a window, and which of them in the order they are listed in.

Seen: entry word 6 + r is when rule r last matched. A rule is in the window when that is not before its beginning.

Ordered: word 6 + p·P + (l - 1) is the latest time at which a chain of l events can begin, each later than the one
before and of a rule further down the list, all within the first p + 1 rules listed. A chain that begins as late as
possible is in the window whenever any is, so nothing else need be remembered (as a shortest path: one number a state,
the best so far). Behind these P·P words stand the times of the rules that must not be there.

Times are kept `biased`, so 0 is never.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import part
from penstock.kernels.window_layout import AND, E_MEASURE, OR, P_CLOSERS, P_RULES, biased
from penstock.kernels.words import U

MOST_RULES = 64
MOST_ORDERED = 10
"""Bounds on the rules of one correlation: bits of a mask; P·P words a group and P³ steps an event."""


@part
def enter_seen(entries, slot, at, rules, mask, time):  # type: ignore[no-untyped-def]
    """The rules of `mask` matched at this time; their words begin at `at`."""
    for r in range(rules):
        if (mask >> U(r)) & U(1):
            entries[slot, at + U(r)] = biased(time)


@part
def rules_in(entries, slot, at, rules, since):  # type: ignore[no-untyped-def]
    """The rules that matched at `since` or later, as bits."""
    mask = U(0)
    begin = biased(since)
    for r in range(rules):
        if entries[slot, at + U(r)] >= begin:
            mask |= U(1) << U(r)
    return mask


@part
def enter_ordered(entries, slot, rule, mask, time):  # type: ignore[no-untyped-def]
    """One event, which matched the rules of `mask`. It takes one place of a chain, so the last places come first."""
    n = len(rule.order)
    for down in range(n):
        p = n - 1 - down
        if not (mask >> U(rule.order[U(p)])) & U(1):
            continue
        for length in range(p + 1):
            if length == 0:
                begin = biased(time)
            else:
                begin = entries[slot, E_MEASURE + U((p - 1) * n + length - 1)]
            for q in range(p, n):
                j = E_MEASURE + U(q * n + length)
                if entries[slot, j] >= begin:
                    break
                entries[slot, j] = begin
    if rule.plan[P_CLOSERS] != 0:
        enter_seen(entries, slot, E_MEASURE + U(n * n), rule.plan[P_RULES], mask, time)


@part
def longest_ordered(entries, slot, rule, since):  # type: ignore[no-untyped-def]
    """Events of the longest chain that begins at `since` or later; 0 when a rule that must not be there is."""
    n = len(rule.order)
    if rule.plan[P_CLOSERS] != 0:
        there = rules_in(entries, slot, E_MEASURE + U(n * n), rule.plan[P_RULES], since)
        if there & U(rule.plan[P_CLOSERS]):
            return 0
    begin = biased(since)
    for down in range(n):
        if entries[slot, E_MEASURE + U((n - 1) * n + n - 1 - down)] >= begin:
            return n - down
    return 0


@part
def evaluate(program, mask):  # type: ignore[no-untyped-def]
    """An expression over the rules present: operands first, values are the bits of one word, the last one lowest."""
    stack = U(0)
    for j in range(len(program)):
        x = program[U(j)]
        if x >= 0:
            stack = (stack << U(1)) | ((mask >> U(x)) & U(1))
        elif x == AND:
            stack = (stack >> U(1)) & ~U(1) | ((stack & U(1)) & ((stack >> U(1)) & U(1)))
        elif x == OR:
            stack = (stack >> U(1)) | (stack & U(1))
        else:
            stack ^= U(1)
    return (stack & U(1)) != U(0)


@part
def count_bits(mask):  # type: ignore[no-untyped-def]
    """Bits that are set."""
    n = 0
    while mask != U(0):
        mask &= mask - U(1)
        n += 1
    return np.int64(n)
