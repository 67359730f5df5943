"""Distinct keys are numbered in the order in which they first come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.distinct import number_distinct, pack_constants
from penstock.stages.judging import distinct


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=60))
def test_as_a_dictionary_does_it(keys: list[int]) -> None:
    known: dict[int, int] = {}
    wanted = [known.setdefault(key, len(known)) for key in keys]
    numbers, first = distinct(np.array(keys, np.uint64))
    assert numbers.tolist() == wanted
    assert first.tolist() == [keys.index(key) for key in known]


def test_more_than_there_is_room_for_is_told_and_tried_again() -> None:
    keys = np.arange(9, dtype=np.uint64)
    out, first = np.empty(9, np.int32), np.empty(8, np.int32)
    assert number_distinct(keys, np.zeros(16, np.uint64), np.full(16, -1, np.int32), out, first) == -1
    assert distinct(np.arange(5_000, dtype=np.uint64))[0].tolist() == list(range(5_000))


PLACE = st.integers(-1, 2**22 - 2)


@given(st.lists(st.tuples(st.integers(0, 2**16 - 1), PLACE, PLACE), min_size=1, max_size=20), st.integers(0, 1000))
def test_keys_are_one_to_one(rows: list[tuple[int, int, int]], base: int) -> None:
    """Family, and the places of two constants (-1: absent)."""
    family, one, other = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    keys = np.empty(len(rows), np.uint64)
    pack_constants(family, base, one + base, one, other + base, other, keys)
    assert len(set(keys.tolist())) == len(set(rows))
