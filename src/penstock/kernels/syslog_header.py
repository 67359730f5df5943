"""The syslog header, as real devices send it: one tolerant pass over a batch.

RFC 3164 and 5424, and what is seen instead: no PRI, no host, a year before or after the day, ISO times in the old
form, Cisco's sequence numbers and clock marks, zone names, octet counts left in, a BOM, no tag. The kernel finds
where the parts are; it interprets none of them.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.header_times import digit, iso_time, month, old_time
from penstock.kernels.jit import kernel, part
from penstock.kernels.seek import seek
from penstock.kernels.words import U

NONE, RFC3164, RFC5424, BROKEN = 0, 1, 2, 3
"""Shapes: no header (the body is the record), old form, new form, a PRI that is followed by nothing sensible."""

TIME, HOST, APP, PID, MSGID, DATA, BODY = range(7)
"""Rows of the result."""
PARTS = 7


@part
def _alpha(c):  # type: ignore[no-untyped-def]
    c = c | 32
    return 97 <= c <= 122


@part
def _token_end(a, p, e):  # type: ignore[no-untyped-def]
    while p < e and a[p] != 32 and a[p] != 9:
        p += U(1)
    return p


@part
def _put(start, length, piece, i, p, q):  # type: ignore[no-untyped-def]
    start[piece, i] = np.int32(p)
    length[piece, i] = np.int32(q - p)


@part
def _payload(a, p, e):  # type: ignore[no-untyped-def]
    """Whether a body of a format of its own begins here: CEF:, LEEF:, JSON, XML, %FACILITY-."""
    if p >= e:
        return False
    c = a[p]
    if c == 123 or c == 37:
        return True
    if c == 60:
        return p + U(1) < e and (_alpha(a[p + U(1)]) or a[p + U(1)] == 63)
    if c == 67:
        return p + U(4) < e and a[p + U(1)] == 69 and a[p + U(2)] == 70 and a[p + U(3)] == 58
    if c == 76:
        return p + U(5) < e and a[p + U(1)] == 69 and a[p + U(2)] == 69 and a[p + U(3)] == 70 and a[p + U(4)] == 58
    return False


@part
def _tag(a, p, e, i, start, length, dated):  # type: ignore[no-untyped-def]
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
        _put(start, length, APP, i, p, q)
        return q + U(1)
    r = q + U(1)
    while r < e and a[r] != 93 and a[r] != 32 and r < q + U(32):
        r += U(1)
    if r >= e or a[r] != 93:
        return U(0)
    after = r + U(1)
    if after < e and a[after] == 58:
        _put(start, length, APP, i, p, q)
        if r > q + U(1):
            _put(start, length, PID, i, q + U(1), r)
        return after + U(1)
    if dated and (after >= e or a[after] == 32):  # `tag[pid] message`
        _put(start, length, APP, i, p, q)
        if r > q + U(1):
            _put(start, length, PID, i, q + U(1), r)
        return after
    return U(0)


@part
def _new_form(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """RFC 5424 after its version: True when it holds to the end."""
    for piece in (TIME, HOST, APP, PID, MSGID):
        q = _token_end(a, p, e)
        if q == p:
            return False
        nil = q == p + U(1) and a[p] == 45
        if piece == TIME and not nil and iso_time(a, p, e, False) != q:
            return False
        if not nil:
            _put(start, length, piece, i, p, q)
        if q >= e:
            # a header that ends before its structured data: tolerated from the message id on
            if piece == MSGID:
                _put(start, length, BODY, i, e, e)
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
        _put(start, length, DATA, i, s, p)
    # some senders leave the structured data out: then the message begins here
    while p < e and a[p] == 32:
        p += U(1)
    if p + U(3) <= e and a[p] == 0xEF and a[p + U(1)] == 0xBB and a[p + U(2)] == 0xBF:
        p += U(3)
    _put(start, length, BODY, i, p, e)
    return True


@part
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
    if has_pri and mark + U(7) < e and a[mark + U(3)] == 32 and _alpha(a[mark]) and month(a, mark + U(4), e):
        mark += U(4)  # a day of the week
    end = old_time(a, mark, e)
    iso = False
    if end == U(0):
        end = iso_time(a, mark, e, has_pri)
        iso = end > U(0)
    if end == U(0) and has_pri and p < e and not _payload(a, p, e):
        # Cisco: `host: *Nov 23 ...`; `host Nov 23 …`
        h = _token_end(a, p, e)
        n = h
        if h > p and a[h - U(1)] == 58:
            n = h - U(1)
        m = h + U(1)
        if m < e and (a[m] == 42 or a[m] == 46):
            m += U(1)
        end = old_time(a, m, e) if m < e else U(0)
        if end > U(0):
            _put(start, length, HOST, i, p, n)
            mark = m
    dated = end > U(0)
    if dated:
        _put(start, length, TIME, i, mark, end)
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
        if not named and not _payload(a, p, e):
            q = _token_end(a, p, e)
            last = a[q - U(1)] if q > p else np.uint8(0)
            if q > p and last != 58:
                # a host, unless it is `tag[pid]` at once
                _put(start, length, HOST, i, p, q)
                p = q
                while p < e and (a[p] == 32 or a[p] == 9):
                    p += U(1)
                if p + U(1) < e and a[p] == 58 and a[p + U(1)] == 32:  # ASA: `host : %ASA-…`
                    p += U(2)
                elif q < e and iso and not has_pri:
                    # an ISO time and a word without a PRI may be any application's log: a tag must follow
                    if not _payload(a, p, e):
                        body = _tag(a, p, e, i, start, length, True)
                        if body == U(0):
                            return False
                        while body < e and a[body] == 32:
                            body += U(1)
                        _put(start, length, BODY, i, body, e)
                        return True
            elif q > p and _iso_or_number(a, p, q) and _payload_after(a, q, e):
                _put(start, length, HOST, i, p, q - U(1))  # `192.0.2.1: %ASA-…`
                p = q
                while p < e and (a[p] == 32 or a[p] == 9):
                    p += U(1)
    elif not has_pri:
        return False
    if not _payload(a, p, e):
        body = _tag(a, p, e, i, start, length, dated)
        if body > U(0):
            p = body
    while p < e and (a[p] == 32 or a[p] == 9):
        p += U(1)
    _put(start, length, BODY, i, p, e)
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


@part
def _payload_after(a, q, e):  # type: ignore[no-untyped-def]
    while q < e and a[q] == 32:
        q += U(1)
    return q < e and a[q] == 37


@part
def _mnemonic(a, p, e):  # type: ignore[no-untyped-def]
    """Whether `%FACILITY-5-NAME` begins at p, with sub-facilities or a class between, as Cisco's messages do."""
    if p + U(6) > e or a[p] != 37 or not 65 <= a[p + U(1)] <= 90:
        return False
    stop = min(e - U(2), p + U(48))
    q = p + U(1)
    while q < stop:
        if a[q] == 45 and digit(a[q + U(1)]) and a[q + U(2)] == 45:
            return True
        if not (_alpha(a[q]) or digit(a[q]) or a[q] == 95 or a[q] == 45):
            return False
        q += U(1)
    return False


@part
def _relayed(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """A Cisco device's own header behind a relay's: `Nov 23 2026 10:00:01 fw01 : %ASA-…`, any part of it.

    Also what log files put before it: `2026-11-23 10:00:01 fw01`, Kiwi's `… Local4.Debug 192.0.2.1` between tabs. Its
    time and host are nearer to the event than the relay's and take their place. Gives where the message begins, or p
    when there is none.
    """
    stop = min(e, p + U(112))
    body = seek(a, p, stop, U(37))
    if body >= stop or body == p or not _mnemonic(a, body, e):
        return p
    before = a[body - U(1)]
    if before != 32 and before != 58 and before != 9:
        return p
    words = 0
    time = time_end = host = host_end = U(0)
    k = p
    while k < body:
        if a[k] == 32 or a[k] == 9 or a[k] == 58 or a[k] == 42 or a[k] == 46:
            k += U(1)
            continue
        t = old_time(a, k, e)
        if t == U(0):
            t = iso_time(a, k, e, True)
        if t > k and t <= body:
            time = k
            time_end = t
            k = t
            continue
        n = _token_end(a, k, e)
        words += 1
        if n > body or words > (3 if time_end > U(0) else 2):
            return p
        m = n
        while m > k and a[m - U(1)] == 58:
            m -= U(1)
        q = k
        while q < m and digit(a[q]):
            q += U(1)
        if q < m:  # not a sequence number
            host = k
            host_end = m
        k = n
    if time_end > U(0):
        _put(start, length, TIME, i, time, time_end)
    if host_end > U(0):
        _put(start, length, HOST, i, host, host_end)
    return body


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
            _put(start, length, BODY, i, s, e)
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
            if q > p + U(1):
                if q < e and a[q] == 62 and q <= p + U(4) and v <= 191:
                    has_pri = True
                    pri[i] = v
                    p = q + U(1)
                else:
                    shape[i] = BROKEN
                    _put(start, length, BODY, i, s, e)
                    continue
        if has_pri and p + U(1) < e and a[p] == 49 and a[p + U(1)] == 32:
            if _new_form(a, p + U(2), e, i, start, length):
                shape[i] = RFC5424
                if length[APP, i] > 0 and _mnemonic(a, U(start[APP, i]), e):  # rsyslog took `%ASA-6-302013:` for a tag
                    _put(start, length, BODY, i, U(start[APP, i]), e)
                    length[APP, i] = -1
                elif length[APP, i] < 0:
                    body = U(start[BODY, i])
                    _put(start, length, BODY, i, _relayed(a, body, e, i, start, length), e)
            else:
                for piece in range(PARTS):
                    length[piece, i] = -1
                shape[i] = BROKEN
                _put(start, length, BODY, i, s, e)
            continue
        if has_pri and p >= e:
            shape[i] = BROKEN
            _put(start, length, BODY, i, s, e)
            continue
        if _old_form(a, p, e, i, start, length, has_pri):
            shape[i] = RFC3164
            if length[APP, i] < 0:
                body = U(start[BODY, i])
                _put(start, length, BODY, i, _relayed(a, body, e, i, start, length), e)
        else:
            for piece in range(PARTS):
                length[piece, i] = -1
            body = _relayed(a, s, e, i, start, length)
            if body > s:
                shape[i] = RFC3164
            _put(start, length, BODY, i, body, e)
