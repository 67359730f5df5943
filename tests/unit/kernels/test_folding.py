"""Lower case, one character for one, against Python's own character by character."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.sigma import folding as rules
from penstock.kernels.folding import WIDEST, fold
from penstock.kernels.words import U


def run(value: bytes, before: bytes = b"") -> bytes:
    """Folded in a box of just the room that callers give; what lies behind it is left alone."""
    text = Text.of(before + value + b"NEXT")
    room = WIDEST * len(value) + 32
    box = np.full(room + 8, 7, np.uint8)
    n = int(fold(text.data, U(len(before)), U(len(value)), box))
    assert n <= WIDEST * len(value)
    assert (box[room:] == 7).all()
    assert text.slice(0, text.used) == before + value + b"NEXT"
    return box[:n].tobytes()


def twin(value: str) -> str:
    """Unicode's simple lower case: of `str.lower` only U+0130 is two characters, an i and a dot."""
    return "".join(c if ord(c) > 0xFFFF else "s" if c == "ſ" else c.lower()[0] for c in value)


letters = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("AZaz@[`{İıſKÅΩẞßΣςȺⱥÉéДд�￿😀𐐀\x7f\x00"),
        st.characters(codec="ascii"),
    ),
    max_size=40,
)


@given(letters, st.binary(max_size=9))
def test_agrees_with_python(value, before):
    assert run(value.encode(), before).decode() == twin(value)


@given(letters)
def test_rules_are_folded_as_values_are(value):
    """A rule's text and an event's must become the same."""
    assert rules.fold(value) == run(value.encode()).decode()


@given(letters)
def test_one_character_stays_one(value):
    """Else a `?` would mean something else before and after."""
    assert len(run(value.encode()).decode()) == len(value)


@given(st.binary(max_size=30))
def test_bytes_that_are_no_text_do_no_harm(value):
    """`decode` lets none through; still nothing is read or written beyond."""
    assert len(run(value)) <= WIDEST * len(value)


@pytest.mark.compiled
def test_every_character_of_the_basic_plane():
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))
    assert run(every.encode()).decode() == twin(every)


@pytest.mark.parametrize(
    ("value", "want"), [("", ""), ("İ", "i"), ("ſ", "s"), ("\u212a", "k"), ("ẞ", "ß"), ("ΑΣ", "ασ")]
)
def test_by_example(value, want):
    assert run(value.encode()).decode() == want
