"""Take values of known forms apart: URLs, file paths, accounts, lists of hashes."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U


@part
def _lower(c):  # type: ignore[no-untyped-def]
    return c + 32 if 65 <= c <= 90 else c


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
