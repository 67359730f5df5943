"""Changes over a mapping are what a dictionary would be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.incidents import layered
from penstock.incidents.layered import Layered, changed, pairs
from penstock.incidents.state import Overlay

KEYS = st.text("abcdefgh", min_size=1, max_size=2)
STEPS = st.lists(st.dictionaries(KEYS, st.none() | st.integers(1, 9), max_size=6), max_size=12)


@given(STEPS, st.integers(0, 6))
def test_as_a_dictionary(steps, least):
    slow: dict[str, int] = {}
    fast = {}
    kept, layered.LEAST = layered.LEAST, least
    try:
        for step in steps:
            over = Overlay(fast)
            before = dict(pairs(fast))
            for key, value in step.items():
                if value is None:
                    slow.pop(key, None)
                    over.drop(key)
                else:
                    slow[key] = value
                    over[key] = value
            after = over.merged()
            assert dict(pairs(fast)) == before, "what was is not changed"
            fast = after
            assert dict(pairs(fast)) == slow == {key: fast[key] for key in fast}
            assert len(fast) == len(slow)
            assert all(fast.get(key) == slow.get(key) for key in "abcdefgh")
    finally:
        layered.LEAST = kept


def test_few_changes_of_many_copy_few():
    many = {str(n): n for n in range(100_000)}
    one = changed(many, {"0": None, "new": 1}, 100_000)
    assert isinstance(one, Layered)
    assert one.below is many
    assert ("0" in one, one["new"], len(one)) == (False, 1, 100_000)
    assert isinstance(changed(one, {str(-n): n for n in range(1, 9_000)}, 108_999), dict)
