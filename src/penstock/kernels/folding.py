"""Text without regard to case: each character in lower case by itself.

ASCII goes eight bytes at a time. Other characters of the basic plane go through a table of Unicode's simple lower case:
one character stays one, so that a `?` of a rule means the same before and after.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import part
from penstock.kernels.words import HIGHS, ONES, U, load8, store8

WIDEST = 3
"""Bytes that a folded byte may become, at most (U+023A: two bytes to three)."""

_APART = "\U0010ffff"
_EACH = (_APART + _APART.join(map(chr, range(0x10000)))).lower().encode("utf-32-le", "surrogatepass")
_CODES = np.frombuffer(_EACH, np.uint32)

LOWER = _CODES[np.flatnonzero(_CODES == ord(_APART)) + 1].astype(np.uint16)
"""uint16[65536]: each character of the basic plane in lower case. (All at once: one by one takes 25 ms of each start.
The first after each mark: U+0130 becomes two in `str.lower`, an i and a dot above.)"""
LOWER[0x17F] = ord("s")  # long s: regular expressions without regard to case take it for an s


@njit(inline="always")
def lower8(v):  # type: ignore[no-untyped-def]
    """Eight ASCII bytes in lower case (bytes above 127 as they are)."""
    heptets = v & ~HIGHS
    above_z = heptets + ONES * U(0x7F - 0x5A)
    from_a = heptets + ONES * U(0x80 - 0x41)
    upper = (from_a ^ above_z) & ~v & HIGHS
    return v | (upper >> U(2))


@part
def fold(a, p, n, box):  # type: ignore[no-untyped-def]
    """Write a[p..p+n) in lower case to the box (3 n + 32 bytes); give its length there."""
    k = U(0)
    seen = U(0)
    while k < n:
        v = load8(a, p + k)
        seen |= v if k + U(8) <= n else v & ((U(1) << ((n - k) << U(3))) - U(1))
        store8(box, k, lower8(v))
        k += U(8)
    if seen & HIGHS == U(0):
        return n
    return _fold_wide(a, p, n, box)


@part
def _fold_wide(a, p, n, box):  # type: ignore[no-untyped-def]
    """The same for text with characters beyond ASCII (it is UTF-8: `decode` let nothing else through)."""
    e = p + n
    o = U(0)
    while p < e:
        if p + U(8) <= e:
            v = load8(a, p)
            if v & HIGHS == U(0):
                store8(box, o, lower8(v))
                o += U(8)
                p += U(8)
                continue
        c = U(a[p])
        if c < U(128):
            box[o] = np.uint8(c + U(32)) if U(65) <= c <= U(90) else np.uint8(c)
            o += U(1)
            p += U(1)
            continue
        size = U(2) if c < U(0xE0) else U(3) if c < U(0xF0) else U(4)
        if c < U(0xC0) or size == U(4) or p + size > e:
            # no beginning of a character of the basic plane: as it is
            box[o] = np.uint8(c)
            o += U(1)
            p += U(1)
            continue
        if size == U(2):
            x = ((c & U(31)) << U(6)) | (U(a[p + U(1)]) & U(63))
        else:
            x = ((c & U(15)) << U(12)) | ((U(a[p + U(1)]) & U(63)) << U(6)) | (U(a[p + U(2)]) & U(63))
        p += size
        x = U(LOWER[x])
        if x < U(0x80):
            box[o] = np.uint8(x)
            o += U(1)
        elif x < U(0x800):
            box[o] = np.uint8(U(0xC0) | (x >> U(6)))
            box[o + U(1)] = np.uint8(U(0x80) | (x & U(63)))
            o += U(2)
        else:
            box[o] = np.uint8(U(0xE0) | (x >> U(12)))
            box[o + U(1)] = np.uint8(U(0x80) | ((x >> U(6)) & U(63)))
            box[o + U(2)] = np.uint8(U(0x80) | (x & U(63)))
            o += U(3)
    return o
