"""Write rows as JSON text straight from the slices: no value becomes an object, nothing is formatted twice.

What every row of a family has is one prepared fragment, copied whole. A column is a prepared prefix
(`,"source.ip":"`), the slice, a prepared suffix. Only text that may need it is looked at for escapes, eight bytes at a
time; where a word holds a byte to escape, its bytes, and some after it, go one by one without a branch.
"""

from __future__ import annotations

import numpy as np
from numba import njit

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


_KEEP = np.array([[(1 << 8 * min(max(n - 8 * k, 0), 8)) - 1 for k in range(4)] for n in range(33)], np.uint64)
"""Which bytes of four words belong to a value of n bytes."""


@njit(inline="always")
def _special(v):  # type: ignore[no-untyped-def]
    """High bits of bytes to escape: quote, backslash, control. Exact at the lowest one, so zero is zero."""
    q = v ^ (ONES * U(34))
    b = v ^ (ONES * U(92))
    return (((q - ONES) & ~q) | ((b - ONES) & ~b) | ((v - ONES * U(32)) & ~v)) & HIGHS


@njit(inline="always")
def put_escaped(out, o, a, p, n):  # type: ignore[no-untyped-def]
    """`escape` with a way for short values that need none: four words at once, no loop, no call."""
    if n <= U(32):
        w0 = load8(a, p)
        w1 = load8(a, p + U(8))
        w2 = load8(a, p + U(16))
        w3 = load8(a, p + U(24))
        m = _special(w0) & _KEEP[n, U(0)]
        m |= _special(w1) & _KEEP[n, U(1)]
        m |= _special(w2) & _KEEP[n, U(2)]
        m |= _special(w3) & _KEEP[n, U(3)]
        if m == U(0):
            store8(out, o, w0)
            store8(out, o + U(8), w1)
            store8(out, o + U(16), w2)
            store8(out, o + U(24), w3)
            return o + n
    return escape(out, o, a, p, n)


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
        short = np.uint8(110) if c == 10 else np.uint8(116) if c == 9 else np.uint8(114) if c == 13 else np.uint8(117)
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
        if _special(v) == U(0):
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


TILE = 64
"""Rows whose present values are listed together: a column's slices of a tile are one run of memory."""


@kernel
def write_rows(  # type: ignore[no-untyped-def]
    a,
    start,
    length,
    active,
    escaped,
    prefix,
    prefix_length,
    suffix,
    suffix_length,
    fragments,
    family,
    fragment,
    fragment_length,
    out,
    at,
    first,
    last,
    row_end,
    listed,
    counts,
):
    """Write rows [first, last) of one frame to `out` from `at` on, a line each; give the first row not done.

    start, length int32[P, n]; active int32[K]: the matrix rows to write, in order; per active column: escaped uint8,
    prefix and suffix as offset and length in `fragments` (uint8). fragment, fragment_length: per family, without a
    leading comma. row_end int64[n] gets where each row ends. It stops early when `out` is full.

    Most columns are absent in most rows, and a look at each of a hundred columns a row is a hundred places in memory.
    So a tile's present values are first listed by row, column after column, without a branch (ASA, 83 columns of which
    31 are there: 1.29 to 0.75 us a row). Scratch: listed int32[TILE, K + 1, 3], counts uint64[TILE].
    """
    cap = U(len(out))
    k = len(active)
    o = U(at)
    tile = first
    while tile < last:
        rows = min(TILE, last - tile)
        for r in range(rows):
            counts[U(r)] = U(0)
        for w in range(k):
            c = U(active[U(w)])
            for r in range(rows):
                i = U(tile + r)
                m = length[c, i]
                x = counts[U(r)]
                listed[U(r), x, U(0)] = np.int32(w)
                listed[U(r), x, U(1)] = start[c, i]
                listed[U(r), x, U(2)] = m
                counts[U(r)] = x + U(m >= 0)
        for r in range(rows):
            f = U(family[U(tile + r)])
            fl = U(fragment_length[f])
            if o + fl + U(64) > cap:
                return tile + r
            out[o] = 123
            o += U(1)
            copy(out, o, fragments, U(fragment[f]), fl)
            o += fl
            for x in range(counts[U(r)]):
                w = U(listed[U(r), U(x), U(0)])
                p = U(listed[U(r), U(x), U(1)])
                vl = U(listed[U(r), U(x), U(2)])
                pl = U(prefix_length[w])
                if o + vl * (U(6) if escaped[w] != 0 else U(1)) + pl + U(128) > cap:
                    return tile + r
                copy(out, o, fragments, U(prefix[w]), pl)
                o += pl
                if escaped[w] != 0:
                    o = put_escaped(out, o, a, p, vl)
                else:
                    copy(out, o, a, p, vl)
                    o += vl
                store8(out, o, load8(fragments, U(suffix[w])))
                o += U(suffix_length[w])
            out[o] = 125
            out[o + U(1)] = 10
            o += U(2)
            row_end[U(tile + r)] = np.int64(o)
        tile += rows
    return last


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
