"""JSON's escapes, 32 bytes at a time: which bytes are escaped, and the short escapes undone without a look at each.

Which backslash begins an escape and which is itself escaped is told of all at once by one subtraction (G. Langdale,
D. Lemire, "Parsing Gigabytes of JSON per Second", 2019, 3.1.1; in the form of simdjson's `json_escape_scanner`). Eight
bytes are then moved to their places by a table, a row for each set of escapes among them. (Values of Windows events, an
escape every ten bytes: found and undone one at a time they took three times as long.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from penstock.kernels.jit import part
from penstock.kernels.vectors import I64, SETTINGS, load_vector, marks_of, same_bytes, store_vector, vector_of
from penstock.kernels.words import U

_ODD = U(0xAAAAAAAAAAAAAAAA)

letter_marks = marks_of(b'"\\/bfnrt', "letter_marks")
"""letter_marks(a, p): which of a[p..p+32) may stand after a backslash, `u` aside."""

short_marks = marks_of(b'"\\/nrt', "short_marks")
"""short_marks(a, p): which of a[p..p+32) may stand after a backslash that `unescape8` undoes."""


@part
def escapes_of(b):  # type: ignore[no-untyped-def]
    """Of a mask of backslashes those that begin an escape, and what is escaped (one bit further at most).

    The byte before the mask's first must not begin an escape.
    """
    code = (((b << U(1)) | _ODD) - b) ^ _ODD
    return code & b, code ^ b


def _places() -> NDArray[np.uint8]:
    """A row of 8 for each mask of `unescape8`: which byte comes where, 8 + k for the k-th as what it is escaped for."""
    rows = []
    for mask in range(512):
        begins = [mask >> k & 1 for k in range(8)]
        escaped = [mask >> 8, *begins]
        row = [k + 8 * escaped[k] for k in range(8) if not begins[k]]
        rows.append(row + [0] * (8 - len(row)))
    return np.array(rows, np.uint8).reshape(-1)


_PLACES = _places()

LETTERS = np.zeros(16, np.uint8)
"""What `n`, `r` and `t` are escapes for, by their low four bits."""
for _letter, _byte in zip(b"nrt", b"\n\r\t", strict=True):
    LETTERS[_letter & 15] = _byte


def _plain_unescape8(out, o, a, p, mask):  # type: ignore[no-untyped-def]
    escaped = int(mask) >> 8
    for k in range(8):
        begins = int(mask) >> k & 1
        if not begins:
            c = a[p + U(k)]
            out[o] = LETTERS[c & 15] if escaped and c >= 96 else c
            o += U(1)
        escaped = begins


def _unescape8(_, out, o, a, p, mask):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        wide = ir.Constant(ir.VectorType(ir.IntType(32), 16), list(range(16)))
        both = ir.Constant(ir.VectorType(ir.IntType(32), 16), [*range(8), *range(16, 24)])
        low = ir.Constant(ir.VectorType(ir.IntType(32), 8), list(range(8)))
        kind = ir.FunctionType(vector_of(16), [vector_of(16), vector_of(16)])
        shuffle = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.ssse3.pshuf.b.128")
        eight = load_vector(context, builder, signature.args[2], values[2], values[3], 8)
        word = builder.shuffle_vector(eight, same_bytes(8, 0), wide)
        named = builder.call(shuffle, [ir.Constant(vector_of(16), LETTERS.tolist()), word])
        meant = builder.select(builder.icmp_unsigned(">=", word, same_bytes(16, 96)), named, word)
        table = context.make_constant_array(builder, types.Array(types.uint8, 1, "C", readonly=True), _PLACES)
        row = builder.shl(values[4], ir.Constant(I64, 3))
        places = load_vector(context, builder, types.Array(types.uint8, 1, "C", readonly=True), table, row, 8)
        places = builder.shuffle_vector(places, same_bytes(8, 0), wide)
        moved = builder.call(shuffle, [builder.shuffle_vector(word, meant, both), places])
        moved = builder.shuffle_vector(moved, moved, low)
        store_vector(context, builder, signature.args[0], values[0], values[1], moved)
        return context.get_dummy_value()

    return types.void(out, types.uint64, a, types.uint64, types.uint64), write


unescape8: Any = _plain_unescape8 if SETTINGS.DISABLE_JIT else intrinsic(_unescape8)
"""unescape8(out, o, a, p, mask): write a[p..p+8) to out[o] without its escapes, all of two bytes. Writes 8 bytes.

mask: bit k: byte k is a backslash that begins an escape; bit 8: the first byte is escaped. What is escaped must be one
of `short_marks`. Where `vectors.SHUFFLES` is false there is none.
"""
