"""Which backslash escapes what, and eight bytes without their escapes: against a look at each byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from penstock.kernels import json_escapes
from penstock.kernels.vectors import SHUFFLES
from penstock.kernels.words import U


@njit
def escapes_of(b):
    return json_escapes.escapes_of(b)


@njit
def marks(a, p):
    return json_escapes.letter_marks(a, p), json_escapes.short_marks(a, p)


@njit
def unescape8(out, o, a, p, mask):
    json_escapes.unescape8(out, o, a, p, mask)


def walk(backslashes: list[bool]) -> tuple[int, int]:
    begins = escaped = 0
    inside = False
    for k, is_backslash in enumerate(backslashes):
        if inside:
            escaped |= 1 << k
            inside = False
        elif is_backslash:
            begins |= 1 << k
            inside = True
    return begins, escaped | inside << len(backslashes)


@given(st.lists(st.booleans() | st.just(True), min_size=32, max_size=32))
def test_escapes_of(backslashes: list[bool]) -> None:
    begins, escaped = escapes_of(U(sum(b << k for k, b in enumerate(backslashes))))
    assert (int(begins), int(escaped)) == walk(backslashes)


@given(st.binary(min_size=40, max_size=40) | st.text('"\\/bfnrtu', min_size=40, max_size=40).map(str.encode))
def test_marks(raw: bytes) -> None:
    wanted = [sum((b in among) << k for k, b in enumerate(raw[3:35])) for among in (b'"\\/bfnrt', b'"\\/nrt')]
    assert [int(m) for m in marks(np.frombuffer(raw, np.uint8), U(3))] == wanted


MEANT = {ord(c): m for c, m in zip('"\\/nrt', b'"\\/\n\r\t', strict=True)}


@pytest.mark.skipif(not SHUFFLES, reason="no shuffles on this machine")
@given(st.binary(min_size=16, max_size=16), st.integers(0, 255), st.booleans(), st.data())
def test_unescape8(raw: bytes, wish: int, carry: bool, data: st.DataObject) -> None:
    a = np.frombuffer(raw, np.uint8).copy()
    begins, wanted, escaped = 0, [], carry
    for k in range(8):
        if escaped:
            a[k] = data.draw(st.sampled_from(sorted(MEANT)))
            wanted.append(MEANT[int(a[k])])
            escaped = False
        elif wish >> k & 1:
            a[k] = 92
            begins |= 1 << k
            escaped = True
        else:
            wanted.append(int(a[k]))
    out = np.zeros(32, np.uint8)
    unescape8(out, U(5), a, U(0), U(begins | carry << 8))
    assert out[5 : 5 + len(wanted)].tolist() == wanted
    assert not out[:5].any()
    assert not out[13:].any()
