"""Tell records apart by cheap features: what kind of payload, and for text whose."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.seek import seek
from penstock.kernels.words import U, hash_slice, load8

TEXT, JSON, CEF, LEEF, XML, PAIRS = range(6)
"""Kinds of payload."""

_FOUR = np.uint64(0xFFFFFFFF)
_CEF = np.uint64(int.from_bytes(b"CEF:", "little"))
_LEEF = np.uint64(int.from_bytes(b"LEEF", "little"))
_CEE = np.uint64(int.from_bytes(b"@cee", "little"))


@part
def _pairs(a, p, e):  # type: ignore[no-untyped-def]
    """Whether the text begins like `key=value key=`: two names with an equals sign in the first 512 bytes."""
    seen = 0
    limit = p + U(512)
    if limit < e:
        e = limit
    word = p  # start of the current run of name bytes
    quoted = False
    first = True
    while p < e:
        c = a[p]
        if quoted:
            if c == 92:
                p += U(1)
            elif c == 34:
                quoted = False
            p += U(1)
            continue
        if c == 61:
            if p == word:
                if first:
                    return False
            else:
                first = False
                seen += 1
                if seen == 3:
                    return True
            word = p + U(1)
            # the value: up to a blank or separator
            p += U(1)
            if p < e and a[p] == 34:
                quoted = True
                p += U(1)
            continue
        name = (48 <= c <= 57) or (65 <= (c & 0xDF) <= 90) or c == 95 or c == 45 or c == 46
        if not name:
            if first and (c != 32 or p > word):
                return False  # the first thing must be a name, and its value
            word = p + U(1)
        p += U(1)
    return seen >= 2


_LETTER_F = U(0x46)
_FAR = U(192)
"""Bytes of a payload in which CEF or LEEF may begin behind something else: a tag without a space, a relay's header."""


@part
def _inside(a, p, e):  # type: ignore[no-untyped-def]
    """Where `CEF:0|`, `LEEF:2.0|` or alike stands in the first bytes of a[p..e) behind no letter or digit, or e."""
    limit = p + _FAR if p + _FAR < e else e
    q = p
    while True:
        q = seek(a, q, limit, _LETTER_F)
        if q >= limit or q + U(3) >= e:
            return e
        q += U(1)
        if a[q] != 58 or q < p + U(3) or a[q - U(2)] != 69:
            continue
        begin = q - U(3)
        if a[begin] == 69 and begin > p and a[begin - U(1)] == 76:
            begin -= U(1)
        elif a[begin] != 67:
            continue
        if begin > p:
            before = a[begin - U(1)]
            if 48 <= before <= 57 or 65 <= (before & 0xDF) <= 90:
                continue
        v = q + U(1)
        while v < e and a[v] == 32:
            v += U(1)
        digits = v
        while v < e and v < digits + U(4) and (48 <= a[v] <= 57 or a[v] == 46):
            v += U(1)
        if v > digits and v < e and a[v] == 124:
            return begin


@kernel
def classify(a, start, length, kind):  # type: ignore[no-untyped-def]
    """The kind of each payload (uint8[n]); what stands before JSON (`@cee:`), CEF or LEEF is stepped over in place."""
    for j in range(len(start)):
        i = U(j)
        kind[i] = TEXT
        n = length[i]
        if n <= 0:
            continue
        p = U(start[i])
        e = p + U(n)
        while p < e and (a[p] == 32 or a[p] == 9):
            p += U(1)
        if p >= e:
            continue
        c = a[p]
        if c == 64 and (load8(a, p) & _FOUR) == _CEE and p + U(5) < e:
            q = p + U(5)
            while q < e and a[q] == 32:
                q += U(1)
            if q < e and a[q] == 123:
                start[i] = np.int32(q)
                length[i] = np.int32(e - q)
                kind[i] = JSON
        elif c == 123:
            q = p + U(1)
            while q < e and (a[q] == 32 or a[q] == 9 or a[q] == 10 or a[q] == 13):
                q += U(1)
            if q >= e or a[q] == 34 or a[q] == 125 or a[q] == 123:
                kind[i] = JSON
        elif c == 67 and (load8(a, p) & _FOUR) == _CEF:
            kind[i] = CEF
        elif c == 76 and (load8(a, p) & _FOUR) == _LEEF and p + U(4) < e and a[p + U(4)] == 58:
            kind[i] = LEEF
        elif c == 60 and p + U(2) < e and ((65 <= (a[p + U(1)] & 0xDF) <= 90) or a[p + U(1)] == 63):
            kind[i] = XML
        if kind[i] == TEXT:
            q = _inside(a, p, e)
            if q < e:
                start[i] = np.int32(q)
                length[i] = np.int32(e - q)
                kind[i] = CEF if a[q] == 67 else LEEF


@kernel
def classify_pairs(a, start, length, select, out):  # type: ignore[no-untyped-def]
    """out uint8[m]: whether payload select[j] begins like key=value pairs."""
    for j in range(len(select)):
        i = U(select[U(j)])
        p = U(start[i])
        out[U(j)] = 1 if length[i] > 0 and _pairs(a, p, p + U(length[i])) else 0


@inlined
def _get(slot_hash, slot_value, h):  # type: ignore[no-untyped-def]
    mask = U(len(slot_hash)) - U(1)
    i = h & mask
    while slot_hash[i] != h and slot_value[i] >= 0:
        i = (i + U(1)) & mask
    return slot_value[i] if slot_hash[i] == h else np.int32(-1)


@inlined
def _delimiter(c):  # type: ignore[no-untyped-def]
    return (
        c == 32
        or c == 9
        or c == 91
        or c == 93
        or c == 40
        or c == 41
        or c == 34
        or c == 39
        or c == 124
        or c == 44
        or c == 59
        or c == 61
        or c == 60
        or c == 62
        or c == 123
        or c == 125
    )


@kernel
def recognise_text(  # type: ignore[no-untyped-def]
    a,
    select,
    start,
    length,
    app_start,
    app_length,
    p_hash,
    p_value,
    o_hash,
    o_value,
    b_hash,
    b_value,
    begin_first,
    begin_offset,
    begin_length,
    begin_group,
    literals,
    group,
    guess,
    box,
):
    """The group of pattern sets for each text payload select[j], -1 where nobody claims it: tag, first bytes, outline.

    guess uint8[m]: out, 1 where only the outline speaks for it: an outline is shared by much, so when no pattern
    matches the record is nobody's. box uint8[16]: scratch.
    """
    for j in range(len(select)):
        w = U(j)
        i = U(select[w])
        g = np.int32(-1)
        guess[w] = 0
        p = U(start[i])
        e = p + U(length[i])
        if app_length[i] > 0:
            s = U(app_start[i])
            n = U(app_length[i])
            g = _get(p_hash, p_value, hash_slice(a, s, n))
            if g < 0:
                k = s + n
                while k > s and a[k - U(1)] != 47:
                    k -= U(1)
                if k > s:
                    g = _get(p_hash, p_value, hash_slice(a, k, s + n - k))
        if g < 0 and e > p:
            four = U(4) if e - p >= U(4) else e - p
            while four > U(0) and g < 0:  # a literal may be shorter than four bytes
                at = _get(b_hash, b_value, hash_slice(a, p, four))
                four -= U(1)
                if at < 0:
                    continue
                for x in range(begin_first[U(at)], begin_first[U(at) + U(1)]):
                    n = U(begin_length[U(x)])
                    if p + n > e:
                        continue
                    o = U(begin_offset[U(x)])
                    same = True
                    k = U(0)
                    while k < n:
                        if a[p + k] != literals[o + k]:
                            same = False
                            break
                        k += U(1)
                    if same:
                        g = begin_group[U(x)]
                        break
        if g < 0:
            found = U(0)
            before = np.uint8(0)
            k = p
            limit = p + U(256)
            if limit > e:
                limit = e
            while k < limit and found < U(4):
                c = a[k]
                if _delimiter(c) and not (c == 32 and before == 32):
                    box[found] = c
                    found += U(1)
                before = c
                k += U(1)
            g = _get(o_hash, o_value, hash_slice(box, U(0), found))
            guess[w] = 1
        group[w] = g
