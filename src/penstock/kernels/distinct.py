"""Number distinct keys, or distinct slices, in the order in which they first come."""

from __future__ import annotations

import numpy as np

from penstock.kernels.interning import intern
from penstock.kernels.jit import kernel
from penstock.kernels.words import U, mix

ABSENT = 0
"""Of a constant's place in a key: the value is absent."""


@kernel
def number_distinct(keys, slot_key, slot_number, out, first):  # type: ignore[no-untyped-def]
    """out int32[n]: the number of each of keys uint64[n]; first int32[]: where each distinct one came first.

    slot_key uint64[2^k], slot_number int32[2^k] (all -1): scratch. Gives how many distinct keys there are, or -1 when
    they fill more than half the slots or all of `first`.
    """
    mask = U(len(slot_key)) - U(1)
    most = min(len(slot_key) // 2, len(first))
    count = 0
    for j in range(len(keys)):
        i = U(j)
        key = keys[i]
        if j > 0 and key == keys[i - U(1)]:
            out[i] = out[i - U(1)]
            continue
        at = mix(U(0x9E3779B97F4A7C15), key) & mask
        while slot_number[at] >= 0 and slot_key[at] != key:
            at = (at + U(1)) & mask
        if slot_number[at] < 0:
            if count >= most:
                return -1
            slot_key[at] = key
            slot_number[at] = count
            first[U(count)] = j
            count += 1
        out[i] = slot_number[at]
    return count


SAMPLE = 256
"""Slices after which `number_slices` looks whether they recur."""


@kernel
def number_slices(a, start, length, slots, hashes, starts, lengths, count, out):  # type: ignore[no-untyped-def]
    """out int32[n]: the number of each slice's bytes; give how many there are, or -1 where numbering does not pay.

    start, length int32[n], all present. slots int32[2^k] (all -1), hashes uint64[D], starts and lengths int32[D] (out:
    where each number's bytes came first), count int64[1] (0): see `kernels.interning`. It does not pay when the
    dictionary is too small, or when more than half of the first `SAMPLE` slices were new.
    """
    for j in range(len(start)):
        i = U(j)
        number = intern(a, U(start[i]), U(length[i]), slots, hashes, starts, lengths, count)
        if number < 0 or (j == SAMPLE and 2 * count[0] > SAMPLE):
            return -1
        out[i] = number
    return count[0]


@kernel
def pick_present(start, length, where, least, rows, out_start, out_length):  # type: ignore[no-untyped-def]
    """List the rows where `where` (uint8[n]) is not 0 and the slice has `least` bytes or more, and their slices.

    rows, out_start, out_length int32[n]; gives how many there are.
    """
    count = U(0)
    for j in range(len(length)):
        i = U(j)
        if where[i] != 0 and length[i] >= least:
            rows[count] = j
            out_start[count] = start[i]
            out_length[count] = length[i]
            count += U(1)
    return np.int64(count)


@kernel
def give_slices(which, at, start, length, rows, over, out_start, out_length):  # type: ignore[no-untyped-def]
    """Give row rows[k] slice at[which[k]] of start and length, where present and (unless `over`) its own is not.

    which, rows int32[m]; at int32[D], -1: there is none; out_start, out_length int32[n].
    """
    for j in range(len(which)):
        x = at[U(which[U(j)])]
        if x < 0 or length[U(x)] < 0:
            continue
        i = U(rows[U(j)])
        if over or out_length[i] < 0:
            out_start[i] = start[U(x)]
            out_length[i] = length[U(x)]


@kernel
def pack_constants(family, base, one, one_length, other, other_length, keys):  # type: ignore[no-untyped-def]
    """keys uint64[n]: a row's family (16 bits), and where its two constants stand in the blob at `base` (22 bits each).

    one, other int32[n] with their lengths: columns that hold constants; length -1 is absent.
    """
    for j in range(len(keys)):
        i = U(j)
        a = U(one[i] - base + 1) if one_length[i] >= 0 else U(ABSENT)
        b = U(other[i] - base + 1) if other_length[i] >= 0 else U(ABSENT)
        keys[i] = U(family[i]) | (a << U(16)) | (b << U(38))
