"""What steps do to a column of slices: look up, compare, split, join, spell."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.ndjson import escape
from penstock.kernels.words import U, copy, hash_slice, load8


@part
def _lower(c):  # type: ignore[no-untyped-def]
    return c + 32 if 65 <= c <= 90 else c


@part
def _folded_hash(a, p, n, box):  # type: ignore[no-untyped-def]
    """Hash of the slice in ASCII lower case; slices over the box's size are hashed as they are."""
    if n + U(8) > U(len(box)):
        return hash_slice(a, p, n)
    for k in range(n):
        box[U(k)] = _lower(a[p + U(k)])
    return hash_slice(box, U(0), n)


@part
def _get(slot_hash, slot_value, h):  # type: ignore[no-untyped-def]
    mask = U(len(slot_hash)) - U(1)
    i = h & mask
    while slot_hash[i] != h and slot_value[i] >= 0:
        i = (i + U(1)) & mask
    return slot_value[i] if slot_hash[i] == h else np.int32(-1)


@kernel
def find_values(a, start, length, columns, fold, slot_hash, slot_value, missing, out, box):  # type: ignore[no-untyped-def]
    """Look each row's values up in a hash table; out int32[n]: what stands there, `missing` when nothing does.

    start, length int32[C, n]; columns int32[k]: the matrix rows whose values together are the key (one value: its own
    hash, several: `content.hashing.joined`). -1 where a value is absent. box uint8[264]: scratch.
    """
    k = len(columns)
    for j in range(len(out)):
        i = U(j)
        h = U(0)
        absent = False
        for x in range(k):
            c = U(columns[U(x)])
            n = length[c, i]
            if n < 0:
                absent = True
                break
            v = _folded_hash(a, U(start[c, i]), U(n), box) if fold else hash_slice(a, U(start[c, i]), U(n))
            if k == 1:
                h = v
            else:
                h = (((h << U(5)) | (h >> U(59))) ^ v) * U(0xFF51AFD7ED558CCD)
                h ^= h >> U(32)
        if absent:
            out[i] = -1
            continue
        found = _get(slot_hash, slot_value, h)
        out[i] = found if found >= 0 else missing


@kernel
def place_constants(codes, base, offset, size, over, mask, start, length):  # type: ignore[no-untyped-def]
    """Give row i the constant codes[i] (offset, size in the blob at `base`) where mask allows and nothing stands."""
    for j in range(len(codes)):
        i = U(j)
        c = codes[i]
        if c < 0 or mask[i] == 0:
            continue
        n = size[U(c)]
        if n < 0 or (over == 0 and length[i] >= 0):
            continue
        start[i] = np.int32(base + offset[U(c)])
        length[i] = n


@part
def _stands(a, p, n, lit, o, m, how):  # type: ignore[no-untyped-def]
    """Whether lit[o..o+m) stands in a[p..p+n): at its beginning (how 0), its end (1), anywhere (2)."""
    low = (U(1) << (m << U(3))) - U(1) if m < U(8) else ~U(0)
    word = load8(lit, o) & low
    at = U(0) if how != 1 else n - m
    last = at if how != 2 else n - m
    while at <= last:
        if (load8(a, p + at) & low) == word:
            k = U(8)
            while k < m and a[p + at + k] == lit[o + k]:
                k += U(1)
            if k >= m:
                return True
        at += U(1)
    return False


@kernel
def test_texts(a, start, length, literals, offset, size, how, mask, out):  # type: ignore[no-untyped-def]
    """out uint8[n]: whether the slice begins with (how 0), ends with (1) or contains (2) one of the literals.

    literals uint8, each at offset[k] with size[k] bytes (8 readable bytes past the last). Rows where mask is 0 get 0.
    """
    for j in range(len(start)):
        i = U(j)
        out[i] = 0
        if mask[i] == 0 or length[i] < 0:
            continue
        p = U(start[i])
        n = U(length[i])
        for k in range(len(offset)):
            m = U(size[U(k)])
            if m <= n and _stands(a, p, n, literals, U(offset[U(k)]), m, how):
                out[i] = 1
                break


@kernel
def join_slices(a, at, start, length, parts, mask, out_start, out_length):  # type: ignore[no-untyped-def]
    """Append the parts of each row one after the other, where mask is set and all are there; give the new end.

    parts int32[k, 3]: (matrix row, -, -) for a field, (-1, offset, size) for a constant already in the text.
    """
    o = U(at)
    for j in range(len(mask)):
        i = U(j)
        if mask[i] == 0:
            continue
        whole = True
        for x in range(len(parts)):
            c = parts[U(x), U(0)]
            if c >= 0 and length[U(c), i] < 0:
                whole = False
        if not whole:
            continue
        o0 = o
        for x in range(len(parts)):
            c = parts[U(x), U(0)]
            p = U(start[U(c), i]) if c >= 0 else U(parts[U(x), U(1)])
            n = U(length[U(c), i]) if c >= 0 else U(parts[U(x), U(2)])
            copy(a, o, a, p, n)
            o += n
        out_start[i] = np.int32(o0)
        out_length[i] = np.int32(o - o0)
    return np.int64(o)


@kernel
def change_case(a, at, start, length, mask, upper):  # type: ignore[no-untyped-def]
    """Spell ASCII letters in one case; only slices that change are written anew. Gives the new end."""
    o = U(at)
    low, high = (97, 122) if upper else (65, 90)
    for j in range(len(start)):
        i = U(j)
        if length[i] <= 0 or mask[i] == 0:
            continue
        p = U(start[i])
        n = U(length[i])
        k = U(0)
        while k < n and not (low <= a[p + k] <= high):
            k += U(1)
        if k == n:
            continue
        for x in range(n):
            c = a[p + U(x)]
            a[o + U(x)] = np.uint8(c ^ 32) if low <= c <= high else c
        start[i] = np.int32(o)
        o += n
    return np.int64(o)


@part
def _set(start, length, c, i, p, q):  # type: ignore[no-untyped-def]
    start[c, i] = np.int32(p)
    length[c, i] = np.int32(q - p)


@kernel
def split_urls(a, s, n, start, length):  # type: ignore[no-untyped-def]
    """Split URLs (RFC 3986, or a request's target) into rows of start/length int32[8, n]:
    scheme, username, domain, port, path, query, fragment, extension; length -1 where a part is absent.
    """
    for j in range(len(s)):
        i = U(j)
        for c in range(8):
            length[c, i] = -1
        if n[i] <= 0:
            continue
        p = U(s[i])
        e = p + U(n[i])
        k = p
        while k < e and (
            (97 <= (a[k] | 32) <= 122) or (k > p and (48 <= a[k] <= 57 or a[k] == 43 or a[k] == 45 or a[k] == 46))
        ):
            k += U(1)
        authority = False
        if k > p and k + U(3) <= e and a[k] == 58 and a[k + U(1)] == 47 and a[k + U(2)] == 47:
            _set(start, length, 0, i, p, k)
            p = k + U(3)
            authority = True
        elif a[p] != 47 and a[p] != 42 and a[p] != 63:
            # CONNECT host:port, and bare hosts
            d = p
            while d < e and a[d] != 58 and a[d] != 47 and a[d] != 63:
                d += U(1)
            if d + U(1) < e and a[d] == 58 and 48 <= a[d + U(1)] <= 57:
                authority = True
        if authority:
            d = p
            while d < e and a[d] != 47 and a[d] != 63 and a[d] != 35:
                d += U(1)
            at = d
            k = p
            while k < d:
                if a[k] == 64:
                    at = k
                k += U(1)
            if at < d:
                u = p
                while u < at and a[u] != 58:
                    u += U(1)
                if u > p:
                    _set(start, length, 1, i, p, u)
                p = at + U(1)
            h = d
            if p < d and a[p] == 91:
                k = p
                while k < d and a[k] != 93:
                    k += U(1)
                h = k
                if h > p + U(1):
                    _set(start, length, 2, i, p + U(1), h)
                if h < d:
                    h += U(1)
            else:
                k = p
                while k < d and a[k] != 58:
                    k += U(1)
                h = k
                if h > p:
                    _set(start, length, 2, i, p, h)
            if h + U(1) < d and a[h] == 58:
                k = h + U(1)
                while k < d and 48 <= a[k] <= 57:
                    k += U(1)
                if k == d and d - h <= U(6):
                    _set(start, length, 3, i, h + U(1), d)
            p = d
        q = p
        while q < e and a[q] != 63 and a[q] != 35:
            q += U(1)
        if q > p:
            _set(start, length, 4, i, p, q)
            k = q
            while k > p and a[k - U(1)] != 46 and a[k - U(1)] != 47:
                k -= U(1)
            if k > p + U(1) and a[k - U(1)] == 46 and k < q and q - k <= U(16) and a[k - U(2)] != 47:
                _set(start, length, 7, i, k, q)
        if q < e and a[q] == 63:
            f = q + U(1)
            while f < e and a[f] != 35:
                f += U(1)
            if f > q + U(1):
                _set(start, length, 5, i, q + U(1), f)
            q = f
        if q < e and a[q] == 35 and q + U(1) < e:
            _set(start, length, 6, i, q + U(1), e)


@kernel
def split_paths(a, s, n, start, length):  # type: ignore[no-untyped-def]
    """Split file paths into rows name, directory, extension (int32[3, n]); either slash separates."""
    for j in range(len(s)):
        i = U(j)
        for c in range(3):
            length[c, i] = -1
        if n[i] <= 0:
            continue
        p = U(s[i])
        e = p + U(n[i])
        k = e
        while k > p and a[k - U(1)] != 47 and a[k - U(1)] != 92:
            k -= U(1)
        if k < e:
            _set(start, length, 0, i, k, e)
            d = e
            while d > k and a[d - U(1)] != 46:
                d -= U(1)
            if d > k + U(1) and d < e:
                _set(start, length, 2, i, d, e)
        if k > p + U(1):
            _set(start, length, 1, i, p, k - U(1))


@kernel
def split_accounts(a, s, n, start, length):  # type: ignore[no-untyped-def]
    r"""Split `DOMAIN\user` and `user@domain` into rows name, domain (int32[2, n]); else the whole is the name."""
    for j in range(len(s)):
        i = U(j)
        length[0, i] = -1
        length[1, i] = -1
        if n[i] <= 0:
            continue
        p = U(s[i])
        e = p + U(n[i])
        k = p
        while k < e and a[k] != 92:
            k += U(1)
        if k < e:
            q = k + U(1)
            if q < e and a[q] == 92:
                q += U(1)
            if k > p:
                _set(start, length, 1, i, p, k)
            if q < e:
                _set(start, length, 0, i, q, e)
            continue
        k = e
        while k > p and a[k - U(1)] != 64:
            k -= U(1)
        if k > p + U(1) and k < e:
            _set(start, length, 0, i, p, k - U(1))
            _set(start, length, 1, i, k, e)
        else:
            _set(start, length, 0, i, p, e)


_NAMES = np.array([0x35646D, 0x31616873, 0x363532616873, 0x323135616873, 0x68736168706D69], np.uint64)


@kernel
def split_hashes(a, s, n, start, length):  # type: ignore[no-untyped-def]
    """Split `MD5=..,SHA256=..` (either case, commas or blanks) into rows md5, sha1, sha256, sha512, imphash."""
    for j in range(len(s)):
        i = U(j)
        for c in range(5):
            length[c, i] = -1
        if n[i] <= 0:
            continue
        p = U(s[i])
        e = p + U(n[i])
        while p < e:
            k = p
            name = U(0)
            while k < e and a[k] != 61 and a[k] != 44 and a[k] != 32 and a[k] != 59:
                if k - p < U(8):
                    name |= U(_lower(a[k])) << ((k - p) << U(3))
                else:
                    name = U(0)  # longer than any that counts; from here its first byte stays 0
                    p = k
                k += U(1)
            q = k
            while q < e and a[q] != 44 and a[q] != 32 and a[q] != 59:
                q += U(1)
            if k < e and a[k] == 61:
                for c in range(5):
                    if name == _NAMES[U(c)] and q > k + U(1):
                        _set(start, length, c, i, k + U(1), q)
            p = q + U(1)
            while p < e and (a[p] == 32 or a[p] == 44):
                p += U(1)


LONGEST_DURATION = U(9_223_372_036)
"""Seconds whose nanoseconds are still an int64."""


@kernel
def to_nanoseconds(a, at, start, length, scale, bad):  # type: ignore[no-untyped-def]
    """Durations to whole nanoseconds, as text appended: `12`, `0.086` times scale; `h:mm:ss`; `1d 2h3m4s`, `1h:02m`.

    bad uint8[n] is set where the text is none, or longer than an int64 of nanoseconds (292 years). Room: 19 bytes a
    row.
    """
    o = U(at)
    for j in range(len(start)):
        i = U(j)
        if length[i] < 0:
            continue
        p = U(start[i])
        e = p + U(length[i])
        total = U(0)  # seconds of what had a unit
        clock = U(0)  # seconds (or minutes, hours, while going on) of what had colons
        number = U(0)
        fraction = U(0)
        unit = U(0)  # 10 to the number of fraction's digits; 0 before the first
        digits = 0  # of the number being read
        colons = 0
        dotted = False
        united = False
        fault = False
        while p < e and not fault:
            c = a[p]
            if 48 <= c <= 57:
                if not dotted:
                    number = number * U(10) + U(c - 48)
                elif unit < U(1_000_000_000):
                    fraction = fraction * U(10) + U(c - 48)
                    unit = unit * U(10) if unit != U(0) else U(10)
                digits += 1
                fault = not dotted and digits > 18
            elif c == 46:
                fault = dotted
                dotted = True
            elif c == 58 and digits > 0 and not dotted:
                fault = colons == 2 or number > LONGEST_DURATION
                clock = (clock + number) * U(60)
                number = U(0)
                digits = 0
                colons += 1
            elif (c == 58 or c == 32 or c == 44) and digits == 0 and (united or c == 32):
                pass  # between parts
            elif digits > 0 and colons == 0:
                lower = c | 32
                size = U(0)
                if lower == 100 and not dotted:
                    size = U(86400)
                elif lower == 104 and not dotted:
                    size = U(3600)
                elif lower == 109 and not dotted and not (p + U(1) < e and (a[p + U(1)] | 32) == 115):
                    size = U(60)
                elif lower == 115:
                    size = U(1)
                fault = size == U(0) or number > LONGEST_DURATION
                total += number * size
                fault = fault or total > LONGEST_DURATION
                number = U(0)
                digits = 0
                united = True
            else:
                fault = True
            p += U(1)
        s = U(scale)
        if united or colons > 0:
            # a number after units must be the end of a clock; a clock ends in a number
            fault = fault or (digits == 0) != (colons == 0) or number > LONGEST_DURATION
            number += total + clock
            s = U(1_000_000_000)
        else:
            fault = fault or digits == 0
        limit = U(9_223_372_036_854_775_807)
        if fault or number > limit // s:
            bad[i] = 1
            continue
        nanos = number * s
        if unit != U(0):
            nanos += fraction * (s // unit) + fraction * (s % unit) // unit
        if nanos > limit:
            bad[i] = 1
            continue
        # digits, back to front
        width = U(1)
        v = nanos
        while v >= U(10):
            v //= U(10)
            width += U(1)
        v = nanos
        for k in range(width):
            a[o + width - U(1) - U(k)] = np.uint8(U(48) + v % U(10))
            v //= U(10)
        start[i] = np.int32(o)
        length[i] = np.int32(width)
        o += width
    return np.int64(o)


@kernel
def as_arrays(a, at, start, length, quoted, blob_begin, blob_end):  # type: ignore[no-untyped-def]
    """Write each value as a JSON array of one; arrays (a whole `[…]`) and constants of the blob are arrays already."""
    o = U(at)
    for j in range(len(start)):
        i = U(j)
        n = length[i]
        if n < 0:
            continue
        p = U(start[i])
        if blob_begin <= start[i] < blob_end or (n >= 2 and a[p] == 91 and a[p + U(n) - U(1)] == 93):
            continue
        o0 = o
        a[o] = 91
        o += U(1)
        if quoted:
            a[o] = 34
            o = escape(a, o + U(1), a, p, U(n))
            a[o] = 34
            o += U(1)
        else:
            copy(a, o, a, p, U(n))
            o += U(n)
        a[o] = 93
        o += U(1)
        start[i] = np.int32(o0)
        length[i] = np.int32(o - o0)
    return np.int64(o)


@part
def _text_end(a, p, e):  # type: ignore[no-untyped-def]
    """Past the closing quote of the JSON string whose inside begins at p; 0 when there is none."""
    while p < e:
        c = a[p]
        if c == 34:
            return p + U(1)
        if c < 32:
            return U(0)
        if c == 92:
            if p + U(1) >= e:
                return U(0)
            c = a[p + U(1)]
            if c == 117:
                if p + U(6) > e:
                    return U(0)
                for k in range(2, 6):
                    h = a[p + U(k)]
                    if not ((48 <= h <= 57) or (65 <= h <= 70) or (97 <= h <= 102)):
                        return U(0)
                if a[p + U(2)] | 32 == 100 and a[p + U(3)] > 55:
                    return U(0)  # half a surrogate pair, perhaps alone: not every reader takes that
                p += U(4)
            elif not (c == 34 or c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116):
                return U(0)
            p += U(2)
        else:
            p += U(1)
    return U(0)


@kernel
def text_arrays(a, start, length, out):  # type: ignore[no-untyped-def]
    """out uint8[n]: whether the slice is a JSON array of texts, at least one, written without blanks or surrogates."""
    for j in range(len(start)):
        i = U(j)
        out[i] = 0
        if length[i] < 4:
            continue
        p = U(start[i])
        e = p + U(length[i])
        if a[p] != 91 or a[e - U(1)] != 93:
            continue
        p += U(1)
        while p < e and a[p] == 34:
            p = _text_end(a, p + U(1), e)
            if p == U(0) or p >= e:
                break
            if a[p] == 93:
                out[i] = 1 if p + U(1) == e else 0
                break
            if a[p] != 44:
                break
            p += U(1)


@kernel
def split_lists(a, at, s, n, separator, mask, start, length):  # type: ignore[no-untyped-def]
    """Write `a, b,c` as the JSON array of its parts, blanks trimmed, empty ones left out; give the new end."""
    o = U(at)
    m = U(len(separator))
    for j in range(len(s)):
        i = U(j)
        if n[i] <= 0 or mask[i] == 0:
            continue
        p = U(s[i])
        e = p + U(n[i])
        o0 = o
        a[o] = 91
        o += U(1)
        count = 0
        while p <= e:
            q = p
            hit = False
            while q + m <= e:
                k = U(0)
                while k < m and a[q + k] == separator[k]:
                    k += U(1)
                if k == m:
                    hit = True
                    break
                q += U(1)
            if not hit:
                q = e
            b = p
            f = q
            while b < f and a[b] == 32:
                b += U(1)
            while f > b and a[f - U(1)] == 32:
                f -= U(1)
            if f > b:
                if count > 0:
                    a[o] = 44
                    o += U(1)
                a[o] = 34
                o = escape(a, o + U(1), a, b, f - b)
                a[o] = 34
                o += U(1)
                count += 1
            p = q + m if hit else e + U(1)
        if count == 0:
            o = o0
            continue
        a[o] = 93
        o += U(1)
        start[i] = np.int32(o0)
        length[i] = np.int32(o - o0)
    return np.int64(o)


@kernel
def swap_rows(mask, one_start, one_length, other_start, other_length):  # type: ignore[no-untyped-def]
    """Exchange two columns' slices in the rows where mask is set."""
    for j in range(len(mask)):
        i = U(j)
        if mask[i] != 0:
            s = one_start[i]
            n = one_length[i]
            one_start[i] = other_start[i]
            one_length[i] = other_length[i]
            other_start[i] = s
            other_length[i] = n
