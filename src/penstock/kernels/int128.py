"""Signed 128-bit integers as two uint64, high half first, in two's complement: sums that are exact whatever is added.

Numbers of events are taken in millionths (`millionths`). So a sum is the same in whatever order its parts come and go,
ten times 0.1 are 1, and an average is compared by multiplying, never by dividing. Room: a value is cut at 2^62, so
2^44 of them can be summed before anything overflows.
"""

from __future__ import annotations

import math

import numpy as np

from penstock.kernels.jit import inlined
from penstock.kernels.words import U

SIGN = np.uint64(1 << 63)
LOW32 = np.uint64((1 << 32) - 1)
UNIT = 1_000_000
LARGEST = float(1 << 62)
"""Numbers further from zero than this are taken for this."""


@inlined
def plus(ah, al, bh, bl):  # type: ignore[no-untyped-def]
    """a + b."""
    low = al + bl
    return ah + bh + (U(1) if low < al else U(0)), low


@inlined
def minus(ah, al, bh, bl):  # type: ignore[no-untyped-def]
    """a - b."""
    return ah - bh - (U(1) if al < bl else U(0)), al - bl


@inlined
def times(ah, al, n):  # type: ignore[no-untyped-def]
    """a * n for n under 2^32."""
    p = (al & LOW32) * n
    q = (al >> U(32)) * n
    low = p + (q << U(32))
    return ah * n + (q >> U(32)) + (U(1) if low < p else U(0)), low


@inlined
def compare(ah, al, bh, bl):  # type: ignore[no-untyped-def]
    """-1, 0 or 1: how a stands to b."""
    if ah != bh:
        return -1 if (ah ^ SIGN) < (bh ^ SIGN) else 1
    if al != bl:
        return -1 if al < bl else 1
    return 0


@inlined
def millionths(v):  # type: ignore[no-untyped-def]
    """A finite float64 in millionths, the whole part exact, the rest rounded half up (away from zero)."""
    a = abs(v)
    if a > LARGEST:
        a = LARGEST
    whole = math.floor(a)
    high, low = times(U(0), U(whole), U(UNIT))
    high, low = plus(high, low, U(0), U(math.floor((a - whole) * UNIT + 0.5)))
    if v < 0:
        return minus(U(0), U(0), high, low)
    return high, low
