"""Times of every kind, recognised value by value from their bytes, to microseconds UTC.

A value is a date, a time of day and a tail (meridian, zone, late year), each optional within reason, or a count since
some epoch. One pass from left to right, no regular expression, no trial of formats one after the other.

Consecutive records share their date: the bytes before the time of day are remembered as up to two words, with what
they came to, so the usual row is two comparisons, eight bytes of `HH:MM:SS` and a fraction.

Where the text leaves something open, it is decided by a stated rule and the row says so (`YEAR_INFERRED` and so on):
a missing year is the latest that puts the time no more than a day after the reference, a missing date the one nearest
to it, a missing or ambiguous zone is the source's.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.numbers import is_digit, trim
from penstock.kernels.render import EARLIEST, LATEST, MISSING, civil, days_from_civil, month_days
from penstock.kernels.words import HIGHS, ONES, U, first_byte, load8

YEAR_INFERRED = 1
ZONE_INFERRED = 2
ZONE_AMBIGUOUS = 4
ORDER_ASSUMED = 8
DATE_INFERRED = 16
"""Bits of a row's `rule`: what the text left open. An ambiguous zone name is also an inferred zone."""

SECOND = np.int64(1_000_000)
DAY = np.int64(86_400_000_000)
FILETIME_TO_UNIX = np.int64(11_644_473_600_000_000)  # 1601-01-01 to 1970-01-01, microseconds
TENTH = np.int64(922_337_203_685_477_579)  # ten times this and nine is an int64
NO_ZONE = np.int64(1 << 20)

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
LOWER3 = np.uint64(0x202020)


@njit(inline="always")
def _is_letter(b):  # type: ignore[no-untyped-def]
    low = b | 32
    return low >= 97 and low <= 122


@njit(inline="always")
def _bytes_below(n):  # type: ignore[no-untyped-def]
    """A mask of the n lowest bytes of a word, n up to 8."""
    return ~U(0) if n >= U(8) else (U(1) << (n << U(3))) - U(1)


@njit
def _blanks(data, p, e):  # type: ignore[no-untyped-def]
    while p < e and (data[p] == 32 or data[p] == 9):
        p += U(1)
    return p


@njit
def _digits(data, p, e):  # type: ignore[no-untyped-def]
    """The run of digits at p: (how many, value). More than an int64 holds counts as 20 digits, which no time has."""
    q = p
    value = np.int64(0)
    while q < e and is_digit(data[q]):
        if q - p >= U(18) and (q - p > U(18) or value > TENTH):
            return U(20), value
        value = value * np.int64(10) + np.int64(data[q]) - np.int64(48)
        q += U(1)
    return q - p, value


@njit
def _letters(data, p, e):  # type: ignore[no-untyped-def]
    """How many letters stand at p, counting to 32."""
    q = p
    stop = min(e, p + U(32))
    while q < stop and _is_letter(data[q]):
        q += U(1)
    return q - p


@njit
def _month(data, p, n):  # type: ignore[no-untyped-def]
    """The month (1 to 12) that the n letters at p name, in English, whole or three letters; 0 for no month."""
    if n < U(3) or n > U(9):
        return np.int64(0)
    word = (load8(data, p) | (ONES << U(5))) & _bytes_below(n)
    if n == U(4) and word == SEPT:
        return np.int64(9)
    for k in range(12):
        if word & U(0xFFFFFF) == MONTHS[k]:
            whole = n == MONTH_SIZES[k] and word == MONTH_NAMES[k] and (n < U(9) or data[p + U(8)] | 32 == 114)
            return np.int64(k + 1) if n == U(3) or whole else np.int64(0)
    return np.int64(0)


@njit(inline="always")
def _fraction(data, p, e):  # type: ignore[no-untyped-def]
    """A `.` or `,` and digits at p: (where they end, microseconds, cut off). Without digits, nothing is taken."""
    q = p
    micros = np.int64(0)
    if q + U(1) < e and (data[q] == 46 or data[q] == 44) and is_digit(data[q + U(1)]):
        q += U(1)
        # the digits among the next eight bytes, the rest of the word as zeros, then three steps to one number
        x = load8(data, q) ^ ZEROS
        wrong = ((x + U(0x7676767676767676)) | x) & HIGHS
        n = first_byte(wrong) if wrong != U(0) else U(8)
        n = min(n, e - q, U(6))
        x &= _bytes_below(n)
        x = (x * U(10) + (x >> U(8))) & U(0x00FF00FF00FF00FF)
        x = (x * U(100) + (x >> U(16))) & U(0x0000FFFF0000FFFF)
        x = (x * U(10_000) + (x >> U(32))) & U(0xFFFFFFFF)
        micros = np.int64(x // U(100))
        q += n
        while q < e and is_digit(data[q]):
            q += U(1)
    return q, micros


@njit(inline="always")
def _clock_fast(data, p, e):  # type: ignore[no-untyped-def]
    """`HH:MM:SS` at p in one word: (fine, seconds of the day). No leap second, no 24:00."""
    x = load8(data, p) ^ CLOCK_SHAPE
    wrong = (((x + U(0x7676767676767676)) | x) & HIGHS) | (x & CLOCK_COLONS)
    hour = (x & U(15)) * U(10) + ((x >> U(8)) & U(15))
    minute = ((x >> U(24)) & U(15)) * U(10) + ((x >> U(32)) & U(15))
    second = ((x >> U(48)) & U(15)) * U(10) + ((x >> U(56)) & U(15))
    fine = wrong == U(0) and hour < U(24) and minute < U(60) and second < U(60) and e - p >= U(8)
    fine = fine and not (e - p > U(8) and is_digit(data[p + U(8)]))
    return fine, np.int64(hour * U(3600) + minute * U(60) + second)


@njit
def _clock(data, p, e, compact):  # type: ignore[no-untyped-def]
    """A time of day at p: (fine, where it ends, seconds of the day).

    `H:MM`, `H:MM:SS`; if `compact`, also `HHMM` and `HHMMSS`. 24:00:00 ends the day; second 60 only where a leap second
    can stand in some zone: at the end of a quarter of an hour.
    """
    n, value = _digits(data, p, e)
    q = p + n
    hour = value
    minute = np.int64(0)
    second = np.int64(0)
    if n <= U(2) and n > U(0) and q < e and data[q] == 58:
        q += U(1)
        n, minute = _digits(data, q, e)
        if n != U(2):
            return False, p, np.int64(0)
        q += n
        if q + U(1) < e and data[q] == 58 and is_digit(data[q + U(1)]):
            q += U(1)
            n, second = _digits(data, q, e)
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


@njit
def _year_after(data, p, e):  # type: ignore[no-untyped-def]
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
        q = _blanks(data, q, e)
    n, year = _digits(data, q, e)
    if n == U(4) and year > 0:
        return q + n, year, False
    if joined and n == U(2) and not (q + n < e and data[q + n] == 58):
        return q + n, year + np.int64(2000 if year < 70 else 1900), True
    return p, np.int64(0), False


@njit
def _date(data, p, e):  # type: ignore[no-untyped-def]
    """A date at p: (fine, where it ends, year or 0, month, day, rule bits, compact).

    Whether the day exists is left to the caller. `compact`: an ISO date, after which a time may lack its colons.
    """
    zero = np.int64(0)
    q = p
    letters = _letters(data, q, e)
    if letters >= U(3):
        month = _month(data, q, letters)
        if month == 0:
            word = (load8(data, q) | LOWER3) & U(0xFFFFFF)
            weekday = False
            for k in range(7):
                weekday = weekday or word == WEEKDAYS[k]
            q += letters
            if q < e and data[q] == 44:
                q += U(1)
            if not weekday or letters > U(9):
                return False, p, zero, zero, zero, zero, False
            q = _blanks(data, q, e)
            letters = _letters(data, q, e)
            month = _month(data, q, letters)
        if month != 0:  # Nov 23 [2026]
            q = _blanks(data, q + letters, e)
            n, day = _digits(data, q, e)
            if n == U(0) or n > U(2):
                return False, p, zero, zero, zero, zero, False
            q, year, short = _year_after(data, q + n, e)
            return True, q, year, month, day, np.int64(YEAR_INFERRED if short else 0), False
    n, first = _digits(data, q, e)
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
            q = _blanks(data, q, e)
        letters = _letters(data, q, e)
        if letters > U(0):
            month = _month(data, q, letters)
            q += letters
            if month == 0 or q >= e or (data[q] != separator and data[q] != 32):
                return False, p, zero, zero, zero, zero, False
            q = _blanks(data, q + U(1), e)
            n, day = _digits(data, q, e)
            fine = n == U(1) or n == U(2)
            return fine, q + n, first, month, day, zero, False
        n, month = _digits(data, q, e)
        q += n
        if separator == 32 or n == U(0) or n > U(2) or q >= e or data[q] != separator:
            return False, p, zero, zero, zero, zero, False
        q += U(1)
        n, day = _digits(data, q, e)
        fine = n == U(1) or n == U(2)
        return fine, q + n, first, month, day, zero, separator == 45
    # day or month first: 23/Nov/2026, 23Nov2026, 23 Nov, 11/23/2026, 23.11.2026, 11/23
    if separator == 32:
        q = _blanks(data, q, e)
    elif separator == 45 or separator == 47 or separator == 46:
        q += U(1)
    elif not _is_letter(separator):
        return False, p, zero, zero, zero, zero, False
    letters = _letters(data, q, e)
    if letters > U(0):
        month = _month(data, q, letters)
        q, year, short = _year_after(data, q + letters, e)
        return month != 0, q, year, month, first, np.int64(YEAR_INFERRED if short else 0), False
    n, second = _digits(data, q, e)
    if separator == 32 or n == U(0) or n > U(2):
        return False, p, zero, zero, zero, zero, False
    q += n
    rule = zero
    year = zero
    if q < e and data[q] == separator:
        end, year, short = _year_after(data, q, e)
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


@njit(inline="always")
def _to_clock(data, p, e):  # type: ignore[no-untyped-def]
    """From the end of a date to where a time of day may begin, as (p, whether a separator was there)."""
    if p < e:
        b = data[p]
        if b == 84 or b == 116 or b == 45 or b == 95 or b == 44 or b == 58:
            return _blanks(data, p + U(1), e), True
        q = _blanks(data, p, e)
        return q, q > p
    return p, False


@njit
def _offset(data, p, e):  # type: ignore[no-untyped-def]
    """`+hh`, `+hhmm`, `+hh:mm` (or `-`) at p: (fine, where it ends, minutes east)."""
    q = p + U(1)
    n, value = _digits(data, q, e)
    q += n
    hours = value
    minutes = np.int64(0)
    if n == U(4):
        hours = value // np.int64(100)
        minutes = value % np.int64(100)
    elif n != U(1) and n != U(2):
        return False, p, np.int64(0)
    elif q + U(1) < e and data[q] == 58 and is_digit(data[q + U(1)]):
        n, minutes = _digits(data, q + U(1), e)
        q += U(1) + n
        if n != U(2):
            return False, p, np.int64(0)
    east = hours * np.int64(60) + minutes
    return hours < 24 and minutes < 60, q, (-east if data[p] == 45 else east)


@njit
def _zone_name(data, p, e):  # type: ignore[no-untyped-def]
    """A zone's name at p: (where it ends or p, minutes east or `NO_ZONE` where the name is not one offset).

    Three to five capitals (or UT), or `Region/City` (whose offset depends on the date: never known here).
    """
    n = _letters(data, p, e)
    q = p + n
    if q < e and data[q] == 47 and n >= U(2) and data[p] < 97:
        stop = min(e, p + U(40))
        while q < stop and (_is_letter(data[q]) or data[q] == 47 or data[q] == 95 or data[q] == 45):
            q += U(1)
        return q, NO_ZONE
    if n < U(2) or n > U(5) or (n == U(2) and (data[p] != 85 or data[p + U(1)] != 84)):
        return p, NO_ZONE
    for k in range(n):
        if data[p + U(k)] >= 97:
            return p, NO_ZONE
    word = load8(data, p) & _bytes_below(n)
    for k in range(len(ZONE_KEYS)):
        if word == ZONE_KEYS[k]:
            return q, ZONE_OFFSETS[k]
    return q, NO_ZONE


@njit
def _tail(data, p, e):  # type: ignore[no-untyped-def]
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
            fine, q, value = _offset(data, q, e)
            if not fine or zoned == 2:
                return False, zero, zero, zero, zero
            east = value
            zoned = 2
        elif is_digit(b):
            n, value = _digits(data, q, e)
            if n != U(4) or year != 0 or value == 0:
                return False, zero, zero, zero, zero
            year = value
            q += n
        elif _is_letter(b):
            n = _letters(data, q, e)
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
            end, value = _zone_name(data, q, e)
            name = load8(data, q) & U(0xFFFFFF)
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


@njit
def _epoch(data, p, e):  # type: ignore[no-untyped-def]
    r"""A count since an epoch that fills data[p:e): (fine, microseconds).

    By the number of digits: 9 and 10 seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds since 1970 (all but the
    last two with an optional fraction); 18 a Windows FILETIME. `/Date(1764000000000+0100)/` is .NET's, milliseconds.
    """
    if e - p > U(9) and (data[p] == 47 or (data[p] == 92 and data[p + U(1)] == 47)):
        if data[p] == 92:
            p += U(1)
        if data[e - U(1)] != 47 or load8(data, p) & U(0xFFFFFFFFFFFF) != U(0x28657461442F):
            return False, MISSING
        e -= U(1)
        if data[e - U(1)] == 92:
            e -= U(1)
        p += U(6)
        negative = p < e and data[p] == 45
        if negative:
            p += U(1)
        n, value = _digits(data, p, e)
        p += n
        if n == U(0) or n > U(15) or p >= e:
            return False, MISSING
        if data[p] == 43 or data[p] == 45:  # the writer's zone: does not change the instant
            fine, p, _east = _offset(data, p, e)
            if not fine or p >= e:
                return False, MISSING
        value *= np.int64(1000)
        return data[p] == 41 and p + U(1) == e, (-value if negative else value)
    n, value = _digits(data, p, e)
    q = p + n
    q, fraction = _fraction(data, q, e)
    if q != e:
        return False, MISSING
    pointed = q > p + n
    if n == U(9) or n == U(10):
        return True, value * SECOND + fraction
    if n == U(13):
        return True, value * np.int64(1000) + fraction // np.int64(1000)
    if pointed:
        return False, MISSING
    if n == U(16):
        return True, value
    if n == U(19):
        return True, value // np.int64(1000)
    if n == U(18):
        return True, value // np.int64(10) - FILETIME_TO_UNIX
    return False, MISSING


@njit
def _latest(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970 of the latest such date in or before a year, and the year; only 29 February looks back far."""
    while day > month_days(year, month):
        year -= np.int64(1)
    return days_from_civil(year, month, day), year


@njit
def _candidates(limit, month, day):  # type: ignore[no-untyped-def]
    """The two latest dates with that month and day that a time not after `limit` can have, zones allowed for."""
    limit_day = limit // DAY
    year, _month, _day = civil(limit_day)
    days, year = _latest(year + np.int64(1), month, day)
    while days > limit_day + np.int64(2):
        days, year = _latest(year - np.int64(1), month, day)
    older, year = _latest(year - np.int64(1), month, day)
    return days, older


@njit(cache=True, nogil=True)
def _parse(data, start, length, zone_minutes, reference, micros, rule, bad):  # type: ignore[no-untyped-def]
    limit = min(max(reference, EARLIEST + np.int64(10) * np.int64(366) * DAY), LATEST) + DAY
    known_size = U(0)  # of the remembered date part, 0 for none
    known0 = U(0)
    known1 = U(0)
    known2 = U(0)
    mask0 = U(0)
    mask1 = U(0)
    mask2 = U(0)
    tail_size = U(0)  # of the remembered tail, 0 for none
    tail = U(0)
    late = np.int64(0)
    east = NO_ZONE
    tail_rule = np.int64(0)
    meridian = np.int64(0)
    dated = False  # whether it has a year
    month = np.int64(0)
    day = np.int64(0)
    days = np.int64(0)
    older = np.int64(0)
    date_rule = np.int64(0)
    for i in range(U(len(start))):
        micros[i] = MISSING
        rule[i] = 0
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        e = p + U(n)
        p, e = trim(data, p, e)
        if e - p > U(2):
            if data[p] == 91 and data[e - U(1)] == 93:
                p, e = trim(data, p + U(1), e - U(1))
            elif data[p] == 42 or data[p] == 46:
                p += U(1)
            if e > p and data[e - U(1)] == 58:
                e -= U(1)
        fine = False
        seconds = np.int64(0)
        q = p
        if (
            known_size > U(0)
            and e - p > known_size
            and load8(data, p) & mask0 == known0
            and (mask1 == U(0) or load8(data, p + U(8)) & mask1 == known1)
            and (mask2 == U(0) or load8(data, p + U(16)) & mask2 == known2)
        ):
            q = p + known_size
            fine, seconds = _clock_fast(data, q, e)
            q += U(8)
        floating = False  # neither year nor date
        if not fine:
            found, q, year, month, day, date_rule, compact = _date(data, p, e)
            known_size = U(0)
            if not found:
                fine, t = _epoch(data, p, e)
                if fine and t >= EARLIEST and t <= LATEST:
                    micros[i] = t
                    continue
                fine, q, seconds = _clock(data, p, e, False)
                if not fine:
                    bad[i] = 1
                    continue
                floating = True
                dated = True
                days = reference // DAY
            else:
                if month < 1 or month > 12 or day < 1 or day > month_days(year if year else np.int64(4), month):
                    bad[i] = 1
                    continue
                dated = year != 0
                if dated:
                    days = days_from_civil(year, month, day)
                else:
                    days, older = _candidates(limit, month, day)
                clock, separated = _to_clock(data, q, e)
                fine, end, seconds = _clock(data, clock, e, compact)
                if fine and (separated or compact):
                    size = clock - p
                    if separated and size <= U(24):
                        known_size = size
                        mask0 = _bytes_below(size)
                        mask1 = _bytes_below(size - U(8)) if size > U(8) else U(0)
                        mask2 = _bytes_below(size - U(16)) if size > U(16) else U(0)
                        known0 = load8(data, p) & mask0
                        known1 = load8(data, p + U(8)) & mask1
                        known2 = load8(data, p + U(16)) & mask2
                    q = end
                elif dated:
                    seconds = np.int64(-1)  # a date only: what follows is its tail
                else:
                    bad[i] = 1
                    continue
        fraction = np.int64(0)
        if seconds >= 0:
            q, fraction = _fraction(data, q, e)
        else:
            seconds = np.int64(0)
        flags = date_rule
        offset = zone_minutes
        year = np.int64(0)
        if q < e:
            size = e - q
            word = load8(data, q) & _bytes_below(size)
            if size != tail_size or word != tail:
                fine, late, east, tail_rule, meridian = _tail(data, q, e)
                tail_size = size if fine and size <= U(8) else U(0)
                tail = word
                if not fine:
                    bad[i] = 1
                    continue
            year = late
            flags |= tail_rule
            if meridian != 0:
                if seconds < 3600 or seconds >= 46_800:
                    bad[i] = 1
                    continue
                if seconds >= 43_200:
                    seconds -= np.int64(43_200)
                if meridian == 2:
                    seconds += np.int64(43_200)
            if year != 0 and (dated or day > month_days(year, month)):
                bad[i] = 1
                continue
        if q < e and east != NO_ZONE:
            offset = east
        else:
            flags |= np.int64(ZONE_INFERRED)
        of_day = (seconds - offset * np.int64(60)) * SECOND + fraction
        if dated:
            t = days * DAY + of_day
            if floating:
                flags = (flags & ~np.int64(YEAR_INFERRED | ORDER_ASSUMED)) | np.int64(DATE_INFERRED)
                if t - reference > DAY // np.int64(2):
                    t -= DAY
                elif reference - t > DAY // np.int64(2):
                    t += DAY
        elif year != 0:
            t = days_from_civil(year, month, day) * DAY + of_day
        else:
            flags |= np.int64(YEAR_INFERRED)
            t = days * DAY + of_day
            if t > limit:
                t = older * DAY + of_day
        if t < EARLIEST or t > LATEST:
            bad[i] = 1
            continue
        micros[i] = t
        rule[i] = flags


def parse_times(data, start, length, zone_minutes, reference, micros, rule, bad):  # type: ignore[no-untyped-def]
    """Read a column of times, each in whatever format it is.

    data uint8[::1]; start, length int32[n] (length -1: absent); zone_minutes: minutes east of UTC for times that name
    no zone, within a day; reference: microseconds UTC, what a missing year or date is inferred from; micros int64[n]
    (out: microseconds UTC, `MISSING` where there is none); rule uint8[n] (out: the bits above, 0 where the text says
    it all); bad uint8[n] (in/out: 1 where the text is no time or no such day exists). Slices are left as they are.

    Taken: ISO 8601 and RFC 3339, RFC 3164 with all its vendor extras, RFC 2822, Apache, nginx, US and German numeric
    dates, names of months on either side, epochs, FILETIME, .NET. Fractions are cut to microseconds. A leap second is
    the first of the next minute.
    """
    _parse(data, start, length, int(zone_minutes), int(reference), micros, rule, bad)
