"""Write rows as JSON text straight from the slices: no value becomes an object, nothing is formatted twice.

What every row of a family has is one prepared fragment, copied whole. A column is a prepared prefix
(`,"source.ip":"`), the slice, a prepared suffix. Only text that may need it is looked at for escapes
(`kernels.escapes`).
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.escapes import put_escaped
from penstock.kernels.jit import kernel
from penstock.kernels.words import U, copy, load8, store8

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
