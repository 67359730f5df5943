"""Cells of virtual columns, and one cell against another, against plain Python."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.sigma.folding import fold
from penstock.kernels.cells import compare_cells, list_cells
from penstock.kernels.folding import WIDEST


@st.composite
def matrices(draw: st.DrawFn):
    """Lengths (-1 absent) of a matrix, and of each virtual column the rows of it that may hold its value."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(0, 70))
    lengths = draw(
        st.lists(st.lists(st.integers(-1, 3), min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
    widest = draw(st.integers(1, 3))
    picks = draw(st.lists(st.lists(st.integers(0, rows - 1), max_size=widest), max_size=4))
    return np.array(lengths, np.int32).reshape(rows, columns), picks, widest


@given(matrices())
def test_the_first_present_value_of_each_row(drawn):
    length, picks, widest = drawn
    n = length.shape[1]
    start = np.arange(length.size, dtype=np.int32).reshape(length.shape)
    padded = np.array([p + [-1] * (widest - len(p)) for p in picks], np.int32).reshape(len(picks), widest)
    out = [np.full(len(picks) * n, -7, np.int32) for _ in range(3)]
    begin = np.full(len(picks) + 1, -7, np.int32)
    longest = list_cells(start, length, padded, n, *out, begin)
    want: list[tuple[int, int, int]] = []
    ends = [0]
    for pick in picks:
        for row in range(n):
            there = [c for c in pick if length[c, row] >= 0]
            if there:
                want.append((start[there[0], row], length[there[0], row], row))
        ends.append(len(want))
    assert begin.tolist() == ends
    assert list(zip(*(o[: len(want)].tolist() for o in out), strict=True)) == want
    assert longest == max((w[1] for w in want), default=0)
    assert all((o[len(want) :] == -7).all() for o in out)


def compared(pairs: list[tuple[str, str]], *, begins: bool, ends: bool) -> list[bool]:
    text = Text.of(b"~")
    one, other = (
        np.array([[text.append(p[k].encode()) for p in pairs], [len(p[k].encode()) for p in pairs]], np.int32).reshape(
            2, -1
        )
        for k in (0, 1)
    )
    room = WIDEST * max([0, *one[1].tolist(), *other[1].tolist()]) + 64
    out = np.full(len(pairs), 7, np.uint8)
    compare_cells(text.data, one, other, begins, ends, np.empty(2 * room, np.uint8), np.empty(room, np.int32), out)
    return [bool(o) for o in out]


def twin(one: str, other: str, *, begins: bool, ends: bool) -> bool:
    one, other = fold(one), fold(other)
    if begins and ends:
        return other in one
    return one.startswith(other) if begins else one.endswith(other) if ends else one == other


words = st.text("abABéÉİk\u212a😀 ", max_size=9)


@st.composite
def akin(draw: st.DrawFn) -> tuple[str, str]:
    """Two texts of which one is likely to be in the other."""
    other = draw(words)
    return draw(words) + draw(st.sampled_from([other, other.upper(), other.swapcase(), ""])) + draw(words), other


@given(st.lists(st.one_of(akin(), st.tuples(words, words)), max_size=6), st.booleans(), st.booleans())
def test_one_text_against_another(pairs, begins, ends):
    assert compared(pairs, begins=begins, ends=ends) == [twin(*p, begins=begins, ends=ends) for p in pairs]


@given(st.text("ab", max_size=40), st.text("ab", max_size=6))
def test_texts_that_overlap_themselves(one, other):
    """Where a search begins again matters only then."""
    assert compared([(one, other)], begins=True, ends=True) == [other in one]


@pytest.mark.compiled
def test_long_texts_take_linear_time():
    """A megabyte that nearly holds half a megabyte at each of its places."""
    pair = ("a" * 1_000_000, "a" * 500_000 + "b")
    compared([("a", "b")], begins=True, ends=True)
    begun = time.perf_counter()
    assert compared([pair], begins=True, ends=True) == [False]
    assert time.perf_counter() - begun < 2
