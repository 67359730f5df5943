"""Rows in order against Python's sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.row_order import follows, order_ties, rows_until, rows_upto, take_rows, unite

small = st.integers(0, 3)
fields = st.tuples(st.integers(-3, 3), small, small, small, small, st.sampled_from([1, 2, 4]), small)


def table(rows) -> np.ndarray:
    out = np.zeros((len(rows), 8), np.uint64)
    for i, (time, *rest) in enumerate(rows):
        out[i, 0] = np.int64(time).astype(np.uint64)
        out[i, 1:7] = rest
        out[i, 7] = i
    return out


def listed(rows: np.ndarray) -> list[tuple[int, ...]]:
    return [(int(r[0].astype(np.int64)), *map(int, r[1:7])) for r in rows]


def tied(rows: np.ndarray) -> np.ndarray:
    rows = rows.copy()
    order_ties(rows, np.empty((max(2, len(rows)), 8), np.uint64), np.empty(1 << 8, np.int64))
    return rows


@given(st.lists(fields, max_size=60))
def test_ties_are_put_in_order(rows):
    by_time = sorted(rows, key=lambda r: r[0])
    assert [r[:6] for r in listed(tied(table(by_time)))] == [r[:6] for r in sorted(rows, key=lambda r: r[:6])]


@pytest.mark.parametrize("spread", [1 << 63, 1 << 20, 1], ids=["random", "close", "equal"])
def test_many_at_one_time(spread):
    """Buckets of ids, and a heap where they are all in one bucket."""
    draw = np.random.default_rng(1)
    rows = table([(5, int(draw.integers(0, spread)), i % 7, 0, 0, 1, 0) for i in range(600)])
    assert [r[:6] for r in listed(tied(rows))] == sorted(r[:6] for r in listed(rows))


@given(st.lists(fields, max_size=30))
def test_the_same_event_of_a_group_is_one(rows):
    rows = sorted(rows, key=lambda r: r[:6])
    united: dict[tuple[int, ...], tuple[int, int]] = {}
    twice = 0
    for *event, mask, value in rows:
        before = united.get(tuple(event))
        twice += bool(before and before[0] & mask)
        united[tuple(event)] = (before[0] | mask, before[1]) if before else (mask, value)
    given_rows = table(rows)
    n, repeated = unite(given_rows)
    assert repeated == twice
    assert listed(given_rows[:n]) == [(*event, mask, value) for event, (mask, value) in united.items()]


def test_of_rows_already_united_the_one_of_the_first_rule_comes_first():
    """What both rules matched stands before what the second alone did, though 3 is more than 2."""
    rows = tied(table([(5, 0, 0, 0, 0, 2, 7), (5, 0, 0, 0, 0, 3, 9)]))
    assert listed(rows)[0] == (5, 0, 0, 0, 0, 3, 9)


@given(st.lists(fields, max_size=30), fields)
def test_searches(rows, other):
    rows = sorted(rows, key=lambda r: r[:6])
    given_rows, one = table(rows), table([other])
    assert rows_until(given_rows, other[0]) == sum(r[0] <= other[0] for r in rows)
    assert rows_upto(given_rows, one, np.uint64(0)) == sum(r[:3] <= other[:3] for r in rows)
    for i, row in enumerate(rows):
        assert follows(given_rows, np.uint64(i), one, np.uint64(0)) == (row[:3] < other[:3])


@given(st.lists(fields, max_size=20), st.data())
def test_rows_are_taken_in_any_order(rows, data):
    order = np.array(data.draw(st.permutations(range(len(rows)))), np.int64)
    given_rows = table(rows)
    out = np.empty_like(given_rows)
    take_rows(given_rows, order, out)
    assert (out == given_rows[order]).all()
