"""What is known of a condition when some fields are never there."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.sigma.absence import blamed, known
from penstock.content.sigma.expressions import (
    FALSE,
    TRUE,
    And,
    Expression,
    Glob,
    Not,
    Or,
    Present,
    Reference,
)
from penstock.content.sigma.expressions import (
    Test as Asked,
)

A, B, C = (Asked(name, Glob((name,))) for name in "abc")

expressions = st.recursive(
    st.sampled_from([A, B, C, Asked("a", Present()), Asked(None, Glob(("word",)))]),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda x: And(tuple(x))),
        st.lists(inner, max_size=3).map(lambda x: Or(tuple(x))),
    ),
    max_leaves=8,
)


def holds(expression: Expression, true: set[Asked]) -> bool:
    """The slow and obvious one: these tests hold, no others."""
    if isinstance(expression, Asked):
        return expression in true
    if isinstance(expression, Not):
        return not holds(expression.item, true)
    found = [holds(item, true) for item in expression.items]
    return all(found) if isinstance(expression, And) else any(found)


@given(expressions, st.sets(st.sampled_from("abc")))
def test_what_is_known_is_so_whatever_the_other_fields_hold(expression: Expression, absent: set[str]):
    said = known(expression, absent)
    there = [t for t in (A, B, C, Asked("a", Present()), Asked(None, Glob(("word",)))) if t.field not in absent]
    for chosen in product([False, True], repeat=len(there)):
        true = {t for t, yes in zip(there, chosen, strict=True) if yes}
        assert said is None or holds(expression, true) is said


@pytest.mark.parametrize(
    ("expression", "absent", "wanted"),
    [
        (A, {"a"}, False),
        (Not(A), {"a"}, True),
        (And((A, B)), {"b"}, False),
        (Or((A, B)), {"b"}, None),
        (Or((A, B)), {"a", "b"}, False),
        (And((A, Not(B))), {"b"}, None),
        (Asked("a", Reference("b")), {"b"}, False),
        (TRUE, {"a"}, True),
        (FALSE, set(), False),
    ],
)
def test_known(expression: Expression, absent: set[str], wanted: bool | None):
    assert known(expression, absent) is wanted


@pytest.mark.parametrize(
    ("expression", "absent", "wanted"),
    [
        (And((A, B)), {"a", "c"}, {"a"}),  # c does not matter
        (And((A, B)), {"a", "b"}, {"a", "b"}),
        (Or((A, B)), {"a", "b", "c"}, {"a", "b"}),  # only together
        (And((Or((A, B)), C)), {"a", "b", "c"}, {"c"}),
    ],
)
def test_who_is_to_blame(expression: Expression, absent: set[str], wanted: set[str]):
    assert blamed(expression, absent) == wanted
