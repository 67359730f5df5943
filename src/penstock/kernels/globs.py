"""Does a whole value fit a glob? Texts, any characters, exactly one character.

A program is int16: bytes as they are, `ANY`, `ONE`. When what follows an `ANY` does not fit, that `ANY` takes one byte
more and all after it is tried again; earlier ones need not be (the leftmost place where a text fits is the best one).
The time is at most length of the value times length of the program.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import part
from penstock.kernels.words import U

ANY = 256
ONE = 257


@part
def fits(a, p, n, program, first, last):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) fits program[first..last). `ONE` takes a whole UTF-8 character."""
    i = U(0)
    j = U(first)
    end = U(last)
    star = end
    mark = U(0)
    while i < n:
        code = np.int64(program[j]) if j < end else np.int64(-1)
        if code == ANY:
            star = j
            mark = i
            j += U(1)
        elif code == ONE:
            i += U(1)
            while i < n and a[p + i] & 0xC0 == 0x80:
                i += U(1)
            j += U(1)
        elif code >= 0 and code == np.int64(a[p + i]):
            i += U(1)
            j += U(1)
        elif star < end:
            mark += U(1)
            i = mark
            j = star + U(1)
        else:
            return False
    while j < end and program[j] == ANY:
        j += U(1)
    return j == end
