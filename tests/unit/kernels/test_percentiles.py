"""Percentiles of values against NumPy's in exact fractions, and how they stand to bounds without being computed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.percentiles import exact_percentile, sort_values

WORD = 1 << 64
numbers = st.lists(st.integers(-4000, 4000).map(lambda n: n / 4), min_size=1, max_size=40)


def twin(values: list[float], percent: int) -> Fraction:
    ordered = [Fraction(v) for v in sorted(values)]
    rank = Fraction((len(values) - 1) * percent, 100)
    below = int(rank)
    return ordered[below] + (rank - below) * (ordered[min(below + 1, len(values) - 1)] - ordered[below])


@given(numbers, st.integers(0, 100))
def test_exact_percentile(values, percent):
    scratch = np.array(values)
    high, low = exact_percentile(scratch, np.uint64(len(values)), percent)
    whole = (int(high) << 64) + int(low)
    assert Fraction(whole - (WORD * WORD if whole >> 127 else 0), 100_000_000) == twin(values, percent)
    assert np.isclose(float(twin(values, percent)), np.percentile(values, percent))


@given(numbers, st.integers(0, 5), st.integers(0, 5))
def test_sort(values, before, behind):
    scratch = np.array([9999.0] * before + values + [-9999.0] * behind)
    sort_values(scratch, np.uint64(before), np.uint64(len(values)))
    assert scratch.tolist() == [9999.0] * before + sorted(values) + [-9999.0] * behind
