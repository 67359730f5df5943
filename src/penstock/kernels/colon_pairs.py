"""Take `Key: value, Key: value` lists apart, whose values are not quoted and may hold commas and colons.

A value ends where a comma, a space and the next name stand, or at the end. What counts as a name: one word of letters,
digits and `_` that begins with a capital, or any words that some pack names; then a colon and a space. Linear: each
comma looks at no more than `_LONGEST` bytes.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.entries import FULL, PLAIN, fault, settle
from penstock.kernels.jit import kernel, part
from penstock.kernels.keys import find, root_hash
from penstock.kernels.seek import seek, trim
from penstock.kernels.words import U

NO_PAIR = 1
_LONGEST = U(48)
_COMMA = U(0x2C)


@part
def _name_end(a, p, end, slot_hash, slot_id):  # type: ignore[no-untyped-def]
    """Where the name that begins at p ends (at its colon), or p when there is none."""
    q = p
    stop = min(end, p + _LONGEST)
    words = False
    while q < stop:
        c = a[q]
        if c == 0x20 or c == 0x2D:
            words = True
        elif not (0x30 <= c <= 0x39 or 0x41 <= c <= 0x5A or 0x61 <= c <= 0x7A or c == 0x5F):
            break
        q += U(1)
    if q == p or q >= end or a[q] != 0x3A:
        return p
    if q + U(1) < end and a[q + U(1)] != 0x20:
        return p
    if (words or not 0x41 <= a[p] <= 0x5A) and find(slot_hash, slot_id, root_hash(a, p, q - p)) < 0:
        return p
    return q


@part
def _record(a, p, end, slot_hash, slot_id, out, t):  # type: ignore[no-untyped-def]
    key, start, length, written, name_start, name_length = out
    room = U(len(key))
    while p < end and (a[p] == 0x20 or a[p] == 0x2C):
        p += U(1)
    q = _name_end(a, p, end, slot_hash, slot_id)
    if q == p:
        return fault(NO_PAIR)
    while True:
        if t >= room:
            return FULL
        value = q + U(1)
        while value < end and a[value] == 0x20:
            value += U(1)
        stop = value
        following = end
        following_end = end
        while True:
            stop = seek(a, stop, end, _COMMA)
            if stop >= end:
                stop = end
                break
            r = stop + U(1)
            while r < end and a[r] == 0x20:
                r += U(1)
            if r > stop + U(1) or r >= end:
                e = _name_end(a, r, end, slot_hash, slot_id)
                if r >= end or e > r:
                    following = r
                    following_end = e
                    break
            stop += U(1)
        last = trim(a, value, stop)
        first = value
        if last > first + U(1) and a[first] == 0x22 and a[last - U(1)] == 0x22:
            first += U(1)
            last -= U(1)
        key[t] = find(slot_hash, slot_id, root_hash(a, p, q - p))
        start[t] = np.int32(first)
        length[t] = np.int32(last - first)
        written[t] = PLAIN
        name_start[t] = np.int32(p)
        name_length[t] = np.int32(q - p)
        t += U(1)
        if following >= end:
            return t
        p = following
        q = following_end


@kernel
def colon_pairs(a, start, length, slot_hash, slot_id, out, begin, bad, row):  # type: ignore[no-untyped-def]
    """Tape of the records from `row` on; arguments and result as `kernels.pairs.pairs`."""
    i = U(row)
    t = U(begin[i])
    while i < U(len(start)):
        p = U(start[i])
        r = _record(a, p, p + U(length[i]), slot_hash, slot_id, out, t)
        if r == FULL:
            return np.int64(i)
        t = settle(r, i, t, begin, bad)
        i += U(1)
    return np.int64(i)
