"""Times as syslog headers have them: where one ends. What it says is for `kernels.times` to read."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, part
from penstock.kernels.words import U


@inlined
def digit(c):  # type: ignore[no-untyped-def]
    """0 to 9."""
    return 48 <= c <= 57


@inlined
def month(a, p, e):  # type: ignore[no-untyped-def]
    """Three letters that are an English month's."""
    if p + U(3) > e:
        return False
    w = (np.int64(a[p] | 32) << 16) | (np.int64(a[p + U(1)] | 32) << 8) | np.int64(a[p + U(2)] | 32)
    return (
        w == 0x6A616E
        or w == 0x666562
        or w == 0x6D6172
        or w == 0x617072
        or w == 0x6D6179
        or w == 0x6A756E
        or w == 0x6A756C
        or w == 0x617567
        or w == 0x736570
        or w == 0x6F6374
        or w == 0x6E6F76
        or w == 0x646563
    )


@inlined
def clock(a, p, e):  # type: ignore[no-untyped-def]
    """End of `hh:mm:ss[.fraction]` at p, or 0."""
    if p + U(8) > e:
        return U(0)
    if not (
        digit(a[p])
        and digit(a[p + U(1)])
        and a[p + U(2)] == 58
        and digit(a[p + U(3)])
        and digit(a[p + U(4)])
        and a[p + U(5)] == 58
        and digit(a[p + U(6)])
        and digit(a[p + U(7)])
    ):
        return U(0)
    q = p + U(8)
    if q + U(1) < e and (a[q] == 46 or a[q] == 44) and digit(a[q + U(1)]):
        q += U(1)
        while q < e and digit(a[q]):
            q += U(1)
    return q


@inlined
def year(a, p, e):  # type: ignore[no-untyped-def]
    """Four digits of a year 19xx or 20xx, then a byte that is no digit or colon."""
    if p + U(4) > e:
        return False
    century = (a[p] == 49 and a[p + U(1)] == 57) or (a[p] == 50 and a[p + U(1)] == 48)
    if not (century and digit(a[p + U(2)]) and digit(a[p + U(3)])):
        return False
    return p + U(4) >= e or not (digit(a[p + U(4)]) or a[p + U(4)] == 58)


@inlined
def old_time(a, p, e):  # type: ignore[no-untyped-def]
    """End of `[yyyy ]Mmm dd [yyyy ]hh:mm:ss[.fff][ yyyy][ ZONE]` at p, or 0."""
    if year(a, p, e) and p + U(5) < e and a[p + U(4)] == 32:
        p += U(5)
    if not month(a, p, e):
        return U(0)
    p += U(3)
    if p >= e or a[p] != 32:
        return U(0)
    while p < e and a[p] == 32:
        p += U(1)
    q = p
    while q < e and digit(a[q]):
        q += U(1)
    if q == p or q > p + U(2) or q >= e or a[q] != 32:
        return U(0)
    p = q + U(1)
    if year(a, p, e) and p + U(5) < e and a[p + U(4)] == 32:
        p += U(5)
    q = clock(a, p, e)
    if q == U(0):
        return U(0)
    if q + U(5) <= e and a[q] == 32 and year(a, q + U(1), e):
        after = q + U(5)
        if after >= e or a[after] == 32 or a[after] == 58:
            q = after
    # a zone: ` UTC`, ` CEST`, only where a colon or a space follows and letters are capitals
    z = q
    if z + U(3) < e and a[z] == 32:
        z += U(1)
        w = z
        while w < e and 65 <= a[w] <= 90 and w < z + U(5):
            w += U(1)
        named = w >= z + U(3) and not (w < e and a[w] == 58 and a[w - U(1)] == 70 and a[w - U(2)] == 69)  # CEF: LEEF:
        if named and w < e and (a[w] == 58 or (a[w] == 32 and w + U(1) < e and a[w + U(1)] == 58)):
            q = w
    return q


@part
def iso_time(a, p, e, space):  # type: ignore[no-untyped-def]
    """End of `yyyy-mm-ddThh:mm:ss[.fff][Z|+hh:mm]` at p (`space`: also with a space for the T), or 0."""
    if p + U(19) > e or not (year(a, p, e) and a[p + U(4)] == 45 and a[p + U(7)] == 45):
        return U(0)
    if not (a[p + U(10)] == 84 or a[p + U(10)] == 116 or (space and a[p + U(10)] == 32)):
        return U(0)
    if a[p + U(5)] > 49 or (a[p + U(5)] == 49 and a[p + U(6)] > 50) or a[p + U(8)] > 51:
        return U(0)  # past month 12 or day 39: no date
    if a[p + U(11)] > 50 or (a[p + U(11)] == 50 and a[p + U(12)] > 52) or a[p + U(14)] > 53 or a[p + U(17)] > 54:
        return U(0)  # past 24:59:69: no time of day
    q = clock(a, p + U(11), e)
    if q == U(0):
        return U(0)
    if q < e and (a[q] == 90 or a[q] == 122):
        return q + U(1)
    if q + U(3) <= e and (a[q] == 43 or a[q] == 45) and digit(a[q + U(1)]) and digit(a[q + U(2)]):
        q += U(3)
        if q < e and a[q] == 58:
            q += U(1)
        if q + U(2) <= e and digit(a[q]) and digit(a[q + U(1)]):
            q += U(2)
    return q
