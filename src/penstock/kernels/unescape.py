"""Turn escaped slices into plain text, appended to the arena.

The output of a slice is never longer than its source, so the sum of the lengths is room enough. Each run between
two escapes is copied 32 bytes at a time; the copy may write as many past what it keeps, which the slack allows.
What is no escape of its grammar stays as it stands: a sender that forgot to escape loses nothing.

Codes are `columns.Written`: 1 JSON (RFC 8259), 6 backslash (CEF 26, logfmt), 7 XML 1.0, 8 doubled quotes (RFC 4180).
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.json_escapes import escapes_of, short_marks, unescape8
from penstock.kernels.seek import BACKSLASH, seek
from penstock.kernels.vectors import SHUFFLES, copy32, count_bits, equal_marks, lowest_bit
from penstock.kernels.words import U, copy, hash_slice, load8, same

PLAIN, JSON_ESCAPED, BACKSLASHED, XML_ESCAPED, DOUBLED_QUOTE = 0, 1, 6, 7, 8
AMP, LT, GT, SEMICOLON, QUOTE, APOSTROPHE = U(0x26), U(0x3C), U(0x3E), U(0x3B), U(0x22), U(0x27)
REPLACEMENT = U(0xFFFD)
NO_HEX = U(0x10000)


@part
def _copy_until(data, p, end, o, b, c):  # type: ignore[no-untyped-def]
    """Copy data[p..] to data[o..] up to byte b or c or the end; where both then are."""
    while p < end:
        copy32(data, o, data, p)
        m = equal_marks(data, p, b) | equal_marks(data, p, c)
        n = lowest_bit(m) if m != U(0) else U(32)
        if n > end - p:
            n = end - p
        p += n
        o += n
        if m != U(0):
            break
    return p, o


@part
def put_utf8(data, o, c):  # type: ignore[no-untyped-def]
    """Write code point c as UTF-8 at data[o]; where it ends."""
    if c < U(0x80):
        data[o] = np.uint8(c)
        return o + U(1)
    if c < U(0x800):
        data[o] = np.uint8(U(0xC0) | (c >> U(6)))
        data[o + U(1)] = np.uint8(U(0x80) | (c & U(0x3F)))
        return o + U(2)
    if c < U(0x10000):
        data[o] = np.uint8(U(0xE0) | (c >> U(12)))
        data[o + U(1)] = np.uint8(U(0x80) | ((c >> U(6)) & U(0x3F)))
        data[o + U(2)] = np.uint8(U(0x80) | (c & U(0x3F)))
        return o + U(3)
    data[o] = np.uint8(U(0xF0) | (c >> U(18)))
    data[o + U(1)] = np.uint8(U(0x80) | ((c >> U(12)) & U(0x3F)))
    data[o + U(2)] = np.uint8(U(0x80) | ((c >> U(6)) & U(0x3F)))
    data[o + U(3)] = np.uint8(U(0x80) | (c & U(0x3F)))
    return o + U(4)


@part
def _digit(b):  # type: ignore[no-untyped-def]
    """Value of a hexadecimal digit, 16 for any other byte."""
    c = U(b)
    if U(0x30) <= c <= U(0x39):
        return c - U(0x30)
    c |= U(0x20)
    if U(0x61) <= c <= U(0x66):
        return c - U(0x57)
    return U(16)


@part
def _unicode(data, p, end):  # type: ignore[no-untyped-def]
    r"""The four hexadecimal digits of a \u at p, NO_HEX where there is none."""
    if p + U(6) > end or data[p] != 0x5C or data[p + U(1)] != 0x75:
        return NO_HEX
    c = U(0)
    for k in range(U(2), U(6)):
        d = _digit(data[p + U(k)])
        if d > U(15):
            return NO_HEX
        c = (c << U(4)) | d
    return c


@part
def _json_escape(data, p, end, o):  # type: ignore[no-untyped-def]
    """Undo the escape that begins at p; where reading and writing then are. What is none stays as it stands."""
    if p + U(1) >= end:
        data[o] = np.uint8(0x5C)
        return p + U(1), o + U(1)
    b = data[p + U(1)]
    if b == 0x75:
        c = _unicode(data, p, end)
        if c != NO_HEX:
            p += U(6)
            if U(0xD800) <= c <= U(0xDFFF):
                low = _unicode(data, p, end) if c < U(0xDC00) else NO_HEX
                if U(0xDC00) <= low <= U(0xDFFF):
                    c = U(0x10000) + ((c - U(0xD800)) << U(10)) + (low - U(0xDC00))
                    p += U(6)
                else:
                    c = REPLACEMENT
            return p, put_utf8(data, o, c)
    made = np.uint8(0)
    if b == 0x22 or b == 0x5C or b == 0x2F:
        made = b
    elif b == 0x6E:
        made = np.uint8(0x0A)
    elif b == 0x74:
        made = np.uint8(0x09)
    elif b == 0x72:
        made = np.uint8(0x0D)
    elif b == 0x62:
        made = np.uint8(0x08)
    elif b == 0x66:
        made = np.uint8(0x0C)
    if made != 0:
        data[o] = made
        return p + U(2), o + U(1)
    data[o] = np.uint8(0x5C)
    data[o + U(1)] = b
    return p + U(2), o + U(2)


@part
def _json(data, p, end, o):  # type: ignore[no-untyped-def]
    while p < end:
        size = min(U(32), end - p)
        low = (U(1) << size) - U(1)
        b = equal_marks(data, p, BACKSLASH) & low
        if b == U(0):
            copy32(data, o, data, p)
            p += size
            o += size
            continue
        begins, escaped = escapes_of(b)
        if size == U(32) and begins >> U(31) != U(0):  # what it escapes is in the next block
            size = U(31)
            low = low >> U(1)
            begins &= low
            escaped &= low
        if not SHUFFLES or escaped & ~(short_marks(data, p) & low) != U(0):
            stop = p + size
            while p < stop:
                p, o = _copy_until(data, p, stop, o, BACKSLASH, BACKSLASH)
                if p < stop:
                    p, o = _json_escape(data, p, end, o)
            continue
        carry = U(0)
        at = o
        for k in range(4):
            m = (begins >> U(8 * k)) & U(255)
            unescape8(data, at, data, p + U(8 * k), m | (carry << U(8)))
            carry = m >> U(7)
            at += U(8) - count_bits(m)
        p += size
        o += size - count_bits(begins)
    return o


@part
def _backslash(data, p, end, o):  # type: ignore[no-untyped-def]
    while True:
        p, o = _copy_until(data, p, end, o, BACKSLASH, BACKSLASH)
        if p >= end:
            return o
        b = data[p + U(1)] if p + U(1) < end else np.uint8(0)
        if b == 0x5C or b == 0x3D or b == 0x7C or b == 0x22 or b == 0x27 or b == 0x5D:
            data[o] = b
            p += U(2)
        elif b == 0x6E:
            data[o] = np.uint8(0x0A)
            p += U(2)
        elif b == 0x72:
            data[o] = np.uint8(0x0D)
            p += U(2)
        else:  # C:\Windows of a sender that escapes nothing
            data[o] = np.uint8(0x5C)
            p += U(1)
        o += U(1)


@part
def _numeric(data, p, end):  # type: ignore[no-untyped-def]
    """Code point of the digits data[p..end) of a character reference; 2^32 where they are none."""
    none = U(1) << U(32)
    base = U(10)
    if p < end and data[p] == 0x78:
        base = U(16)
        p += U(1)
    if p >= end:
        return none
    c = U(0)
    while p < end:
        d = _digit(data[p])
        if d >= base:
            return none
        c = c * base + d
        if c > U(0x10FFFF):
            c = U(0x110000)
        p += U(1)
    return REPLACEMENT if c == U(0) or c > U(0x10FFFF) or U(0xD800) <= c <= U(0xDFFF) else c


@part
def _named(data, p, n):  # type: ignore[no-untyped-def]
    """The character of XML's five names, 0 for another name."""
    w = load8(data, p) & ((U(1) << (n << U(3))) - U(1))
    if w == U(0x746C):
        return np.uint8(0x3C)
    if w == U(0x7467):
        return np.uint8(0x3E)
    if w == U(0x706D61):
        return np.uint8(0x26)
    if w == U(0x746F7571):
        return np.uint8(0x22)
    if w == U(0x736F7061):
        return np.uint8(0x27)
    return np.uint8(0)


@part
def section_end(data, p, end, b):  # type: ignore[no-untyped-def]
    """Where `]]>` (b = `]`) or `-->` (b = `-`) stands in data[p..end), or end."""
    while True:
        p = seek(data, p, end, GT)
        if p >= end:
            return end
        if U(data[p - U(1)]) == b and U(data[p - U(2)]) == b:
            return p - U(2)
        p += U(1)


@part
def _xml(data, p, end, o):  # type: ignore[no-untyped-def]
    sections = comments = True  # looked for until one has no end: each failed search goes to the end of the slice
    while True:
        p, o = _copy_until(data, p, end, o, AMP, LT)
        if p >= end:
            return o
        if U(data[p]) == AMP:
            near = min(end, p + U(12))
            e = seek(data, p + U(1), near, SEMICOLON)
            if e < near:
                n = e - p - U(1)
                if data[p + U(1)] == 0x23:
                    c = _numeric(data, p + U(2), e)
                    if c < U(0x110000):
                        o = put_utf8(data, o, c)
                        p = e + U(1)
                        continue
                elif n < U(5):
                    b = _named(data, p + U(1), n)
                    if b != 0:
                        data[o] = b
                        o += U(1)
                        p = e + U(1)
                        continue
        elif sections and p + U(12) <= end and load8(data, p) == U(0x41544144435B213C) and data[p + U(8)] == 0x5B:
            e = section_end(data, p + U(11), end, U(0x5D))  # "<![CDATA[" is 9 bytes; its end begins at 9 at least
            if e < end:
                copy(data, o, data, p + U(9), e - p - U(9))
                o += e - p - U(9)
                p = e + U(3)
                continue
            sections = False
        elif comments and p + U(7) <= end and (load8(data, p) & U(0xFFFFFFFF)) == U(0x2D2D213C):
            e = section_end(data, p + U(6), end, U(0x2D))
            if e < end:
                p = e + U(3)
                continue
            comments = False
        data[o] = data[p]
        o += U(1)
        p += U(1)


@part
def _quotes(data, p, end, o, quote):  # type: ignore[no-untyped-def]
    while True:
        p, o = _copy_until(data, p, end, o, quote, quote)
        if p >= end:
            return o
        data[o] = np.uint8(quote)
        o += U(1)
        p += U(2) if p + U(1) < end and U(data[p + U(1)]) == quote else U(1)


@kernel
def unescape(data, used, start, length, written, known):  # type: ignore[no-untyped-def]
    """Make every escaped slice plain: text appended at data[used..), slices updated, `written` set to PLAIN.

    JSON's that came before, byte for byte, become the same slice: logs repeat themselves. known int32[2^k, 4], zeros:
    by the slice's hash where one of its hash stood and what it became; a later one takes its place.

    data uint8 with room for the sum of the lengths (and slack) past used; start, length int32[n], written uint8[n].
    Absent slices and other ways of writing stay. A doubled quote is the byte that stands before its slice (`'` or
    `"`). Gives the new used.
    """
    o = U(used)
    for k in range(len(start)):
        i = U(k)
        how = written[i]
        if length[i] < 0 or (
            how != JSON_ESCAPED and how != BACKSLASHED and how != XML_ESCAPED and how != DOUBLED_QUOTE
        ):
            continue
        p = U(start[i])
        end = p + U(length[i])
        begin = o
        if how == JSON_ESCAPED:
            n = end - p
            at = hash_slice(data, p, n) & (U(len(known)) - U(1))
            if U(known[at, U(1)]) == n and same(data, p, data, U(known[at, U(0)]), n):
                start[i] = known[at, U(2)]
                length[i] = known[at, U(3)]
                written[i] = PLAIN
                continue
            o = _json(data, p, end, o)
            known[at, U(0)] = np.int32(p)
            known[at, U(1)] = np.int32(n)
            known[at, U(2)] = np.int32(begin)
            known[at, U(3)] = np.int32(o - begin)
        elif how == BACKSLASHED:
            o = _backslash(data, p, end, o)
        elif how == XML_ESCAPED:
            o = _xml(data, p, end, o)
        else:
            quote = APOSTROPHE if p > U(0) and U(data[p - U(1)]) == APOSTROPHE else QUOTE
            o = _quotes(data, p, end, o, quote)
        start[i] = np.int32(begin)
        length[i] = np.int32(o - begin)
        written[i] = PLAIN
    return np.int64(o)
