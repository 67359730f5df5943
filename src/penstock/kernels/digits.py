"""What numbers and addresses are spelt with: digits, the blanks around them, decimals, dotted quads."""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import part
from penstock.kernels.vectors import count_bits, digit_marks, equal_marks, lowest_bit
from penstock.kernels.words import U

HEX = np.array([int(chr(b), 16) if chr(b) in "0123456789abcdefABCDEF" else 16 for b in range(256)], np.uint8)


@njit(inline="always")
def trim(data, p, e):  # type: ignore[no-untyped-def]
    """The slice data[p:e) without the spaces and tabs around it, as (p, e)."""
    while p < e and (data[p] == 32 or data[p] == 9):
        p += U(1)
    while e > p and (data[e - U(1)] == 32 or data[e - U(1)] == 9):
        e -= U(1)
    return p, e


@njit(inline="always")
def is_digit(b):  # type: ignore[no-untyped-def]
    """Whether the byte is one of 0 to 9."""
    return b >= 48 and b <= 57


@njit(inline="always")
def hex_value(b):  # type: ignore[no-untyped-def]
    """The value of a hexadecimal digit of either case, else 16. A table: random digits defeat branches."""
    return U(HEX[U(b)])


@njit(inline="always")
def is_plain(data, p, n):  # type: ignore[no-untyped-def]
    """Whether data[p:p+n) is a canonical decimal of 18 digits at most: no sign, no leading zero."""
    own = (U(1) << n) - U(1)
    digits = digit_marks(data, p) & own == own
    return n >= U(1) and n <= U(18) and digits and (n == U(1) or data[p] != 48)


@part
def write_decimal(data, o, magnitude, negative):  # type: ignore[no-untyped-def]
    """Write a decimal at data[o:); give where it ends."""
    if negative:
        data[o] = 45
        o += U(1)
    v = magnitude
    width = U(1)
    while v >= U(10):
        v //= U(10)
        width += U(1)
    end = o + width
    k = end
    v = magnitude
    while k > o:
        k -= U(1)
        rest = v // U(10)
        data[k] = np.uint8(U(48) + v - rest * U(10))
        v = rest
    return end


@njit(inline="always")
def is_quad(data, p, n):  # type: ignore[no-untyped-def]
    """Whether data[p:p+n) is a dotted quad: four decimals up to 255 without leading zeros."""
    own = (U(1) << n) - U(1)
    dots = equal_marks(data, p, np.uint8(46)) & own
    fine = n >= U(7) and n <= U(15) and (dots | digit_marks(data, p)) & own == own and count_bits(dots) == U(3)
    if fine:
        ends = dots | (own + U(1))
        at = U(0)
        for _ in range(4):
            end = lowest_bit(ends)
            ends &= ends - U(1)
            size = end - at
            q = p + at
            # the digits are digits, so three of them are compared as a number of base 256
            large = (U(data[q]) << U(16)) | (U(data[q + U(1)]) << U(8)) | U(data[q + U(2)])
            fine &= (size >= U(1)) & (size <= U(3))
            fine &= (size == U(1)) | (data[q] != 48)
            fine &= (size != U(3)) | (large <= U(0x323535))
            at = end + U(1)
    return fine
