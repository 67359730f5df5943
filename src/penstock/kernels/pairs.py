"""Take `key=value` records apart: separators of five kinds, quoted values, bare keys (logfmt).

Each record has one separator, decided at its second pair. By a space, a value without quotes ends at the next space;
by any other, names and values may hold spaces and are trimmed. A quote counts only right after the `=`, and ends at
the same quote unless a backslash stands before it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.entries import BACKSLASHED, FULL, PLAIN, fault, settle
from penstock.kernels.jit import kernel, part
from penstock.kernels.keys import find, root_hash
from penstock.kernels.seek import is_blank, seek, seek2, seek_close, skip, trim
from penstock.kernels.words import U

NO_PAIR = 1
OPEN_QUOTE = 2

_SPACE, _TAB, _COMMA, _SEMICOLON, _PIPE = U(0x20), U(0x09), U(0x2C), U(0x3B), U(0x7C)
_EQUALS, _QUOTE, _APOSTROPHE = U(0x3D), U(0x22), U(0x27)


@njit(inline="always")
def _separates(b):  # type: ignore[no-untyped-def]
    return b == 0x2C or b == 0x3B or b == 0x7C or b == 0x09


@part
def _before(a, q, s):  # type: ignore[no-untyped-def]
    """The separator that ends at a[s-1], not going back past q: a space unless another stands before the spaces."""
    while s > q and a[s - U(1)] == 0x20:
        s -= U(1)
    return U(a[s - U(1)]) if s > q and _separates(a[s - U(1)]) else _SPACE


@part
def _separator(a, p, end):  # type: ignore[no-untyped-def]
    """What separates the pairs of a[p..end); 0 when there is no pair at all."""
    q = seek(a, p, end, _EQUALS)
    if q >= end:
        return U(0)
    spaced = seek(a, p, trim(a, p, q), _SPACE) < trim(a, p, q)
    q = skip(a, q + U(1), end) if q > p and is_blank(a[q - U(1)]) else q + U(1)
    if q < end and (U(a[q]) == _QUOTE or U(a[q]) == _APOSTROPHE):
        r, _ = seek_close(a, q + U(1), end, U(a[q]))
        r += U(1)
        while r < end and a[r] == 0x20:
            r += U(1)
        return U(a[r]) if r < end and _separates(a[r]) else _SPACE
    r = seek(a, q, end, _EQUALS)
    while r < end:  # back from the second `=` over its name
        s = r
        while s > q and is_blank(a[s - U(1)]):
            s -= U(1)
        while s > q and not _separates(a[s - U(1)]) and a[s - U(1)] != 0x20 and U(a[s - U(1)]) != _QUOTE:
            s -= U(1)
        if s > q:
            found = _before(a, q, s)
            if found == _SPACE and spaced:  # `Source IP=1, Dest Port=2`
                while s > q and not _separates(a[s - U(1)]):
                    s -= U(1)
                found = _before(a, q, s)
            return found
        q = r + U(1)  # an `=` within the value: `url=/?a=b`
        r = seek(a, q, end, _EQUALS)
    return _before(a, p, trim(a, p, end))


@part
def _record(a, p, end, slot_hash, slot_id, out, t):  # type: ignore[no-untyped-def]
    key, start, length, written, name_start, name_length = out
    room = U(len(key))
    sep = _separator(a, p, end)
    if sep == U(0):
        return fault(NO_PAIR)
    spaces = sep == _SPACE
    while True:
        while p < end and (U(a[p]) == sep or is_blank(a[p])):
            p += U(1)
        if p >= end:
            return t
        if t >= room:
            return FULL
        name = p
        p = seek2(a, p, end, _EQUALS, sep)
        name_end = p if spaces else trim(a, name, p)
        if spaces and p < end and U(a[p]) == _SPACE:  # `a = b`
            r = skip(a, p, end)
            if r < end and U(a[r]) == _EQUALS:
                p = skip(a, r + U(1), end)
            else:
                p = r
                r = end
            pair = r < end
        else:
            pair = p < end and U(a[p]) == _EQUALS
            if pair:
                p += U(1)
                if not spaces:
                    while p < end and U(a[p]) != sep and is_blank(a[p]):
                        p += U(1)
        value = name_end
        value_end = name_end
        how = PLAIN
        if pair:
            value = p
            quoted = p < end and (U(a[p]) == _QUOTE or U(a[p]) == _APOSTROPHE)
            if quoted:
                value_end, escaped = seek_close(a, p + U(1), end, U(a[p]))
                if value_end < end:
                    value = p + U(1)
                    p = value_end + U(1)
                    if escaped:
                        how = BACKSLASHED
                elif U(a[p]) == _QUOTE:
                    return fault(OPEN_QUOTE)
                else:
                    quoted = False
            if not quoted:
                p = seek(a, p, end, sep)
                value_end = p if spaces else trim(a, value, p)
        at = t
        key[at] = find(slot_hash, slot_id, root_hash(a, name, name_end - name))
        start[at] = np.int32(value)
        length[at] = np.int32(value_end - value)
        written[at] = how
        name_start[at] = np.int32(name)
        name_length[at] = np.int32(name_end - name)
        t += U(1)


@kernel
def pairs(a, start, length, slot_hash, slot_id, out, begin, bad, row):  # type: ignore[no-untyped-def]
    """Tape of the records from `row` on; gives the row it stopped at (the arrays are full), or their number.

    a uint8, start and length int32[m] (the payloads); slot_hash, slot_id a key table; out (key, start, length int32,
    written uint8, name_start, name_length int32) of equal size; begin int32[m+1], bad uint8[m] (a fault's code).
    """
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
