"""Durations as devices write them, to nanoseconds."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel
from penstock.kernels.words import U

LONGEST_DURATION = U(9_223_372_036)
"""Seconds whose nanoseconds are still an int64."""


@kernel
def to_nanoseconds(a, at, start, length, scale, bad):  # type: ignore[no-untyped-def]
    """Durations to whole nanoseconds, as text appended: `12`, `0.086` times scale; `h:mm:ss`; `1d 2h3m4s`, `1h:02m`.

    bad uint8[n] is set where the text is none, or longer than an int64 of nanoseconds (292 years). Room: 19 bytes a
    row.
    """
    o = U(at)
    for j in range(len(start)):
        i = U(j)
        if length[i] < 0:
            continue
        p = U(start[i])
        e = p + U(length[i])
        total = U(0)  # seconds of what had a unit
        clock = U(0)  # seconds (or minutes, hours, while going on) of what had colons
        number = U(0)
        fraction = U(0)
        unit = U(0)  # 10 to the number of fraction's digits; 0 before the first
        digits = 0  # of the number being read
        colons = 0
        dotted = False
        united = False
        fault = False
        while p < e and not fault:
            c = a[p]
            if 48 <= c <= 57:
                if not dotted:
                    number = number * U(10) + U(c - 48)
                elif unit < U(1_000_000_000):
                    fraction = fraction * U(10) + U(c - 48)
                    unit = unit * U(10) if unit != U(0) else U(10)
                digits += 1
                fault = not dotted and digits > 18
            elif c == 46:
                fault = dotted
                dotted = True
            elif c == 58 and digits > 0 and not dotted:
                fault = colons == 2 or number > LONGEST_DURATION
                clock = (clock + number) * U(60)
                number = U(0)
                digits = 0
                colons += 1
            elif (c == 58 or c == 32 or c == 44) and digits == 0 and (united or c == 32):
                pass  # between parts
            elif digits > 0 and colons == 0:
                lower = c | 32
                size = U(0)
                if lower == 100 and not dotted:
                    size = U(86400)
                elif lower == 104 and not dotted:
                    size = U(3600)
                elif lower == 109 and not dotted and not (p + U(1) < e and (a[p + U(1)] | 32) == 115):
                    size = U(60)
                elif lower == 115:
                    size = U(1)
                fault = size == U(0) or number > LONGEST_DURATION
                total += number * size
                fault = fault or total > LONGEST_DURATION
                number = U(0)
                digits = 0
                united = True
            else:
                fault = True
            p += U(1)
        s = U(scale)
        if united or colons > 0:
            # a number after units must be the end of a clock; a clock ends in a number
            fault = fault or (digits == 0) != (colons == 0) or number > LONGEST_DURATION
            number += total + clock
            s = U(1_000_000_000)
        else:
            fault = fault or digits == 0
        limit = U(9_223_372_036_854_775_807)
        if fault or number > limit // s:
            bad[i] = 1
            continue
        nanos = number * s
        if unit != U(0):
            nanos += fraction * (s // unit) + fraction * (s % unit) // unit
        if nanos > limit:
            bad[i] = 1
            continue
        # digits, back to front
        width = U(1)
        v = nanos
        while v >= U(10):
            v //= U(10)
            width += U(1)
        v = nanos
        for k in range(width):
            a[o + width - U(1) - U(k)] = np.uint8(U(48) + v % U(10))
            v //= U(10)
        start[i] = np.int32(o)
        length[i] = np.int32(width)
        o += width
    return np.int64(o)
