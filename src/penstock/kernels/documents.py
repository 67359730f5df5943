"""Framing of JSON documents: objects that span lines, elements of top-level arrays and of CloudTrail's `Records`.

A byte-wise scanner of depth and strings that stops and goes on anywhere: its whole memory is `state`. It does not
judge the JSON, it only says where values begin and end, so that each can fail alone. What is no JSON at the outer
level is framed by line. A document that was cut off is given up where the next one plainly begins: at a `{` in the
first column where JSON has no place for one, or where the document so far was indented.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import kernel
from penstock.kernels.words import HIGHS, ONES, U, load8

NONE = -(1 << 62)
"""No such place (a place may lie before the buffer, hence be negative)."""

DEPTH, STRING, ESCAPE, BASE, BEGAN, MODE, KEY, KEY_AT, BEFORE, LOOK, INDENTED, COLUMN0 = range(12)
"""Places in the state: depth of nesting; in a string; after a backslash; depth that records lie at (0: document,
1: element of an array, 2: element of `Records`); where the record began; mode; how far the key `Records` was seen;
where the string began; last byte that was no space; how much of an indented beginning was seen; whether it was;
whether this byte is a line's first."""

IDLE, VALUE, SCALAR, JUNK, ENVELOPE = range(5)
"""Between records; in an object or array; in another value; in a line that is no JSON; in the object around
`Records`, outside of it."""


@kernel
def frame_documents(data, begin, end, state, starts, lengths):  # type: ignore[no-untyped-def]
    """Frame the documents of data[begin:end).

    state  int64[12], all places relative to `data`; changed
    starts int64[::1], lengths int64[::1]  filled; a start may lie before `begin` when the record began there
    Gives (records, where scanning stopped: `end`, or less when the outputs are full).
    """
    room = U(len(starts))
    stop = U(end)
    at = U(begin)
    n = U(0)
    depth = state[0]
    string = state[1]
    escape = state[2]
    base = state[3]
    began = state[4]
    mode = state[5]
    key = state[6]
    key_at = state[7]
    before = state[8]
    look = state[9]
    indented = state[10]
    column0 = state[11]
    while at < stop and n < room:
        c = data[at]
        here = np.int64(at)
        if mode == 0:  # IDLE
            if c == 32 or c == 10 or c == 13 or c == 9 or c == 44:
                pass
            elif c == 93 and base == 1:  # ]
                base = 0
                depth = 0
            elif c == 93 and base == 2:
                base = 0
                depth = 1
                mode = 4
                key = 0
            elif c == 91 and base == 0:  # [
                base = 1
                depth = 1
            elif c == 123 or (c == 91 and base > 0):  # {
                mode = 1
                began = here
                depth = base + 1
                string = 0
                key = 0
                look = 1
                indented = 0
                before = np.int64(c)
            elif base > 0:
                mode = 2
                began = here
                string = np.int64(c == 34)
                escape = 0
            else:
                mode = 3
                began = here
            column0 = np.int64(c == 10)
            at += U(1)
            continue
        if mode == 3:  # JUNK: to the end of the line
            if c == 10:
                starts[n] = began
                lengths[n] = here - began
                n += U(1)
                mode = 0
                began = NONE
                column0 = 1
            at += U(1)
            continue
        if mode == 2:  # SCALAR: to a comma, the array's end or the line's
            if string != 0 and c != 10:
                if escape != 0:
                    escape = 0
                elif c == 92:
                    escape = 1
                elif c == 34:
                    string = 0
                at += U(1)
                continue
            if c == 34:
                string = 1
            elif c == 44 or c == 93 or c == 10:
                starts[n] = began
                lengths[n] = here - began
                n += U(1)
                mode = 0
                began = NONE
                string = 0
                column0 = 0
                continue  # the byte is looked at again
            at += U(1)
            continue
        # VALUE, ENVELOPE
        if column0 != 0 and c == 123 and base == 0 and mode == 1:
            if string != 0 or indented != 0 or (before != 58 and before != 44 and before != 91):
                starts[n] = began
                lengths[n] = here - began
                n += U(1)
                mode = 0
                began = NONE
                continue
        column0 = 0
        if string != 0:
            if escape != 0:
                escape = 0
            elif c == 92:
                escape = 1
            elif c == 34:
                string = 0
                before = 34
                if depth == 1 and base == 0 and here - key_at == 8 and key == 9:
                    key = 1
            else:
                if key == 9:
                    # is the string, so far, a beginning of `Records`?
                    if not _record_letter(here - key_at, c):
                        key = 0
                if c == 10:
                    column0 = 1
                elif key == 0:
                    # eight bytes without a quote, a backslash or a line feed
                    while at + U(9) <= stop:
                        w = load8(data, at + U(1))
                        q = w ^ (ONES * U(34))
                        b = w ^ (ONES * U(92))
                        f = w ^ (ONES * U(10))
                        if (((q - ONES) & ~q) | ((b - ONES) & ~b) | ((f - ONES) & ~f)) & HIGHS:
                            break
                        at += U(8)
            at += U(1)
            continue
        if c == 32 or c == 9 or c == 13:
            if look == 2:
                indented = np.int64(c != 13)
                look = 0
            elif look == 1 and c != 13:
                look = 0
        elif c == 10:
            column0 = 1
            look = 2 if look == 1 else 0
        elif c == 34:
            string = 1
            escape = 0
            key_at = here
            key = 9 if depth == 1 and base == 0 else 0
            look = 0
        elif c == 58:  # :
            key = 2 if key == 1 else 0
            before = 58
        elif c == 91 and key == 2 and depth == 1 and base == 0:
            # the elements of `Records` are the records; the object around them is not
            base = 2
            depth = 2
            mode = 0
            began = NONE
            key = 0
        elif c == 123 or c == 91:
            depth += 1
            key = 0
            before = np.int64(c)
            look = 0
        elif c == 125 or c == 93:
            depth -= 1
            key = 0
            before = np.int64(c)
            if depth <= base:
                if mode == 1:
                    starts[n] = began
                    lengths[n] = here + 1 - began
                    n += U(1)
                mode = 0
                depth = base
                began = NONE
        else:
            key = 0
            before = np.int64(c)
            look = 0
        at += U(1)
    state[0] = depth
    state[1] = string
    state[2] = escape
    state[3] = base
    state[4] = began
    state[5] = mode
    state[6] = key
    state[7] = key_at
    state[8] = before
    state[9] = look
    state[10] = indented
    state[11] = column0
    return n, at


@njit(inline="always")
def _record_letter(i, c):  # type: ignore[no-untyped-def]
    """Whether c is the i-th letter (from 1) of `Records`."""
    return (
        (i == 1 and c == 82)
        or (i == 2 and c == 101)
        or (i == 3 and c == 99)
        or (i == 4 and c == 111)
        or (i == 5 and c == 114)
        or (i == 6 and c == 100)
        or (i == 7 and c == 115)
    )
