"""Times of every kind, recognised value by value from their bytes, to microseconds UTC.

A value is a date, a time of day and a tail (meridian, zone, late year), each optional within reason, or a count since
some epoch. One pass from left to right, no regular expression, no trial of formats one after the other.

Consecutive records share their date: the bytes before the time of day are remembered as up to three words, with what
they came to, and so is a short tail: the usual row is a few comparisons, eight bytes of `HH:MM:SS` and a fraction.

Where the text leaves something open, it is decided by a stated rule and the row says so (`YEAR_INFERRED` and so on):
a missing year is the latest that puts the time no more than a day after the reference, a missing date the one nearest
to it, a missing or ambiguous zone is the source's.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.clocks import NO_ZONE, clock_at, clock_fast, fraction_at, offset_at, tail_at, to_clock
from penstock.kernels.dates import (
    DATE_INFERRED,
    DAY,
    ORDER_ASSUMED,
    YEAR_INFERRED,
    ZONE_INFERRED,
    bytes_below,
    candidates,
    date_at,
    digits,
    load,
    word,
)
from penstock.kernels.digits import trim
from penstock.kernels.jit import kernel, part
from penstock.kernels.render import EARLIEST, LATEST, MISSING, days_from_civil, month_days
from penstock.kernels.words import U

SECOND = np.int64(1_000_000)
FILETIME_TO_UNIX = np.int64(11_644_473_600_000_000)  # 1601-01-01 to 1970-01-01, microseconds
NET_DATE = np.uint64(int.from_bytes(b"/Date(", "little"))


@part
def _epoch(data, p, e):  # type: ignore[no-untyped-def]
    r"""A count since an epoch that fills data[p:e): (fine, microseconds).

    By the number of digits: 9 and 10 seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds since 1970 (all but the
    last two with an optional fraction); 18 a Windows FILETIME. `/Date(1764000000000+0100)/` is .NET's, milliseconds.
    """
    if e - p > U(9) and (data[p] == 47 or (data[p] == 92 and data[p + U(1)] == 47)):
        if data[p] == 92:
            p += U(1)
        if data[e - U(1)] != 47 or word(data, p, U(6)) != NET_DATE:
            return False, MISSING
        e -= U(1)
        if data[e - U(1)] == 92:
            e -= U(1)
        p += U(6)
        negative = p < e and data[p] == 45
        if negative:
            p += U(1)
        n, value = digits(data, p, e)
        p += n
        if n == U(0) or n > U(15) or p >= e:
            return False, MISSING
        if data[p] == 43 or data[p] == 45:  # the writer's zone: does not change the instant
            fine, p, _east = offset_at(data, p, e)
            if not fine or p >= e:
                return False, MISSING
        value *= np.int64(1000)
        return data[p] == 41 and p + U(1) == e, (-value if negative else value)
    n, value = digits(data, p, e)
    q = p + n
    q, fraction = fraction_at(data, q, e)
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


@kernel
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
    compact = False
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
            and load(data, p) & mask0 == known0
            and (mask1 == U(0) or load(data, p + U(8)) & mask1 == known1)
            and (mask2 == U(0) or load(data, p + U(16)) & mask2 == known2)
        ):
            q = p + known_size
            fine, seconds = clock_fast(data, q, e)
            if fine:
                q += U(8)
            else:
                fine, q, seconds = clock_at(data, q, e, compact)
        floating = False  # neither year nor date
        if not fine:
            found, q, year, month, day, date_rule, compact = date_at(data, p, e)
            known_size = U(0)
            if not found:
                fine, t = _epoch(data, p, e)
                if fine and t >= EARLIEST and t <= LATEST:
                    micros[i] = t
                    continue
                fine, q, seconds = clock_at(data, p, e, False)
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
                    days, older = candidates(limit, month, day)
                clock, separated = to_clock(data, q, e)
                fine, end, seconds = clock_at(data, clock, e, compact)
                if fine and (separated or compact):
                    size = clock - p
                    if separated and size <= U(24):
                        known_size = size
                        mask0 = bytes_below(size)
                        mask1 = bytes_below(size - U(8)) if size > U(8) else U(0)
                        mask2 = bytes_below(size - U(16)) if size > U(16) else U(0)
                        known0 = load(data, p) & mask0
                        known1 = load(data, p + U(8)) & mask1
                        known2 = load(data, p + U(16)) & mask2
                    q = end
                elif dated:
                    seconds = np.int64(-1)  # a date only: what follows is its tail
                else:
                    bad[i] = 1
                    continue
        fraction = np.int64(0)
        if seconds >= 0:
            q, fraction = fraction_at(data, q, e)
        else:
            seconds = np.int64(0)
        flags = date_rule
        offset = zone_minutes
        year = np.int64(0)
        if q < e:
            size = e - q
            ending = word(data, q, size)
            if size != tail_size or ending != tail:
                fine, late, east, tail_rule, meridian = tail_at(data, q, e)
                tail_size = size if fine and size <= U(8) else U(0)
                tail = ending
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
