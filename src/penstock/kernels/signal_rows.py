"""From a batch's signals to rows of a correlation: what does not count is left out, texts of groups are copied."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.row_order import stands
from penstock.kernels.window_layout import R_ID, R_KEY, R_MASK, R_TEXT, R_TIME, R_VALUE
from penstock.kernels.words import U, copy

NO_VALUE, HASH, NUMBER = range(3)
"""What `value` is: nothing; a hash, 0 where there is none; the bits of a float64, not finite where there is none."""

SORTED, TIED, MIXED = range(3)
"""How rows lie: each after the one before; in order of time but not in that of ids; not even in that of time."""

LATE, UNGROUPED, UNVALUED = range(3)
"""Why rows are left out, as places in `left`."""

MOST_TEXT = 4096
"""Bytes that are kept of a group's value for people to read."""


@part
def _finite(word):  # type: ignore[no-untyped-def]
    return ((word >> U(52)) & U(0x7FF)) != U(0x7FF)


@kernel
def sift(time, ids, key, key_length, grouped, rule, value, what, passed, rows, left):  # type: ignore[no-untyped-def]
    """Write the rows that count, in the order they came; give how many, and how they lie.

    time int64[n], ids and key uint64[n, 2], key_length int32[k, n] of which the first `grouped` must be present, rule
    int32[n], value uint64[n] (empty with NO_VALUE), passed int64: the watermark; rows uint64[n, 8] out; left int64[3]
    is added to.
    """
    n = U(0)
    lie = SORTED
    for j in range(len(time)):
        i = U(j)
        if time[i] <= passed:
            left[U(LATE)] += 1
            continue
        whole = True
        for c in range(grouped):
            if key_length[U(c), i] < 0:
                whole = False
        if not whole:
            left[U(UNGROUPED)] += 1
            continue
        word = U(0)
        if what != NO_VALUE:
            word = value[i]
            if (what == HASH and word == U(0)) or (what == NUMBER and not _finite(word)):
                left[U(UNVALUED)] += 1
                continue
        rows[n, R_TIME] = U(time[i])
        rows[n, R_ID] = ids[i, U(0)]
        rows[n, R_ID + U(1)] = ids[i, U(1)]
        rows[n, R_KEY] = key[i, U(0)]
        rows[n, R_KEY + U(1)] = key[i, U(1)]
        rows[n, R_MASK] = U(1) << U(rule[i])
        rows[n, R_VALUE] = word
        rows[n, R_TEXT] = i
        if n > U(0) and lie != MIXED:
            if time[i] < np.int64(rows[n - U(1), R_TIME]):
                lie = MIXED
            elif lie == SORTED and stands(rows, n - U(1), rows, n) >= 0:
                lie = TIED
        n += U(1)
    return n, lie


@kernel
def texts_size(key_length, rows):  # type: ignore[no-untyped-def]
    """Bytes that `pack_texts` writes for these rows, at most."""
    total = 0
    for j in range(len(rows)):
        i = rows[U(j), R_TEXT]
        for c in range(len(key_length)):
            n = key_length[U(c), i]
            total += 4 + (min(n, MOST_TEXT) if n > 0 else 0)
    return total


@kernel
def pack_texts(data, key_start, key_length, rows, out):  # type: ignore[no-untyped-def]
    """Copy the texts of each row's group into one run of bytes; set R_TEXT to where it is; give the end.

    A value is its length (uint32, little end first; all ones where it is absent) and its first MOST_TEXT bytes. The
    rows' R_TEXT is the batch's row before. out has 32 bytes more than `texts_size` said.
    """
    o = U(0)
    for j in range(len(rows)):
        i = rows[U(j), R_TEXT]
        begin = o
        for c in range(len(key_length)):
            n = key_length[U(c), i]
            size = U(min(n, MOST_TEXT)) if n > 0 else U(0)
            head = size if n >= 0 else ~U(0)
            for b in range(4):
                out[o + U(b)] = np.uint8(head >> U(8 * b))
            o += U(4)
            copy(out, o, data, U(key_start[U(c), i]) if n > 0 else U(0), size)
            o += size
        rows[U(j), R_TEXT] = (begin << U(24)) | (o - begin)
    return o


@kernel
def gather_texts(data, rows, out, at):  # type: ignore[no-untyped-def]
    """Copy the rows' texts from data to out[at:], one after the other; set R_TEXT to where each is; give the end.

    out has 32 bytes more than these texts need.
    """
    o = U(at)
    for j in range(len(rows)):
        ref = rows[U(j), R_TEXT]
        n = ref & U(0xFFFFFF)
        copy(out, o, data, ref >> U(24), n)
        rows[U(j), R_TEXT] = (o << U(24)) | n
        o += n
    return o
