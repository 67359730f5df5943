"""The cells that rules look at; paths in the JSON text of a column: every way in which senders and we write `a.b`."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.columns import Frame, Kind, Text
from penstock.kernels.json_scan import ELEMENT
from penstock.stages.slot_cells import MOST_PARTS, SlotReader, path_forms


def frame_of(constants: dict[str, object]) -> Frame:
    """One row with a column, and what its family has."""
    one = np.zeros(1, np.int32)
    return Frame(
        "d", Text.of(b"value"), one, ("a",), (Kind.KEYWORD,), (False,), one[None], one[None] + 5, one, one, (constants,)
    )  # fmt: skip


def test_constants_of_a_frame_are_its_own():
    """Frames with the same columns need not have the same constants: after `categorise` they are of families there."""
    reader = SlotReader((("a",), ("b",)))
    seen = [reader.read(frame_of(c)).begin.tolist() for c in ({}, {"b": "x"}, {}, {"b": "y"})]
    assert seen == [[0, 1, 1], [0, 1, 2], [0, 1, 1], [0, 1, 2]]


def test_at_each_dot_nested_flat_or_through_an_array():
    assert set(path_forms("a.b")) == {
        (b"a", b"b"), (b"a.b",), (b"a", ELEMENT, b"b"),
        (b"a", b"b", ELEMENT), (b"a.b", ELEMENT), (b"a", ELEMENT, b"b", ELEMENT),
    }  # fmt: skip


@pytest.mark.parametrize("parts", range(1, MOST_PARTS + 1))
def test_all_of_them_and_each_once(parts):
    forms = path_forms(".".join("abcdefgh"[:parts]))
    assert len(forms) == len(set(forms)) == 2 * 3 ** (parts - 1)


def test_long_paths_stay_bounded():
    """Rules are content, but a name of a hundred parts must not make a table of 3^100."""
    forms = path_forms(".".join(["x"] * 100))
    assert len(forms) <= 4 * 100
    assert (b"x.x" + b".x" * 98,) in forms
    assert (b"x",) * 100 in forms
    assert (b".".join([b"x"] * 50), ELEMENT, *[b"x"] * 50) in forms
