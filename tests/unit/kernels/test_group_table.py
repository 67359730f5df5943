"""Tables of groups and of their values against dictionaries."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.group_table import NONE, add, find, place_all, rebuild, remove
from penstock.kernels.pair_table import pair_add, pair_take, place_pairs
from penstock.kernels.window_layout import ENTRY, LIVE, PAIRS, REGISTERS, USED

# few low words, so that places, tags and whole words collide
keys = st.tuples(st.integers(0, 2), st.sampled_from([1, 2, 17, 33, 1 + (1 << 32), 15, 31, 47]))


def pair(key):
    return np.uint64(key[0]), np.uint64(key[1])


@given(st.lists(st.tuples(keys, st.booleans()), max_size=60))
def test_groups(changes):
    places, entries = np.zeros(64, np.uint64), np.zeros((32, ENTRY + 1), np.uint64)
    registers = np.zeros(REGISTERS, np.int64)
    slots: dict[tuple[int, int], int] = {}
    for key, wanted in changes:
        slot = find(places, entries, *pair(key))
        assert slot == slots.get(key, NONE)
        if wanted and slot == NONE:
            slots[key] = int(add(places, entries, *pair(key), registers))
        elif not wanted and slot != NONE:
            remove(places, entries, slot, registers)
            del slots[key]
        assert registers[LIVE] == len(slots)
        assert registers[USED] <= 24
    assert len(set(slots.values())) == len(slots)
    for size in (64, 128):
        for how in (lambda new: place_all(new, places), lambda new: rebuild(new, entries, registers)):
            new = np.zeros(size, np.uint64)
            how(new)
            assert np.count_nonzero(new) == len(slots)
            for key, slot in slots.items():
                assert find(new, entries, *pair(key)) == slot


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, 2, 17, 33, 15]), st.booleans()), max_size=60))
def test_pairs(changes):
    pairs, registers = np.zeros((64, 2), np.uint64), np.zeros(REGISTERS, np.int64)
    counts: dict[tuple[int, int], int] = {}
    for slot, value, more in changes:
        n = counts.get((slot, value), 0)
        if more:
            counts[slot, value] = n + 1
            assert pair_add(pairs, np.uint64(slot), np.uint64(value), registers) == n + 1
        elif n:
            counts[slot, value] = n - 1
            assert pair_take(pairs, np.uint64(slot), np.uint64(value), registers) == n - 1
            if n == 1:
                del counts[slot, value]
        assert registers[PAIRS] == len(counts)
    new = np.zeros((128, 2), np.uint64)
    place_pairs(new, pairs)
    for (slot, value), n in counts.items():
        assert pair_add(new, np.uint64(slot), np.uint64(value), registers) == n + 1
