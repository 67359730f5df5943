"""Newline framing: where each line of a buffer begins and how long it is.

Eight bytes are tested at a time for a line feed. A line loses one carriage return and then the NULs at its end
(writers that pre-allocate leave them); what is then empty is counted, not framed. A line longer than `longest`
is left as it stands, so that the caller can tell it by its length.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.words import HIGHS, ONES, U, eq_byte, first_byte, load8

_LINE_FEED = np.uint8(10)
_RETURN = np.uint8(13)


@njit(cache=True, nogil=True)
def frame_lines(data, begin, end, final, longest, starts, lengths):  # type: ignore[no-untyped-def]
    """Frame the lines of data[begin:end).

    data     uint8[::1] with SLACK readable bytes past `end`
    final    whether the text ends at `end`: then a last line needs no line feed
    starts, lengths  int32[::1] of the same size, filled; framing stops when they are full
    Gives (records, empty lines, where framing stopped: the first byte not yet used).
    """
    room = U(len(starts))
    stop = U(end)
    most = U(longest)
    at = U(begin)
    line = at
    n = U(0)
    empty = U(0)
    newlines = ONES * U(10)
    while at < stop:
        # a run without a line feed, 32 bytes a turn
        while at + U(32) <= stop:
            a = load8(data, at) ^ newlines
            b = load8(data, at + U(8)) ^ newlines
            c = load8(data, at + U(16)) ^ newlines
            d = load8(data, at + U(24)) ^ newlines
            if (((a - ONES) & ~a) | ((b - ONES) & ~b) | ((c - ONES) & ~c) | ((d - ONES) & ~d)) & HIGHS:
                break
            at += U(32)
        hit = eq_byte(load8(data, at), 10)
        while hit == U(0) and at < stop:
            at += U(8)
            hit = eq_byte(load8(data, at), 10) if at < stop else U(0)
        if at >= stop:
            break
        at += first_byte(hit)
        if at >= stop:
            break
        kept = _kept(data, line, at, most)
        if kept == U(0):
            empty += U(1)
        else:
            if n == room:
                return n, empty, line
            starts[n] = np.int32(line)
            lengths[n] = np.int32(kept)
            n += U(1)
        at += U(1)
        line = at
    if final and line < stop:
        kept = _kept(data, line, stop, most)
        if kept == U(0):
            empty += U(1)
        else:
            if n == room:
                return n, empty, line
            starts[n] = np.int32(line)
            lengths[n] = np.int32(kept)
            n += U(1)
        line = stop
    return n, empty, line


@njit(inline="always")
def _kept(data, line, end, most):  # type: ignore[no-untyped-def]
    """Length of the line data[line:end) without its carriage return and trailing NULs."""
    if end - line > most:
        return end - line
    if end > line and data[end - U(1)] == _RETURN:
        end -= U(1)
    while end > line and data[end - U(1)] == np.uint8(0):
        end -= U(1)
    return end - line
