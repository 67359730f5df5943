"""Thirty-two bytes at a time: loads, stores and tests as the machine's vectors do them.

LLVM knows vectors on every machine; Numba has no names for them, so these few functions say in LLVM's own words what
they do (`numba.extending.intrinsic`). A test gives a mask: bit k says whether byte k passed. With the compiler off the
same names are plain Python. (Escaping JSON went from 0.8 to 4 GB/s, finding nothing to escape from 1.6 to 10, by this.)

Callers keep `SLACK` readable bytes past the end of what they read, and as much room past what they write.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic
from numpy.typing import NDArray

U = np.uint64

SETTINGS: Any = config

ESCAPES = np.zeros(256, np.uint8)
"""What stands after the backslash for a byte that JSON escapes: 0 needs none, `u` is written out as \\u00XX."""
ESCAPES[:32] = ord("u")
for _byte, _letter in zip(b'"\\\n\r\t', b'"\\nrt', strict=True):
    ESCAPES[_byte] = _letter


def _rooms() -> NDArray[np.uint8]:
    """A row of 16 for each mask of eight bytes: which byte comes where, 128 for a new one before those in the mask."""
    rows = []
    for mask in range(256):
        row = [k for byte in range(8) for k in ((128, byte) if mask >> byte & 1 else (byte,))]
        rows.append(row + [0] * (16 - len(row)))
    return np.array(rows, np.uint8).reshape(-1)


_ROOMS = _rooms()
_I8, _I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def vector_of(width: int) -> ir.VectorType:
    """LLVM's type of so many bytes."""
    return ir.VectorType(_I8, width)


def same_bytes(width: int, byte: int) -> ir.Constant:
    """A vector of so many times the byte."""
    return ir.Constant(vector_of(width), [byte] * width)


def load_vector(context: Any, builder: Any, array: Any, value: Any, at: Any, width: int) -> Any:
    """The bytes array[at..at+width), in LLVM's words."""
    data = context.make_array(array)(context, builder, value=value).data
    loaded = builder.load(builder.bitcast(builder.gep(data, [at]), ir.PointerType(vector_of(width))))
    loaded.align = 1
    return loaded


def store_vector(context: Any, builder: Any, array: Any, value: Any, at: Any, vector: Any) -> None:
    """Put a vector at array[at..), in LLVM's words."""
    data = context.make_array(array)(context, builder, value=value).data
    builder.store(vector, builder.bitcast(builder.gep(data, [at]), ir.PointerType(vector.type))).align = 1


def _mask(builder: Any, tests: Any) -> Any:
    return builder.zext(builder.bitcast(tests, _I32), I64)


def _either(name: str, plain: Callable[..., Any], compiled: Callable[..., Any]) -> Any:
    """The compiled form, or the plain one where the compiler is off."""
    compiled.__name__ = name
    return plain if SETTINGS.DISABLE_JIT else intrinsic(compiled)


def _plain_copy32(out, o, a, p):  # type: ignore[no-untyped-def]
    out[o : o + U(32)] = a[p : p + U(32)]


def _copy32(_, out, o, a, p):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        vector = load_vector(context, builder, signature.args[2], values[2], values[3], 32)
        store_vector(context, builder, signature.args[0], values[0], values[1], vector)
        return context.get_dummy_value()

    return types.void(out, types.uint64, a, types.uint64), write


copy32 = _either("copy32", _plain_copy32, _copy32)
"""copy32(out, o, a, p): copy a[p..p+32) to out[o]."""


def _plain_prefetch(a, p):  # type: ignore[no-untyped-def]
    pass


def _prefetch(_, a, p):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, value=values[0]).data
        at = builder.gep(data, [values[1]])
        kind = ir.FunctionType(ir.VoidType(), [at.type, _I32, _I32, _I32])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", (at.type,), kind)
        builder.call(fetch, [at, ir.Constant(_I32, 0), ir.Constant(_I32, 3), ir.Constant(_I32, 1)])  # read, keep, data
        return context.get_dummy_value()

    return types.void(a, types.uint64), write


prefetch = _either("prefetch", _plain_prefetch, _prefetch)
"""prefetch(a, p): a[p] will be looked at soon. A batch's text is larger than a core's cache, and a slice here and there
is foreseen by nobody (measured: dotted quads in half of the rows 55 ns a row, 21 so). Any p will do."""


def _marks(test: Callable[[Any, Any], Any], plain: Callable[[int], bool], name: str) -> Any:
    """A test of each of 32 bytes: test(builder, vector) in LLVM's words, plain(byte) in Python's."""

    def slow(a, p):  # type: ignore[no-untyped-def]
        return U(sum(int(plain(int(b))) << k for k, b in enumerate(a[p : p + U(32)])))

    def fast(_, a, p):  # type: ignore[no-untyped-def]
        def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
            return _mask(builder, test(builder, load_vector(context, builder, signature.args[0], *values, 32)))

        return types.uint64(a, types.uint64), write

    return _either(name, slow, fast)


def _among(builder: Any, vector: Any, wanted: bytes) -> Any:
    found = builder.icmp_unsigned("==", vector, same_bytes(32, wanted[0]))
    for byte in wanted[1:]:
        found = builder.or_(found, builder.icmp_unsigned("==", vector, same_bytes(32, byte)))
    return found


def marks_of(wanted: bytes, name: str) -> Any:
    """A function (a, p) -> mask: which of a[p..p+32) are one of these bytes."""
    return _marks(lambda builder, vector: _among(builder, vector, wanted), lambda byte: byte in wanted, name)


high_marks = _marks(
    lambda builder, vector: builder.icmp_unsigned(">", vector, same_bytes(32, 127)),
    lambda byte: byte > 127,
    "high_marks",
)
"""high_marks(a, p): which of a[p..p+32) are no ASCII."""

odd_marks = _marks(
    lambda builder, vector: builder.or_(
        builder.icmp_unsigned(">", vector, same_bytes(32, 127)), builder.icmp_unsigned("==", vector, same_bytes(32, 0))
    ),
    lambda byte: byte > 127 or byte == 0,
    "odd_marks",
)
"""odd_marks(a, p): which of a[p..p+32) are no ASCII, or NUL."""

digit_marks = _marks(
    lambda builder, vector: builder.icmp_unsigned("<", builder.sub(vector, same_bytes(32, 48)), same_bytes(32, 10)),
    lambda byte: 48 <= byte <= 57,
    "digit_marks",
)
"""digit_marks(a, p): which of a[p..p+32) are decimal digits."""

feed_marks = marks_of(b"\n", "feed_marks")
"""feed_marks(a, p): which of a[p..p+32) are line feeds."""


def _plain_equal(a, p, byte):  # type: ignore[no-untyped-def]
    return U(sum(int(int(b) == int(byte)) << k for k, b in enumerate(a[p : p + U(32)])))


def _equal(_, a, p, byte):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        vector = load_vector(context, builder, signature.args[0], values[0], values[1], 32)
        one = builder.insert_element(same_bytes(32, 0), values[2], ir.Constant(_I32, 0))
        all_ = builder.shuffle_vector(one, same_bytes(32, 0), ir.Constant(ir.VectorType(_I32, 32), [0] * 32))
        return _mask(builder, builder.icmp_unsigned("==", vector, all_))

    return types.uint64(a, types.uint64, types.uint8), write


equal_marks = _either("equal_marks", _plain_equal, _equal)
"""equal_marks(a, p, byte): which of a[p..p+32) are this byte."""

escape_marks = _marks(
    lambda builder, vector: builder.or_(
        _among(builder, vector, b'"\\'), builder.icmp_unsigned("<", vector, same_bytes(32, 32))
    ),
    lambda byte: ESCAPES[byte] != 0,
    "escape_marks",
)
"""escape_marks(a, p): which of a[p..p+32) JSON escapes."""

spelt_marks = _marks(
    lambda builder, vector: builder.and_(
        builder.icmp_unsigned("<", vector, same_bytes(32, 32)), builder.not_(_among(builder, vector, b"\n\r\t"))
    ),
    lambda byte: ESCAPES[byte] == ord("u"),
    "spelt_marks",
)
"""spelt_marks(a, p): which of a[p..p+32) have no escape of two bytes."""


def _plain_present64(matrix, c, i):  # type: ignore[no-untyped-def]
    return U(sum(int(v >= 0) << k for k, v in enumerate(matrix[c, i : i + U(64)])))


def _present64(_, matrix, c, i):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        held = context.make_array(signature.args[0])(context, builder, value=values[0])
        at = builder.add(builder.mul(values[1], builder.extract_value(held.shape, 1)), values[2])
        wide = ir.VectorType(_I32, 64)
        loaded = builder.load(builder.bitcast(builder.gep(held.data, [at]), ir.PointerType(wide)))
        loaded.align = 4
        return builder.bitcast(builder.icmp_signed(">=", loaded, ir.Constant(wide, [0] * 64)), I64)

    return types.uint64(matrix, types.uint64, types.uint64), write


present64 = _either("present64", _plain_present64, _present64)
"""present64(matrix, c, i): which of matrix[c, i..i+64) (int32, C order, all of them there) are not negative."""


def _plain_int32_at(address, k):  # type: ignore[no-untyped-def]
    return np.int32(ctypes.c_int32.from_address(int(address) + 4 * int(k)).value)


def _int32_at(_, address, k):  # type: ignore[no-untyped-def]
    def write(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        held = builder.inttoptr(values[0], ir.PointerType(_I32))
        return builder.load(builder.gep(held, [values[1]]))

    return types.int32(types.uint64, types.uint64), write


int32_at = _either("int32_at", _plain_int32_at, _int32_at)
"""int32_at(address, k): the k-th int32 from an address on. (Numba has no list of arrays: their addresses are one.)"""


def _plain_present64_at(address, k):  # type: ignore[no-untyped-def]
    return U(sum(int(_plain_int32_at(address, int(k) + j) >= 0) << j for j in range(64)))


def _present64_at(_, address, k):  # type: ignore[no-untyped-def]
    def write(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        wide = ir.VectorType(_I32, 64)
        held = builder.inttoptr(values[0], ir.PointerType(_I32))
        loaded = builder.load(builder.bitcast(builder.gep(held, [values[1]]), ir.PointerType(wide)))
        loaded.align = 4
        return builder.bitcast(builder.icmp_signed(">=", loaded, ir.Constant(wide, [0] * 64)), I64)

    return types.uint64(types.uint64, types.uint64), write


present64_at = _either("present64_at", _plain_present64_at, _present64_at)
"""present64_at(address, k): which of 64 int32, from the k-th of an address on, are not negative."""


def _plain_count(m):  # type: ignore[no-untyped-def]
    return U(int(m).bit_count())


def _count(_, m):  # type: ignore[no-untyped-def]
    return types.uint64(types.uint64), lambda _context, builder, _signature, values: builder.ctpop(values[0])


count_bits = _either("count_bits", _plain_count, _count)
"""count_bits(m): how many bits are set."""


def _plain_lowest(m):  # type: ignore[no-untyped-def]
    return U((int(m) & -int(m)).bit_length() - 1)


def _lowest(_, m):  # type: ignore[no-untyped-def]
    never_zero = ir.Constant(ir.IntType(1), 1)
    return types.uint64(types.uint64), lambda _c, builder, _s, values: builder.cttz(values[0], never_zero)


lowest_bit = _either("lowest_bit", _plain_lowest, _lowest)
"""lowest_bit(m): the number of the lowest bit that is set; m must not be 0."""


def _plain_escape8(out, o, a, p, m):  # type: ignore[no-untyped-def]
    for k in range(8):
        c = a[p + U(k)]
        if int(m) >> k & 1:
            out[o] = 92
            o += U(1)
            c = ESCAPES[c]
        out[o] = c
        o += U(1)


def _escape8(_, out, o, a, p, m):  # type: ignore[no-untyped-def]
    def write(context, builder, signature, values):  # type: ignore[no-untyped-def]
        wide = ir.Constant(ir.VectorType(_I32, 16), list(range(16)))
        eight = load_vector(context, builder, signature.args[2], values[2], values[3], 8)
        word = builder.shuffle_vector(eight, same_bytes(8, 0), wide)
        kind = ir.FunctionType(vector_of(16), [vector_of(16), vector_of(16)])
        shuffle = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.ssse3.pshuf.b.128")
        named = builder.call(shuffle, [ir.Constant(vector_of(16), ESCAPES[:16].tolist()), word])
        word = builder.select(builder.icmp_unsigned("<", word, same_bytes(16, 32)), named, word)
        table = context.make_constant_array(builder, types.Array(types.uint8, 1, "C", readonly=True), _ROOMS)
        row = builder.shl(values[4], ir.Constant(I64, 4))
        places = load_vector(context, builder, types.Array(types.uint8, 1, "C", readonly=True), table, row, 16)
        made = builder.icmp_signed("<", places, same_bytes(16, 0))
        spread = builder.select(made, same_bytes(16, 92), builder.call(shuffle, [word, places]))
        store_vector(context, builder, signature.args[0], values[0], values[1], spread)
        return context.get_dummy_value()

    return types.void(out, types.uint64, a, types.uint64, types.uint64), write


def _shuffles() -> bool:
    """Whether the processor that is compiled for moves bytes by a table (SSSE3)."""
    if SETTINGS.CPU_NAME or SETTINGS.CPU_FEATURES:  # compiled for another one than this
        return False
    return bool(binding.get_host_cpu_features().get("ssse3"))


SHUFFLES = _shuffles()
"""Whether `escape8` is to be had: else, and with the compiler off, escape byte by byte."""

escape8 = _either("escape8", _plain_escape8, _escape8)
"""escape8(out, o, a, p, m): write a[p..p+8) to out[o], those in the mask escaped by two bytes. Writes 16 bytes."""
