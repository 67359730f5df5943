"""Numbers and truth values: a column of texts to their canonical spelling, or to machine numbers.

A spelling that is canonical already, or of which a part is (`+12`, ` 12 `, `12.0` hold a `12`), costs no byte: the
slice is narrowed. Only what has to be made is appended to the text. Nothing is rounded on the way: a decimal is
scaled exactly as (digits, power of ten) or it is refused.

The exact fast path for doubles is Clinger's: a significand under 2^53 times or over a power of ten up to 10^22 is one
correctly rounded operation (W. D. Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990).
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.digits import hex_value, is_digit, is_plain, trim, write_decimal
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, copy, load8, store8

LONG_ROOM = 20
"""Bytes a row that `to_long` may append: `-9223372036854775808`."""

BOOLEAN_ROOM = 16
"""Bytes a call (not a row) that `to_boolean` may append."""

ABSENT, EXACT, HARD = 0, 1, 2
"""What `values_double` says of a row: no number, the right one, a number that Python's `float` must read."""

POWERS = 10.0 ** np.arange(23)
EXACT_BELOW = np.uint64(1 << 53)
LONG_MAX = np.uint64((1 << 63) - 1)
OVERFLOW = np.uint64(1797693134862315807)  # leading digits of 2^1024 - 2^970, from where on a double is infinite
FAR = np.int64(1 << 40)  # an exponent no text can undo with its digits

WORD_TRUE = np.uint64(int.from_bytes(b"true", "little"))
WORD_FALSE = np.uint64(int.from_bytes(b"false", "little"))
WORD_YES = np.uint64(int.from_bytes(b"yes", "little"))
WORD_NO = np.uint64(int.from_bytes(b"no", "little"))
WORD_ON = np.uint64(int.from_bytes(b"on", "little"))
WORD_OFF = np.uint64(int.from_bytes(b"off", "little"))
LOWER = np.uint64(0x2020202020202020)


@part
def _decimal(data, p, e):  # type: ignore[no-untyped-def]
    """Read an unsigned decimal with optional point and exponent: six numbers.

    They are (spelling, significand, digits, power, point, exponent). spelling 0: no number; 1: as JSON has it; 2: a
    number, but not as JSON spells it. The value is significand * 10^power; the significand holds the first 19
    significant digits (without trailing zeros), `digits` how many there are in all. `point` and `exponent` are where
    the parts end: digits data[p:point), fraction (with its point) data[point:exponent), exponent data[exponent:e).
    """
    q = p
    while q < e and is_digit(data[q]):
        q += U(1)
    point = q
    if q < e and data[q] == 46:
        q += U(1)
        while q < e and is_digit(data[q]):
            q += U(1)
    mantissa_end = q
    power = np.int64(0)
    spelled = (point - p) + (mantissa_end - point)
    has_point = mantissa_end > point
    fine = (spelled > U(1)) if has_point else (spelled > U(0))
    json = point > p and not (data[p] == 48 and point - p > U(1)) and not (mantissa_end - point == U(1))
    if fine and q < e:
        if (data[q] | 32) != 101:
            fine = False
        else:
            q += U(1)
            down = False
            if q < e and (data[q] == 43 or data[q] == 45):
                down = data[q] == 45
                q += U(1)
            if q == e:
                fine = False
            while q < e and fine:
                if is_digit(data[q]):
                    power = min(power * np.int64(10) + np.int64(data[q]) - np.int64(48), FAR)
                    q += U(1)
                else:
                    fine = False
            if down:
                power = -power
    if not fine:
        return np.int64(0), U(0), np.int64(0), np.int64(0), point, mantissa_end
    significand = U(0)
    digits = np.int64(0)
    zeros = np.int64(0)  # seen after the last digit that counts
    k = p
    while k < mantissa_end:
        if k != point:
            if k > point:
                power -= np.int64(1)
            b = data[k]
            if b == 48:
                if digits > 0:
                    zeros += np.int64(1)
            else:
                while zeros > 0:
                    if digits < 19:
                        significand *= U(10)
                    digits += np.int64(1)
                    zeros -= np.int64(1)
                if digits < 19:
                    significand = significand * U(10) + U(b) - U(48)
                digits += np.int64(1)
        k += U(1)
    return np.int64(1 if json else 2), significand, digits, power + zeros, point, mantissa_end


@part
def read_number(data, p, e):  # type: ignore[no-untyped-def]
    """The decimal that fills data[p:e), for comparing: (fine, value). Past 2^53 the last bit may be off."""
    negative = p < e and data[p] == 45
    q = p + U(negative)
    spelling, significand, digits, power, _point, _exponent = _decimal(data, q, e)
    # the power goes up by the digits that the significand has no room for
    value, power = np.float64(significand), power + max(digits - np.int64(19), np.int64(0))
    if power > 0 and value != 0:
        value = value * POWERS[U(power)] if power <= 22 else value * 10.0 ** np.float64(power)
    elif power < 0:
        if power < -300:  # 10^309 would be infinite, and what is divided by it nothing
            value, power = value / 1e300, power + np.int64(300)
        value = value / POWERS[U(-power)] if power >= -22 else value / 10.0 ** np.float64(-power)
    return spelling != 0, -value if negative else value


@part
def _integral(data, p, e):  # type: ignore[no-untyped-def]
    """The value of an unsigned hexadecimal or of a decimal that is a whole number: (fine, value up to 2^64)."""
    if e - p > U(2) and data[p] == 48 and (data[p + U(1)] | 32) == 120:
        value = U(0)
        k = p + U(2)
        while k < e:
            digit = hex_value(data[k])
            if digit > U(15) or value >> U(60) != U(0):
                return False, U(0)
            value = (value << U(4)) | digit
            k += U(1)
        return True, value
    spelling, value, digits, power, _point, _exponent = _decimal(data, p, e)
    if spelling == 0:
        return False, U(0)
    if digits == 0:
        return True, U(0)
    if power < 0 or digits + power > 19:
        return False, U(0)
    while power > 0:
        value *= U(10)
        power -= np.int64(1)
    return True, value


@kernel
def to_long(data, used, start, length, bad):  # type: ignore[no-untyped-def]
    """Make a column of whole numbers canonical decimal int64: no plus, no leading zero, no `-0`.

    data uint8[::1], used int, start and length int32[n] (in/out), bad uint8[n] (in/out: 1 where the text is no int64).
    Taken: surrounding blanks, a sign, decimal digits, `0x1f`, and `12.0` or `1.5e1` where the value is whole. Digit
    grouping is refused. Appends at most `LONG_ROOM` bytes a row, nothing for plain numbers. Returns the new `used`.
    """
    o = U(used)
    for i in range(U(len(start))):
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        if is_plain(data, p, U(n)):
            continue
        p, e = trim(data, p, p + U(n))
        first = p
        negative = False
        if p < e and (data[p] == 43 or data[p] == 45):
            negative = data[p] == 45
            first += U(1)
        q = first
        value = U(0)
        stop = min(e, first + U(19))
        while q < stop and is_digit(data[q]):
            value = value * U(10) + U(data[q]) - U(48)
            q += U(1)
        plain = q == e and q > first
        fine = plain
        if not plain:
            fine, value = _integral(data, first, e)
        if not fine or value > LONG_MAX + U(negative):
            bad[i] = 1
        elif plain and data[first] != 48:
            begin = p if negative else first
            start[i] = begin
            length[i] = e - begin
        elif plain and e - first == U(1):  # 0, +0, -0
            start[i] = first
            length[i] = 1
        else:
            end = write_decimal(data, o, value, negative and value != U(0))
            start[i] = o
            length[i] = end - o
            o = end
    return o


@kernel
def to_double(data, used, start, length, bad):  # type: ignore[no-untyped-def]
    """Make a column of numbers what JSON's grammar wants, digits kept as they are: `.5` is `0.5`, `+1` is `1`.

    Types as `to_long`. Bad: no number, NaN, infinity, and what a double cannot hold (1e309). Appends at most the
    length of the text and one byte a row, and only where the spelling has to change. Returns the new `used`.
    """
    o = U(used)
    for i in range(U(len(start))):
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        p, e = trim(data, p, p + U(n))
        first = p
        negative = False
        if p < e and (data[p] == 43 or data[p] == 45):
            negative = data[p] == 45
            first += U(1)
        spelling, significand, digits, power, point, exponent = _decimal(data, first, e)
        top = digits + power  # the value is under 10^top
        if spelling != 0 and digits > 0 and top >= 309:
            k = digits
            while k < 19:
                significand *= U(10)
                k += np.int64(1)
            if top > 309 or significand >= OVERFLOW:
                spelling = np.int64(0)
        if spelling == 0:
            bad[i] = 1
        elif spelling == 1:
            begin = p if negative else first
            start[i] = begin
            length[i] = e - begin
        else:
            begin = o
            if negative:
                data[o] = 45
                o += U(1)
            while first < point and data[first] == 48:
                first += U(1)
            if first == point:
                data[o] = 48
                o += U(1)
            copy(data, o, data, first, point - first)
            o += point - first
            if exponent - point > U(1):
                copy(data, o, data, point, exponent - point)
                o += exponent - point
            copy(data, o, data, exponent, e - exponent)
            o += e - exponent
            start[i] = begin
            length[i] = o - begin
    return o


@kernel
def to_boolean(data, used, start, length, bad):  # type: ignore[no-untyped-def]
    """Make a column of truth values `true` or `false`.

    Types as `to_long`. Taken in any case, blanks around: true/false, t/f, yes/no, on/off, 1/0. Both words are appended
    once a call (`BOOLEAN_ROOM` bytes) and all rows that need them share them. Returns the new `used`.
    """
    o = U(used)
    store8(data, o, WORD_TRUE | (WORD_FALSE << U(32)))
    data[o + U(8)] = 101
    shared = False
    for i in range(U(len(start))):
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        p, e = trim(data, p, p + U(n))
        size = e - p
        if size == U(0) or size > U(5):
            bad[i] = 1
            continue
        raw = load8(data, p) & ((U(1) << (size << U(3))) - U(1))
        if raw == WORD_TRUE or raw == WORD_FALSE:
            start[i] = p
            length[i] = size
            continue
        w = raw | (LOWER & ((U(1) << (size << U(3))) - U(1)))
        # only a letter becomes a letter by bit 5; a control byte becomes a digit, so digits are compared as they stand
        yes = w == WORD_TRUE or w == WORD_YES or w == WORD_ON or w == U(116) or raw == U(49)
        no = w == WORD_FALSE or w == WORD_NO or w == WORD_OFF or w == U(102) or raw == U(48)
        if not (yes or no):
            bad[i] = 1
            continue
        shared = True
        start[i] = o if yes else o + U(4)
        length[i] = 4 if yes else 5
    return o + U(9) if shared else o


@kernel
def values_long(data, start, length, out, valid):  # type: ignore[no-untyped-def]
    """Read canonical decimals (as `to_long` leaves them): out int64[n], valid uint8[n] (0: absent or no int64)."""
    for i in range(U(len(start))):
        out[i] = 0
        valid[i] = 0
        n = length[i]
        if n <= 0:
            continue
        q = U(start[i])
        e = q + U(n)
        negative = data[q] == 45
        if negative:
            q += U(1)
        if q == e or e - q > U(19):
            continue
        value = U(0)
        while q < e and is_digit(data[q]):
            value = value * U(10) + U(data[q]) - U(48)
            q += U(1)
        if q == e and value <= LONG_MAX + U(negative):
            magnitude = np.int64(value & LONG_MAX)
            if negative:
                out[i] = -magnitude if value <= LONG_MAX else -magnitude - np.int64(LONG_MAX) - np.int64(1)
            else:
                out[i] = magnitude
            valid[i] = 1


@kernel
def values_double(data, start, length, out, valid):  # type: ignore[no-untyped-def]
    """Read JSON numbers (as `to_double` leaves them): out float64[n], valid uint8[n].

    valid is `EXACT` where `out` is the correctly rounded value, `HARD` where the caller must ask Python's `float`
    (more than 2^53 or a power of ten beyond 22; out is 0), `ABSENT` where there is no number.
    """
    for i in range(U(len(start))):
        out[i] = 0.0
        valid[i] = ABSENT
        n = length[i]
        if n <= 0:
            continue
        q = U(start[i])
        e = q + U(n)
        negative = data[q] == 45
        if negative:
            q += U(1)
        spelling, significand, digits, power, _point, _exponent = _decimal(data, q, e)
        if spelling == 0:
            continue
        if digits == 0:
            out[i] = -0.0 if negative else 0.0
            valid[i] = EXACT
        elif digits > 19 or significand > EXACT_BELOW or power > 22 or power < -22:
            valid[i] = HARD
        else:
            value = np.float64(significand) * POWERS[U(max(power, 0))] / POWERS[U(max(-power, 0))]
            out[i] = -value if negative else value
            valid[i] = EXACT
