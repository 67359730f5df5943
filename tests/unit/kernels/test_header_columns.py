"""What headers say goes to a frame's columns where nothing stands; a part that no record has makes no column."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.header_columns import give_codes, give_parts

PARTS, COLUMNS, RECORDS, BASE = 2, 3, 6, 50
CELLS = st.lists(st.integers(-1, 2), min_size=RECORDS, max_size=RECORDS)
HELD = st.lists(CELLS, min_size=COLUMNS, max_size=COLUMNS)
FLAGS = st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS)
AT = st.lists(st.integers(0, RECORDS - 1), max_size=RECORDS).map(lambda rows: np.array(rows, np.int32))

Cell = tuple[int, int] | None


def matrix(held: list[list[int]], at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A frame of as many rows as there are in `at`."""
    length = np.array(held, np.int32)[:, : len(at)].copy()
    return np.full_like(length, 7), length


def cells(start: np.ndarray, length: np.ndarray) -> list[Cell]:
    """A column as Python sees it."""
    return [(int(s), int(n)) if n >= 0 else None for s, n in zip(start, length, strict=True)]


def over(own: list[Cell], new: list[Cell], *, fresh: bool) -> list[Cell]:
    """The twin: a row's own cell if it has one that counts, else the new one."""
    return [b if fresh or a is None else a for a, b in zip(own, new, strict=True)]


@given(st.lists(CELLS, min_size=PARTS, max_size=PARTS), AT, HELD, FLAGS, FLAGS)
def test_parts(
    parts: list[list[int]], at: np.ndarray, held: list[list[int]], existing: list[bool], replace: list[bool]
) -> None:
    start, length = matrix(held, at)
    p_length = np.array(parts, np.int32)
    p_start = np.arange(p_length.size, dtype=np.int32).reshape(p_length.shape)
    which = np.array([0, 1, 0], np.int32)
    wanted, used = [], []
    for c, p in enumerate(which):
        new = cells(p_start[p][at], p_length[p][at])
        some = any(cell is not None for cell in new)
        used.append(int(existing[c] or some))
        own = cells(start[c], length[c])
        wanted.append(over(own, new, fresh=not existing[c] or replace[c]) if some else own)
    exist = np.array(existing, np.uint8)
    give_parts(
        p_start, p_length, at, which, np.arange(3, dtype=np.int32), np.array(replace, np.uint8), start, length, exist
    )
    assert exist.tolist() == used
    assert [cells(start[c], length[c]) for c in range(COLUMNS) if used[c]] == [
        w for w, u in zip(wanted, used, strict=True) if u
    ]


@given(CELLS, st.lists(st.integers(-1, 4), min_size=6, max_size=6), AT, HELD, FLAGS)
def test_codes(codes: list[int], sizes: list[int], at: np.ndarray, held: list[list[int]], existing: list[bool]) -> None:
    start, length = matrix(held, at)
    size = np.array(sizes, np.int32).reshape(2, 3)
    offset = np.arange(6, dtype=np.int32).reshape(2, 3)
    some = any(codes[r] >= 0 for r in at)
    wanted = [cells(start[c], length[c]) for c in range(COLUMNS)]
    for k, c in enumerate((2, 0)):
        new: list[Cell] = [
            (BASE + int(offset[k, codes[r]]), int(size[k, codes[r]]))
            if codes[r] >= 0 and size[k, codes[r]] >= 0
            else None
            for r in at
        ]
        wanted[c] = over(wanted[c], new, fresh=not existing[c]) if some else wanted[c]
    exist = np.array(existing, np.uint8)
    columns = np.array([2, 0], np.int32)
    give_codes(np.array(codes, np.int16), at, BASE, columns, offset, size, start, length, exist)
    used = [existing[0] or some, existing[1], existing[2] or some]
    assert exist.tolist() == [int(u) for u in used]
    assert [cells(start[c], length[c]) for c in range(COLUMNS) if used[c]] == [
        w for w, u in zip(wanted, used, strict=True) if u
    ]
