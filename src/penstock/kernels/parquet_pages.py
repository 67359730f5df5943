"""What Parquet's pages hold, written straight from slices: levels, values, and places in a dictionary.

Encodings: PLAIN (a text is four bytes of length, then itself) and the hybrid of runs and packed bits
(https://parquet.apache.org/docs/file-format/data-pages/encodings/). A dictionary is kept as the page that it becomes.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.words import U, copy, load8, same, store8

DONE, ROOM, PLAINLY = 0, 1, 2
"""Why `text_page` came back: it is written; `out` has no room; a dictionary does not pay or is full."""

SAMPLE = 256
"""Values after which a new dictionary must have seen one in two before."""

PROBES = 32
"""Places of a dictionary looked at for one value."""

RECENT = 256
"""Slices whose place in the dictionary is known by where they stand: constants, and what distinct values share."""


AHEAD = 512
"""Values whose bytes are looked at before the first of them is looked up."""


@part
def _put_varint(out, o, v):  # type: ignore[no-untyped-def]
    while v >= U(128):
        out[o] = np.uint8(v & U(127)) | np.uint8(128)
        v >>= U(7)
        o += U(1)
    out[o] = np.uint8(v)
    return o + U(1)


@part
def _put_levels(out, o, length):  # type: ignore[no-untyped-def]
    """Which values are there, as definition levels 1 and 0, their size in four bytes before them: (how many, end)."""
    n = U(len(length))
    o0 = o
    o += U(4)
    present = U(0)
    for j in range(n):
        present += U(length[U(j)] >= 0)
    if present == n or present == U(0):
        o = _put_varint(out, o, n << U(1))
        out[o] = 1 if present == n else 0
        o += U(1)
    else:
        groups = (n + U(7)) >> U(3)
        o = _put_varint(out, o, (groups << U(1)) | U(1))
        whole = n >> U(3)
        for g in range(whole):
            bits = np.uint8(0)
            for k in range(8):
                bits |= np.uint8(length[U(g) * U(8) + U(k)] >= 0) << np.uint8(k)
            out[o] = bits
            o += U(1)
        if whole < groups:
            bits = np.uint8(0)
            for k in range(n - whole * U(8)):
                bits |= np.uint8(length[whole * U(8) + U(k)] >= 0) << np.uint8(k)
            out[o] = bits
            o += U(1)
    size = o - o0 - U(4)
    for k in range(4):
        out[o0 + U(k)] = np.uint8((size >> U(8 * k)) & U(255))
    return present, o


@part
def _pack(values, n, width, out, o):  # type: ignore[no-untyped-def]
    """Write values[:n] with so many bits each, as one run of packed bits; give the end."""
    groups = (n + U(7)) >> U(3)
    o = _put_varint(out, o, (groups << U(1)) | U(1))
    end = o + groups * width
    word, bits = U(0), U(0)
    for j in range(n):
        word |= U(values[U(j)]) << bits
        bits += width
        while bits >= U(8):
            out[o] = np.uint8(word & U(255))
            word >>= U(8)
            bits -= U(8)
            o += U(1)
    while o < end:
        out[o] = np.uint8(word & U(255))
        word >>= U(8)
        o += U(1)
    return end


@kernel
def list_levels(begin, length, again, defined):  # type: ignore[no-untyped-def]
    """Levels of lists of texts: again, defined uint8[…], an entry an element, one for a list without; give how many.

    begin int32[n + 1]: where each row's elements begin. length int32[n]: -1: there is no list.
    """
    o = U(0)
    for j in range(len(length)):
        i = U(j)
        m = begin[i + U(1)] - begin[i]
        again[o] = 0
        defined[o] = 3 if m > 0 else (1 if length[i] >= 0 else 0)
        o += U(1)
        for _ in range(m - 1):
            again[o] = 1
            defined[o] = 3
            o += U(1)
    return np.int64(o)


@kernel
def levels_page(levels, width, out, at):  # type: ignore[no-untyped-def]
    """Write levels uint8[n] of so many bits at out[at..), their size in four bytes before them; give the end."""
    o = _pack(levels, U(len(levels)), U(width), out, U(at) + U(4))
    size = o - U(at) - U(4)
    for k in range(4):
        out[U(at) + U(k)] = np.uint8((size >> U(8 * k)) & U(255))
    return np.int64(o)


@inlined
def _hash(a, p, n):  # type: ignore[no-untyped-def]
    """Of a text's length, its first, middle and last eight bytes: all of it up to 24. Values that differ elsewhere only
    share a place, and past `PROBES` of them the dictionary is full.
    """
    if n < U(8):
        first = load8(a, p) & ((U(1) << (n << U(3))) - U(1))
        h = first * U(0x9E3779B97F4A7C15) + n
    else:
        h = load8(a, p) * U(0x9E3779B97F4A7C15) + n
        h ^= load8(a, p + n - U(8)) * U(0xC2B2AE3D27D4EB4F)
        h = (h ^ (h >> U(29))) + load8(a, p + (n >> U(1)) - U(4)) * U(0x165667B19E3779F9)
    h *= U(0xFF51AFD7ED558CCD)
    return h ^ (h >> U(32))


@inlined
def _place(a, p, n, h, slots, hashes, begins, held, counts):  # type: ignore[no-untyped-def]
    """The place of a[p..p+n) in the dictionary, where it is put if it was not there; -1 where there is no room."""
    mask = U(len(slots)) - U(1)
    at = h & mask
    for _ in range(PROBES):
        x = slots[at]
        if x < 0:
            used = U(counts[1])
            if counts[0] >= len(hashes) or used + n + U(68) > U(len(held)):
                return -1
            x = np.int32(counts[0])
            slots[at] = x
            hashes[U(x)] = h
            store8(held, used, n)
            begins[U(x)] = np.int64(used + U(4))
            copy(held, used + U(4), a, p, n)
            counts[0] += 1
            counts[1] = np.int64(used + U(4) + n)
            return x
        q = U(begins[U(x)])
        if hashes[U(x)] == h and (load8(held, q - U(4)) & U(0xFFFFFFFF)) == n and same(a, p, held, q, n):
            return x
        at = (at + U(1)) & mask
    return -1


@kernel
def text_page(  # type: ignore[no-untyped-def]
    a, start, length, flat, plain, slots, hashes, begins, held, counts, recent, ahead, index, out, at
):
    """Write a page of texts at out[at..): with `flat` their levels, then the values; give (its end, why it came back).

    a uint8 with slack; start, length int32[n], -1 absent. `plain`: the texts themselves; else their places in the
    dictionary: slots int32[2^k] (-1 free), hashes uint64[D], begins int64[D], held uint8 (the dictionary as a page:
    PLAIN), counts int64[2] (values, bytes held). Scratch: recent int32[RECENT, 3],
    ahead uint64[AHEAD], index int32[n].
    On ROOM the first result is how long `out` must be.
    """
    n = len(start)
    total = 64 + n
    for j in range(n):
        total += max(np.int64(length[U(j)]), np.int64(0)) + 4 if plain else 4
    if at + total + 64 > len(out):
        return at + total + 64, ROOM
    o = U(at)
    if flat:
        _, o = _put_levels(out, o, length)
    if plain:
        for j in range(n):
            m = length[U(j)]
            if m >= 0:
                store8(out, o, U(m))
                copy(out, o + U(4), a, U(start[U(j)]), U(m))
                o += U(4) + U(m)
        return np.int64(o), DONE
    fresh = counts[0] == 0
    for j in range(RECENT):
        recent[U(j), U(1)] = -1
    k = 0
    alike = True
    for j in range(n):
        i = U(j)
        if j & (AHEAD - 1) == 0:  # each is somewhere else in memory: asked for together they come together
            for y in range(j, min(j + AHEAD, n)):
                if length[U(y)] >= 0:
                    ahead[U(y - j)] = _hash(a, U(start[U(y)]), U(length[U(y)]))
        m = length[i]
        if m < 0:
            continue
        p = start[i]
        r = ((U(p) * U(0x9E3779B97F4A7C15)) >> U(40)) & U(RECENT - 1)
        if recent[r, U(0)] == p and recent[r, U(1)] == m:
            x = recent[r, U(2)]
        else:
            h = ahead[U(j & (AHEAD - 1))]
            x = np.int32(_place(a, U(p), U(m), h, slots, hashes, begins, held, counts))
            if x < 0:
                return 0, PLAINLY
            recent[r, U(0)] = p
            recent[r, U(1)] = m
            recent[r, U(2)] = x
        index[U(k)] = x
        alike = alike and x == index[U(0)]
        k += 1
        if fresh and k == SAMPLE and 2 * counts[0] > SAMPLE:
            return 0, PLAINLY
    if fresh and k < SAMPLE and 2 * counts[0] > k:
        return 0, PLAINLY
    width = U(1)
    while (U(1) << width) < U(counts[0]):
        width += U(1)
    out[o] = np.uint8(width)
    o += U(1)
    if k > 0 and alike:
        o = _put_varint(out, o, U(k) << U(1))
        out[o] = np.uint8(index[0] & 255)
        o += U(1)
        if width > U(8):
            out[o] = np.uint8(index[0] >> 8)
            o += U(1)
    elif k > 0:
        o = _pack(index, U(k), width, out, o)
    return np.int64(o), DONE


@kernel
def number_page(values, length, out):  # type: ignore[no-untyped-def]
    """Write a page of numbers, levels first: values uint64[n] (their bits), those whose length int32[n] is not -1.

    out uint8 with room for 9 n + 64 bytes. Gives its end.
    """
    _, o = _put_levels(out, U(0), length)
    for j in range(len(values)):
        if length[U(j)] >= 0:
            store8(out, o, values[U(j)])
            o += U(8)
    return np.int64(o)


@kernel
def flag_page(values, length, out):  # type: ignore[no-untyped-def]
    """Write a page of booleans uint8[n], as `number_page`: packed bits without a header."""
    _, o = _put_levels(out, U(0), length)
    bits, byte = U(0), U(0)
    for j in range(len(values)):
        if length[U(j)] >= 0:
            byte |= U(values[U(j)] != 0) << bits
            bits += U(1)
            if bits == U(8):
                out[o] = np.uint8(byte)
                o += U(1)
                bits, byte = U(0), U(0)
    if bits > U(0):
        out[o] = np.uint8(byte)
        o += U(1)
    return np.int64(o)
