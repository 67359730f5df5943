"""What is done to slices: look up, compare, split, spell."""

from __future__ import annotations

import numpy as np

from penstock.kernels.escapes import escape
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import HIGHS, ONES, U, copy, hash_slice, keep, load8, store8


@part
def _letters(v, first):  # type: ignore[no-untyped-def]
    """The bit that tells the case (32) of each byte of v that is one of the 26 from `first` on, 65 or 97."""
    low = v & ~HIGHS
    begun = low + ONES * (U(128) - U(first))
    over = low + ONES * (U(102) - U(first))
    return (begun & ~over & ~v & HIGHS) >> U(2)


@part
def folded_hash(a, p, n, box):  # type: ignore[no-untyped-def]
    """Hash of the slice in ASCII lower case; slices over the box's size are hashed as they are."""
    if n + U(8) > U(len(box)):
        return hash_slice(a, p, n)
    k = U(0)
    while k < n:
        v = load8(a, p + k)
        store8(box, k, v | _letters(v, 65))
        k += U(8)
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
            v = folded_hash(a, U(start[c, i]), U(n), box) if fold else hash_slice(a, U(start[c, i]), U(n))
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
def stands(a, p, n, lit, o, m, how):  # type: ignore[no-untyped-def]
    """Whether lit[o..o+m) (m <= n) stands in a[p..p+n): at its beginning (how 0), its end (1), anywhere (2)."""
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
            if m <= n and stands(a, p, n, literals, U(offset[U(k)]), m, how):
                out[i] = 1
                break


@part
def case_at(a, o, p, n, upper):  # type: ignore[no-untyped-def]
    """Write a[p..p+n) at o with its ASCII letters in one case; False when they are so already (may write 7 more)."""
    first = 97 if upper else 65
    changed = U(0)
    k = U(0)
    while k < n:
        v = load8(a, p + k)
        letters = _letters(v, first)
        changed |= letters & keep(n - k)
        store8(a, o + k, v ^ letters)
        k += U(8)
    return changed != U(0)


@part
def _is_array(a, start, n, blob_begin, blob_end):  # type: ignore[no-untyped-def]
    """Whether a value is a whole `[…]` or a constant of the blob."""
    p = U(start)
    return blob_begin <= start < blob_end or (n >= 2 and a[p] == 91 and a[p + U(n) - U(1)] == 93)


@kernel
def room_of_arrays(a, start, length, blob_begin, blob_end):  # type: ignore[no-untyped-def]
    """How many bytes `as_arrays` may need at most."""
    room = 0
    for j in range(len(start)):
        n = length[U(j)]
        if n >= 0 and not _is_array(a, start[U(j)], n, blob_begin, blob_end):
            room += 6 * np.int64(n) + 8
    return room


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
        if _is_array(a, start[i], n, blob_begin, blob_end):
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


@part
def _of_texts(a, p, n):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) is a JSON array of texts, at least one, written without blanks or surrogates."""
    e = p + n
    if n < U(4) or a[e - U(1)] != 93:
        return False
    p += U(1)
    while p < e and a[p] == 34:
        p = _text_end(a, p + U(1), e)
        if p == U(0) or p >= e:
            return False
        if a[p] == 93:
            return p + U(1) == e
        if a[p] != 44:
            return False
        p += U(1)
    return False


@kernel
def find_arrays(a, start, length, blob_begin, blob_end, quoted, out):  # type: ignore[no-untyped-def]
    """List in out int32[n] the rows whose value begins as a JSON array does; give how many.

    Constants (blob_begin .. blob_end) are left out; with `quoted` also what is a plain array of texts already.
    """
    found = 0
    for j in range(len(start)):
        i = U(j)
        if length[i] <= 0 or blob_begin <= start[i] < blob_end or a[U(start[i])] != 91:
            continue
        if quoted and _of_texts(a, U(start[i]), U(length[i])):
            continue
        out[U(found)] = j
        found += 1
    return found


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
def gather_rows(src, begin, end, out):  # type: ignore[no-untyped-def]
    """Copy src[begin[i]..end[i]) one after the other to `out` (with 8 bytes to spare); give the length."""
    o = U(0)
    for j in range(len(begin)):
        p = U(begin[U(j)])
        n = U(end[U(j)]) - p
        copy(out, o, src, p, n)
        o += n
    return np.int64(o)
