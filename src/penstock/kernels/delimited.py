"""Take rows of cells apart: CSV and its kin (RFC 4180, with what real files add), and W3C extended logs.

A quote counts at the beginning of a cell (blanks before it are passed over) and is doubled within. A cell that goes
on after its closing quote is kept as it stands. Strict rows (W3C) have exactly their header's cells, `-` is an absent
one, and when a space separates them, any blanks do.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.entries import DOUBLED_QUOTE, FULL, PLAIN, fault, settle
from penstock.kernels.jit import kernel, part
from penstock.kernels.seek import seek, seek2
from penstock.kernels.words import U

OPEN_QUOTE = 1
EMPTY = 2
FEW_CELLS = 3
MANY_CELLS = 4
NO_HEADER = 5

_SPACE, _TAB, _DASH = U(0x20), U(0x09), 0x2D


@part
def _end_of(a, p, end, delimiter, blanks):  # type: ignore[no-untyped-def]
    return seek2(a, p, end, _SPACE, _TAB) if blanks else seek(a, p, end, delimiter)


@part
def _close(a, p, end, quote):  # type: ignore[no-untyped-def]
    """Where the quote that is not doubled first stands in a[p..end), or end; and if a doubled one was passed."""
    how = PLAIN
    while True:
        p = seek(a, p, end, quote)
        if p + U(1) >= end or U(a[p + U(1)]) != quote:
            return p, how
        how = DOUBLED_QUOTE
        p += U(2)


@part
def _cell(a, p, end, delimiter, quote, blanks):  # type: ignore[no-untyped-def]
    """The cell at p: its value's begin and end, how it is written, and where it ends (past `end`: quote open)."""
    if quote != U(0) and p < end:
        q = p
        while q < end and U(a[q]) == _SPACE and delimiter != _SPACE:
            q += U(1)
        if q < end and U(a[q]) == quote:
            r, how = _close(a, q + U(1), end, quote)
            if r >= end:
                return p, p, PLAIN, end + U(1)
            e = r + U(1)
            while e < end and U(a[e]) == _SPACE and delimiter != _SPACE:
                e += U(1)
            if e >= end or U(a[e]) == delimiter or (blanks and U(a[e]) == _TAB):
                return q + U(1), r, how, e
            e = _end_of(a, e, end, delimiter, blanks)
            return p, e, PLAIN, e
    e = _end_of(a, p, end, delimiter, blanks)
    return p, e, PLAIN, e


@part
def _record(  # type: ignore[no-untyped-def]
    a, p, end, delimiter, quote, strict, first, last, columns, out, t
):
    key, start, length, written, name_start, name_length = out
    column_key, column_start, column_length = columns
    room = U(len(key))
    blanks = strict and delimiter == _SPACE
    extra = U(len(column_key)) - U(1)
    c = first
    while True:
        if blanks:
            while p < end and (U(a[p]) == _SPACE or U(a[p]) == _TAB):
                p += U(1)
            if p >= end:
                break
        if t >= room:
            return FULL
        value, value_end, how, e = _cell(a, p, end, delimiter, quote, blanks)
        if e > end:
            return fault(OPEN_QUOTE)
        if strict and c >= last:
            if value == value_end and e >= end:  # a delimiter closes the row
                break
            return fault(MANY_CELLS)
        if not (strict and value_end == value + U(1) and value == p and a[value] == _DASH):
            k = c if c < last else extra
            key[t] = column_key[k]
            start[t] = np.int32(value)
            length[t] = np.int32(value_end - value)
            written[t] = how
            name_start[t] = column_start[k]
            name_length[t] = column_length[k]
            t += U(1)
        c += U(1)
        if e >= end:
            break
        p = e + U(1)
    return fault(FEW_CELLS) if strict and c < last else t


@kernel
def delimited(  # type: ignore[no-untyped-def]
    a, start, length, strict, which, sets, delimiters, quote, columns, out, begin, bad, row
):
    """Tape of the rows from `row` on; as `pairs.pairs`, but without a key table: keys are the columns'.

    which int32[m]: each row's column set, -1 for none; sets int32[s+1]: where each set's columns begin;
    delimiters uint8[s]; quote a byte, 0 for none; columns (key id, name start, name length: int32) of all sets, and
    at their end what a cell beyond its set's columns is called.
    """
    i = U(row)
    t = U(begin[i])
    while i < U(len(start)):
        p = U(start[i])
        end = p + U(length[i])
        w = which[i]
        if w < 0:
            r = fault(NO_HEADER)
        elif p >= end:
            r = fault(EMPTY)
        else:
            first = U(sets[U(w)])
            last = U(sets[U(w) + U(1)])
            r = _record(a, p, end, U(delimiters[U(w)]), U(quote), strict != 0, first, last, columns, out, t)
        if r == FULL:
            return np.int64(i)
        t = settle(r, i, t, begin, bad)
        i += U(1)
    return np.int64(i)
