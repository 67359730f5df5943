"""IP and MAC addresses: a column of texts to their canonical spelling.

An address is held as one or two words while it is read; the canonical spelling is written behind the text and kept
only where it differs from what stood there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.digits import hex_value, is_digit, is_quad, trim, write_decimal
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, foresee

IP_ROOM = 40
"""Bytes a row that `to_ip` may append (39, one to spare)."""

MAC_ROOM = 24
"""Bytes a row that `to_mac` may append (23, one to spare)."""


@part
def _quad(data, p, e):  # type: ignore[no-untyped-def]
    """A strict dotted quad that fills data[p:e): (fine, 32-bit value). An octet has no leading zero."""
    value = U(0)
    octets = 0
    q = p
    while q < e and is_digit(data[q]):
        octet = U(data[q]) - U(48)
        q += U(1)
        if octet != U(0):
            if q < e and is_digit(data[q]):
                octet = octet * U(10) + U(data[q]) - U(48)
                q += U(1)
                if q < e and is_digit(data[q]):
                    octet = octet * U(10) + U(data[q]) - U(48)
                    q += U(1)
        if octet > U(255):
            return False, U(0)
        value = (value << U(8)) | octet
        octets += 1
        if octets == 4:
            return q == e, value
        if q >= e or data[q] != 46:
            return False, U(0)
        q += U(1)
    return False, U(0)


@part
def _groups(data, p, e):  # type: ignore[no-untyped-def]
    """An IPv6 address that fills data[p:e): (fine, upper 64 bits, lower 64 bits). RFC 4291 section 2.2."""
    high = U(0)
    low = U(0)
    head_high = U(0)
    head_low = U(0)
    head = -1  # groups before '::'
    groups = 0
    q = p
    if e - p < U(2) or e - p > U(45):
        return False, U(0), U(0)
    if data[q] == 58:
        if data[q + U(1)] != 58:
            return False, U(0), U(0)
        head = 0
        q += U(2)
    while q < e:
        begin = q
        group = U(0)
        digit = hex_value(data[q])
        while digit < U(16) and q - begin < U(5):
            group = (group << U(4)) | digit
            q += U(1)
            digit = hex_value(data[q]) if q < e else U(16)
        if q == begin or q - begin > U(4):
            return False, U(0), U(0)
        if q < e and data[q] == 46:
            fine, quad = _quad(data, begin, e)
            if not fine:
                return False, U(0), U(0)
            high = (high << U(32)) | (low >> U(32))
            low = (low << U(32)) | quad
            groups += 2
            break
        high = (high << U(16)) | (low >> U(48))
        low = (low << U(16)) | group
        groups += 1
        if q == e:
            break
        if data[q] != 58 or groups > 8:
            return False, U(0), U(0)
        q += U(1)
        if q == e:
            return False, U(0), U(0)
        if data[q] == 58:
            if head >= 0:
                return False, U(0), U(0)
            head = groups
            head_high = high
            head_low = low
            high = U(0)
            low = U(0)
            q += U(1)
    if head < 0:
        return groups == 8, high, low
    if groups > 7:
        return False, U(0), U(0)
    for _ in range(8 - head):
        head_high = (head_high << U(16)) | (head_low >> U(48))
        head_low <<= U(16)
    return True, head_high | high, head_low | low


@part
def address_words(data, p, e):  # type: ignore[no-untyped-def]
    """The address that fills data[p:e): (4, 6 or 0 for none; upper 64 bits, 0 of IPv4; lower 64 bits)."""
    fine, value = _quad(data, p, e)
    if fine:
        return np.int64(4), U(0), value
    fine, high, low = _groups(data, p, e)
    return np.int64(6 if fine else 0), high, low


@part
def _write_quad(data, o, value):  # type: ignore[no-untyped-def]
    shift = U(32)
    while shift > U(0):
        shift -= U(8)
        o = write_decimal(data, o, (value >> shift) & U(255), False)
        if shift > U(0):
            data[o] = 46
            o += U(1)
    return o


@njit(inline="always")
def _group(high, low, k):  # type: ignore[no-untyped-def]
    return ((high if k < U(4) else low) >> (U(48) - ((k & U(3)) << U(4)))) & U(0xFFFF)


@part
def _write_groups(data, o, high, low):  # type: ignore[no-untyped-def]
    """Write an IPv6 address as RFC 5952 has it: lower case, no leading zeros, the longest run of zeros as '::'."""
    gap = U(8)
    gap_size = U(1)  # a single zero group is not shortened
    k = U(0)
    while k < U(8):
        run = U(0)
        while k + run < U(8) and _group(high, low, k + run) == U(0):
            run += U(1)
        if run > gap_size:
            gap = k
            gap_size = run
        k += run + U(1)
    k = U(0)
    while k < U(8):
        if k == gap:
            data[o] = 58
            data[o + U(1)] = 58
            o += U(2)
            k += gap_size
            continue
        if k > U(0) and k != gap + gap_size:
            data[o] = 58
            o += U(1)
        group = _group(high, low, k)
        shift = U(16)
        begun = False
        while shift > U(0):
            shift -= U(4)
            digit = (group >> shift) & U(15)
            if begun or digit != U(0) or shift == U(0):
                data[o] = np.uint8(digit + (U(48) if digit < U(10) else U(87)))
                o += U(1)
                begun = True
        k += U(1)
    return o


@njit(inline="always")
def _same(data, p, q, n):  # type: ignore[no-untyped-def]
    k = U(0)
    while k < n and data[p + k] == data[q + k]:
        k += U(1)
    return k == n


@kernel
def to_ip(data, used, start, length, bad):  # type: ignore[no-untyped-def]
    """Make a column of addresses canonical: dotted quads as they are, IPv6 after RFC 5952.

    data uint8[::1], used int, start and length int32[n] (in/out), bad uint8[n] (in/out: 1 where it is no address).
    Surrounding blanks, one pair of [ ] and an IPv6 zone (`%eth0`) are dropped; an IPv4-mapped address
    (`::ffff:192.0.2.1`) is written as plain IPv4, as ECS users search for it. An octet with a leading zero is bad
    (octal to some, decimal to others). Appends at most `IP_ROOM` bytes a row, nothing for IPv4 and canonical IPv6.
    Returns the new `used`.
    """
    o = U(used)
    for i in range(U(len(start))):
        foresee(data, start, length, i)
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        if is_quad(data, p, U(n)):
            continue
        p, e = trim(data, p, p + U(n))
        if e - p > U(2) and data[p] == 91 and data[e - U(1)] == 93:
            p += U(1)
            e -= U(1)
        fine, _value = _quad(data, p, e)
        if fine:
            start[i] = p
            length[i] = e - p
            continue
        zone = p
        while zone < e and data[zone] != 37:
            zone += U(1)
        if zone < e:
            k = zone + U(1)
            while k < e and data[k] != 37:
                k += U(1)
            if k < e or zone + U(1) == e:
                bad[i] = 1
                continue
        fine, high, low = _groups(data, p, zone)
        if not fine:
            bad[i] = 1
            continue
        if high == U(0) and low >> U(32) == U(0xFFFF):
            end = _write_quad(data, o, low & U(0xFFFFFFFF))
        else:
            end = _write_groups(data, o, high, low)
        if end - o == zone - p and _same(data, p, o, end - o):
            start[i] = p
        else:
            start[i] = o
        length[i] = end - o
        if U(start[i]) == o:
            o = end
    return o


@kernel
def to_mac(data, used, start, length, bad):  # type: ignore[no-untyped-def]
    """Make a column of EUI-48 and EUI-64 addresses what ECS has: `AA-BB-CC-DD-EE-FF` (RFC 7042).

    Types as `to_ip`. Taken: groups of two, four or six hexadecimal digits of any case between ':', '-' or '.', the same
    throughout, or none. Appends at most `MAC_ROOM` bytes a row, nothing where it is canonical. Returns the new `used`.
    """
    o = U(used)
    for i in range(U(len(start))):
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        p, e = trim(data, p, p + U(n))
        value = U(0)
        digits = U(0)
        group = U(0)  # digits of a group, once the first has ended
        run = U(0)
        separator = np.uint8(0)
        canonical = True
        fine = e - p >= U(12) and e - p <= U(23)
        q = p
        while q < e and fine:
            b = data[q]
            digit = hex_value(b)
            if digit < U(16):
                value = (value << U(4)) | digit
                digits += U(1)
                run += U(1)
                canonical = canonical and b < 97
            elif b == 58 or b == 45 or b == 46:
                if group == U(0):
                    group = run
                    separator = b
                fine = run == group and b == separator
                run = U(0)
            else:
                fine = False
            q += U(1)
        if group == U(0):
            fine = fine and (digits == U(12) or digits == U(16))
        else:
            fine = fine and run == group and (digits == U(12) or digits == U(16))
            fine = fine and (group == U(2) or group == U(4) or (group == U(6) and digits == U(12)))
        if not fine:
            bad[i] = 1
        elif canonical and group == U(2) and separator == 45:
            start[i] = p
            length[i] = e - p
        else:
            begin = o
            shift = digits << U(2)
            while shift > U(0):
                shift -= U(4)
                digit = (value >> shift) & U(15)
                data[o] = np.uint8(digit + (U(48) if digit < U(10) else U(55)))
                o += U(1)
                if shift > U(0) and shift & U(7) == U(0):
                    data[o] = 45
                    o += U(1)
            start[i] = begin
            length[i] = o - begin
    return o
