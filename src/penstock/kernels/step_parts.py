"""What steps' operations are made of: rows of a tile as bits, columns that may not be there, values by number."""

from __future__ import annotations

import numpy as np

from penstock.kernels.interning import intern
from penstock.kernels.jit import inlined, part
from penstock.kernels.slices import folded_hash, stands
from penstock.kernels.vectors import lowest_bit, prefetch, present64
from penstock.kernels.words import U, hash_slice

TILE = 64
"""Rows of a tile."""

TILES = 16
"""Tiles that an operation is carried out over before the next one is."""

UNKNOWN = -2
"""The number of a value nobody has asked for."""

_ONE = U(1)


@inlined
def find(slot_hash, slot_value, begin, mask, h):  # type: ignore[no-untyped-def]
    """What stands for h in the table at `begin`, -1 when nothing does."""
    i = h & mask
    while slot_hash[begin + i] != h and slot_value[begin + i] >= 0:
        i = (i + _ONE) & mask
    return slot_value[begin + i] if slot_hash[begin + i] == h else np.int32(-1)


@inlined
def present(length, c, base, n):  # type: ignore[no-untyped-def]
    """Which of the tile's rows have a value in column c, as bits."""
    if n == TILE:
        return present64(length, c, base)
    rows = U(0)
    for j in range(n):
        rows |= U(length[c, base + U(j)] >= 0) << U(j)
    return rows


@inlined
def there_rows(length, fixed_length, used, c, base, n):  # type: ignore[no-untyped-def]
    """The same, of a column that may not exist, or be a constant of the families, past the matrix's own."""
    k = U(len(length))
    if c >= k:
        return present(fixed_length, c - k, base, n)
    return present(length, c, base, n) if used[c] != 0 else U(0)


@inlined
def at_row(matrix, fixed, c, i):  # type: ignore[no-untyped-def]
    """Row i of column c: past the matrix those of the families' constants."""
    k = U(len(matrix))
    return matrix[c, i] if c < k else fixed[c - k, i]


@inlined
def foresee_rows(a, start, fixed_start, c, base, rows):  # type: ignore[no-untyped-def]
    """Ask memory for these rows' values of column c (`kernels.words.foresee`)."""
    while rows != U(0):
        prefetch(a, U(at_row(start, fixed_start, c, base + lowest_bit(rows))))
        rows &= rows - _ONE


@inlined
def open_rows(length, used, c, base, n, rows, over):  # type: ignore[no-untyped-def]
    """Which of these rows may be written to in column c: those without a value, or all (over). Makes the column be."""
    if rows == U(0):
        return rows
    if used[c] == 0:
        used[c] = 1
        for j in range(length.shape[1]):
            length[c, U(j)] = -1
        return rows
    return rows if over != 0 else rows & ~present(length, c, base, n)


@inlined
def numbered(a, p, n, numbers, q, i, slots, hashes, starts, lengths, count):  # type: ignore[no-untyped-def]
    """The number of row i's value, worked out when it is first asked for."""
    v = numbers[q, i]
    if v == UNKNOWN:
        v = np.int32(intern(a, p, n, slots, hashes, starts, lengths, count))
        numbers[q, i] = v
    return v


@part
def joined_hash(a, start, length, fixed_start, fixed_length, lists, first, count, i, fold, box):  # type: ignore[no-untyped-def]
    """Hash of row i's values in the columns lists[first] .. together (`content.hashing.joined`); fold: in lower."""
    h = U(0)
    for k in range(first, first + count):
        c = U(lists[U(k)])
        p = U(at_row(start, fixed_start, c, i))
        n = U(at_row(length, fixed_length, c, i))
        one = folded_hash(a, p, n, box) if fold else hash_slice(a, p, n)
        h = (((h << U(5)) | (h >> U(59))) ^ one) * U(0xFF51AFD7ED558CCD)
        h ^= h >> U(32)
    return h


@part
def has_one(a, p, n, literals, offset, size, first, last, how):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) has one of the literals first .. last - 1 where `how` says (`kernels.slices.stands`)."""
    for k in range(first, last):
        m = U(size[U(k)])
        if m <= n and stands(a, p, n, literals, U(offset[U(k)]), m, how):
            return True
    return False
