"""From slices to Arrow's memory: string views, times, and the elements of JSON arrays.

A string view is 16 bytes: the length; then up to 12 bytes of text itself, or its first 4 bytes, a buffer's number and
an offset in it (https://arrow.apache.org/docs/format/Columnar.html, "Variable-size Binary View Layout"). So a column
of slices becomes one of strings without its text being copied.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.digits import is_digit
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, load8

_LOW4 = U(0xFFFFFFFF)


@kernel
def string_views(data, start, length, out, valid):  # type: ignore[no-untyped-def]
    """Views of slices. data uint8 with slack; start, length int32[n]; out uint64[n, 2]; valid uint8[n] (out)."""
    for j in range(len(start)):
        i = U(j)
        n = length[i]
        valid[i] = n >= 0
        if n <= 0:
            out[i, 0] = 0
            out[i, 1] = 0
            continue
        p = U(start[i])
        m = U(n)
        word = load8(data, p)
        if m > U(12):
            out[i, 0] = m | (word << U(32))
            out[i, 1] = p << U(32)
            continue
        low = word & _LOW4
        if m < U(4):
            low &= (U(1) << (m << U(3))) - U(1)
        out[i, 0] = m | (low << U(32))
        if m <= U(4):
            out[i, 1] = 0
            continue
        left = m - U(4)
        high = load8(data, p + U(4))
        if left < U(8):
            high &= (U(1) << (left << U(3))) - U(1)
        out[i, 1] = high


@part
def _two(data, p):  # type: ignore[no-untyped-def]
    return np.int64(data[p] - 48) * 10 + np.int64(data[p + U(1)] - 48)


@kernel
def values_time(data, start, length, out, valid):  # type: ignore[no-untyped-def]
    """Read canonical times (`2026-11-23T10:00:01.000000Z`): out int64[n], microseconds UTC.

    valid uint8[n] (out): 1 where there is one, 0 where absent, 2 where the slice is not of that form.
    Days of a date: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". A row of the same minute
    as the one before shares its work.
    """
    first, second, minute = U(0), U(0), np.int64(0)
    for j in range(len(start)):
        i = U(j)
        out[i] = 0
        if length[i] < 0:
            valid[i] = 0
            continue
        valid[i] = 2
        if length[i] != 27:
            continue
        p = U(start[i])
        if load8(data, p) == first and load8(data, p + U(8)) == second:
            fine = data[p + U(16)] == 58 and data[p + U(19)] == 46 and data[p + U(26)] == 90
            for k in (17, 18, 20, 21, 22, 23, 24, 25):
                fine = fine and is_digit(data[p + U(k)])
            if fine:
                micros = _two(data, p + U(20)) * 10000 + _two(data, p + U(22)) * 100 + _two(data, p + U(24))
                out[i] = (minute + _two(data, p + U(17))) * 1000000 + micros
                valid[i] = 1
            continue
        fine = data[p + U(4)] == 45 and data[p + U(7)] == 45 and data[p + U(10)] == 84 and data[p + U(13)] == 58
        fine = fine and data[p + U(16)] == 58 and data[p + U(19)] == 46 and data[p + U(26)] == 90
        for k in range(26):
            if not is_digit(data[p + U(k)]) and k not in (4, 7, 10, 13, 16, 19):
                fine = False
        if not fine:
            continue
        year = _two(data, p) * 100 + _two(data, p + U(2))
        month = _two(data, p + U(5))
        day = _two(data, p + U(8))
        if month <= 2:
            year -= 1
        of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
        era = year // 400
        of_era = year - era * 400
        days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
        minute = days * 86400 + _two(data, p + U(11)) * 3600 + _two(data, p + U(14)) * 60
        first, second = load8(data, p), load8(data, p + U(8))
        micros = _two(data, p + U(20)) * 10000 + _two(data, p + U(22)) * 100 + _two(data, p + U(24))
        out[i] = (minute + _two(data, p + U(17))) * 1000000 + micros
        valid[i] = 1


@kernel
def split_lists(data, start, length, first, begin, item_start, item_length, at, hard):  # type: ignore[no-untyped-def]
    """The elements of JSON arrays of plain strings, row by row from `first` on; give how many rows are done.

    begin int32[n + 1] (out): where each row's elements begin in item_start and item_length int32[m] (out); `at` is
    begin[first]. hard uint8[n] (out): 1 where a row is anything but an array of strings without a backslash; it then
    gets no elements. An absent row gets none either. Fewer rows than all are done when the elements' room is full.
    """
    room = U(len(item_start))
    o = U(at)
    for j in range(first, len(start)):
        i = U(j)
        begin[i] = np.int32(o)
        hard[i] = 0
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        e = p + U(n)
        if o + (U(n) // U(3)) + U(1) > room:
            return j
        kept = o
        state = 0  # 0: [ wanted, 1: string or ] wanted, 2: comma or ] wanted, 3: string wanted, 4: done
        fine = True
        while p < e and fine:
            c = data[p]
            p += U(1)
            if c == 32 or c == 9 or c == 10 or c == 13:
                continue
            if state == 0 and c == 91:
                state = 1
            elif (state == 1 or state == 2) and c == 93:
                state = 4
            elif state == 2 and c == 44:
                state = 3
            elif (state == 1 or state == 3) and c == 34:
                q = p
                while p < e and data[p] != 34 and data[p] != 92:
                    p += U(1)
                if p == e or data[p] == 92:
                    fine = False
                else:
                    item_start[o] = np.int32(q)
                    item_length[o] = np.int32(p - q)
                    o += U(1)
                    p += U(1)
                    state = 2
            else:
                fine = False
        if state != 4 or not fine:
            hard[i] = 1
            o = kept
    begin[U(len(start))] = np.int32(o)
    return len(start)
