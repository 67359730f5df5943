"""Distinct keys are numbered in the order in which they first come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.distinct import SAMPLE, give_slices, number_distinct, number_slices, pack_constants, pick_present
from penstock.stages.judging import distinct


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=60))
def test_as_a_dictionary_does_it(keys: list[int]) -> None:
    known: dict[int, int] = {}
    wanted = [known.setdefault(key, len(known)) for key in keys]
    numbers, first = distinct(np.array(keys, np.uint64))
    assert numbers.tolist() == wanted
    assert first.tolist() == [keys.index(key) for key in known]


def test_more_than_there_is_room_for_is_told_and_tried_again() -> None:
    keys = np.arange(9, dtype=np.uint64)
    out, first = np.empty(9, np.int32), np.empty(8, np.int32)
    assert number_distinct(keys, np.zeros(16, np.uint64), np.full(16, -1, np.int32), out, first) == -1
    assert distinct(np.arange(5_000, dtype=np.uint64))[0].tolist() == list(range(5_000))


def numbered(values: list[bytes], most: int) -> tuple[int, list[int], list[bytes]]:
    """How many distinct values, the number of each, and the distinct ones."""
    text = Text.of(b"".join(values))
    length = np.array([len(v) for v in values], np.int32)
    start = (np.cumsum(length) - length).astype(np.int32)
    out, starts, lengths = np.full(len(values), -1, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    slots = np.full(1 << (2 * most).bit_length(), -1, np.int32)
    table = (slots, np.empty(most, np.uint64), starts, lengths, np.zeros(1, np.int64))
    count = number_slices(text.data, start, length, *table, out)
    found = [text.slice(int(s), int(n)) for s, n in zip(starts[: max(count, 0)], lengths, strict=False)]
    return count, out.tolist(), found


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"", b"a", b"abcdefgh", b"abcdefgi"]), max_size=60))
def test_slices_are_numbered_by_their_bytes(values: list[bytes]) -> None:
    known: dict[bytes, int] = {}
    wanted = [known.setdefault(value, len(known)) for value in values]
    assert numbered(values, 64) == (len(known), wanted, list(known))


def test_slices_that_do_not_recur_or_find_no_room_are_not_numbered() -> None:
    assert numbered([b"%d" % i for i in range(SAMPLE + 1)], 2 * SAMPLE)[0] == -1
    assert numbered([b"%d" % (i % 50) for i in range(SAMPLE + 1)], 2 * SAMPLE)[0] == 50
    assert numbered([b"a", b"b", b"c"], 2)[0] == -1


@given(st.data(), st.booleans())
def test_rows_get_the_slices_of_their_numbers(data: st.DataObject, over: bool) -> None:
    slices = data.draw(st.lists(st.tuples(st.integers(0, 99), st.integers(-1, 9)), min_size=1, max_size=8))
    at = data.draw(st.lists(st.integers(-1, len(slices) - 1), min_size=1, max_size=8))
    which = data.draw(st.lists(st.integers(0, len(at) - 1), max_size=20))
    before = data.draw(st.lists(st.integers(-1, 9), min_size=len(which) + 3, max_size=len(which) + 3))
    rows = np.arange(1, len(which) + 1, dtype=np.int32)
    start, length = (np.array(x, np.int32) for x in zip(*slices, strict=True))
    out_start, out_length = np.full(len(before), 1000, np.int32), np.array(before, np.int32)
    give_slices(np.array(which, np.int32), np.array(at, np.int32), start, length, rows, over, out_start, out_length)
    wanted = [(1000, n) for n in before]
    for row, number in zip(rows.tolist(), which, strict=True):
        given_ = slices[at[number]] if at[number] >= 0 else (0, -1)
        if given_[1] >= 0 and (over or wanted[row][1] < 0):
            wanted[row] = given_
    assert list(zip(out_start.tolist(), out_length.tolist(), strict=True)) == wanted


PLACE = st.integers(-1, 2**22 - 2)


@given(st.lists(st.tuples(st.integers(0, 2**16 - 1), PLACE, PLACE), min_size=1, max_size=20), st.integers(0, 1000))
def test_keys_are_one_to_one(rows: list[tuple[int, int, int]], base: int) -> None:
    """Family, and the places of two constants (-1: absent)."""
    family, one, other = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    keys = np.empty(len(rows), np.uint64)
    pack_constants(family, base, one + base, one, other + base, other, keys)
    assert len(set(keys.tolist())) == len(set(rows))


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 1))), st.integers(0, 1))
def test_what_is_present_and_asked_for_is_listed(rows: list[tuple[int, int]], least: int) -> None:
    length = np.array([n for n, _ in rows], np.int32)
    where = np.array([w for _, w in rows], np.uint8)
    start = np.arange(len(rows), dtype=np.int32) * 10
    found, out_start, out_length = np.empty((3, len(rows)), np.int32)
    count = pick_present(start, length, where, least, found, out_start, out_length)
    wanted = [i for i, (n, w) in enumerate(rows) if w and n >= least]
    assert found[:count].tolist() == wanted
    assert out_start[:count].tolist() == [10 * i for i in wanted]
    assert out_length[:count].tolist() == [rows[i][0] for i in wanted]
