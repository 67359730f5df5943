"""Is it text: against `bytes.decode`."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.utf8 import INVALID, NUL, OK, check_text


def check(*records: bytes) -> list[int]:
    text = Text.of(b"".join(records))
    length = np.array([len(r) for r in records], np.int32)
    out = np.empty(len(records), np.uint8)
    check_text(text.data, (np.cumsum(length) - length).astype(np.int32), length, out)
    return out.tolist()


def twin(raw: bytes) -> set[int]:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return {INVALID, NUL} if 0 in raw else {INVALID}  # whichever stands first
    return {NUL} if 0 in raw else {OK}


pieces = st.one_of(
    st.binary(max_size=4), st.text(max_size=6).map(str.encode), st.just(b"abcdefgh"), st.just(b"\xed\xa0\x80"),
    st.sampled_from([b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf4\x8f\xbf\xbf", b"\0"]),
)  # fmt: skip


@given(st.lists(st.lists(pieces, max_size=6).map(b"".join), min_size=1, max_size=10))
def test_agrees_with_decode(records):
    """Each record alone: a character cut off at its end is not completed by the next record's bytes."""
    for raw, found in zip(records, check(*records), strict=True):
        assert found in twin(raw)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_character_of_a_width(width):
    first, last = [(1, 0x7F), (0x80, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF)][width - 1]
    step = max(1, (last - first) // 5000)
    points = [p for p in (*range(first, last, step), last) if not 0xD800 <= p < 0xE000]
    whole = [chr(p).encode() for p in points]
    assert set(check(*whole)) == {OK}
    if width > 1:
        assert set(check(*(w[:-1] for w in whole))) == {INVALID}


def test_no_records():
    assert check() == []
