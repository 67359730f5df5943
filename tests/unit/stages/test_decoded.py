"""Globs over decoded values, against the obvious way; long lines."""

from __future__ import annotations

import pickle

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.sigma.expressions import ANY, Regex
from penstock.content.sigma.model import Source
from penstock.content.sigma.patterns import found
from penstock.stages.decoded import _fits, _fits_texts

texts = st.text("ab", min_size=1, max_size=3)


@given(st.text("ab", max_size=9), st.lists(texts, max_size=4), st.booleans(), st.booleans())
def test_texts_and_stars(value: str, parts: list[str], begins: bool, ends: bool):
    glob: list[str | int] = [] if begins else [ANY]
    for k, part in enumerate(parts):
        glob += [part] if k == 0 else [ANY, part]
    if not ends and glob[-1:] != [ANY]:
        glob.append(ANY)
    assert _fits_texts(value, tuple(glob)) == _fits(value, tuple(glob))


@pytest.mark.parametrize("flags", ["", "i", "s", "m"])
@given(value=st.text("aé\n", max_size=12), many=st.integers(1, 9))
def test_so_many_characters_or_more(flags: str, value: str, many: int):
    pattern = f".{{{many},}}"
    obvious = re2.compile(f"(?{flags}){pattern}" if flags else pattern)
    assert found(Regex(pattern, flags), value.encode()) == (obvious.search(value.encode()) is not None)


def test_what_is_pickled_by_its_slots_comes_back():
    source = Source("windows", None, "sysmon")
    assert pickle.loads(pickle.dumps(source)) == source
