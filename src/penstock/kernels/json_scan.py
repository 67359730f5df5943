"""One strict pass over JSON records: every object member becomes a tape entry, nothing is built.

A member's path is a hash made on the way down (`child_hash`); paths that some pack names are found in the key
table and get an id. Objects get an entry of their own (their slice is the whole object), so that a pack can keep
one whole and so that an unknown member's path can be written out by walking `parent`. An array is one entry, its
slice the whole array; its elements become entries too, under the path `<array>.[]`, only where some pack asks for
that path. Strict as RFC 8259: what `json.loads` refuses is refused (but for lone surrogates, which both take).

Output is filled into fixed arrays; a record that does not fit is rolled back, and the caller resumes there.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.json_escapes import escapes_of, letter_marks
from penstock.kernels.keys import child_hash, find, root_hash
from penstock.kernels.seek import BACKSLASH
from penstock.kernels.vectors import equal_marks, escape_marks, lowest_bit
from penstock.kernels.words import U, load8, mix

MAX_DEPTH = 64
OK, TRUNCATED, SYNTAX, TOO_DEEP, BAD_STRING, BAD_NUMBER, TRAILING = 0, 1, 2, 3, 4, 5, 6

_PLAIN, _ESCAPED, _NUMBER, _BOOL, _NULL, _NESTED = 0, 1, 2, 3, 4, 5

ELEMENT = b"[]"
"""The part of a path that stands for "an element of": `resources.[].ARN`."""


@inlined
def _skip_space(a, p, e):  # type: ignore[no-untyped-def]
    while p < e and (a[p] == 32 or a[p] == 9 or a[p] == 10 or a[p] == 13):
        p += U(1)
    return p


@inlined
def _string_end(a, p, e):  # type: ignore[no-untyped-def]
    """From the first byte inside a string: (position of the closing quote, had a backslash, fault)."""
    m = U(0)
    while p < e:
        m = escape_marks(a, p)  # quote, backslash or a control byte below 0x20
        if m != U(0):
            p += lowest_bit(m)
            break
        p += U(32)
    if p >= e or a[p] == 34:
        return p, False, False
    if a[p] != 92:
        return p, False, True
    p, fault = _escaped_end(a, p, e)
    return p, True, fault


@part
def _escaped_end(a, p, e):  # type: ignore[no-untyped-def]
    """From a backslash that begins an escape: (position of the closing quote, fault)."""
    while p < e:
        m = escape_marks(a, p)
        b = equal_marks(a, p, BACKSLASH)
        begins, inside = escapes_of(b)
        size = U(32)
        if begins >> U(31) != U(0):  # what it escapes is in the next block
            size = U(31)
            m &= U(0x7FFFFFFF)
            inside &= U(0x7FFFFFFF)
        m &= ~(b | inside)
        before = m ^ (m - U(1))  # up to where the string may end; all where it does not
        if inside & before & ~letter_marks(a, p) != U(0):
            p, fault = _escapes(a, p, e)
            if fault or p >= e:
                return p, fault
        elif m == U(0):
            p += size
        else:
            p += lowest_bit(m)
            return p, p < e and a[p] != 34
    return e, False


@part
def _escapes(a, p, e):  # type: ignore[no-untyped-def]
    """Past the first escape from p on that is no letter's; (e, no fault) where the record ends before it does."""
    while p < e:
        while a[p] != 92:
            p += U(1)
        if p + U(1) >= e:
            break
        c = a[p + U(1)]
        if c == 117:  # \uXXXX
            if p + U(6) > e:
                break
            for k in range(2, 6):
                h = a[p + U(k)]
                if not ((48 <= h <= 57) or (65 <= h <= 70) or (97 <= h <= 102)):
                    return p, True
            return p + U(6), False
        if not (c == 34 or c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116):
            return p, True
        p += U(2)
    return e, False


@part
def _number_end(a, p, e):  # type: ignore[no-untyped-def]
    """The end of a JSON number that begins at p, or p when there is none."""
    q = p
    if q < e and a[q] == 45:
        q += U(1)
    if q >= e:
        return p
    if a[q] == 48:
        q += U(1)
    elif 49 <= a[q] <= 57:
        while q < e and 48 <= a[q] <= 57:
            q += U(1)
    else:
        return p
    if q < e and a[q] == 46:
        q += U(1)
        if q >= e or not (48 <= a[q] <= 57):
            return p
        while q < e and 48 <= a[q] <= 57:
            q += U(1)
    if q < e and (a[q] == 101 or a[q] == 69):
        q += U(1)
        if q < e and (a[q] == 43 or a[q] == 45):
            q += U(1)
        if q >= e or not (48 <= a[q] <= 57):
            return p
        while q < e and 48 <= a[q] <= 57:
            q += U(1)
    return q


@inlined
def _word(a, p, e, w, n):  # type: ignore[no-untyped-def]
    return p + U(n) <= e and (load8(a, p) & ((U(1) << U(8 * n)) - U(1))) == w


_TRUE = np.uint64(int.from_bytes(b"true", "little"))
_FALSE = np.uint64(int.from_bytes(b"false", "little"))
_NULL_WORD = np.uint64(int.from_bytes(b"null", "little"))


@kernel
def scan_json(  # type: ignore[no-untyped-def]
    a,
    start,
    length,
    first,
    slot_hash,
    slot_id,
    begin,
    key,
    v_start,
    v_length,
    written,
    name_start,
    name_length,
    parent,
    bad,
    element_hash,
    st_hash,
    st_entry,
    st_kind,
    st_quiet,
):
    """Scan records `first ..` into the tape arrays; return how many records are done (all, or fewer: no room).

    `element_hash` is the hash of the part `[]`. Scratch of MAX_DEPTH each: st_hash uint64; st_entry, st_kind int64
    (0 object, 1 array), st_quiet int64 (members are only validated). `begin[first]` holds where to go on. `bad[i]` is
    one of this module's codes; a bad record has no entries.
    """
    cap = U(len(key))
    m = len(start)
    t = U(begin[first])
    for i in range(first, m):
        p = U(start[i])
        e = p + U(length[i])
        t0 = t
        fault = OK
        p = _skip_space(a, p, e)
        depth = 0
        if p >= e or a[p] != 123:
            fault = SYNTAX
        else:
            st_hash[0] = U(0)
            st_entry[0] = -1
            st_kind[0] = 0
            st_quiet[0] = 0
            depth = 1
            p += U(1)
            fresh = True  # just after the container's opening bracket
            while depth > 0:
                p = _skip_space(a, p, e)
                if p >= e:
                    fault = TRUNCATED
                    break
                top = U(depth - 1)
                kind = st_kind[top]
                c = a[p]
                if c == 125 or c == 93:  # } ]
                    if (c == 125) != (kind == 0):
                        fault = SYNTAX
                        break
                    p += U(1)
                    entry = st_entry[top]
                    if entry >= 0 and st_kind[top] >= 0:
                        k = U(entry)
                        if v_length[k] < 0:
                            v_length[k] = np.int32(p - U(v_start[k]))
                    depth -= 1
                    fresh = False
                    continue
                if not fresh:
                    if c != 44:
                        fault = SYNTAX
                        break
                    p = _skip_space(a, p + U(1), e)
                    if p >= e:
                        fault = TRUNCATED
                        break
                fresh = False
                quiet = st_quiet[top]
                h = U(0)
                ns = U(0)
                nl = U(0)
                if kind == 0:
                    if a[p] != 34:
                        fault = SYNTAX
                        break
                    ns = p + U(1)
                    q, _esc, wrong = _string_end(a, ns, e)
                    if wrong:
                        fault = BAD_STRING
                        break
                    if q >= e:
                        fault = TRUNCATED
                        break
                    nl = q - ns
                    if quiet == 0:
                        h = root_hash(a, ns, nl) if depth == 1 else child_hash(st_hash[top], a, ns, nl)
                    p = _skip_space(a, q + U(1), e)
                    if p >= e:
                        fault = TRUNCATED
                        break
                    if a[p] != 58:
                        fault = SYNTAX
                        break
                    p = _skip_space(a, p + U(1), e)
                    if p >= e:
                        fault = TRUNCATED
                        break
                else:
                    h = st_hash[top]  # elements share the path `<array>.[]`
                # the value
                c = a[p]
                vs = p
                how = _PLAIN
                vl = U(0)
                opened = False
                if c == 34:
                    vs = p + U(1)
                    q, esc, wrong = _string_end(a, vs, e)
                    if wrong:
                        fault = BAD_STRING
                        break
                    if q >= e:
                        fault = TRUNCATED
                        break
                    vl = q - vs
                    how = _ESCAPED if esc else _PLAIN
                    p = q + U(1)
                elif c == 123 or c == 91:
                    opened = True
                    how = _NESTED
                    p += U(1)
                elif c == 45 or 48 <= c <= 57:
                    q = _number_end(a, p, e)
                    if q == p:
                        fault = TRUNCATED if p + U(1) >= e else BAD_NUMBER
                        break
                    how = _NUMBER
                    vl = q - p
                    p = q
                elif c == 116 and _word(a, p, e, _TRUE, 4):
                    how = _BOOL
                    vl = U(4)
                    p += U(4)
                elif c == 102 and _word(a, p, e, _FALSE, 5):
                    how = _BOOL
                    vl = U(5)
                    p += U(5)
                elif c == 110 and _word(a, p, e, _NULL_WORD, 4):
                    how = _NULL
                    vl = U(4)
                    p += U(4)
                else:
                    fault = SYNTAX
                    break
                entry = np.int64(-1)
                if quiet == 0:
                    if t >= cap:
                        begin[i] = np.int32(t0)
                        return i
                    entry = np.int64(t)
                    key[t] = find(slot_hash, slot_id, h)
                    v_start[t] = np.int32(vs)
                    v_length[t] = np.int32(-1) if opened else np.int32(vl)
                    written[t] = how
                    name_start[t] = np.int32(ns)
                    name_length[t] = np.int32(nl)
                    parent[t] = np.int32(st_entry[top])
                    t += U(1)
                if opened:
                    if depth >= MAX_DEPTH:
                        fault = TOO_DEEP
                        break
                    d = U(depth)
                    st_entry[d] = entry
                    st_kind[d] = 0 if c == 123 else 1
                    st_quiet[d] = quiet
                    st_hash[d] = h
                    if c == 91 and quiet == 0:
                        inner = mix((h << U(5)) | (h >> U(59)), element_hash)
                        st_hash[d] = inner
                        if find(slot_hash, slot_id, inner) < 0:
                            st_quiet[d] = 1
                    depth += 1
                    fresh = True
            if fault == OK:
                p = _skip_space(a, p, e)
                if p < e:
                    fault = TRAILING
        if fault != OK:
            t = t0
        bad[i] = fault
        begin[i + 1] = np.int32(t)
    return m
