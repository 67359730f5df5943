"""Is it text? UTF-8 by the table of RFC 3629, and no NUL inside."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.vectors import lowest_bit, odd_marks
from penstock.kernels.words import U

OK, INVALID, NUL = 0, 1, 2


@part
def _tail(c):  # type: ignore[no-untyped-def]
    return (c & 0xC0) == 0x80


@part
def _check(a, p, e):  # type: ignore[no-untyped-def]
    plain = True  # what comes next is likely ASCII, and looked at 32 bytes at a time
    while p < e:
        if plain:
            m = odd_marks(a, p)
            p += lowest_bit(m) if m != U(0) else U(32)
            if m == U(0) or p >= e:
                continue
        c = a[p]
        plain = c < 0x80
        if c == 0:
            return NUL
        if c < 0x80:
            p += U(1)
        elif 0xC2 <= c <= 0xDF:
            if p + U(2) > e or not _tail(a[p + U(1)]):
                return INVALID
            p += U(2)
        elif 0xE0 <= c <= 0xEF:
            if p + U(3) > e or not (_tail(a[p + U(1)]) and _tail(a[p + U(2)])):
                return INVALID
            d = a[p + U(1)]
            if (c == 0xE0 and d < 0xA0) or (c == 0xED and d > 0x9F):
                return INVALID
            p += U(3)
        elif 0xF0 <= c <= 0xF4:
            if p + U(4) > e or not (_tail(a[p + U(1)]) and _tail(a[p + U(2)]) and _tail(a[p + U(3)])):
                return INVALID
            d = a[p + U(1)]
            if (c == 0xF0 and d < 0x90) or (c == 0xF4 and d > 0x8F):
                return INVALID
            p += U(4)
        else:
            return INVALID
    return OK


@kernel
def check_text(a, start, length, out):  # type: ignore[no-untyped-def]
    """Per record one of OK, INVALID, NUL into `out` (uint8[n])."""
    for j in range(len(start)):
        i = U(j)
        p = U(start[i])
        out[i] = np.uint8(_check(a, p, p + U(length[i])))
