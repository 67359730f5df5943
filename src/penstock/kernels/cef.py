r"""Take CEF and LEEF records apart: a header of fields between pipes, then pairs.

CEF (ArcSight Common Event Format 26): a value runs, spaces and all, to the space before the next key. A key is a word
of `[A-Za-z0-9_.[]-]` right before an `=`, at the beginning or after a blank; any other `=` belongs to the value (so
`\=` needs no look at the backslash: it is no key's byte). LEEF 1.0 and 2.0 (IBM): pairs between delimiters, a tab
unless the header names another. Where a LEEF record has none of its delimiters, the first found of these is taken for
it: a literal `\t`; a `#011` (rsyslog's spelling of a control character); a pipe or caret, where one stands before the
second key (PAN-OS under LEEF 1.0). Where none, its pairs are read as CEF's.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.entries import BACKSLASHED, FULL, PLAIN, fault, settle
from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.keys import find, root_hash
from penstock.kernels.seek import BACKSLASH, is_blank, seek, seek2, skip, trim
from penstock.kernels.vectors import equal_marks, lowest_bit
from penstock.kernels.words import U, load8

NO_PREFIX = 1
SHORT_HEADER = 2
BAD_VERSION = 3

CEF_FIELDS = 7
LEEF_FIELDS = 5
_PIPE, _EQUALS, _TAB, _LETTER_T = U(0x7C), U(0x3D), U(0x09), U(0x74)
_CARET = U(0x5E)
_LITERAL_TAB, _AS_CEF, _OCTAL_TAB = U(0x100), U(0x101), U(0x102)

_IN_KEY = np.zeros(256, np.uint8)
_IN_KEY[np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-[]", np.uint8)] = 1


@part
def _header_end(a, p, end):  # type: ignore[no-untyped-def]
    """Where the pipe that no backslash escapes first stands in a[p..end), or end; and if a backslash was seen."""
    escaped = False
    while True:
        p = seek2(a, p, end, _PIPE, BACKSLASH)
        if p >= end or U(a[p]) == _PIPE:
            return p, escaped
        escaped = True
        p += U(2)
        if p >= end:
            return end, escaped


@part
def _header(a, p, end, count, ids, name_starts, name_lengths, out, t):  # type: ignore[no-untyped-def]
    """The header's fields onto the tape at t; where what follows begins, 0 when a pipe is missing.

    The last field may end with the record, if it looks like no pair: then nothing follows it.
    """
    key, start, length, written, name_start, name_length = out
    for k in range(count):
        q, escaped = _header_end(a, p, end)
        if q >= end:
            q = trim(a, p, end)
            if k < count - 1 or q == p or seek(a, p, q, _EQUALS) < q:
                return U(0)
        at = t + U(k)
        key[at] = ids[k]
        start[at] = np.int32(p)
        length[at] = np.int32(q - p)
        written[at] = BACKSLASHED if escaped else PLAIN
        name_start[at] = name_starts[k]
        name_length[at] = name_lengths[k]
        p = q + U(1)
    return p if p < end else end


@part
def _is_version(a, p, n):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) is a number like 0, 1 or 2.0."""
    if n == U(0) or n > U(8):
        return False
    for k in range(n):
        b = a[p + U(k)]
        if not (0x30 <= b <= 0x39 or b == 0x2E):
            return False
    return True


@inlined
def _key_start(a, q, low):  # type: ignore[no-untyped-def]
    """Where the key that ends at the `=` at q begins, not before low; q when there is no key."""
    k = q
    while k > low and _IN_KEY[U(a[k - U(1)])] != 0:
        k -= U(1)
    first = k == low and U(a[k - U(1)]) == _PIPE  # the header's last
    return k if first or is_blank(a[k - U(1)]) else q


@inlined
def _next_pair(a, p, low, end):  # type: ignore[no-untyped-def]
    """The next key from p on: where it begins, its `=` (end when there is none), and if a backslash was passed."""
    escaped = False
    while p < end:
        m = equal_marks(a, p, np.uint8(61))
        s = equal_marks(a, p, np.uint8(92))
        if m == U(0):
            if s != U(0) and p + lowest_bit(s) < end:
                escaped = True
            p += U(32)
            continue
        n = lowest_bit(m)
        if s != U(0) and lowest_bit(s) < n and p + lowest_bit(s) < end:
            escaped = True
        p += n
        if p >= end:
            break
        k = _key_start(a, p, low)
        if k < p:
            return k, p, escaped
        p += U(1)
        low = p
    return end, end, escaped


@part
def _spaced(a, p, end, slot_hash, slot_id, out, t):  # type: ignore[no-untyped-def]
    """CEF's pairs of a[p..end) onto the tape."""
    key, start, length, written, name_start, name_length = out
    room = U(len(key))
    k, q, _ = _next_pair(a, p, p, end)
    while q < end:
        if t >= room:
            return FULL
        value = q + U(1)
        next_k, next_q, escaped = _next_pair(a, value, value, end)
        key[t] = find(slot_hash, slot_id, root_hash(a, k, q - k))
        start[t] = np.int32(value)
        length[t] = np.int32(trim(a, value, next_k) - value)
        written[t] = BACKSLASHED if escaped else PLAIN
        name_start[t] = np.int32(k)
        name_length[t] = np.int32(q - k)
        t += U(1)
        k = next_k
        q = next_q
    return t


@inlined
def _escapes(a, p, end):  # type: ignore[no-untyped-def]
    r"""Whether a[p..end) has an escaped `=` or pipe: LEEF knows no escapes, so `C:\new` and `\\host` are paths."""
    while True:
        p = seek(a, p, end, BACKSLASH)
        if p + U(1) >= end:
            return False
        b = U(a[p + U(1)])
        if b == _EQUALS or b == _PIPE:
            return True
        p += U(1)


@part
def _literal_tab(a, p, end):  # type: ignore[no-untyped-def]
    r"""Where the two bytes \t first stand in a[p..end), or end."""
    while True:
        p = seek(a, p, end, BACKSLASH)
        if p + U(1) >= end:
            return end
        if U(a[p + U(1)]) == _LETTER_T:
            return p
        p += U(1)


@part
def _octal_tab(a, p, end):  # type: ignore[no-untyped-def]
    """Where the four bytes #011 first stand in a[p..end), or end."""
    while True:
        p = seek(a, p, end, U(0x23))
        if p + U(4) > end:
            return end
        if load8(a, p) & U(0xFFFFFFFF) == U(0x31313023):
            return p
        p += U(1)


@part
def _second_key_follows(a, p, end):  # type: ignore[no-untyped-def]
    """The pipe or caret right before the second key of a[p..end); 0 when a blank or nothing stands there."""
    p = seek(a, p, end, _EQUALS) + U(1)
    low = p
    while p < end:
        p = seek(a, p, end, _EQUALS)
        if p >= end:
            return U(0)
        k = p
        while k > low and _IN_KEY[U(a[k - U(1)])] != 0:
            k -= U(1)
        if k < p and k > low:
            b = U(a[k - U(1)])
            if b == _PIPE or b == _CARET:
                return b
            if is_blank(a[k - U(1)]):
                return U(0)
        p += U(1)
        low = p
    return U(0)


@part
def _delimited(a, p, end, delimiter, slot_hash, slot_id, out, t):  # type: ignore[no-untyped-def]
    """LEEF's pairs of a[p..end) onto the tape."""
    key, start, length, written, name_start, name_length = out
    room = U(len(key))
    while p < end:
        if delimiter == _LITERAL_TAB:
            e = _literal_tab(a, p, end)
            after = e + U(2)
        elif delimiter == _OCTAL_TAB:
            e = _octal_tab(a, p, end)
            after = e + U(4)
        else:
            e = seek(a, p, end, delimiter)
            after = e + U(1)
        k = skip(a, p, e)
        q = seek(a, k, e, _EQUALS)
        if q < e:
            if t >= room:
                return FULL
            name_end = trim(a, k, q)
            value = q + U(1)
            value_end = trim(a, value, e)
            key[t] = find(slot_hash, slot_id, root_hash(a, k, name_end - k))
            start[t] = np.int32(value)
            length[t] = np.int32(value_end - value)
            written[t] = BACKSLASHED if _escapes(a, value, value_end) else PLAIN
            name_start[t] = np.int32(k)
            name_length[t] = np.int32(name_end - k)
            t += U(1)
        p = after
    return t


@part
def _nibble(b):  # type: ignore[no-untyped-def]
    """Value of a hexadecimal digit, 16 for any other byte."""
    if 0x30 <= b <= 0x39:
        return U(b) - U(0x30)
    c = U(b) | U(0x20)
    return c - U(0x57) if U(0x61) <= c <= U(0x66) else U(16)


@part
def _named_delimiter(a, p, n):  # type: ignore[no-untyped-def]
    r"""The delimiter that a LEEF 2.0 header names in a[p..p+n): a byte, `x09`, `0x5E`, `\t`; 0 when it names none."""
    if n == U(0):
        return _TAB
    if n == U(1):
        return U(a[p])
    if n == U(2) and U(a[p]) == BACKSLASH and U(a[p + U(1)]) == _LETTER_T:
        return _TAB
    if a[p] == 0x30:
        p += U(1)
        n -= U(1)
    if n < U(2) or n > U(3) or U(a[p]) | U(0x20) != U(0x78):
        return U(0)
    value = U(0)
    for k in range(U(1), n):
        digit = _nibble(a[p + U(k)])
        if digit > U(15):
            return U(0)
        value = (value << U(4)) | digit
    return value


@part
def _leef_delimiter(a, p, end, two):  # type: ignore[no-untyped-def]
    """What separates the pairs of a LEEF record whose header ends at p, and where they begin."""
    delimiter = _TAB
    if two:
        q = seek(a, p, min(end, p + U(6)), _PIPE)
        if q < end and U(a[q]) == _PIPE:
            named = _named_delimiter(a, p, q - p)
            if named != U(0):
                delimiter = named
                p = q + U(1)
    if seek(a, p, end, delimiter) >= end:
        if _literal_tab(a, p, end) < end:
            return _LITERAL_TAB, p
        if _octal_tab(a, p, end) < end:
            return _OCTAL_TAB, p
        delimiter = _second_key_follows(a, p, end)
        if delimiter == U(0):
            delimiter = _AS_CEF
    return delimiter, p


@inlined
def _cef_record(a, p, end, slot_hash, slot_id, ids, name_starts, name_lengths, out, t):  # type: ignore[no-untyped-def]
    p = skip(a, p, end)
    if p + U(4) > end or load8(a, p) & U(0xFFFFFFFF) != U(0x3A464543):  # "CEF:"
        return fault(NO_PREFIX)
    if t + U(CEF_FIELDS) > U(len(out[0])):
        return FULL
    p = skip(a, p + U(4), end)
    q = _header(a, p, end, CEF_FIELDS, ids, name_starts, name_lengths, out, t)
    if q == U(0):
        return fault(SHORT_HEADER)
    if not _is_version(a, p, U(out[2][t])):
        return fault(BAD_VERSION)
    return _spaced(a, q, end, slot_hash, slot_id, out, t + U(CEF_FIELDS))


@part
def _leef_record(a, p, end, slot_hash, slot_id, ids, name_starts, name_lengths, out, t):  # type: ignore[no-untyped-def]
    p = skip(a, p, end)
    if p + U(5) > end or load8(a, p) & U(0xFFFFFFFFFF) != U(0x3A4645454C):  # "LEEF:"
        return fault(NO_PREFIX)
    if t + U(LEEF_FIELDS) > U(len(out[0])):
        return FULL
    p = skip(a, p + U(5), end)
    q = _header(a, p, end, LEEF_FIELDS, ids, name_starts, name_lengths, out, t)
    if q == U(0):
        return fault(SHORT_HEADER)
    if not _is_version(a, p, U(out[2][t])):
        return fault(BAD_VERSION)
    delimiter, q = _leef_delimiter(a, q, end, a[p] == 0x32)
    if delimiter == _AS_CEF:
        return _spaced(a, q, end, slot_hash, slot_id, out, t + U(LEEF_FIELDS))
    return _delimited(a, q, end, delimiter, slot_hash, slot_id, out, t + U(LEEF_FIELDS))


@kernel
def cef(  # type: ignore[no-untyped-def]
    a, start, length, slot_hash, slot_id, leef, ids, name_starts, name_lengths, out, begin, bad, row
):
    """Tape of the CEF (leef = 0) or LEEF records from `row` on; as `pairs.pairs`.

    ids, name_starts, name_lengths int32: the header fields' keys and names, which stand somewhere in a.
    """
    i = U(row)
    t = U(begin[i])
    while i < U(len(start)):
        p = U(start[i])
        end = p + U(length[i])
        if leef == 0:
            r = _cef_record(a, p, end, slot_hash, slot_id, ids, name_starts, name_lengths, out, t)
        else:
            r = _leef_record(a, p, end, slot_hash, slot_id, ids, name_starts, name_lengths, out, t)
        if r == FULL:
            return np.int64(i)
        t = settle(r, i, t, begin, bad)
        i += U(1)
    return np.int64(i)
