"""The inside of a JSON string: against a look at each byte, wherever escapes stand in their blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from penstock.kernels import escapes
from penstock.kernels.vectors import U

SHORT = {ord('"'): b'\\"', ord("\\"): b"\\\\", 10: b"\\n", 13: b"\\r", 9: b"\\t"}

texts = st.one_of(
    st.binary(max_size=100),
    st.text('"\\\n\r\t aé', max_size=120).map(str.encode),
    st.builds(lambda n, b, m: b"x" * n + b + b"y" * m, st.integers(0, 70), st.binary(max_size=3), st.integers(0, 70)),
)


def twin(raw: bytes) -> bytes:
    return b"".join(SHORT.get(b, b"\\u%04x" % b if b < 32 else bytes([b])) for b in raw)


@njit
def run(out, o, a, p, n, short):
    return escapes.put_escaped(out, o, a, p, n) if short else escapes.escape(out, o, a, p, n)


@given(texts, st.integers(0, 40), st.booleans())
def test_agrees(raw, before, short):
    a = np.frombuffer(b"a" * before + raw + bytes(64), np.uint8)
    out = np.zeros(before + 6 * len(raw) + 64, np.uint8)
    end = run(out, U(before), a, U(before), U(len(raw)), short)
    assert bytes(out[before : int(end)]) == twin(raw)
    assert not out[:before].any()


@given(texts)
def test_byte_by_byte(raw):
    """What processors without a shuffle do."""
    a = np.frombuffer(raw + bytes(64), np.uint8)
    out = np.zeros(6 * len(raw) + 64, np.uint8)
    end = escapes._spell(out, U(0), a, U(0), U(len(raw)))
    assert bytes(out[: int(end)]) == twin(raw)


@pytest.mark.parametrize("byte", range(256))
def test_every_byte(byte):
    raw = bytes([byte]) * 33
    out = np.zeros(6 * 33 + 64, np.uint8)
    end = run(out, U(0), np.frombuffer(raw + bytes(64), np.uint8), U(0), U(33), False)
    assert bytes(out[: int(end)]) == twin(raw)
