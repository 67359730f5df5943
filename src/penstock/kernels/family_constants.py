"""Constants of families, given to rows: all columns of a frame in one call."""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel
from penstock.kernels.words import U


@kernel
def place_families(family, base, columns, offset, size, start, length, used, present):  # type: ignore[no-untyped-def]
    """Give row i of matrix row columns[k] the constant of its family where nothing stands.

    family int32[n]; offset, size int32[K, F]: each family's constant of column k in the blob at `base`, size -1 none.
    start, length int32[C, n]. used uint8[C]: a column that no family of these rows has a constant for is not touched;
    one that begins to exist is absent where none was given. present uint8[F]: scratch, 0 before and filled here.
    """
    for j in range(len(family)):
        present[U(family[U(j)])] = 1
    for k in range(len(columns)):
        k = U(k)
        some = False
        for f in range(len(present)):
            some |= present[U(f)] != 0 and size[k, U(f)] >= 0
        if not some:
            continue
        c = U(columns[k])
        fresh = used[c] == 0
        used[c] = 1
        for j in range(len(family)):
            i = U(j)
            if not fresh and length[c, i] >= 0:
                continue
            f = U(family[i])
            n = size[k, f]
            length[c, i] = n if n >= 0 else np.int32(-1)
            start[c, i] = np.int32(base + offset[k, f])


@kernel
def spell_families(family, base, offset, size, start, length):  # type: ignore[no-untyped-def]
    """The constants of each row's family as columns: start, length int32[K, n] from offset, size int32[K, F]."""
    for k in range(len(offset)):
        k = U(k)
        for j in range(len(family)):
            i = U(j)
            f = U(family[i])
            start[k, i] = np.int32(base + offset[k, f])
            length[k, i] = size[k, f]
