"""Slices of one matrix to columns of another, where nothing stands: what a header says, to a frame."""

from __future__ import annotations

from penstock.kernels.jit import kernel
from penstock.kernels.words import U


@kernel
def give_parts(part_start, part_length, at, parts, columns, over, start, length, used):  # type: ignore[no-untyped-def]
    """Give row i of matrix row columns[k] the slice of part parts[k] of record at[i], where nothing stands.

    part_start, part_length int32[P, m], length -1 absent; parts, columns int32[K]; over uint8[K]: what stands there
    goes. start, length int32[C, n]; used uint8[C]: a column for which no record has the part is not touched; one that
    begins to exist is absent where there was none.
    """
    for k in range(len(parts)):
        k = U(k)
        p = U(parts[k])
        c = U(columns[k])
        first = 0
        while first < len(at) and part_length[p, U(at[U(first)])] < 0:
            first += 1
        if first == len(at):
            continue
        fresh = used[c] == 0 or over[k] != 0
        used[c] = 1
        for j in range(len(at)):
            i = U(j)
            if fresh or length[c, i] < 0:
                r = U(at[i])
                start[c, i] = part_start[p, r]
                length[c, i] = part_length[p, r]


@kernel
def give_codes(codes, at, base, columns, offset, size, start, length, used):  # type: ignore[no-untyped-def]
    """Give row i of matrix row columns[k] the constant of code codes[at[i]] (int16, -1 none), where nothing stands.

    offset, size int32[K, S]: the constants' places in the blob at `base`, size -1 none. Columns are all touched if one
    of these records has a code, and none otherwise.
    """
    first = 0
    while first < len(at) and codes[U(at[U(first)])] < 0:
        first += 1
    if first == len(at):
        return
    for k in range(len(columns)):
        k = U(k)
        c = U(columns[k])
        fresh = used[c] == 0
        used[c] = 1
        for j in range(len(at)):
            i = U(j)
            if not fresh and length[c, i] >= 0:
                continue
            length[c, i] = -1
            code = codes[U(at[i])]
            if code >= 0 and size[k, U(code)] >= 0:
                start[c, i] = base + offset[k, U(code)]
                length[c, i] = size[k, U(code)]
