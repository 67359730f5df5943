"""Look a key up by the hash of its path in an open-addressing table.

The table is two arrays of 2^k slots: `slot_hash` uint64 (0 = empty) and `slot_id` int32. A path's hash is that of its
first part, then each further part mixed in; a flat key is a path of one part, dots and all. `formats.keys.KeyTable`
builds the arrays and mirrors the hashes. Two different keys with one 64-bit hash are taken for the same key: a sender
who forges that gains only what sending the real key would give.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import inlined
from penstock.kernels.words import U, hash_slice, mix


@njit(inline="always")
def root_hash(a, p, n):  # type: ignore[no-untyped-def]
    """Hash of a path's first part, a[p..p+n); p and n are uint64."""
    return hash_slice(a, p, n)


@njit(inline="always")
def child_hash(h, a, p, n):  # type: ignore[no-untyped-def]
    """Hash of the path with hash h and one more part, a[p..p+n).

    The rotation keeps `mix`, which is symmetric, from taking `a.b` for `b.a`, and every `a.a` for nothing.
    """
    return mix((h << U(5)) | (h >> U(59)), hash_slice(a, p, n))


@inlined
def find(slot_hash, slot_id, h):  # type: ignore[no-untyped-def]
    """Id (int32) of the path with hash h, -1 when the table has none. The table always has an empty slot."""
    mask = U(len(slot_hash)) - U(1)
    want = h if h != U(0) else U(1)
    i = want & mask
    seen = slot_hash[i]
    while seen != want and seen != U(0):
        i = (i + U(1)) & mask
        seen = slot_hash[i]
    return slot_id[i] if seen == want else np.int32(-1)
