"""Literals in long values: records, of which all literals are texts of some length that may stand anywhere."""

from __future__ import annotations

import numpy as np

from penstock.kernels.folding import fold, lower8
from penstock.kernels.jit import part
from penstock.kernels.verify import GOLDEN, bucket, verify
from penstock.kernels.words import HIGHS, U, load8

CASELESS = U(0x20202020)
"""Set in four bytes, and letters of either case are the same (and some other bytes too)."""

START_SHIFT = 49
"""Of the hash of four such bytes: its upper bits are a place in the bitmap that is looked into first."""


@part
def _folds_to_ascii(a, p, n):  # type: ignore[no-untyped-def]
    """Whether a character beyond ASCII is there whose lower case is ASCII: U+0130, U+017F, U+212A."""
    for k in range(n):
        c = a[p + U(k)]
        if c == 0xC4 or c == 0xC5:
            d = a[p + U(k) + U(1)]
            if d == (0xB0 if c == 0xC4 else 0xBF):
                return True
        elif c == 0xE2 and a[p + U(k) + U(1)] == 0x84 and a[p + U(k) + U(2)] == 0xAA:
            return True
    return False


@part
def search_record(  # type: ignore[no-untyped-def]
    v,
    value,
    a,
    p,
    n,
    box,
    starts,
    starts_at,
    bits,
    bits_at,
    bits_shift,
    stride,
    keyed,
    sieve,
    lists,
    lit_kind,
    lit_at,
    lit_size,
    lit_program,
    lit_leaf,
    leaves,
    numbers,
    blob,
    programs,
    leaf_seen,
    lit_seen,
    hits,
    n_hits,
):
    """A long value of a column whose literals are ASCII and looked for anywhere.

    It is folded where it is looked at, and as a whole only if a literal's gram is there. (Windows records of 2 KB:
    0.45 us each, 2.1 when they are folded first.)
    """
    step = U(stride[v])
    table = U(starts_at[v])
    base = U(bits_at[v, U(3)])
    shift = U(bits_shift[v, U(3)])
    salt = -(np.int64(v) * 4 + 4)
    end = p + n
    at = p
    seen = U(0)
    whole = False
    while at + U(4) <= end:
        word = load8(a, at)
        seen |= word
        h = ((word & U(0xFFFFFFFF)) | CASELESS) * GOLDEN >> U(START_SHIFT)
        if (starts[table + (h >> U(6))] >> (h & U(63))) & U(1) != U(0):
            word = lower8(word) & U(0xFFFFFFFF)
            h = word * GOLDEN >> shift
            if (bits[base + (h >> U(6))] >> (h & U(63))) & U(1) != U(0) and bucket(keyed, sieve, word, salt) != U(0):
                whole = True
                break
        at += step
    q = at - p
    if not whole:
        if seen & HIGHS == U(0) or not _folds_to_ascii(a, p, n):
            return n_hits
        q = U(0)
    m = fold(a, p, n, box)
    if m != n:
        q = U(0)
    while q + U(4) <= m:
        word = load8(box, q) & U(0xFFFFFFFF)
        h = word * GOLDEN >> shift
        if (bits[base + (h >> U(6))] >> (h & U(63))) & U(1) != U(0):
            x = bucket(keyed, sieve, word, salt)
            if x != U(0):
                while lists[x] >= 0:
                    c = U(lists[x])
                    back = U(lists[x + U(1)])
                    x += U(2)
                    if lit_seen[c] == value or back > q:
                        continue
                    n_hits = verify(
                        c, value, a, p, n, box, m, q - back, lit_kind, lit_at, lit_size, lit_program, lit_leaf,
                        leaves, numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                    )  # fmt: skip
        q += step
    return n_hits
