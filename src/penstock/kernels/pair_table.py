"""How often each value is in each group's window: distinct values in constant time, however many there are.

pairs uint64[2^k, 2]: the value's hash; then slot in the high half and count in the low, where 0 is an empty place.
Linear probing as in `group_table`. The hash is keyed, so the value's bits, turned by the group's slot, say where to
begin. The caller keeps the table at most half full.
"""

from __future__ import annotations

from penstock.kernels.jit import inlined, kernel
from penstock.kernels.window_layout import LOW32, PAIRS
from penstock.kernels.words import U

SPREAD = U(0x9E3779B97F4A7C15)


@inlined
def _home(value, slot):  # type: ignore[no-untyped-def]
    return value ^ (slot * SPREAD)


@inlined
def pair_add(pairs, slot, value, registers):  # type: ignore[no-untyped-def]
    """One more of the value in the group's window; give how many there are now."""
    mask = U(len(pairs)) - U(1)
    i = _home(value, slot) & mask
    while pairs[i, U(1)] != U(0):
        if pairs[i, U(0)] == value and (pairs[i, U(1)] >> U(32)) == slot:
            pairs[i, U(1)] += U(1)
            return pairs[i, U(1)] & LOW32
        i = (i + U(1)) & mask
    pairs[i, U(0)] = value
    pairs[i, U(1)] = (slot << U(32)) | U(1)
    registers[PAIRS] += 1
    return U(1)


@inlined
def pair_take(pairs, slot, value, registers):  # type: ignore[no-untyped-def]
    """One less of a value that is there; give how many are left."""
    mask = U(len(pairs)) - U(1)
    i = _home(value, slot) & mask
    while pairs[i, U(0)] != value or (pairs[i, U(1)] >> U(32)) != slot or pairs[i, U(1)] == U(0):
        i = (i + U(1)) & mask
    left = (pairs[i, U(1)] & LOW32) - U(1)
    if left != U(0):
        pairs[i, U(1)] -= U(1)
        return left
    registers[PAIRS] -= 1
    j = i
    while True:
        j = (j + U(1)) & mask
        if pairs[j, U(1)] == U(0):
            break
        home = _home(pairs[j, U(0)], pairs[j, U(1)] >> U(32)) & mask
        if ((j - home) & mask) >= ((j - i) & mask):
            pairs[i, U(0)] = pairs[j, U(0)]
            pairs[i, U(1)] = pairs[j, U(1)]
            i = j
    pairs[i, U(1)] = U(0)
    return left


@kernel
def place_pairs(pairs, old):  # type: ignore[no-untyped-def]
    """Enter the pairs of another table (or of a list of them) into a table of zeros."""
    mask = U(len(pairs)) - U(1)
    for j in range(len(old)):
        if old[U(j), U(1)] != U(0):
            i = _home(old[U(j), U(0)], old[U(j), U(1)] >> U(32)) & mask
            while pairs[i, U(1)] != U(0):
                i = (i + U(1)) & mask
            pairs[i, U(0)] = old[U(j), U(0)]
            pairs[i, U(1)] = old[U(j), U(1)]
