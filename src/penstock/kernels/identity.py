"""`event.id`: 128 bits that name one delivery.

The first half is a bijection of the position for a given stream, so two records of one stream can never share an id,
whatever an attacker puts into them; the second half is a hash of stream and bytes. (The rounds are those of
MurmurHash3's finaliser; the hash needs no more strength than that, since it guards nothing by itself.)
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import ONES, U, hash_slice, load8, mix, store8

ID_LENGTH = 32


@part
def _finish(h):  # type: ignore[no-untyped-def]
    h ^= h >> U(33)
    h *= U(0xFF51AFD7ED558CCD)
    h ^= h >> U(33)
    h *= U(0xC4CEB9FE1A85EC53)
    return h ^ (h >> U(33))


@part
def _hex8(out, o, v):  # type: ignore[no-untyped-def]
    """The eight digits of v < 2^32: each nibble to a byte of its own, then all bytes to digits at once."""
    x = (v >> U(16)) | ((v & U(0xFFFF)) << U(32))
    x = ((x >> U(8)) & U(0x000000FF000000FF)) | ((x & U(0x000000FF000000FF)) << U(16))
    x = ((x >> U(4)) & U(0x000F000F000F000F)) | ((x & U(0x000F000F000F000F)) << U(8))
    letters = ((x + ONES * U(6)) >> U(4)) & ONES
    store8(out, o, x + ONES * U(48) + letters * U(39))


@part
def _hex16(out, o, v):  # type: ignore[no-untyped-def]
    _hex8(out, o, v >> U(32))
    _hex8(out, o + U(8), v & U(0xFFFFFFFF))


@part
def _rest(h, a, p, n, k):  # type: ignore[no-untyped-def]
    """`hash_slice` of a[p..p+n), of which k bytes (a multiple of eight) are already in h."""
    while k + U(8) <= n:
        h = mix(h, load8(a, p + k))
        k += U(8)
    if k < n:
        h = mix(h, load8(a, p + k) & ((U(1) << ((n - k) << U(3))) - U(1)))
    return mix(h, n)


LANES = 4
"""Records hashed side by side: each round waits for the one before it, but not for those of other records."""


@part
def _hash_lanes(a, start, length, first, out):  # type: ignore[no-untyped-def]
    """out uint64[LANES]: `hash_slice` of the records first .. first + LANES - 1."""
    i = U(first)
    p0, p1, p2, p3 = U(start[i]), U(start[i + U(1)]), U(start[i + U(2)]), U(start[i + U(3)])
    n0, n1, n2, n3 = U(length[i]), U(length[i + U(1)]), U(length[i + U(2)]), U(length[i + U(3)])
    seed = U(0x9E3779B97F4A7C15)
    h0, h1, h2, h3 = seed ^ n0, seed ^ n1, seed ^ n2, seed ^ n3
    common = min(n0, n1, n2, n3)
    k = U(0)
    while k + U(8) <= common:
        h0 = mix(h0, load8(a, p0 + k))
        h1 = mix(h1, load8(a, p1 + k))
        h2 = mix(h2, load8(a, p2 + k))
        h3 = mix(h3, load8(a, p3 + k))
        k += U(8)
    out[0] = _rest(h0, a, p0, n0, k)
    out[1] = _rest(h1, a, p1, n1, k)
    out[2] = _rest(h2, a, p2, n2, k)
    out[3] = _rest(h3, a, p3, n3, k)


@kernel
def write_ids(a, at, r_start, r_length, position, low, high, start, length, hashed):  # type: ignore[no-untyped-def]
    """Append an id of 32 hex digits a record to the text; set the slices; give the new end.

    position int64[n]; low and high: the stream's identity as two uint64. hashed uint64[LANES]: scratch.
    """
    o = U(at)
    whole = len(r_start) - len(r_start) % LANES
    for j in range(len(r_start)):
        i = U(j)
        if j >= whole:
            hashed[U(j) % U(LANES)] = hash_slice(a, U(r_start[i]), U(r_length[i]))
        elif j % LANES == 0:
            _hash_lanes(a, r_start, r_length, j, hashed)
        where = _finish(_finish(U(position[i]) ^ low) + high)
        what = _finish(hashed[U(j) % U(LANES)] ^ high ^ (low << U(1)))
        _hex16(a, o, where)
        _hex16(a, o + U(16), what)
        start[i] = np.int32(o)
        length[i] = 32
        o += U(32)
    return np.int64(o)


@kernel
def write_alert_ids(a, at, id_start, id_length, high, low, start, length):  # type: ignore[no-untyped-def]
    """Append an alert's id a row, 32 hex digits that name a rule (high, low uint64[n]) and an event (its id)."""
    o = U(at)
    for j in range(len(id_start)):
        i = U(j)
        h = hash_slice(a, U(id_start[i]), U(id_length[i]))
        _hex16(a, o, _finish(h ^ high[i]))
        _hex16(a, o + U(16), _finish(_finish(h + low[i]) ^ high[i]))
        start[i] = np.int32(o)
        length[i] = 32
        o += U(32)
    return np.int64(o)


@part
def _number8(w):  # type: ignore[no-untyped-def]
    """Eight hex digits as they stand in a word, as a number below 2^32."""
    x = (w & (ONES * U(15))) + ((w >> U(6)) & ONES) * U(9)
    pairs = ((x & U(0x00FF00FF00FF00FF)) << U(4)) | ((x >> U(8)) & U(0x00FF00FF00FF00FF))
    high = ((pairs & U(0xFF)) << U(24)) | (pairs & U(0xFF0000))
    return high | ((pairs >> U(24)) & U(0xFF00)) | ((pairs >> U(48)) & U(0xFF))


@kernel
def read_ids(a, start, out):  # type: ignore[no-untyped-def]
    """Ids as numbers: out uint64[n, 2], high half first, of the 32 hex digits at each start (int32[n])."""
    for j in range(len(start)):
        i = U(j)
        p = U(start[i])
        out[i, U(0)] = (_number8(load8(a, p)) << U(32)) | _number8(load8(a, p + U(8)))
        out[i, U(1)] = (_number8(load8(a, p + U(16))) << U(32)) | _number8(load8(a, p + U(24)))
