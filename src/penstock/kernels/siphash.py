"""128-bit hashes of texts under a secret key: what groups and counted values are known by.

Whoever sends events chooses user names and addresses. Under a public hash he could choose a million that fall into one
place of a table, or two that are taken for one. SipHash is made against that (J.-P. Aumasson, D. J. Bernstein,
"SipHash: a fast short-input PRF", INDOCRYPT 2012); here with one round a word and three at the end, as in Python's own
dictionaries, and with the 128-bit output of its authors. It runs over words instead of bytes: a value is its length
and then its bytes, eight a word, zeros behind the last; so no two lists of values are the same words.
"""

from __future__ import annotations

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, load8


@part
def _turn(v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    """One SipRound."""
    v0 += v1
    v1 = ((v1 << U(13)) | (v1 >> U(51))) ^ v0
    v0 = (v0 << U(32)) | (v0 >> U(32))
    v2 += v3
    v3 = ((v3 << U(16)) | (v3 >> U(48))) ^ v2
    v0 += v3
    v3 = ((v3 << U(21)) | (v3 >> U(43))) ^ v0
    v2 += v1
    v1 = ((v1 << U(17)) | (v1 >> U(47))) ^ v2
    v2 = (v2 << U(32)) | (v2 >> U(32))
    return v0, v1, v2, v3


@kernel
def hash_rows(data, start, length, key0, key1, out):  # type: ignore[no-untyped-def]
    """Hash each row's values, which are all that stand in its column of `start` and `length`.

    data uint8, 8 readable bytes past every value; start, length int32[k, n], length -1 is absent; key0, key1 uint64:
    the secret; out uint64[n, 2]: the hash, high half first, or two zeros where a value is absent. The hash of what is
    there is never zero in its low half.
    """
    k = len(start)
    for j in range(len(out)):
        i = U(j)
        v0 = key0 ^ U(0x736F6D6570736575)
        v1 = key1 ^ U(0x646F72616E646F6D) ^ U(0xEE)
        v2 = key0 ^ U(0x6C7967656E657261)
        v3 = key1 ^ U(0x7465646279746573)
        whole = True
        for c in range(k):
            if length[U(c), i] < 0:
                whole = False
                break
            p = U(start[U(c), i])
            n = U(length[U(c), i])
            v3 ^= n
            v0, v1, v2, v3 = _turn(v0, v1, v2, v3)
            v0 ^= n
            x = U(0)
            while x < n:
                w = load8(data, p + x)
                left = n - x
                if left < U(8):
                    w &= (U(1) << (left << U(3))) - U(1)
                v3 ^= w
                v0, v1, v2, v3 = _turn(v0, v1, v2, v3)
                v0 ^= w
                x += U(8)
        if not whole:
            out[i, U(0)] = U(0)
            out[i, U(1)] = U(0)
            continue
        v2 ^= U(0xEE)
        for _ in range(3):
            v0, v1, v2, v3 = _turn(v0, v1, v2, v3)
        out[i, U(0)] = v0 ^ v1 ^ v2 ^ v3
        v1 ^= U(0xDD)
        for _ in range(3):
            v0, v1, v2, v3 = _turn(v0, v1, v2, v3)
        low = v0 ^ v1 ^ v2 ^ v3
        out[i, U(1)] = low if low != U(0) else U(1)
