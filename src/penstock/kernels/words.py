"""Eight bytes at a time: the loads, stores and tests that the other kernels are made of.

Numba has no unaligned 64-bit access to a byte array; eight byte accesses shifted together are recognised by LLVM
and become one instruction (measured: copying short values 2 to 4 times faster than byte by byte). All indices are
unsigned 64-bit: signed ones are checked for wrap-around at each access. Callers keep `SLACK` bytes past the end.

Bit tricks: "haszero" from Bit Twiddling Hacks (S. E. Anderson), in the exact form for the lowest set byte.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.vectors import copy32, prefetch

U = np.uint64
ONES = np.uint64(0x0101010101010101)
HIGHS = np.uint64(0x8080808080808080)


@njit(inline="always")
def load8(a, i):  # type: ignore[no-untyped-def]
    """Bytes a[i..i+8) as one little-endian word."""
    return (
        U(a[i])
        | (U(a[i + U(1)]) << U(8))
        | (U(a[i + U(2)]) << U(16))
        | (U(a[i + U(3)]) << U(24))
        | (U(a[i + U(4)]) << U(32))
        | (U(a[i + U(5)]) << U(40))
        | (U(a[i + U(6)]) << U(48))
        | (U(a[i + U(7)]) << U(56))
    )


@njit(inline="always")
def store8(a, i, v):  # type: ignore[no-untyped-def]
    """Put word v at a[i..i+8)."""
    a[i] = np.uint8(v)
    a[i + U(1)] = np.uint8(v >> U(8))
    a[i + U(2)] = np.uint8(v >> U(16))
    a[i + U(3)] = np.uint8(v >> U(24))
    a[i + U(4)] = np.uint8(v >> U(32))
    a[i + U(5)] = np.uint8(v >> U(40))
    a[i + U(6)] = np.uint8(v >> U(48))
    a[i + U(7)] = np.uint8(v >> U(56))


@njit(inline="always")
def copy(out, o, src, p, n):  # type: ignore[no-untyped-def]
    """Copy n bytes from src[p] to out[o]; may read and write up to 32 bytes more than n.

    The first 32 bytes go without a look at n: most values are shorter, and a loop that ends somewhere else each time
    is mispredicted each time (measured: values of 6 to 40 bytes in a third of the time).
    """
    copy32(out, o, src, p)
    k = U(32)
    while k < n:
        copy32(out, o + k, src, p + k)
        k += U(32)


AHEAD = 12
"""Rows: how far `foresee` looks. Memory answers after about so many."""


@njit(inline="always")
def foresee(a, start, length, i):  # type: ignore[no-untyped-def]
    """Of the slices start[i], length[i] … ask memory for one that comes soon."""
    k = i + U(AHEAD)
    if k < U(len(start)):  # where an absent one begins means nothing, and what is nowhere is asked for at a cost
        prefetch(a, U(start[k]) if length[k] >= 0 else U(0))


@njit(inline="always")
def eq_byte(v, b):  # type: ignore[no-untyped-def]
    """High bit of each byte of v that equals the byte b (bytes above the lowest match may be wrong)."""
    x = v ^ (ONES * U(b))
    return (x - ONES) & ~x & HIGHS


@njit(inline="always")
def first_byte(m):  # type: ignore[no-untyped-def]
    """Index (0..7) of the lowest byte of m whose high bit is set; m must not be 0."""
    # isolates the lowest set bit and counts the bits below it
    return U(_popcount((m & (~m + U(1))) - U(1))) >> U(3)


@njit(inline="always")
def _popcount(x):  # type: ignore[no-untyped-def]
    x = x - ((x >> U(1)) & U(0x5555555555555555))
    x = (x & U(0x3333333333333333)) + ((x >> U(2)) & U(0x3333333333333333))
    x = (x + (x >> U(4))) & U(0x0F0F0F0F0F0F0F0F)
    return (x * ONES) >> U(56)


@njit(inline="always")
def mix(h, v):  # type: ignore[no-untyped-def]
    """One round of a multiplicative hash (constants of MurmurHash3's 64-bit finaliser)."""
    h = (h ^ v) * U(0xFF51AFD7ED558CCD)
    return h ^ (h >> U(32))


@njit(inline="always")
def hash_slice(a, p, n):  # type: ignore[no-untyped-def]
    """64-bit hash of a[p..p+n): the same bytes give the same hash wherever they stand."""
    h = U(0x9E3779B97F4A7C15) ^ U(n)
    k = U(0)
    while k + U(8) <= n:
        h = mix(h, load8(a, p + k))
        k += U(8)
    if k < n:
        left = n - k
        h = mix(h, load8(a, p + k) & ((U(1) << (left << U(3))) - U(1)))
    return mix(h, U(n))


@njit(inline="always")
def keep(size):  # type: ignore[no-untyped-def]
    """A word's bytes that belong to a text of `size` bytes, as a mask."""
    return (U(1) << (size << U(3))) - U(1) if size < U(8) else ~U(0)


@njit(inline="always")
def same(a, p, b, q, n):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) and b[q..q+n) are the same bytes."""
    k = U(0)
    while k + U(8) <= n:
        if load8(a, p + k) != load8(b, q + k):
            return False
        k += U(8)
    if k < n:
        return (load8(a, p + k) ^ load8(b, q + k)) & keep(n - k) == U(0)
    return True
