"""Instants to RFC 3339 text, and the calendar arithmetic both directions need.

The calendar is proleptic Gregorian; days count from 1970-01-01. Algorithms: Howard Hinnant, "chrono-Compatible
Low-Level Date Algorithms" (days_from_civil, civil_from_days), here for years 1 to 9999 only, so nothing is negative.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import kernel
from penstock.kernels.words import U, store8

MISSING = np.int64(np.iinfo(np.int64).min)
"""The instant of a row that has none."""

EARLIEST = np.int64(-62_135_596_800_000_000)
"""0001-01-01T00:00:00Z in microseconds since 1970."""

LATEST = np.int64(253_402_300_799_999_999)
"""9999-12-31T23:59:59.999999Z in microseconds since 1970."""

TIME_ROOM = 27
"""Bytes a row that `render_times` appends."""

DAYS_TO_YEAR_ONE = np.int64(719_162)


@njit(inline="always")
def days_from_civil(year, month, day):  # type: ignore[no-untyped-def]
    """Days from 1970-01-01 to a date of the years 1 to 9999 (int64 each; the date must exist)."""
    y = year - np.int64(1) if month <= 2 else year
    m = month + np.int64(9) if month <= 2 else month - np.int64(3)
    era = y // np.int64(400)
    of_era = y - era * np.int64(400)
    of_year = (np.int64(153) * m + np.int64(2)) // np.int64(5) + day - np.int64(1)
    return (
        era * np.int64(146_097)
        + of_era * np.int64(365)
        + of_era // np.int64(4)
        - of_era // np.int64(100)
        + of_year
        - np.int64(719_468)
    )


@njit(inline="always")
def civil(days):  # type: ignore[no-untyped-def]
    """The date (year, month, day) that many days (int64) after 1970-01-01, from year 1 on."""
    z = days + np.int64(719_468)
    era = z // np.int64(146_097)
    doe = z - era * np.int64(146_097)
    yoe = (doe - doe // np.int64(1460) + doe // np.int64(36_524) - doe // np.int64(146_096)) // np.int64(365)
    doy = doe - (np.int64(365) * yoe + yoe // np.int64(4) - yoe // np.int64(100))
    mp = (np.int64(5) * doy + np.int64(2)) // np.int64(153)
    day = doy - (np.int64(153) * mp + np.int64(2)) // np.int64(5) + np.int64(1)
    month = mp + np.int64(3) if mp < 10 else mp - np.int64(9)
    year = yoe + era * np.int64(400)
    return (year + np.int64(1) if month <= 2 else year), month, day


@njit(inline="always")
def month_days(year, month):  # type: ignore[no-untyped-def]
    """How many days the month (1 to 12) of that year has."""
    if month == 2:
        leap = year % np.int64(4) == 0 and (year % np.int64(100) != 0 or year % np.int64(400) == 0)
        return np.int64(29) if leap else np.int64(28)
    return np.int64(30) + ((month + (month >> np.int64(3))) & np.int64(1))


@njit(inline="always")
def _two(v):  # type: ignore[no-untyped-def]
    """Two digits of v < 100 as the low 16 bits of a word, tens first."""
    tens = (v * U(103)) >> U(10)
    return U(0x3030) | tens | ((v - tens * U(10)) << U(8))


@kernel
def render_times(data, used, micros, start, length):  # type: ignore[no-untyped-def]
    """Write a column of instants as `YYYY-MM-DDTHH:MM:SS.ffffffZ`.

    data uint8[::1], used int, micros int64[n] (microseconds since 1970, UTC; `MISSING` or outside the years 1 to 9999
    gives an absent row), start and length int32[n] (out). Appends `TIME_ROOM` bytes a present row; returns the new
    `used`. Rows of the same second or day as the one before share its work.
    """
    o = U(used)
    last_day = U(0xFFFFFFFF)
    last_second = U(0xFFFFFFFFFFFFFFFF)
    w0 = U(0)  # YYYY-MM-
    day_part = U(0)  # DDT
    w1 = U(0)  # DDTHH:MM
    w2 = U(0)  # :SS
    for i in range(U(len(micros))):
        t = micros[i]
        if t < EARLIEST or t > LATEST:
            start[i] = 0
            length[i] = -1
            continue
        since = U(t - EARLIEST)  # from year 1 on: unsigned division is cheaper and floors
        second = since // U(1_000_000)
        fraction = since - second * U(1_000_000)
        if second != last_second:
            last_second = second
            day = second // U(86_400)
            of_day = second - day * U(86_400)
            if day != last_day:
                last_day = day
                y, m, d = civil(np.int64(day) - DAYS_TO_YEAR_ONE)
                century = U(y) // U(100)
                w0 = _two(century) | (_two(U(y) - century * U(100)) << U(16))
                w0 |= (U(45) << U(32)) | (_two(U(m)) << U(40)) | (U(45) << U(56))
                day_part = _two(U(d)) | (U(84) << U(16))
            hour = of_day // U(3600)
            of_day -= hour * U(3600)
            minute = of_day // U(60)
            w1 = day_part | (_two(hour) << U(24)) | (U(58) << U(40)) | (_two(minute) << U(48))
            w2 = U(58) | (_two(of_day - minute * U(60)) << U(8))
        high = fraction // U(10_000)
        rest = fraction - high * U(10_000)
        middle = rest // U(100)
        store8(data, o, w0)
        store8(data, o + U(8), w1)
        store8(data, o + U(16), w2)
        w3 = U(46) | (_two(high) << U(8)) | (_two(middle) << U(24)) | (_two(rest - middle * U(100)) << U(40))
        store8(data, o + U(19), w3 | (U(90) << U(56)))
        start[i] = o
        length[i] = 27
        o += U(27)
    return o
