"""Headers behind headers: what a device wrote where a relay put its own before it; Solaris's number of a message."""

from __future__ import annotations

from penstock.kernels.header_parts import HOST, MSGID, TIME, alpha, put, tag, token_end
from penstock.kernels.header_times import digit, iso_time, old_time
from penstock.kernels.jit import part
from penstock.kernels.seek import seek
from penstock.kernels.words import U


@part
def mnemonic(a, p, e):  # type: ignore[no-untyped-def]
    """Whether `%FACILITY-5-NAME` begins at p, with sub-facilities or a class between, as Cisco's messages do."""
    if p + U(6) > e or a[p] != 37 or not 65 <= a[p + U(1)] <= 90:
        return False
    stop = min(e - U(2), p + U(48))
    q = p + U(1)
    while q < stop:
        if a[q] == 45 and digit(a[q + U(1)]) and a[q + U(2)] == 45:
            return True
        if not (alpha(a[q]) or digit(a[q]) or a[q] == 95 or a[q] == 45):
            return False
        q += U(1)
    return False


@part
def relayed(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """A Cisco device's own header behind a relay's: `Nov 23 2026 10:00:01 fw01 : %ASA-…`, any part of it.

    Also what log files put before it: `2026-11-23 10:00:01 fw01`, Kiwi's `… Local4.Debug 192.0.2.1` between tabs. Its
    time and host are nearer to the event than the relay's and take their place. Gives where the message begins, or p
    when there is none.
    """
    stop = min(e, p + U(112))
    body = seek(a, p, stop, U(37))
    if body >= stop or body == p or not mnemonic(a, body, e):
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
        n = token_end(a, k, e)
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
        put(start, length, TIME, i, time, time_end)
    if host_end > U(0):
        put(start, length, HOST, i, host, host_end)
    return body


@part
def inner(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """A whole header of the old form behind a relay's: `Nov 23 10:00:01 web1 sshd[12]: …`, no part left out.

    Its time and host are nearer to the event than the relay's and take their place. Gives where the message begins,
    or p when there is none.
    """
    time_end = old_time(a, p, e)
    if time_end == U(0):
        return p
    host = time_end
    while host < e and a[host] == 32:
        host += U(1)
    host_end = token_end(a, host, e)
    if host == time_end or host_end == host or a[host_end - U(1)] == 58:
        return p
    k = host_end
    while k < e and a[k] == 32:
        k += U(1)
    body = tag(a, k, e, i, start, length, True)
    if body == U(0):
        return p
    put(start, length, TIME, i, p, time_end)
    put(start, length, HOST, i, host, host_end)
    while body < e and a[body] == 32:
        body += U(1)
    return body


@part
def numbered(a, p, e, i, start, length):  # type: ignore[no-untyped-def]
    """Solaris puts `[ID 800047 auth.info] ` before a message: where the message begins, or p. The number is a MSGID."""
    if p + U(8) > e or a[p] != 91 or a[p + U(1)] != 73 or a[p + U(2)] != 68 or a[p + U(3)] != 32:
        return p
    number = p + U(4)
    q = number
    while q < e and digit(a[q]) and q < number + U(10):
        q += U(1)
    if q == number or q >= e or a[q] != 32:
        return p
    k = q + U(1)
    while k < e and k < q + U(24) and (alpha(a[k]) or digit(a[k]) or a[k] == 46):
        k += U(1)
    if k == q + U(1) or k + U(1) >= e or a[k] != 93 or a[k + U(1)] != 32:
        return p
    put(start, length, MSGID, i, number, q)
    return k + U(2)
