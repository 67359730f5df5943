"""How a grammar's kernel writes a tape: entries into fixed arrays, one record at a time.

A record's function gives how many entries the tape has after it, `FULL` when the arrays have no room for its next
one, or `fault(code)` when the record is no sentence of the grammar. On `FULL` the kernel returns the record's row
and the caller comes back with larger arrays; the record is taken again from its beginning.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.words import U

PLAIN, BACKSLASHED, XML_ESCAPED, DOUBLED_QUOTE = np.uint8(0), np.uint8(6), np.uint8(7), np.uint8(8)
FULL = U(0xFFFFFFFFFFFFFFFF)
FIRST_FAULT = FULL - U(255)


@njit(inline="always")
def fault(code):  # type: ignore[no-untyped-def]
    """What a record's function gives for a record that is wrong; code is 1..255."""
    return FULL - U(code)


@njit(inline="always")
def settle(r, i, t, begin, bad):  # type: ignore[no-untyped-def]
    """Close record i, whose function gave r, after t entries; how many entries the tape has now."""
    if r >= FIRST_FAULT:
        bad[i] = np.uint8(FULL - r)
    else:
        t = r
    begin[i + U(1)] = np.int32(t)
    return t
