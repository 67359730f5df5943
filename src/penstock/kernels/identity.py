"""`event.id`: 128 bits that name one delivery.

The first half is a bijection of the position for a given stream, so two records of one stream can never share an id,
whatever an attacker puts into them; the second half is a hash of stream and bytes. (The rounds are those of
MurmurHash3's finaliser; the hash needs no more strength than that, since it guards nothing by itself.)
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, hash_slice

ID_LENGTH = 32


@part
def _finish(h):  # type: ignore[no-untyped-def]
    h ^= h >> U(33)
    h *= U(0xFF51AFD7ED558CCD)
    h ^= h >> U(33)
    h *= U(0xC4CEB9FE1A85EC53)
    return h ^ (h >> U(33))


@part
def _hex16(out, o, v):  # type: ignore[no-untyped-def]
    for k in range(16):
        d = (v >> U(60 - 4 * k)) & U(15)
        out[o + U(k)] = np.uint8(d + U(48) + (U(39) if d > U(9) else U(0)))


@kernel
def write_ids(a, at, r_start, r_length, position, low, high, start, length):  # type: ignore[no-untyped-def]
    """Append an id of 32 hex digits a record to the text; set the slices; give the new end.

    position int64[n]; low and high: the stream's identity as two uint64.
    """
    o = U(at)
    for j in range(len(r_start)):
        i = U(j)
        n = r_length[i]
        where = _finish(_finish(U(position[i]) ^ low) + high)
        what = _finish(hash_slice(a, U(r_start[i]), U(n)) ^ high ^ (low << U(1)))
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
