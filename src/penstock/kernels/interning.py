"""Distinct values by number: what is asked of a value is worked out once, however many rows have it.

A dictionary of slices: open addressing over their hashes, and the bytes compared, so that two values never share a
number. It is bound in size and in how far it looks: a value that finds no place has no number (-1), and is judged anew
each time.
"""

from __future__ import annotations

from penstock.kernels.jit import inlined
from penstock.kernels.words import U, hash_slice, load8

PROBES = 32
"""Places looked at for one value."""


@inlined
def same(a, p, q, n):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) and a[q..q+n) are the same bytes (may read seven more)."""
    k = U(0)
    while k + U(8) <= n:
        if load8(a, p + k) != load8(a, q + k):
            return False
        k += U(8)
    if k == n:
        return True
    return (load8(a, p + k) ^ load8(a, q + k)) & ((U(1) << ((n - k) << U(3))) - U(1)) == U(0)


@inlined
def intern(a, p, n, slots, hashes, starts, lengths, count):  # type: ignore[no-untyped-def]
    """The number of a[p..p+n), -1 where there is no place for it.

    slots int32[2^k]: number, -1 free. hashes uint64[D], starts and lengths int32[D] of each number; count int64[1].
    """
    h = hash_slice(a, p, n)
    mask = U(len(slots)) - U(1)
    at = h & mask
    for _ in range(PROBES):
        number = slots[at]
        if number < 0:
            if count[0] >= len(hashes):
                return -1
            number = count[0]
            k = U(number)
            slots[at] = number
            hashes[k] = h
            starts[k] = p
            lengths[k] = n
            count[0] = number + 1
            return number
        k = U(number)
        if hashes[k] == h and U(lengths[k]) == n and same(a, p, U(starts[k]), n):
            return number
        at = (at + U(1)) & mask
    return -1
