"""Find bytes, eight at a time: what every grammar is made of. All positions are uint64; `end` means not found."""

from __future__ import annotations

from numba import njit

from penstock.kernels.jit import part
from penstock.kernels.words import U, eq_byte, first_byte, load8

BACKSLASH = U(0x5C)


@part
def seek(a, p, end, b):  # type: ignore[no-untyped-def]
    """Where byte b first stands in a[p..end), or end."""
    while p < end:
        m = eq_byte(load8(a, p), b)
        if m != U(0):
            p += first_byte(m)
            return p if p < end else end
        p += U(8)
    return end


@part
def seek2(a, p, end, b, c):  # type: ignore[no-untyped-def]
    """Where byte b or c first stands in a[p..end), or end."""
    while p < end:
        v = load8(a, p)
        m = eq_byte(v, b) | eq_byte(v, c)
        if m != U(0):
            p += first_byte(m)
            return p if p < end else end
        p += U(8)
    return end


@part
def seek_close(a, p, end, quote):  # type: ignore[no-untyped-def]
    """Where the quote that a backslash does not escape first stands in a[p..end), or end; and if one was seen."""
    escaped = False
    while True:
        p = seek2(a, p, end, quote, BACKSLASH)
        if p >= end or U(a[p]) == quote:
            return p, escaped
        escaped = True
        p += U(2)
        if p >= end:
            return end, escaped


@njit(inline="always")
def is_blank(b):  # type: ignore[no-untyped-def]
    """A space, a tab or a line break."""
    return b == 0x20 or b == 0x09 or b == 0x0D or b == 0x0A


@part
def trim(a, p, end):  # type: ignore[no-untyped-def]
    """The end of a[p..end) without blanks at its end."""
    while end > p and is_blank(a[end - U(1)]):
        end -= U(1)
    return end


@part
def skip(a, p, end):  # type: ignore[no-untyped-def]
    """Where the first byte of a[p..end) stands that is no blank, or end."""
    while p < end and is_blank(a[p]):
        p += U(1)
    return p
