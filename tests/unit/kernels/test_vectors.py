"""Tests of 32 bytes at a time: against a look at each byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config, njit

from penstock.kernels import vectors
from penstock.kernels.vectors import U

blocks = st.one_of(st.binary(min_size=40, max_size=40), st.text('"\\\n\r\t\x01 aé', min_size=40).map(str.encode))
equal = vectors.marks_of(b'",', "equal")


@njit
def marks(a, p):
    return (
        vectors.high_marks(a, p),
        vectors.escape_marks(a, p),
        vectors.spelt_marks(a, p),
        equal(a, p),
        vectors.odd_marks(a, p),
        vectors.feed_marks(a, p),
        vectors.digit_marks(a, p),
        vectors.equal_marks(a, p, np.uint8(97)),
    )


@njit
def copy(out, o, a, p):
    vectors.copy32(out, o, a, p)


@njit
def bits(m):
    return vectors.count_bits(m), vectors.lowest_bit(m)


@njit
def escape8(out, o, a, p, m):
    vectors.escape8(out, o, a, p, m)


def mask(block: bytes, test) -> int:
    return sum(bool(test(b)) << k for k, b in enumerate(block[:32]))


@given(blocks, st.integers(0, 8))
def test_marks(raw, p):
    a = np.frombuffer(raw[:40], np.uint8)
    block = raw[p : p + 32]
    assert [int(m) for m in marks(a, U(p))] == [
        mask(block, lambda b: b > 127),
        mask(block, lambda b: b < 32 or b in b'"\\'),
        mask(block, lambda b: b < 32 and b not in b"\n\r\t"),
        mask(block, lambda b: b in b'",'),
        mask(block, lambda b: b > 127 or b == 0),
        mask(block, lambda b: b == 10),
        mask(block, lambda b: 48 <= b <= 57),
        mask(block, lambda b: b == 97),
    ]


@given(st.binary(min_size=50, max_size=50), st.integers(0, 18), st.integers(0, 18))
def test_copy(raw, p, o):
    out = np.zeros(50, np.uint8)
    copy(out, U(o), np.frombuffer(raw, np.uint8), U(p))
    assert bytes(out) == bytes(o) + raw[p : p + 32] + bytes(18 - o)


@njit
def present(matrix, c, i, address):
    return (
        vectors.present64(matrix, c, i),
        vectors.present64_at(address, c * U(matrix.shape[1]) + i),
        vectors.int32_at(address, c * U(matrix.shape[1]) + i),
    )


@given(st.lists(st.integers(-2, 2), min_size=80, max_size=80), st.integers(0, 16))
def test_present(row, i):
    matrix = np.array([[-1] * 80, row], np.int32)
    one, other, first = present(matrix, U(1), U(i), U(matrix.ctypes.data))
    assert int(one) == int(other) == sum((v >= 0) << k for k, v in enumerate(row[i : i + 64]))
    assert first == row[i]


@given(st.integers(1, (1 << 64) - 1))
def test_bits(m):
    count, lowest = bits(U(m))
    assert count == m.bit_count()
    assert m >> int(lowest) & 1
    assert m & ((1 << int(lowest)) - 1) == 0


@pytest.mark.skipif(not (vectors.SHUFFLES or config.DISABLE_JIT), reason="this processor has no SSSE3")
@given(st.text('"\\\n\r\taé ', min_size=8).map(lambda t: t.encode()[:8]))
def test_eight_bytes_escaped(raw):
    names = {ord(k): v for k, v in {'"': b'\\"', "\\": b"\\\\", "\n": b"\\n", "\r": b"\\r", "\t": b"\\t"}.items()}
    out = np.zeros(20, np.uint8)
    escape8(out, U(2), np.frombuffer(raw, np.uint8), U(0), U(sum((b in names) << k for k, b in enumerate(raw))))
    wanted = b"".join(names.get(b, bytes([b])) for b in raw)
    assert bytes(out)[2 : 2 + len(wanted)] == wanted
