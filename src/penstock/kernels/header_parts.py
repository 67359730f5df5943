"""What the parts of a syslog header are, and the smallest of them: a token, a tag, the begin of a payload."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, part
from penstock.kernels.words import U

NONE, RFC3164, RFC5424, BROKEN = 0, 1, 2, 3
"""Shapes: no header (the body is the record), old form, new form, a PRI that is followed by nothing sensible."""

TIME, HOST, APP, PID, MSGID, DATA, BODY = range(7)
"""Rows of the result."""
PARTS = 7


@inlined
def alpha(c):  # type: ignore[no-untyped-def]
    """Whether a byte is a letter of ASCII."""
    c = c | 32
    return 97 <= c <= 122


@inlined
def token_end(a, p, e):  # type: ignore[no-untyped-def]
    """Where the next blank or tab is, or e."""
    while p < e and a[p] != 32 and a[p] != 9:
        p += U(1)
    return p


@inlined
def put(start, length, piece, i, p, q):  # type: ignore[no-untyped-def]
    """The part of record i is a[p:q]."""
    start[piece, i] = np.int32(p)
    length[piece, i] = np.int32(q - p)


@inlined
def payload(a, p, e):  # type: ignore[no-untyped-def]
    """Whether a body of a format of its own begins here: CEF:, LEEF:, JSON, XML, %FACILITY-."""
    if p >= e:
        return False
    c = a[p]
    if c == 123 or c == 37:
        return True
    if c == 60:
        return p + U(1) < e and (alpha(a[p + U(1)]) or a[p + U(1)] == 63)
    if c == 67:
        return p + U(4) < e and a[p + U(1)] == 69 and a[p + U(2)] == 70 and a[p + U(3)] == 58
    if c == 76:
        return p + U(5) < e and a[p + U(1)] == 69 and a[p + U(2)] == 69 and a[p + U(3)] == 70 and a[p + U(4)] == 58
    return False


@part
def tag(a, p, e, i, start, length, dated):  # type: ignore[no-untyped-def]
    """Take `tag[pid]: ` at p, if one is there; give where the body begins, or 0 when there is no tag."""
    q = p
    limit = p + U(64)
    while q < e and q < limit:
        c = a[q]
        if c == 58 or c == 91 or c == 32:
            break
        q += U(1)
    if q >= e or q >= limit or q == p:
        return U(0)
    c = a[q]
    if c == 32:
        return U(0)
    if c == 58:
        # a colon inside a token (an address, a:b) is no tag's end
        if q + U(1) < e and a[q + U(1)] != 32:
            return U(0)
        put(start, length, APP, i, p, q)
        return q + U(1)
    r = q + U(1)
    while r < e and a[r] != 93 and a[r] != 32 and r < q + U(32):
        r += U(1)
    if r >= e or a[r] != 93:
        return U(0)
    after = r + U(1)
    if after < e and a[after] == 58:
        put(start, length, APP, i, p, q)
        if r > q + U(1):
            put(start, length, PID, i, q + U(1), r)
        return after + U(1)
    if dated and (after >= e or a[after] == 32):  # `tag[pid] message`
        put(start, length, APP, i, p, q)
        if r > q + U(1):
            put(start, length, PID, i, q + U(1), r)
        return after
    return U(0)
