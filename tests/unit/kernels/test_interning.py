"""Distinct values by number, against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from penstock.kernels import interning
from penstock.kernels.vectors import U

values = st.lists(
    st.one_of(st.binary(max_size=20), st.sampled_from([b"a", b"b", b"12345678", b"123456789"])), max_size=40
)


@njit
def intern(a, p, n, slots, hashes, starts, lengths, count):
    return interning.intern(a, p, n, slots, hashes, starts, lengths, count)


def numbers(held: list[bytes], size: int = 64, most: int = 64) -> list[int]:
    raw = b"".join(held)
    a = np.frombuffer(raw + bytes(64), np.uint8)
    slots = np.full(size, -1, np.int32)
    dictionary = (np.empty(most, np.uint64), np.empty(most, np.int32), np.empty(most, np.int32), np.zeros(1, np.int64))
    out, at = [], 0
    for value in held:
        out.append(int(intern(a, U(at), U(len(value)), slots, *dictionary)))
        at += len(value)
    return out


@given(values)
def test_a_number_for_each_distinct_value(held):
    known: dict[bytes, int] = {}
    assert numbers(held, 1024) == [known.setdefault(v, len(known)) for v in held]


@given(values, st.integers(1, 5))
def test_a_full_dictionary_gives_none(held, most):
    known: dict[bytes, int] = {}
    for value, number in zip(held, numbers(held, 1024, most), strict=True):
        if value not in known and len(known) < most:
            known[value] = len(known)
        assert number == known.get(value, -1)


def test_looking_for_a_place_is_bounded():
    """In a table that is full it gives up; what has a place keeps it."""
    held = [b"%d" % i for i in range(60)]
    found = numbers([*held, *held], 64, 60)
    first, again = found[:60], found[60:]
    assert first == again
    assert sorted(n for n in first if n >= 0) == list(range(sum(n >= 0 for n in first)))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 33])
def test_same(size):
    @njit
    def same(a, p, q, n):
        return interning.same(a, p, q, n)

    raw = bytearray(bytes(range(size)) + bytes(range(size)) + bytes(range(100, 164)))
    assert same(np.frombuffer(bytes(raw), np.uint8), U(0), U(size), U(size))
    for at in range(size):
        other = bytearray(raw)
        other[size + at] ^= 64
        assert not same(np.frombuffer(bytes(other), np.uint8), U(0), U(size), U(size))
