"""The key table: the compiled lookup and the Python one must agree on any path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from penstock.columns import Text
from penstock.formats.keys import KeyTable, Path, hash_path
from penstock.kernels.keys import child_hash, find, root_hash
from penstock.kernels.words import U

PATHS = st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=4).map(tuple), unique=True, max_size=60)


@njit
def _find(data, ends, slot_hash, slot_id):  # type: ignore[no-untyped-def]
    h = root_hash(data, U(0), U(ends[0]))
    for i in range(1, len(ends)):
        h = child_hash(h, data, U(ends[i - 1]), U(ends[i] - ends[i - 1]))
    return find(slot_hash, slot_id, h), h


def compiled(table: KeyTable, path: Path) -> tuple[int, int]:
    ends = np.cumsum([len(part) for part in path]).astype(np.int32)
    key, h = _find(Text.of(b"".join(path)).data, ends, table.slot_hash, table.slot_id)
    return int(key), int(h)


@settings(deadline=None)
@given(PATHS, PATHS)
def test_both_find_the_same(paths: list[Path], others: list[Path]) -> None:
    """Each path of the table gives its index, any other -1, compiled or not."""
    table = KeyTable.of(paths)
    for path in paths + others:
        expected = paths.index(path) if path in paths else -1
        assert table.find(path) == expected
        key, h = compiled(table, path)
        assert (key, h or 1) == (expected, hash_path(path))


def test_a_dot_is_not_a_step() -> None:
    """A flat key with a dot and a nested path are different keys."""
    table = KeyTable.of([b"a.b", (b"a", b"b")])
    assert (table.find(b"a.b"), table.find((b"a", b"b"))) == (0, 1)


def test_order_and_repetition_count() -> None:
    """`a.b` is not `b.a`, and `a.a` not `b.b`."""
    table = KeyTable.of([(b"a", b"b"), (b"b", b"a"), (b"a", b"a"), (b"b", b"b")])
    assert [table.find(p) for p in table.paths] == [0, 1, 2, 3]


@pytest.mark.parametrize("paths", [[b"a", b"a"], [()]])
def test_wrong_paths_are_refused(paths: list[bytes | Path]) -> None:
    """A path that comes twice, or has no part, is refused."""
    with pytest.raises(ValueError, match=r"hash|empty"):
        KeyTable.of(paths)
