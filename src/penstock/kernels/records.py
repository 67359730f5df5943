"""Literals in long values: records, of which all literals are texts of some length that may stand anywhere."""

from __future__ import annotations

from penstock.kernels.folding import fold, lower8
from penstock.kernels.jit import inlined, part
from penstock.kernels.verify import GOLDEN, bucket, gram_salt, try_literals
from penstock.kernels.words import HIGHS, U, keep, load8

CASELESS = U(0x2020202020202020)
"""Set in eight bytes, and letters of either case are the same (and some other bytes too)."""

START_SHIFT = 49
"""Of the hash of a gram so written: its upper bits are a place in the bitmap that is looked into first."""


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


@inlined
def _bit(starts, table, word):  # type: ignore[no-untyped-def]
    """Whether (in the lowest bit) a gram so written may be there."""
    h = word * GOLDEN >> U(START_SHIFT)
    return starts[table + (h >> U(6))] >> (h & U(63))


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
    starts_size,
    stride,
    keyed,
    sieve,
    lists,
    literal,
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
    size = U(starts_size[v])
    kept = keep(size)
    caseless = CASELESS & kept
    salt = gram_salt(v, size)
    end = p + n
    at = p
    seen = U(0)
    whole = False
    while at + size <= end:
        word = load8(a, at)
        seen |= word
        if (
            _bit(starts, table, (word & kept) | caseless) & U(1) != U(0)
            and bucket(keyed, sieve, lower8(word) & kept, salt) != U(0)
        ):  # fmt: skip
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
    while q + size <= m:
        word = load8(box, q) & kept
        if _bit(starts, table, word | caseless) & U(1) != U(0):
            x = bucket(keyed, sieve, word, salt)
            if x != U(0):
                n_hits = try_literals(
                    x, q, value, a, p, n, box, m, lists, literal, leaves, numbers, blob, programs, leaf_seen, lit_seen,
                    hits, n_hits,
                )  # fmt: skip
        q += step
    return n_hits
