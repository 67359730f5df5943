"""Framing of records that may span lines: delimited rows with quotes, XML events, indented or undated lines.

All share the shape of `lines.frame_lines`: they fill starts and lengths (int32[::1]) with the records of
data[begin:end), take `final` and `longest` as it does, and give (records, filtered lines, first byte not used). An
unfinished record is not used unless `final`. A record that would grow over its bounds falls back to its first line,
so one stray quote or a missing end tag costs a few lines, not the file; scanning stays linear, for what was scanned
in vain is scanned again at most once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import kernel
from penstock.kernels.lines import _kept
from penstock.kernels.words import U, eq_byte, first_byte, load8

_FEED = np.uint8(10)


@njit(inline="always")
def _line_end(data, at, stop):  # type: ignore[no-untyped-def]
    """Index of the first line feed in data[at:stop), or stop."""
    while at < stop:
        hit = eq_byte(load8(data, at), 10)
        if hit != U(0):
            at += first_byte(hit)
            return at if at < stop else stop
        at += U(8)
    return stop


@kernel
def frame_rows(data, begin, end, final, longest, starts, lengths, delimiter, quote, most_lines, most_bytes):  # type: ignore[no-untyped-def]
    """Rows of delimited text (RFC 4180): a line feed within a quoted cell is no end.

    delimiter, quote        bytes; a quote counts at the beginning of a cell only, doubled within it it is text
    most_lines, most_bytes  of one row over several lines
    """
    room = U(len(starts))
    stop = U(end)
    most = U(longest)
    at = U(begin)
    n = U(0)
    empty = U(0)
    while at < stop:
        row = at
        first = stop  # the first line feed of the row, wherever it stands
        lines = 0
        p = at
        done = False
        fall_back = False
        while p < stop and not done:
            # a cell
            if data[p] == quote:
                p += U(1)
                closed = False
                while p < stop and not closed:
                    c = data[p]
                    if c == quote:
                        if p + U(1) < stop and data[p + U(1)] == quote:
                            p += U(1)
                        else:
                            closed = True
                    elif c == _FEED:
                        if first == stop:
                            first = p
                        lines += 1
                        if lines >= most_lines or p - row >= U(most_bytes):
                            fall_back = True
                            break
                    elif first != stop and p - row >= U(most_bytes):
                        fall_back = True
                        break
                    p += U(1)
                if fall_back:
                    break
            # to the cell's end
            while p < stop and data[p] != delimiter and data[p] != _FEED:
                p += U(1)
            if p < stop:
                if data[p] == _FEED:
                    done = True
                else:
                    p += U(1)
        if not done:
            if fall_back or (final and first < stop):
                p = first
            elif not final:
                return n, empty, row
        kept = _kept(data, row, p, most)
        if kept == U(0):
            empty += U(1)
        else:
            if n == room:
                return n, empty, row
            starts[n] = np.int32(row)
            lengths[n] = np.int32(kept)
            n += U(1)
        at = p + U(1) if p < stop else stop
    return n, empty, at


@njit(inline="always")
def _opens(data, p, stop):  # type: ignore[no-untyped-def]
    """Whether `<Event` and a byte that ends the name stand at p."""
    if p + U(6) >= stop:
        return False
    if (load8(data, p) & U(0x0000FFFFFFFFFFFF)) != U(0x746E6576453C):
        return False
    c = data[p + U(6)]
    return c == 62 or c == 32 or c == 9 or c == 10 or c == 13


@njit(inline="always")
def _closes(data, p, stop):  # type: ignore[no-untyped-def]
    """Whether `</Event>` stands at p."""
    return p + U(8) <= stop and load8(data, p) == U(0x3E746E6576452F3C)


@kernel
def frame_events(data, begin, end, final, longest, starts, lengths, most_bytes):  # type: ignore[no-untyped-def]
    """XML events, `<Event …>` to `</Event>`, on as many lines as they like or several on one.

    What stands around them (`<?xml …?>`, `<Events>`, `</Events>`, empty lines) is filtered, other text is framed by
    line. An event ends at the latest where the next one begins.
    """
    room = U(len(starts))
    stop = U(end)
    most = U(longest)
    at = U(begin)
    n = U(0)
    empty = U(0)
    while at < stop:
        c = data[at]
        if c == 32 or c == 9 or c == 13 or c == _FEED or c == 0:
            at += U(1)
            continue
        if not final and at + U(9) > stop:
            break  # too little to tell
        if n == room:
            return n, empty, at
        p = at
        if _opens(data, at, stop):
            p = at + U(6)
            found = False
            unsure = False
            limit = min(stop, at + U(most_bytes))
            while p < limit:
                hit = eq_byte(load8(data, p), 60)
                if hit == U(0):
                    p += U(8)
                    continue
                p += first_byte(hit)
                if p >= limit:
                    break
                if _closes(data, p, stop):
                    p += U(8)
                    found = True
                    break
                if _opens(data, p, stop):
                    found = True
                    break
                if not final and p + U(8) > stop:
                    unsure = True
                    break
                p += U(1)
            if found:
                last = p
                while data[last - U(1)] <= 32:
                    last -= U(1)
                starts[n] = np.int32(at)
                lengths[n] = np.int32(last - at)
                n += U(1)
                at = p
                continue
            if not final and (unsure or limit == stop):
                break
            p = _line_end(data, at, stop)
        elif c == 60 and (
            data[at + U(1)] == 63
            or (load8(data, at) & U(0x00FFFFFFFFFFFFFF)) == U(0x73746E6576453C)
            or (load8(data, at) == U(0x73746E6576452F3C))
        ):
            # <?…>, <Events…>, </Events…>: to its end, on its line
            feed = _line_end(data, at, stop)
            while p < feed and data[p] != 62:
                p += U(1)
            if p == stop and not final:
                break
            empty += U(1)
            at = min(p + U(1), stop)
            continue
        else:
            p = _line_end(data, at, stop)
        if p == stop and not final:
            break
        kept = _kept(data, at, p, most)
        if kept > U(0):
            starts[n] = np.int32(at)
            lengths[n] = np.int32(kept)
            n += U(1)
        at = min(p + U(1), stop)
    return n, empty, at


@njit(inline="always")
def _digit(c):  # type: ignore[no-untyped-def]
    return c >= 48 and c <= 57


@njit(inline="always")
def _continues(data, p, stop, rule):  # type: ignore[no-untyped-def]
    """Whether the line at p goes on with the record before it."""
    c = data[p]
    if c == 32 or c == 9:
        return True
    if rule == 1:
        return False
    if rule == 2:
        # `Caused by:`, `Suppressed:`, `... 3 more`, `}`
        w = load8(data, p)
        return (
            (p + U(8) <= stop and (w == U(0x6220646573756143) or w == U(0x7373657270707553)))
            or (w & U(0xFFFFFFFF)) == U(0x202E2E2E)
            or c == 125
        )
    # undated: no digit, `<1`, `[1`, nor a capital and two small letters and a space (a month, a weekday)
    d = data[p + U(1)]
    if _digit(c) or ((c == 60 or c == 91) and _digit(d)):
        return False
    e = data[p + U(2)]
    f = data[p + U(3)]
    return not (c >= 65 and c <= 90 and d >= 97 and d <= 122 and e >= 97 and e <= 122 and (f == 32 or f == 44))


@kernel
def frame_blocks(data, begin, end, final, longest, starts, lengths, rule, most_lines, most_bytes):  # type: ignore[no-untyped-def]
    """Lines with the lines that go on with them.

    rule  what goes on: 1 lines that begin with a space or tab; 2 those, and the marks of a Java stack trace;
          3 lines that begin with no date, number, `<PRI>` or `[date`
    most_lines, most_bytes  of one record; the next line begins another. An empty line ends a record.
    """
    room = U(len(starts))
    stop = U(end)
    most = U(longest)
    at = U(begin)
    n = U(0)
    empty = U(0)
    while at < stop:
        p = _line_end(data, at, stop)
        if p == stop and not final:
            break
        kept = _kept(data, at, p, most)
        if kept == U(0):
            empty += U(1)
            at = min(p + U(1), stop)
            continue
        if n == room:
            break
        lines = 1
        unsure = False
        while p + U(1) < stop and p - at <= most:
            q = p + U(1)
            if not final and q + U(8) > stop:
                unsure = True
                break
            if lines >= most_lines or not _continues(data, q, stop, rule):
                break
            r = _line_end(data, q, stop)
            if r - at > U(most_bytes):
                break
            if _kept(data, q, r, most) == U(0):
                break
            if r == stop and not final:
                unsure = True
                break
            p = r
            lines += 1
        if unsure or (not final and p + U(1) >= stop and p - at <= most):
            break
        starts[n] = np.int32(at)
        lengths[n] = np.int32(_kept(data, at, p, most))
        n += U(1)
        at = min(p + U(1), stop)
    return n, empty, at
