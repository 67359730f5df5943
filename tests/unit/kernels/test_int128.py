"""128-bit integers against Python's."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels import int128

wide = st.integers(-(1 << 126), (1 << 126) - 1)


def split(x: int) -> tuple[np.uint64, np.uint64]:
    x &= (1 << 128) - 1
    return np.uint64(x >> 64), np.uint64(x & ((1 << 64) - 1))


def joined(pair) -> int:
    x = (int(pair[0]) << 64) | int(pair[1])
    return x - (1 << 128) if x >> 127 else x


@given(wide, wide)
def test_sums_and_order(a, b):
    assert joined(int128.plus(*split(a), *split(b))) == a + b
    assert joined(int128.minus(*split(a), *split(b))) == a - b
    assert int128.compare(*split(a), *split(b)) == (a > b) - (a < b)
    assert int128.compare(*split(a), *split(a)) == 0


@given(st.integers(-(1 << 94), 1 << 94), st.integers(0, (1 << 32) - 1))
def test_products(a, n):
    assert joined(int128.times(*split(a), np.uint64(n))) == a * n


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_millionths(v):
    a = min(abs(v), float(1 << 62))
    whole = math.floor(a)
    twin = whole * 1_000_000 + math.floor((a - whole) * 1_000_000 + 0.5)
    assert joined(int128.millionths(v)) == (-twin if v < 0 else twin)


def test_ten_times_a_tenth_is_one():
    total = (np.uint64(0), np.uint64(0))
    for _ in range(10):
        total = int128.plus(*total, *int128.millionths(0.1))
    assert joined(total) == 1_000_000
