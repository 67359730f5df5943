"""Text as the inside of a JSON string: 32 bytes at a time, most of which need no escape.

Where some do, each eight bytes are moved to their places by a table, a row for each set of bytes that get a backslash,
without a branch. Only control characters that have no short escape are spelt out byte by byte.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, part
from penstock.kernels.vectors import (
    ESCAPES,
    SHUFFLES,
    copy32,
    count_bits,
    escape8,
    escape_marks,
    spelt_marks,
)
from penstock.kernels.words import U

_LOW = np.array([(1 << n) - 1 for n in range(33)], np.uint64)
"""The low n bits."""

_BYTE = U(255)


@part
def _hex(v):  # type: ignore[no-untyped-def]
    return np.uint8(v + U(48)) if v < U(10) else np.uint8(v + U(87))


@part
def _spell(out, o, a, p, e):  # type: ignore[no-untyped-def]
    """Escape a[p..e) byte by byte."""
    while p < e:
        c = a[p]
        p += U(1)
        short = ESCAPES[c]
        if short == 0:
            out[o] = c
            o += U(1)
            continue
        out[o] = 92
        out[o + U(1)] = short
        o += U(2)
        if short == 117:
            out[o] = 48
            out[o + U(1)] = 48
            out[o + U(2)] = _hex(U(c) >> U(4))
            out[o + U(3)] = _hex(U(c) & U(15))
            o += U(4)
    return o


@inlined
def put_escaped(out, o, a, p, n):  # type: ignore[no-untyped-def]
    """`escape` with a way for short values that need none: no loop, no call."""
    if n <= U(32) and escape_marks(a, p) & _LOW[n] == U(0):
        copy32(out, o, a, p)
        return o + n
    return escape(out, o, a, p, n)


@part
def escape(out, o, a, p, n):  # type: ignore[no-untyped-def]
    """Write a[p..p+n) as the inside of a JSON string; give the new end. Needs 6 n + 64 bytes of room."""
    e = p + n
    while p < e:
        size = min(U(32), e - p)
        m = escape_marks(a, p) & _LOW[size]
        if m == U(0):
            copy32(out, o, a, p)
            o += size
        elif not SHUFFLES or spelt_marks(a, p) & _LOW[size] != U(0):
            o = _spell(out, o, a, p, p + size)
        else:
            m0 = m & _BYTE
            m1 = (m >> U(8)) & _BYTE
            m2 = (m >> U(16)) & _BYTE
            o1 = o + U(8) + count_bits(m0)
            o2 = o1 + U(8) + count_bits(m1)
            o3 = o2 + U(8) + count_bits(m2)
            escape8(out, o, a, p, m0)
            escape8(out, o1, a, p + U(8), m1)
            escape8(out, o2, a, p + U(16), m2)
            escape8(out, o3, a, p + U(24), m >> U(24))
            o += size + count_bits(m)
        p += size
    return o
