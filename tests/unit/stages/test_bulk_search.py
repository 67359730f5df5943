"""Many values asked at once give what each gives by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Frame, Text
from penstock.content.sigma.expressions import Regex
from penstock.content.sigma.patterns import PatternError, compiled, found, joinable
from penstock.stages.bulk_search import MOST_FOUND, STRETCH, Joined

ATOMS = st.sampled_from(
    [
        *"aAk1 .-",
        r"\s",
        r"\w",
        r"\W",
        r"\d",
        r"\b",
        r"\B",
        r"\n",
        "[^a]",
        "[a-c]",
        "é",
        "^",
        "$",
        r"\A",
        r"\z",
        "(?:a|)",
    ]
)
COUNTS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{2,}", "*?"])
PIECES = st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=4).map("".join)
PATTERNS = st.tuples(PIECES, PIECES, st.sampled_from(["{}{}", "{}|{}", "({})+{}", "(?i){}{}", "(?:{}|x){}"])).map(
    lambda p: p[2].format(*p[:2])
)
FLAGS = st.sets(st.sampled_from("ims")).map("".join)
VALUES = st.lists(st.text(st.sampled_from("aAbkK1 .-\n\r\té\u212ax"), max_size=6), min_size=1, max_size=30)


def joined_of(values: list[bytes]) -> Joined | None:
    ends = np.cumsum([0, *map(len, values)]).astype(np.int32)
    none = np.zeros((0, 0), np.int32)
    empty = none[0:0].ravel()
    frame = Frame("any", Text.of(b"".join(values)), empty, (), (), (), none, none, empty, empty)
    return Joined.of(frame, ends[:-1], np.diff(ends))


@given(PATTERNS, FLAGS, VALUES)
def test_as_one_by_one(pattern: str, flags: str, values: list[str]) -> None:
    match = Regex(pattern, flags)
    try:
        compiled(match)
    except PatternError:
        return
    raw = [v.encode() for v in values]
    joined = joined_of(raw)
    assert joined is not None
    assert [joined.value(i) for i in range(len(raw))] == raw
    if joinable(match):
        assert joined.which(match) == [i for i, value in enumerate(raw) if found(match, value)]


@pytest.mark.parametrize("every", [1, 2, MOST_FOUND, 50, 5_000])
def test_over_many_stretches(every: int) -> None:
    values = [b"word%d %s" % (i, b"x" * (i % 90)) + (b" needle" if i % every == 0 else b"") for i in range(3_000)]
    values[7] = b"long " * STRETCH
    joined = joined_of(values)
    assert joined is not None
    wanted = [i for i in range(3_000) if b"needle" in values[i]]
    assert joined.which(Regex(r"\sneedle\b")) == wanted


def test_a_match_over_the_end_of_a_value_is_none() -> None:
    joined = joined_of([b"a", b"b", b"a\nb", b"", b"a b"])
    assert joined is not None
    assert joined.which(Regex(r"a\sb")) == [2, 4]
    assert joined.which(Regex("a[^x]*b")) == [2, 4]
    assert joined.which(Regex("")) == [0, 1, 2, 3, 4]


def test_what_is_not_utf_8_is_not_joined() -> None:
    assert joined_of([b"fine", b"\xff"]) is None
    assert joined_of([b"\xc3", b"\xa9"]) is None


@pytest.mark.parametrize(
    "pattern", ["^a", "a$", r"(?m)a$", r"b|(?:c\A)", r"a\z", r"a\Z", ".{1000,}", "[[:alpha:]]+$", "(^a)+"]
)
def test_anchored_ones_are_not_joined(pattern: str) -> None:
    assert not joinable(Regex(pattern))


@pytest.mark.parametrize("pattern", [r"\ba", "[$^]", r"\$\^", "(?i)a.*b", "(?s)a.b"])
def test_most_are(pattern: str) -> None:
    assert joinable(Regex(pattern))
