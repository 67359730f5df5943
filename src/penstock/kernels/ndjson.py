"""Write rows as JSON text straight from the slices: no value becomes an object, nothing is formatted twice.

What every row of a family has is one prepared fragment, copied whole. A column is a prepared prefix
(`,"source.ip":"`), the slice, a prepared suffix. Only text that may need it is looked at for escapes, eight bytes at a
time; where a word holds a byte to escape, its bytes, and some after it, go one by one without a branch.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import HIGHS, ONES, U, copy, load8, store8


@part
def _hex(v):  # type: ignore[no-untyped-def]
    return np.uint8(v + U(48)) if v < U(10) else np.uint8(v + U(87))


STRETCH = U(64)
"""Bytes taken one by one once a word held something to escape: what needs escapes seldom comes alone."""

_KIND = np.zeros(256, np.uint8)  # 1: a backslash before it; 2: a control character, written out
_KIND[34] = _KIND[92] = 1
_KIND[:32] = 2


@part
def _spell(out, o, a, p, e):  # type: ignore[no-untyped-def]
    """Escape a[p..e), control characters among them."""
    while p < e:
        c = a[p]
        p += U(1)
        if c >= 32:
            if c == 34 or c == 92:
                out[o] = 92
                o += U(1)
            out[o] = c
            o += U(1)
            continue
        out[o] = 92
        short = (
            np.uint8(110) if c == 10 else np.uint8(116) if c == 9 else np.uint8(114) if c == 13 else np.uint8(117)
        )
        out[o + U(1)] = short
        o += U(2)
        if short == 117:
            out[o] = 48
            out[o + U(1)] = 48
            out[o + U(2)] = _hex(U(c) >> U(4))
            out[o + U(3)] = _hex(U(c) & U(15))
            o += U(4)
    return o


@part
def escape(out, o, a, p, n):  # type: ignore[no-untyped-def]
    """Write a[p..p+n) as the inside of a JSON string; give the new end. Needs 6 n + 16 bytes of room."""
    e = p + n
    while p < e:
        v = load8(a, p)
        q = v ^ (ONES * U(34))
        b = v ^ (ONES * U(92))
        m = (((q - ONES) & ~q) | ((b - ONES) & ~b) | ((v - ONES * U(32)) & ~v)) & HIGHS
        if m == U(0):
            store8(out, o, v)
            p += U(8)
            o += U(8)
            continue
        stop = p + STRETCH
        if stop > e:
            stop = e
        p0 = p
        o0 = o
        seen = np.uint8(0)
        while p < stop:
            c = a[p]
            k = _KIND[c]
            seen |= k
            out[o] = 92
            o += U(k & 1)
            out[o] = c
            o += U(1)
            p += U(1)
        if seen & 2:
            o = _spell(out, o0, a, p0, stop)
    return o - (p - e)


@kernel
def write_rows(  # type: ignore[no-untyped-def]
    a, start, length, active, escaped, prefix, prefix_length, suffix, suffix_length,
    fragments, family, fragment, fragment_length, out, at, first, row_end,
):
    """Write rows `first ..` of one frame to `out` from `at` on, a line each; give how many rows are done.

    start, length int32[C, n]; active int32[K]: the matrix rows to write, in order; per active column: escaped uint8,
    prefix and suffix as offset and length in `fragments` (uint8). fragment, fragment_length: per family, without a
    leading comma. row_end int64[n] gets where each row ends. Fewer rows than all are done when `out` is full.
    """
    n = len(family)
    cap = U(len(out))
    k = len(active)
    o = U(at)
    for j in range(first, n):
        i = U(j)
        f = U(family[i])
        fl = U(fragment_length[f])
        if o + fl + U(64) > cap:
            return j
        out[o] = 123
        o += U(1)
        copy(out, o, fragments, U(fragment[f]), fl)
        o += fl
        full = False
        for w in range(k):
            c = U(active[U(w)])
            n8 = length[c, i]
            if n8 < 0:
                continue
            vl = U(n8)
            pl = U(prefix_length[U(w)])
            if o + (vl << U(1)) + pl + U(64) > cap:
                full = True
                break
            copy(out, o, fragments, U(prefix[U(w)]), pl)
            o += pl
            p = U(start[c, i])
            if escaped[U(w)] != 0:
                if o + vl * U(6) + U(64) > cap:
                    full = True
                    break
                o = escape(out, o, a, p, vl)
            else:
                copy(out, o, a, p, vl)
                o += vl
            sl = U(suffix_length[U(w)])
            store8(out, o, load8(fragments, U(suffix[U(w)])))
            o += sl
        if full:
            return j
        out[o] = 125
        out[o + U(1)] = 10
        o += U(2)
        row_end[i] = np.int64(o)
    return n


@kernel
def gather_rows(src, begin, end, out):  # type: ignore[no-untyped-def]
    """Copy src[begin[i]..end[i]) one after the other to `out` (with 8 bytes to spare); give the length."""
    o = U(0)
    for j in range(len(begin)):
        p = U(begin[U(j)])
        n = U(end[U(j)]) - p
        copy(out, o, src, p, n)
        o += n
    return np.int64(o)
