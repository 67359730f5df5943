"""Write rows as JSON text straight from the slices: no value becomes an object, nothing is formatted twice.

What every row of a family has is one prepared fragment, copied whole. A column is a prepared prefix
(`,"source.ip":"`), the slice, a quote. Only text that may need it is looked at for escapes
(`kernels.escapes`).
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.escapes import put_escaped
from penstock.kernels.jit import kernel
from penstock.kernels.vectors import int32_at, lowest_bit, present64_at
from penstock.kernels.words import U, copy

TILE = 64
"""Rows whose present values are listed together: a column's slices of a tile are one run of memory."""

BARE, QUOTED, ESCAPED = range(3)
"""How a column's values stand: as they are; in quotes; in quotes, and what JSON wants escaped is."""


@kernel
def write_rows(  # type: ignore[no-untyped-def]
    a,
    starts,
    lengths,
    heights,
    sizes,
    active_begin,
    active,
    fragments,
    family_begin,
    family,
    fragment,
    fragment_length,
    owner,
    first,
    next_row,
    out,
    listed,
    counts,
    members,
):
    """Write rows `first ..` of several frames, in the order of records, a line each, as far as `out` has room.

    Gives (first row not done, bytes written). Rows are numbered over all frames; owner uint8[R]: the frame of each.

    Per frame f: starts, lengths uint64: addresses of its matrices (int32[P, heights[f]], C order, sizes[f] elements);
    its columns are active_begin[f] .. active_begin[f + 1] of active int32[K, 4]: the matrix row; what stands before the
    value, as offset and length in `fragments` (uint8); one of BARE, QUOTED, ESCAPED. Its rows' families are
    family[family_begin[f] ..], of which fragment and fragment_length have what each row begins with, without a leading
    comma. next_row int64[F]: the first row of each frame that is not done yet.

    Most columns are absent in most rows, and a look at each of a hundred columns a row is a hundred places in memory.
    So a tile's present values are first listed by row, column after column, 64 rows of it at a look. Scratch: listed
    int32[TILE, K + 1, 3] for the most columns a frame has, counts uint64[TILE], members int32[F, TILE + 1].
    """
    cap = U(len(out))
    o = U(0)
    last = len(owner)
    frames = len(starts)
    tile = first
    while tile < last:
        rows = min(TILE, last - tile)
        for f in range(frames):
            members[U(f), TILE] = 0
        for r in range(rows):
            f = U(owner[U(tile + r)])
            x = members[f, TILE]
            members[f, U(x)] = np.int32(r)
            members[f, TILE] = x + 1
            counts[U(r)] = U(0)
        for g in range(frames):
            f = U(g)
            own = members[f, TILE]
            if own == 0:
                continue
            height = U(heights[f])
            row = U(next_row[f])
            mine = ~U(0) if own == TILE else (U(1) << U(own)) - U(1)
            for z in range(active_begin[f], active_begin[f + U(1)]):
                at = U(active[U(z), 0]) * height + row
                if at + U(TILE) <= U(sizes[f]):
                    there = present64_at(lengths[f], at) & mine
                else:
                    there = U(0)
                    for k in range(own):
                        there |= U(int32_at(lengths[f], at + U(k)) >= 0) << U(k)
                while there != U(0):
                    k = lowest_bit(there)
                    there &= there - U(1)
                    r = U(members[f, k])
                    x = counts[r]
                    listed[r, x, U(0)] = np.int32(z)
                    listed[r, x, U(1)] = int32_at(starts[f], at + k)
                    listed[r, x, U(2)] = int32_at(lengths[f], at + k)
                    counts[r] = x + U(1)
        for r in range(rows):
            f = U(owner[U(tile + r)])
            kind = U(family[U(family_begin[f] + next_row[f])])
            o0 = o
            fl = U(fragment_length[f, kind])
            full = o + fl + U(64) > cap
            if not full:
                out[o] = 123
                o += U(1)
                copy(out, o, fragments, U(fragment[f, kind]), fl)
                o += fl
            for x in range(counts[U(r)]):
                w = U(listed[U(r), U(x), U(0)])
                p = U(listed[U(r), U(x), U(1)])
                vl = U(listed[U(r), U(x), U(2)])
                pl = U(active[w, 2])
                how = active[w, 3]
                if full or o + vl * (U(6) if how == ESCAPED else U(1)) + pl + U(128) > cap:
                    full = True
                    break
                copy(out, o, fragments, U(active[w, 1]), pl)
                o += pl
                if how == ESCAPED:
                    o = put_escaped(out, o, a, p, vl)
                else:
                    copy(out, o, a, p, vl)
                    o += vl
                out[o] = 34
                o += U(how != BARE)
            if full:
                return tile + r, np.int64(o0)
            out[o] = 125
            out[o + U(1)] = 10
            o += U(2)
            next_row[f] += 1
        tile += rows
    return last, np.int64(o)
