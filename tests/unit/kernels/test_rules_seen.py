"""Expressions over rules against Python's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.rules_seen import count_bits, evaluate
from penstock.kernels.window_layout import AND, NOT, OR

trees = st.recursive(
    st.integers(0, 63),
    lambda inner: st.one_of(
        st.tuples(st.just(NOT), inner), st.tuples(st.sampled_from([AND, OR]), inner, inner)
    ),
    max_leaves=30,
)  # fmt: skip


def postfix(tree) -> list[int]:
    if isinstance(tree, int):
        return [tree]
    return [*(x for part in tree[1:] for x in postfix(part)), tree[0]]


def twin(tree, there: set[int]) -> bool:
    if isinstance(tree, int):
        return tree in there
    kind, *parts = tree
    values = [twin(part, there) for part in parts]
    return not values[0] if kind == NOT else all(values) if kind == AND else any(values)


@given(trees, st.sets(st.integers(0, 63)))
def test_expressions(tree, there):
    mask = np.uint64(sum(1 << r for r in there))
    assert evaluate(np.array(postfix(tree), np.int32), mask) == twin(tree, there)
    assert count_bits(mask) == len(there)
