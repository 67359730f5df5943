"""Number distinct keys in the order in which they first come."""

from __future__ import annotations

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
