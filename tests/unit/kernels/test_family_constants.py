"""Rows get the constants of their families: where nothing stands, and only columns that some family has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.family_constants import place_families, spell_families

FAMILIES, COLUMNS, BASE = 3, 4, 100
SIZES = st.lists(st.lists(st.integers(-1, 5), min_size=FAMILIES, max_size=FAMILIES), max_size=COLUMNS)
ROW = st.tuples(st.integers(0, FAMILIES - 1), st.lists(st.integers(-1, 2), min_size=COLUMNS, max_size=COLUMNS))


def tables(sizes: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Offset and size int32[K, F]; each offset is another."""
    size = np.array(sizes, np.int32).reshape(-1, FAMILIES)
    return np.arange(size.size, dtype=np.int32).reshape(size.shape), size


@given(SIZES, st.lists(ROW, max_size=20), st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS))
def test_what_stands_is_kept_and_the_rest_is_the_familys(
    sizes: list[list[int]], rows: list[tuple[int, list[int]]], existing: list[bool]
) -> None:
    offset, size = tables(sizes)
    family = np.array([f for f, _ in rows], np.int32)
    length = np.array([held for _, held in rows], np.int32).reshape(-1, COLUMNS).T.copy()
    start = np.full((COLUMNS, len(rows)), 7, np.int32)
    used = np.array(existing, np.uint8)
    columns = np.arange(COLUMNS, dtype=np.int32)[::-1][: len(sizes)].copy()
    wanted: list[list[tuple[int, int] | None]] = []
    for c in range(COLUMNS):
        k = next((k for k, own in enumerate(columns) if own == c), -1)
        cells: list[tuple[int, int] | None] = []
        for i, f in enumerate(family):
            if existing[c] and length[c, i] >= 0:
                cells.append((7, int(length[c, i])))
            else:
                cells.append((BASE + int(offset[k, f]), sizes[k][f]) if k >= 0 and sizes[k][f] >= 0 else None)
        wanted.append(cells)
    given_ = [any(sizes[k][f] >= 0 for f in family) for k in range(len(sizes))]

    place_families(family, BASE, columns, offset, size, start, length, used, np.zeros(FAMILIES, np.uint8))

    begun = {int(c) for c, some in zip(columns, given_, strict=True) if some}
    assert used.tolist() == [int(was or c in begun) for c, was in enumerate(existing)]
    for c in np.flatnonzero(used).tolist():
        cells = [(int(s), int(n)) if n >= 0 else None for s, n in zip(start[c], length[c], strict=True)]
        assert cells == wanted[c]


@given(SIZES, st.lists(st.integers(0, FAMILIES - 1), max_size=20))
def test_spelt_out_each_row_has_its_familys(sizes: list[list[int]], families: list[int]) -> None:
    offset, size = tables(sizes)
    family = np.array(families, np.int32)
    start, length = np.empty((2, len(sizes), len(families)), np.int32)
    spell_families(family, BASE, offset, size, start, length)
    assert start.tolist() == (offset[:, family] + BASE).tolist()
    assert length.tolist() == size[:, family].tolist()
