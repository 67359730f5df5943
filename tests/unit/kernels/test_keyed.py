"""The table of keys against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.keyed import fill_slots

WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def hash_of(word: int, salt: int) -> int:
    h = ((word ^ (salt << 32) ^ salt) * GOLDEN) & WORD
    return ((h ^ (h >> 32)) * GOLDEN) & WORD


def passes(known: list[int], h: int) -> bool:
    """Whether the filter has both of a key's bits."""
    word = known[(h >> 38) % len(known)]
    return bool(word >> (h >> 58) & 1) and bool(word >> ((h >> 32) & 63) & 1)


def look_up(slots: list[int], known: list[int], word: int, salt: int) -> int:
    """The search that `literals` makes: past the filter, on from the first slot to an empty one."""
    h = hash_of(word, salt & 0xFFFFFFFF)
    size = len(slots) // 2
    if not passes(known, h):
        return 0
    at = (h >> 20) % size
    for _ in range(size):
        key, rest = slots[2 * at : 2 * at + 2]
        if rest == 0 or (key == word and rest >> 32 == salt & 0xFFFFFFFF):
            return rest & 0xFFFFFFFF
        at = (at + 1) % size
    raise AssertionError("no slot is empty")


keys = st.tuples(st.one_of(st.integers(0, WORD), st.integers(0, 3)), st.integers(-40, 40))


@given(
    st.dictionaries(keys, st.integers(1, 2**31 - 1), max_size=40), st.lists(keys, max_size=10), st.booleans(),
    st.sampled_from([1, 2, 8]),
)  # fmt: skip
def test_agrees_with_a_dictionary(entries, others, tight, words):
    size = 1 << max(0 if tight else 4, (2 * len(entries) - 1).bit_length())
    slots, known = np.zeros(2 * size, np.uint64), np.zeros(words, np.uint64)
    fill_slots(
        np.array([w for w, _ in entries], np.uint64), np.array([s for _, s in entries], np.int32),
        np.array(list(entries.values()), np.int32), slots, known,
    )  # fmt: skip
    for key in (*entries, *others):
        assert look_up(slots.tolist(), known.tolist(), *key) == entries.get(key, 0)
    assert int((slots[1::2] != 0).sum()) == len(entries)
