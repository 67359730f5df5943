"""Times of day as logs write them, and what follows one: fraction, meridian, zone, a late year, a comment."""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.dates import ZONE_AMBIGUOUS, blanks, bytes_below, digits, is_letter, letters, load, word
from penstock.kernels.digits import is_digit
from penstock.kernels.jit import part
from penstock.kernels.words import HIGHS, U, first_byte

NO_ZONE = np.int64(1 << 20)
"""Minutes east of UTC where the text names no zone, or none with one offset."""

# Names that mean one offset wherever they are used. CST, CDT, IST, BST, AST, GST and the like are left out on purpose.
ZONES = {
    "UTC": 0, "GMT": 0, "CET": 60, "CEST": 120, "EST": -300, "EDT": -240, "PST": -480, "PDT": -420, "MST": -420,
    "MDT": -360, "EET": 120, "EEST": 180, "WET": 0, "WEST": 60, "UT": 0, "MSK": 180, "JST": 540, "KST": 540,
    "HKT": 480, "SGT": 480, "AEST": 600, "AEDT": 660, "ACST": 570, "ACDT": 630, "AWST": 480, "NZST": 720,
    "NZDT": 780, "AKST": -540, "AKDT": -480, "HST": -600, "NST": -210, "NDT": -150, "BRT": -180, "ART": -180,
    "SAST": 120, "CAT": 120, "EAT": 180, "WAT": 60, "PKT": 300, "NPT": 345, "WIB": 420, "ICT": 420,
}  # fmt: skip
ZONE_KEYS = np.array([int.from_bytes(z.encode(), "little") for z in ZONES], np.uint64)
UTC = ZONE_KEYS[0]
GMT = ZONE_KEYS[1]
ZONE_OFFSETS = np.array(list(ZONES.values()), np.int64)

CLOCK_SHAPE = np.uint64(int.from_bytes(b"00:00:00", "little"))
CLOCK_COLONS = np.uint64(0x0000FF0000FF0000)
ZEROS = np.uint64(0x3030303030303030)


@njit(inline="always")
def to_clock(data, p, e):  # type: ignore[no-untyped-def]
    """From the end of a date to where a time of day may begin, as (p, whether a separator was there)."""
    if p < e:
        b = data[p]
        if b == 84 or b == 116 or b == 45 or b == 95 or b == 44 or b == 58:
            return blanks(data, p + U(1), e), True
        q = blanks(data, p, e)
        return q, q > p
    return p, False


@njit(inline="always")
def clock_fast(data, p, e):  # type: ignore[no-untyped-def]
    """`HH:MM:SS` at p in one word: (fine, seconds of the day). No leap second, no 24:00."""
    x = load(data, p) ^ CLOCK_SHAPE
    wrong = (((x + U(0x7676767676767676)) | x) & HIGHS) | (x & CLOCK_COLONS)
    hour = (x & U(15)) * U(10) + ((x >> U(8)) & U(15))
    minute = ((x >> U(24)) & U(15)) * U(10) + ((x >> U(32)) & U(15))
    second = ((x >> U(48)) & U(15)) * U(10) + ((x >> U(56)) & U(15))
    fine = wrong == U(0) and hour < U(24) and minute < U(60) and second < U(60) and e - p >= U(8)
    fine = fine and not (e - p > U(8) and is_digit(data[p + U(8)]))
    return fine, np.int64(hour * U(3600) + minute * U(60) + second)


@part
def clock_at(data, p, e, compact):  # type: ignore[no-untyped-def]
    """A time of day at p: (fine, where it ends, seconds of the day).

    `H:MM`, `H:MM:SS`; if `compact`, also `HHMM` and `HHMMSS`. 24:00:00 ends the day; second 60 only where a leap second
    can stand in some zone: at the end of a quarter of an hour.
    """
    n, value = digits(data, p, e)
    q = p + n
    hour = value
    minute = np.int64(0)
    second = np.int64(0)
    if n <= U(2) and n > U(0) and q < e and data[q] == 58:
        q += U(1)
        n, minute = digits(data, q, e)
        if n != U(2):
            return False, p, np.int64(0)
        q += n
        if q + U(1) < e and data[q] == 58 and is_digit(data[q + U(1)]):
            q += U(1)
            n, second = digits(data, q, e)
            if n != U(2):
                return False, p, np.int64(0)
            q += n
    elif compact and (n == U(4) or n == U(6)):
        if n == U(6):
            second = value % np.int64(100)
            value //= np.int64(100)
        hour = value // np.int64(100)
        minute = value % np.int64(100)
    else:
        return False, p, np.int64(0)
    if minute > 59 or second > 60 or hour > 24:
        return False, p, np.int64(0)
    if second == 60 and (minute + np.int64(1)) % np.int64(15) != 0:
        return False, p, np.int64(0)
    seconds = hour * np.int64(3600) + minute * np.int64(60) + second
    return hour < 24 or seconds == 86_400, q, seconds


@njit(inline="always")
def fraction_at(data, p, e):  # type: ignore[no-untyped-def]
    """A `.` or `,` and digits at p: (where they end, microseconds, cut off). Without digits, nothing is taken."""
    q = p
    micros = np.int64(0)
    if q + U(1) < e and (data[q] == 46 or data[q] == 44) and is_digit(data[q + U(1)]):
        q += U(1)
        # the digits among the next eight bytes, the rest of the word as zeros, then three steps to one number
        x = load(data, q) ^ ZEROS
        wrong = ((x + U(0x7676767676767676)) | x) & HIGHS
        n = first_byte(wrong) if wrong != U(0) else U(8)
        n = min(n, e - q, U(6))
        x &= bytes_below(n)
        x = (x * U(10) + (x >> U(8))) & U(0x00FF00FF00FF00FF)
        x = (x * U(100) + (x >> U(16))) & U(0x0000FFFF0000FFFF)
        x = (x * U(10_000) + (x >> U(32))) & U(0xFFFFFFFF)
        micros = np.int64(x // U(100))
        q += n
        while q < e and is_digit(data[q]):
            q += U(1)
    return q, micros


@part
def offset_at(data, p, e):  # type: ignore[no-untyped-def]
    """`+hh`, `+hhmm`, `+hh:mm` (or `-`) at p: (fine, where it ends, minutes east)."""
    q = p + U(1)
    n, value = digits(data, q, e)
    q += n
    hours = value
    minutes = np.int64(0)
    if n == U(4):
        hours = value // np.int64(100)
        minutes = value % np.int64(100)
    elif n != U(1) and n != U(2):
        return False, p, np.int64(0)
    elif q + U(1) < e and data[q] == 58 and is_digit(data[q + U(1)]):
        n, minutes = digits(data, q + U(1), e)
        q += U(1) + n
        if n != U(2):
            return False, p, np.int64(0)
    east = hours * np.int64(60) + minutes
    return hours < 24 and minutes < 60, q, (-east if data[p] == 45 else east)


@part
def zone_name(data, p, e):  # type: ignore[no-untyped-def]
    """A zone's name at p: (where it ends or p, minutes east or `NO_ZONE` where the name is not one offset).

    Three to five capitals (or UT), or `Region/City` (whose offset depends on the date: never known here).
    """
    n = letters(data, p, e)
    q = p + n
    if q < e and data[q] == 47 and n >= U(2) and data[p] < 97:
        stop = min(e, p + U(40))
        while q < stop and (is_letter(data[q]) or data[q] == 47 or data[q] == 95 or data[q] == 45):
            q += U(1)
        return q, NO_ZONE
    if n < U(2) or n > U(5) or (n == U(2) and (data[p] != 85 or data[p + U(1)] != 84)):
        return p, NO_ZONE
    for k in range(n):
        if data[p + U(k)] >= 97:
            return p, NO_ZONE
    name = word(data, p, n)
    for k in range(len(ZONE_KEYS)):
        if name == ZONE_KEYS[k]:
            return q, ZONE_OFFSETS[k]
    return q, NO_ZONE


@part
def tail_at(data, p, e):  # type: ignore[no-untyped-def]
    """What follows a time of day, to the end: (fine, year or 0, minutes east or `NO_ZONE`, rule bits, meridian).

    In any order, each at most once: AM or PM (meridian 1 or 2), a zone (an offset, a name, or UTC with an offset), a
    year; a comment in parentheses after a zone.
    """
    zero = np.int64(0)
    year = zero
    east = NO_ZONE
    rule = zero
    meridian = zero
    zoned = 0  # 1 by UTC or GMT, to which an offset may be added; 2 for good
    q = p
    while q < e:
        b = data[q]
        if b == 32 or b == 9:
            q += U(1)
        elif b == 43 or b == 45:
            fine, q, value = offset_at(data, q, e)
            if not fine or zoned == 2:
                return False, zero, zero, zero, zero
            east = value
            zoned = 2
        elif is_digit(b):
            n, value = digits(data, q, e)
            if n != U(4) or year != 0 or value == 0:
                return False, zero, zero, zero, zero
            year = value
            q += n
        elif is_letter(b):
            n = letters(data, q, e)
            if n == U(2) and (data[q + U(1)] | 32) == 109 and ((b | 32) == 97 or (b | 32) == 112):
                if meridian != 0:
                    return False, zero, zero, zero, zero
                meridian = np.int64(1 if (b | 32) == 97 else 2)
                q += n
                continue
            if zoned != 0:
                return False, zero, zero, zero, zero
            if n == U(1) and (b | 32) == 122:
                east = zero
                zoned = 2
                q += n
                continue
            end, value = zone_name(data, q, e)
            name = word(data, q, U(3))
            if end == q:
                return False, zero, zero, zero, zero
            q = end
            east = value
            zoned = 2
            if value == NO_ZONE:
                rule |= np.int64(ZONE_AMBIGUOUS)
            elif n == U(3) and (name == UTC or name == GMT):
                zoned = 1
        elif b == 40 and zoned != 0:
            while q < e and data[q] != 41:
                q += U(1)
            if q == e:
                return False, zero, zero, zero, zero
            q += U(1)
        else:
            return False, zero, zero, zero, zero
    return True, year, east, rule, meridian
