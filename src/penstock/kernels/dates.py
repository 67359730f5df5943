"""Dates as logs write them: month names, numeric orders, the year before, behind or absent.

What a date leaves open (the year, the century, which number is the month) is decided by a stated rule, and bits of
`rule` say so. Whether the day exists is for the caller to check.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.digits import is_digit
from penstock.kernels.jit import part
from penstock.kernels.render import civil, days_from_civil, month_days
from penstock.kernels.words import ONES, U, load8

YEAR_INFERRED = 1
ZONE_INFERRED = 2
ZONE_AMBIGUOUS = 4
ORDER_ASSUMED = 8
DATE_INFERRED = 16
"""Bits of a row's `rule`: what the text left open. An ambiguous zone name is also an inferred zone."""

DAY = np.int64(86_400_000_000)
"""Microseconds of a day."""

TENTH = np.int64(922_337_203_685_477_579)  # ten times this and nine is an int64
MONTHS = np.array(
    [int.from_bytes(m, "little") for m in b"jan feb mar apr may jun jul aug sep oct nov dec".split()], np.uint64
)
MONTH_NAMES = np.array(
    [
        int.from_bytes(m[:8], "little")
        for m in b"january february march april may june july august september october november december".split()
    ],
    np.uint64,
)
MONTH_SIZES = np.array([7, 8, 5, 5, 3, 4, 4, 6, 9, 7, 8, 8], np.uint64)
SEPT = np.uint64(int.from_bytes(b"sept", "little"))
WEEKDAYS = np.array([int.from_bytes(w, "little") for w in b"mon tue wed thu fri sat sun".split()], np.uint64)
LOWER3 = np.uint64(0x202020)


@njit(inline="always")
def is_letter(b):  # type: ignore[no-untyped-def]
    """Whether the byte is an ASCII letter."""
    low = b | 32
    return low >= 97 and low <= 122


@part
def load(data, p):  # type: ignore[no-untyped-def]
    """`load8`, which is typed anew wherever it stands, as a function: typed once, it compiles faster."""
    return load8(data, p)


@njit(inline="always")
def bytes_below(n):  # type: ignore[no-untyped-def]
    """A mask of the n lowest bytes of a word, all for 8 and more."""
    return ~U(0) if n >= U(8) else (U(1) << (n << U(3))) - U(1)


@njit(inline="always")
def word(data, p, n):  # type: ignore[no-untyped-def]
    """The n bytes at p, at most 8, as the low bytes of a little-endian word."""
    return load(data, p) & bytes_below(n)


@part
def blanks(data, p, e):  # type: ignore[no-untyped-def]
    """Where the spaces and tabs at p end."""
    while p < e and (data[p] == 32 or data[p] == 9):
        p += U(1)
    return p


@part
def digits(data, p, e):  # type: ignore[no-untyped-def]
    """The run of digits at p: (how many, value). More than an int64 holds counts as 20 digits, which no time has."""
    q = p
    value = np.int64(0)
    while q < e and is_digit(data[q]):
        if q - p >= U(18) and (q - p > U(18) or value > TENTH):
            return U(20), value
        value = value * np.int64(10) + np.int64(data[q]) - np.int64(48)
        q += U(1)
    return q - p, value


@part
def letters(data, p, e):  # type: ignore[no-untyped-def]
    """How many letters stand at p, counting to 32."""
    q = p
    stop = min(e, p + U(32))
    while q < stop and is_letter(data[q]):
        q += U(1)
    return q - p


@part
def month_named(data, p, n):  # type: ignore[no-untyped-def]
    """The month (1 to 12) that the n letters at p name, in English, whole or three letters; 0 for no month."""
    if n < U(3) or n > U(9):
        return np.int64(0)
    name = (load(data, p) | (ONES << U(5))) & bytes_below(n)
    if n == U(4) and name == SEPT:
        return np.int64(9)
    for k in range(12):
        if name & U(0xFFFFFF) == MONTHS[k]:
            whole = n == MONTH_SIZES[k] and name == MONTH_NAMES[k] and (n < U(9) or data[p + U(8)] | 32 == 114)
            return np.int64(k + 1) if n == U(3) or whole else np.int64(0)
    return np.int64(0)


@part
def year_after(data, p, e):  # type: ignore[no-untyped-def]
    """A year that follows day and month: (where it ends, year or 0, century inferred).

    Four digits, or two with a `-`, `/` or `.` before them and no `:` after them; before it blanks, a comma or nothing.
    """
    q = p
    joined = False
    if q < e and (data[q] == 47 or data[q] == 45 or data[q] == 46):
        joined = True
        q += U(1)
    elif q < e and data[q] == 44:
        q += U(1)
    if not joined:
        q = blanks(data, q, e)
    n, year = digits(data, q, e)
    if n == U(4) and year > 0:
        return q + n, year, False
    if joined and n == U(2) and not (q + n < e and data[q + n] == 58):
        return q + n, year + np.int64(2000 if year < 70 else 1900), True
    return p, np.int64(0), False


@part
def date_at(data, p, e):  # type: ignore[no-untyped-def]
    """A date at p: (fine, where it ends, year or 0, month, day, rule bits, compact).

    Whether the day exists is left to the caller. `compact`: an ISO date, after which a time may lack its colons.
    """
    zero = np.int64(0)
    q = p
    run = letters(data, q, e)
    if run >= U(3):
        month = month_named(data, q, run)
        if month == 0:
            name = (load(data, q) | LOWER3) & U(0xFFFFFF)
            weekday = False
            for k in range(7):
                weekday = weekday or name == WEEKDAYS[k]
            q += run
            if q < e and data[q] == 44:
                q += U(1)
            if not weekday or run > U(9):
                return False, p, zero, zero, zero, zero, False
            q = blanks(data, q, e)
            run = letters(data, q, e)
            month = month_named(data, q, run)
        if month != 0:  # Nov 23 [2026]
            q = blanks(data, q + run, e)
            n, day = digits(data, q, e)
            if n == U(0) or n > U(2):
                return False, p, zero, zero, zero, zero, False
            q, year, short = year_after(data, q + n, e)
            return True, q, year, month, day, np.int64(YEAR_INFERRED if short else 0), False
    n, first = digits(data, q, e)
    q += n
    if n == U(8) or n == U(14):
        if n == U(14):
            q -= U(6)
            first //= np.int64(1_000_000)
        day = first % np.int64(100)
        first //= np.int64(100)
        year = first // np.int64(100)
        return year > 0, q, year, first % np.int64(100), day, zero, True
    if n == U(0) or n > U(4) or n == U(3) or q >= e:
        return False, p, zero, zero, zero, zero, False
    separator = data[q]
    if n == U(4):
        if first == 0 or not (separator == 45 or separator == 47 or separator == 46 or separator == 32):
            return False, p, zero, zero, zero, zero, False
        q += U(1)
        if separator == 32:
            q = blanks(data, q, e)
        run = letters(data, q, e)
        if run > U(0):
            month = month_named(data, q, run)
            q += run
            if month == 0 or q >= e or (data[q] != separator and data[q] != 32):
                return False, p, zero, zero, zero, zero, False
            q = blanks(data, q + U(1), e)
            n, day = digits(data, q, e)
            fine = n == U(1) or n == U(2)
            return fine, q + n, first, month, day, zero, False
        n, month = digits(data, q, e)
        q += n
        if separator == 32 or n == U(0) or n > U(2) or q >= e or data[q] != separator:
            return False, p, zero, zero, zero, zero, False
        q += U(1)
        n, day = digits(data, q, e)
        fine = n == U(1) or n == U(2)
        return fine, q + n, first, month, day, zero, separator == 45
    # day or month first: 23/Nov/2026, 23Nov2026, 23 Nov, 11/23/2026, 23.11.2026, 11/23
    if separator == 32:
        q = blanks(data, q, e)
    elif separator == 45 or separator == 47 or separator == 46:
        q += U(1)
    elif not is_letter(separator):
        return False, p, zero, zero, zero, zero, False
    run = letters(data, q, e)
    if run > U(0):
        month = month_named(data, q, run)
        q, year, short = year_after(data, q + run, e)
        return month != 0, q, year, month, first, np.int64(YEAR_INFERRED if short else 0), False
    n, second = digits(data, q, e)
    if separator == 32 or n == U(0) or n > U(2):
        return False, p, zero, zero, zero, zero, False
    q += n
    rule = zero
    year = zero
    if q < e and data[q] == separator:
        end, year, short = year_after(data, q, e)
        if year != 0:
            q = end
            rule = np.int64(YEAR_INFERRED if short else 0)
    if year == 0 and separator == 46:
        return False, p, zero, zero, zero, zero, False  # 11.23 is a number
    if first <= 12 and second <= 12 and first != second:
        rule |= np.int64(ORDER_ASSUMED)
    day_first = first > 12 or (separator == 46 and second <= 12)
    if day_first:
        return True, q, year, second, first, rule, False
    return True, q, year, first, second, rule, False


@part
def latest(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970 of the latest such date in or before a year, and the year; only 29 February looks back far."""
    while day > month_days(year, month):
        year -= np.int64(1)
    return days_from_civil(year, month, day), year


@part
def candidates(limit, month, day):  # type: ignore[no-untyped-def]
    """The two latest dates with that month and day that a time not after `limit` can have, zones allowed for."""
    limit_day = limit // DAY
    year, _month, _day = civil(limit_day)
    days, year = latest(year + np.int64(1), month, day)
    while days > limit_day + np.int64(2):
        days, year = latest(year - np.int64(1), month, day)
    older, year = latest(year - np.int64(1), month, day)
    return days, older
