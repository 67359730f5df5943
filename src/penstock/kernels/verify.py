"""What the literals kernel does once a literal may be there: compare it, and note what it stands for."""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.globs import fits
from penstock.kernels.jit import inlined, part
from penstock.kernels.numbers import read_number
from penstock.kernels.words import U, same

EXACT, BEGINS, ENDS, HOLDS, GLOB, CASED_GLOB, NUMBER, ANYTHING = range(8)
"""Kinds of literals: how one is verified once its witness was seen. The first four are texts."""

KIND, AT, SIZE, PROGRAM, PROGRAM_END, LEAVES, LEAVES_END = range(7)
"""What is known of a literal, side by side, so that a look at it is one: its kind; where in the blob its text begins,
and its size (of a NUMBER: which number, and how it compares); from where to where its program and its leaves are."""

LITERAL = 8
"""Columns of that table."""

LESS, LESS_EQUAL, MORE, MORE_EQUAL, NOT_EQUAL = range(5)
"""How a NUMBER compares."""

GOLDEN = U(0x9E3779B97F4A7C15)

THREES_SHIFT = 48
"""Of the hash of three bytes: its upper bits are a place in the bitmap of grams of three."""


SALTS = 16
"""Salts of a column: as many as its grams may have bytes, and more."""


@njit(inline="always")
def gram_salt(column, size):  # type: ignore[no-untyped-def]
    """What sets a column's grams of a size apart from other keys (those of anchors are numbered up from 0)."""
    return -(np.int64(column) * SALTS + np.int64(size))


@njit(inline="always")
def key_hash(word, salt):  # type: ignore[no-untyped-def]
    """Of a key: a word and a salt of 32 bits."""
    h = (word ^ (salt << U(32)) ^ salt) * GOLDEN
    return (h ^ (h >> U(32))) * GOLDEN


@njit(inline="always")
def slot_of(h, mask):  # type: ignore[no-untyped-def]
    """Where a key's search begins in a table of mask + 1 slots."""
    return (h >> U(20)) & mask


@njit(inline="always")
def filter_bits(h, mask):  # type: ignore[no-untyped-def]
    """A key's word of the filter, of mask + 1 words, and its two bits there (a Bloom filter, one word a key: F. Putze,
    P. Sanders and J. Singler, 'Cache-, hash- and space-efficient Bloom filters', 2007).
    """
    return (h >> U(38)) & mask, (U(1) << (h >> U(58))) | (U(1) << ((h >> U(32)) & U(63)))


@njit(inline="always")
def bucket(slots, sieve, word, salt):  # type: ignore[no-untyped-def]
    """Where a key's list begins, 0 where there is none (lists begin at 1).

    The table of all Windows rules has 2 MB, its filter 64 KB that stay near; most keys asked for are in neither.
    """
    salt = U(np.int64(salt)) & U(0xFFFFFFFF)
    h = key_hash(word, salt)
    at, bits = filter_bits(h, U(len(sieve)) - U(1))
    if sieve[at] & bits != bits:
        return U(0)
    mask = U(len(slots) >> 1) - U(1)
    i = slot_of(h, mask)
    while slots[U(2) * i + U(1)] != U(0):
        if slots[U(2) * i] == word and slots[U(2) * i + U(1)] >> U(32) == salt:
            return slots[U(2) * i + U(1)] & U(0xFFFFFFFF)
        i = (i + U(1)) & mask
    return U(0)


@inlined
def note(c, value, literal, leaves, leaf_seen, hits, at):  # type: ignore[no-untyped-def]
    """Note the leaves of literal c, each once a value; give the new end."""
    for k in range(literal[c, U(LEAVES)], literal[c, U(LEAVES_END)]):
        leaf = U(leaves[U(k)])
        if leaf_seen[leaf] != value:
            leaf_seen[leaf] = value
            hits[at] = np.int32(leaf)
            at += U(1)
    return at


@part
def _compares(how, number, other):  # type: ignore[no-untyped-def]
    if how == LESS:
        return number < other
    if how == LESS_EQUAL:
        return number <= other
    if how == MORE:
        return number > other
    if how == MORE_EQUAL:
        return number >= other
    return number != other


@part
def _other_holds(c, a, p, n, box, m, literal, numbers, programs):  # type: ignore[no-untyped-def]
    """Whether a glob or a number holds."""
    kind = literal[c, U(KIND)]
    if kind == GLOB:
        return fits(box, U(0), m, programs, literal[c, U(PROGRAM)], literal[c, U(PROGRAM_END)])
    if kind == CASED_GLOB:
        return fits(a, p, n, programs, literal[c, U(PROGRAM)], literal[c, U(PROGRAM_END)])
    fine, number = read_number(a, p, p + n)
    return fine and _compares(literal[c, U(SIZE)], number, numbers[U(literal[c, U(AT)])])


@inlined
def verify(  # type: ignore[no-untyped-def]
    c,
    value,
    a,
    p,
    n,
    box,
    m,
    at,
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
    """Literal c at `at` of the folded value box[..m) (a[p..p+n) as it came): is it there? Note it if so.

    (Called, not inlined: 60 ns each, of which a command line needs fifty.)
    """
    kind = literal[c, U(KIND)]
    if kind <= HOLDS:
        size = U(literal[c, U(SIZE)])
        if kind == EXACT:
            fine = m == size
        elif kind == ENDS:
            at = m - size
            fine = m >= size
        else:
            fine = at + size <= m
        fine = fine and same(box, at, blob, U(literal[c, U(AT)]), size)
    elif kind == ANYTHING:
        fine = True
    else:
        lit_seen[c] = value  # whatever comes of it, it is tried once a value
        fine = _other_holds(c, a, p, n, box, m, literal, numbers, programs)
    if fine:
        lit_seen[c] = value
        n_hits = note(c, value, literal, leaves, leaf_seen, hits, n_hits)
    return n_hits


@inlined
def try_literals(  # type: ignore[no-untyped-def]
    x,
    q,
    value,
    a,
    p,
    n,
    box,
    m,
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
    """The literals of the list that begins at x, of which a key stands at q of the folded value: see `verify`."""
    while lists[x] >= 0:
        c = U(lists[x])
        back = U(lists[x + U(1)])
        x += U(2)
        if lit_seen[c] == value or back > q:
            continue
        n_hits = verify(
            c, value, a, p, n, box, m, q - back, literal, leaves, numbers, blob, programs, leaf_seen, lit_seen, hits,
            n_hits,
        )  # fmt: skip
    return n_hits
