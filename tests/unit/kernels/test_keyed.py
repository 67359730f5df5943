"""The table of keys against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.keyed import fill_slots

WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def first_slot(word: int, salt: int, mask: int) -> int:
    h = ((word ^ (salt & WORD)) * GOLDEN) & WORD
    return (((h ^ (h >> 32)) * GOLDEN) & WORD) >> 20 & mask


def look_up(table: tuple[np.ndarray, ...], word: int, salt: int) -> int:
    """The search that `literals` makes: on from the first slot to an empty one."""
    words, salts, lists = (t.tolist() for t in table)
    at = first_slot(word, salt, len(words) - 1)
    for _ in words:
        if lists[at] == 0 or (words[at] == word and salts[at] == salt):
            return int(lists[at])
        at = (at + 1) % len(words)
    raise AssertionError("no slot is empty")


keys = st.tuples(st.one_of(st.integers(0, WORD), st.integers(0, 3)), st.integers(-40, 40))


@given(st.dictionaries(keys, st.integers(1, 2**31 - 1), max_size=40), st.lists(keys, max_size=10), st.booleans())
def test_agrees_with_a_dictionary(entries, others, tight):
    size = 1 << max(0 if tight else 4, (2 * len(entries) - 1).bit_length())
    table = np.zeros(size, np.uint64), np.zeros(size, np.int32), np.zeros(size, np.int32)
    fill_slots(
        np.array([w for w, _ in entries], np.uint64), np.array([s for _, s in entries], np.int32),
        np.array(list(entries.values()), np.int32), *table,
    )  # fmt: skip
    for key in (*entries, *others):
        assert look_up(table, *key) == entries.get(key, 0)
    assert int((table[2] != 0).sum()) == len(entries)
