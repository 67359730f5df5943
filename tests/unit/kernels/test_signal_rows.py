"""Signals to rows: what is left out, how rows lie, texts of groups."""

from __future__ import annotations

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.signal_rows import (
    HASH,
    LATE,
    MIXED,
    MOST_TEXT,
    NO_VALUE,
    NUMBER,
    SORTED,
    TIED,
    UNGROUPED,
    UNVALUED,
    gather_texts,
    pack_texts,
    sift,
    texts_size,
)  # fmt: skip

texts = st.one_of(st.none(), st.binary(max_size=12))
signal = st.tuples(st.integers(-2, 6), st.integers(0, 2), st.tuples(texts, texts), st.integers(0, 2), st.integers(0, 2))


def columns(rows):
    flat = [v for row in rows for v in row]
    data = np.frombuffer(bytearray(b"".join(v or b"" for v in flat)) + bytes(64), np.uint8)
    length = np.array([-1 if v is None else len(v) for v in flat], np.int32)
    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
    return data, *(np.ascontiguousarray(x.reshape(len(rows), -1).T) for x in (start, length))


@given(st.lists(signal, min_size=1, max_size=20), st.sampled_from([NO_VALUE, HASH, NUMBER]), st.integers(0, 2))
def test_sift(given_rows, what, grouped):
    _, _, length = columns([r[2] for r in given_rows])
    n = len(given_rows)
    time = np.array([r[0] for r in given_rows], np.int64)
    ids = np.array([(r[1], 0) for r in given_rows], np.uint64)
    key = np.zeros((n, 2), np.uint64)
    rule = np.array([r[3] for r in given_rows], np.int32)
    numbers = [(0.0, math.nan, math.inf)[r[4]] for r in given_rows]
    value = np.array(numbers).view(np.uint64) if what == NUMBER else np.array([r[4] for r in given_rows], np.uint64)
    rows, left = np.zeros((n, 8), np.uint64), np.zeros(3, np.int64)
    got, lie = sift(time, ids, key, length, grouped, rule, value, what, 0, rows, left)
    wanted, out = [], [0, 0, 0]
    for i, (when, ident, group, which, pick) in enumerate(given_rows):
        absent = (what == HASH and pick == 0) or (what == NUMBER and pick > 0)
        if when <= 0:
            out[LATE] += 1
        elif None in group[:grouped]:
            out[UNGROUPED] += 1
        elif absent:
            out[UNVALUED] += 1
        else:
            wanted.append((when, ident, 0, 0, 0, 1 << which, int(value[i]) if what != NO_VALUE else 0, i))
    assert left.tolist() == out
    assert [tuple(map(int, row)) for row in rows[:got]] == wanted
    times, places = [w[0] for w in wanted], [w[:2] for w in wanted]
    if times != sorted(times):
        assert lie == MIXED
    else:
        assert lie == (SORTED if places == sorted(set(places)) else TIED)


def packed(group) -> bytes:
    return b"".join(
        struct.pack("<I", 0xFFFFFFFF) if v is None else struct.pack("<I", len(v[:MOST_TEXT])) + v[:MOST_TEXT]
        for v in group
    )


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8), st.data())
def test_texts(groups, data):
    groups = [*groups, (b"x" * (MOST_TEXT + 5), None)]
    text, start, length = columns(groups)
    picked = data.draw(st.lists(st.sampled_from(range(len(groups))), min_size=1, max_size=12))
    rows = np.zeros((len(picked), 8), np.uint64)
    rows[:, 7] = picked
    out = np.zeros(int(texts_size(length, rows)) + 64, np.uint8)
    end = pack_texts(text, start, length, rows, out)
    assert end <= len(out) - 64

    def read(held, row):
        at, n = int(row[7]) >> 24, int(row[7]) & 0xFFFFFF
        return held[at : at + n].tobytes()

    assert [read(out, row) for row in rows] == [packed(groups[p]) for p in picked]
    again = rows[::-1].copy()
    moved = np.zeros(len(out) + 7, np.uint8)
    assert gather_texts(out, again, moved, 7) == end + 7
    assert [read(moved, row) for row in again] == [packed(groups[p]) for p in picked[::-1]]
