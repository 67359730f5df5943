"""Globs over bytes against globs over characters, tried in every way."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.globs import ANY, ONE, fits
from penstock.kernels.words import U

Parts = tuple[str | int, ...]


def program_of(parts: Parts) -> np.ndarray:
    codes: list[int] = []
    for part in parts:
        codes.extend(part.encode() if isinstance(part, str) else (part,))
    return np.array([ANY, *codes, ONE], np.int16)  # of others before and behind: `first` and `last` say which


def run(value: str, parts: Parts) -> bool:
    text = Text.of(b"??" + value.encode() + b"more")
    program = program_of(parts)
    return bool(fits(text.data, U(2), U(len(value.encode())), program, 1, len(program) - 1))


def twin(value: str, parts: Parts) -> bool:
    units = tuple(u for p in parts for u in (p if isinstance(p, str) else (p,)))

    @cache
    def rest(i: int, j: int) -> bool:
        if j == len(units):
            return i == len(value)
        if units[j] == ANY:
            return rest(i, j + 1) or (i < len(value) and rest(i + 1, j))
        return i < len(value) and units[j] in (ONE, value[i]) and rest(i + 1, j + 1)

    return rest(0, 0)


texts = st.text("aabé€😀*?", max_size=8)
globs = st.lists(st.one_of(st.sampled_from([ANY, ANY, ONE]), st.text("abé€😀", min_size=1, max_size=3)), max_size=7)


@given(texts, globs)
def test_agrees_with_every_way_to_fit(value, parts):
    assert run(value, tuple(parts)) == twin(value, tuple(parts))


@given(st.data(), globs)
def test_what_is_made_of_it_fits(data, parts):
    """Whatever the wildcards stand for."""
    value = "".join(
        p if isinstance(p, str) else data.draw(texts if p == ANY else st.sampled_from("aé€😀")) for p in parts
    )
    assert run(value, tuple(parts))


@pytest.mark.parametrize(
    ("value", "parts", "want"),
    [
        ("", (), True), ("a", (), False), ("", (ANY,), True), ("", (ONE,), False), ("é", (ONE,), True), ("é", (ONE, ONE), False),  # noqa: E501
        ("aab", (ANY, "ab"), True), ("abab", ("ab",), False), ("a😀b", ("a", ONE, "b"), True), ("éa", (ANY, ONE, "a"), True),  # noqa: E501
        ("€cdxx", (ANY, ONE, ONE, "cd", ANY), False), ("xé", ("x", ANY, ONE, ANY, ONE), False),
    ],
)  # fmt: skip
def test_by_example(value, parts, want):
    assert run(value, parts) is want


@pytest.mark.compiled
def test_many_stars_cost_no_more_than_value_times_glob():
    """`*a*a*…b` against a's: a matcher that tries every way takes for ever."""
    value, parts = "a" * 100_000, (*(ANY, "a") * 500, ANY, "b")
    run("a", parts)
    begun = time.perf_counter()
    assert not run(value, parts)
    assert time.perf_counter() - begun < 5
