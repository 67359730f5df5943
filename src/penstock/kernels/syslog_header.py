"""The syslog header, as real devices send it: one tolerant pass over a batch.

RFC 3164 and 5424, and what is seen instead: no PRI, no host, a year before or after the day, ISO times in the old
form, Cisco's sequence numbers and clock marks, zone names, octet counts left in, a BOM, no tag. The kernel finds
where the parts are; it interprets none of them.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.header_parts import (
    APP,
    BODY,
    BROKEN,
    DATA,
    HOST,
    MSGID,
    NONE,
    PARTS,
    PID,
    RFC3164,
    RFC5424,
    TIME,
    alpha,
    payload,
    put,
    tag,
    token_end,
)
from penstock.kernels.header_relays import inner, mnemonic, numbered, relayed
from penstock.kernels.header_times import digit, iso_time, month, old_time
from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.words import U

__all__ = [
    "APP",
    "BODY",
    "BROKEN",
    "DATA",
    "HOST",
    "MSGID",
    "NONE",
    "PARTS",
    "PID",
    "RFC3164",
    "RFC5424",
    "TIME",
    "scan_headers",
]


@part
def _new_form(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """RFC 5424 after its version: True when it holds to the end."""
    for piece in (TIME, HOST, APP, PID, MSGID):
        q = token_end(a, p, e)
        if q == p:
            return False
        nil = q == p + U(1) and a[p] == 45
        if piece == TIME and not nil and iso_time(a, p, e, False) != q:
            return False
        if not nil:
            put(start, length, piece, i, p, q)
        if q >= e:
            # a header that ends before its structured data: tolerated from the message id on
            if piece == MSGID:
                put(start, length, BODY, i, e, e)
                return True
            return False
        p = q + U(1)
    if p < e and a[p] == 45:
        p += U(1)
    elif p < e and a[p] == 91:
        s = p
        while p < e and a[p] == 91:
            quoted = False
            p += U(1)
            while p < e:
                c = a[p]
                if quoted:
                    if c == 92:
                        p += U(1)
                    elif c == 34:
                        quoted = False
                elif c == 34:
                    quoted = True
                elif c == 93:
                    break
                p += U(1)
            if p >= e:
                return False
            p += U(1)
        put(start, length, DATA, i, s, p)
    # some senders leave the structured data out: then the message begins here
    while p < e and a[p] == 32:
        p += U(1)
    if p + U(3) <= e and a[p] == 0xEF and a[p + U(1)] == 0xBB and a[p + U(2)] == 0xBF:
        p += U(3)
    put(start, length, BODY, i, p, e)
    return True


@inlined
def _old_form(a, p, e, i, start, length, has_pri):  # type: ignore[no-untyped-def]
    """The old form after its PRI: True when a header of some kind was there (PRI alone counts)."""
    # Cisco: `123: `, `000123: host: `, and a lone colon
    q = p
    while q < e and digit(a[q]) and q < p + U(12):
        q += U(1)
    if has_pri and q > p and q + U(1) < e and a[q] == 58 and a[q + U(1)] == 32:
        p = q + U(2)
    elif has_pri and p + U(1) < e and a[p] == 58 and a[p + U(1)] != 58:  # EMBLEM: `<166>:Nov 23 …`
        p += U(1)
    while has_pri and p < e and (a[p] == 32 or a[p] == 9):
        p += U(1)
    mark = p
    if mark < e and (a[mark] == 42 or a[mark] == 46):
        mark += U(1)
    if has_pri and mark + U(7) < e and a[mark + U(3)] == 32 and alpha(a[mark]) and month(a, mark + U(4), e):
        mark += U(4)  # a day of the week
    end = old_time(a, mark, e)
    iso = False
    if end == U(0):
        end = iso_time(a, mark, e, has_pri)
        iso = end > U(0)
    if end == U(0) and has_pri and p < e and not payload(a, p, e):
        # Cisco: `host: *Nov 23 ...`; `host Nov 23 …`
        h = token_end(a, p, e)
        n = h
        if h > p and a[h - U(1)] == 58:
            n = h - U(1)
        m = h + U(1)
        if m < e and (a[m] == 42 or a[m] == 46):
            m += U(1)
        end = old_time(a, m, e) if m < e else U(0)
        if end > U(0):
            put(start, length, HOST, i, p, n)
            mark = m
    dated = end > U(0)
    if dated:
        put(start, length, TIME, i, mark, end)
        p = end
        named = length[HOST, i] >= 0
        if p < e and a[p] == 58:
            p += U(1)
            named = True
        while p < e and (a[p] == 32 or a[p] == 9):
            p += U(1)
        if p + U(1) < e and a[p] == 58 and a[p + U(1)] == 32:
            p += U(2)
            named = True
        if not named and not payload(a, p, e):
            q = token_end(a, p, e)
            last = a[q - U(1)] if q > p else np.uint8(0)
            if q > p and last != 58:
                # a host, unless it is `tag[pid]` at once
                put(start, length, HOST, i, p, q)
                p = q
                while p < e and (a[p] == 32 or a[p] == 9):
                    p += U(1)
                if p + U(1) < e and a[p] == 58 and a[p + U(1)] == 32:  # ASA: `host : %ASA-…`
                    p += U(2)
                elif q < e and iso and not has_pri:
                    # an ISO time and a word without a PRI may be any application's log: a tag must follow
                    if not payload(a, p, e):
                        body = tag(a, p, e, i, start, length, True)
                        if body == U(0):
                            return False
                        while body < e and a[body] == 32:
                            body += U(1)
                        put(start, length, BODY, i, body, e)
                        return True
            elif q > p and _iso_or_number(a, p, q) and _payload_after(a, q, e):
                put(start, length, HOST, i, p, q - U(1))  # `192.0.2.1: %ASA-…`
                p = q
                while p < e and (a[p] == 32 or a[p] == 9):
                    p += U(1)
    elif not has_pri:
        return False
    if not payload(a, p, e):
        body = tag(a, p, e, i, start, length, dated)
        if body > U(0):
            p = body
    while p < e and (a[p] == 32 or a[p] == 9):
        p += U(1)
    put(start, length, BODY, i, p, e)
    return True


@part
def _iso_or_number(a, p, q):  # type: ignore[no-untyped-def]
    """Whether the token looks like a host that carries a colon: it has a dot or a digit first."""
    found = False
    k = p
    while k < q:
        if a[k] == 46:
            found = True
        k += U(1)
    return found or digit(a[p])


@inlined
def _payload_after(a, q, e):  # type: ignore[no-untyped-def]
    while q < e and a[q] == 32:
        q += U(1)
    return q < e and a[q] == 37


@kernel
def scan_headers(a, r_start, r_length, shape, pri, start, length):  # type: ignore[no-untyped-def]
    """Find the header of every record r_start[i], r_length[i].

    shape uint8[n]: one of NONE, RFC3164, RFC5424, BROKEN. pri int16[n]: 0..191, -1 where there is none.
    start, length int32[PARTS, n]: the slices (length -1 absent); BODY is always there.
    """
    n = len(r_start)
    for j in range(n):
        i = U(j)
        for piece in range(PARTS):
            length[piece, i] = -1
        p = U(r_start[i])
        e = p + U(r_length[i])
        if p + U(3) <= e and a[p] == 0xEF and a[p + U(1)] == 0xBB and a[p + U(2)] == 0xBF:
            p += U(3)
        s = p
        pri[i] = -1
        shape[i] = NONE
        if p >= e or a[p] == 123:
            put(start, length, BODY, i, s, e)
            continue
        # an octet count left in: `123 <34>`
        q = p
        while q < e and digit(a[q]) and q < p + U(7):
            q += U(1)
        if q > p and q + U(1) < e and a[q] == 32 and a[q + U(1)] == 60:
            p = q + U(1)
        has_pri = False
        if a[p] == 60:
            q = p + U(1)
            v = 0
            while q < e and digit(a[q]) and q < p + U(5):
                v = v * 10 + np.int64(a[q]) - 48
                q += U(1)
            if q > p + U(1) or (q < e and a[q] == 62):
                if q > p + U(1) and q < e and a[q] == 62 and q <= p + U(4) and v <= 191:
                    has_pri = True
                    pri[i] = v
                    p = q + U(1)
                else:
                    shape[i] = BROKEN
                    put(start, length, BODY, i, s, e)
                    continue
        if has_pri and p + U(1) < e and a[p] == 49 and a[p + U(1)] == 32:
            if _new_form(a, p + U(2), e, i, start, length):
                shape[i] = RFC5424
                if length[APP, i] > 0 and mnemonic(a, U(start[APP, i]), e):  # rsyslog took `%ASA-6-302013:` for a tag
                    put(start, length, BODY, i, U(start[APP, i]), e)
                    length[APP, i] = -1
                elif length[APP, i] < 0:
                    body = U(start[BODY, i])
                    put(start, length, BODY, i, relayed(a, body, e, i, start, length), e)
            else:
                for piece in range(PARTS):
                    length[piece, i] = -1
                shape[i] = BROKEN
                put(start, length, BODY, i, s, e)
            continue
        if has_pri and p >= e:
            shape[i] = BROKEN
            put(start, length, BODY, i, s, e)
            continue
        if _old_form(a, p, e, i, start, length, has_pri):
            shape[i] = RFC3164
            body = U(start[BODY, i])
            if length[APP, i] < 0:
                after = relayed(a, body, e, i, start, length)
                if after == body:
                    after = inner(a, body, e, i, start, length)
                put(start, length, BODY, i, after, e)
            else:
                put(start, length, BODY, i, numbered(a, body, e, i, start, length), e)
        else:
            for piece in range(PARTS):
                length[piece, i] = -1
            body = relayed(a, s, e, i, start, length)
            if body > s:
                shape[i] = RFC3164
            put(start, length, BODY, i, body, e)
