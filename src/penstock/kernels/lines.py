"""Newline framing: where each line of a buffer begins and how long it is.

32 bytes are tested at a time for a line feed. A line loses one carriage return and then the NULs at its end
(writers that pre-allocate leave them); what is then empty is counted, not framed. A line longer than `longest`
is left as it stands, so that the caller can tell it by its length.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import kernel
from penstock.kernels.vectors import feed_marks, lowest_bit
from penstock.kernels.words import U

_RETURN = np.uint8(13)


@kernel
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
    while at < stop:
        feeds = feed_marks(data, at)
        if stop - at < U(32):
            feeds &= (U(1) << (stop - at)) - U(1)
        while feeds != U(0):
            end = at + lowest_bit(feeds)
            feeds &= feeds - U(1)
            kept = _kept(data, line, end, most)
            if kept == U(0):
                empty += U(1)
            else:
                if n == room:
                    return n, empty, line
                starts[n] = np.int32(line)
                lengths[n] = np.int32(kept)
                n += U(1)
            line = end + U(1)
        at += U(32)
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
