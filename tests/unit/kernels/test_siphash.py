"""Hashes of groups against SipHash as its paper has it, over words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.siphash import hash_rows

WORD = (1 << 64) - 1


def rotated(x: int, k: int) -> int:
    return ((x << k) | (x >> (64 - k))) & WORD


def turn(v: list[int]) -> None:
    v[0] = (v[0] + v[1]) & WORD
    v[1] = rotated(v[1], 13) ^ v[0]
    v[0] = rotated(v[0], 32)
    v[2] = (v[2] + v[3]) & WORD
    v[3] = rotated(v[3], 16) ^ v[2]
    v[0] = (v[0] + v[3]) & WORD
    v[3] = rotated(v[3], 21) ^ v[0]
    v[2] = (v[2] + v[1]) & WORD
    v[1] = rotated(v[1], 17) ^ v[2]
    v[2] = rotated(v[2], 32)


def siphash(words: list[int], k0: int, k1: int, rounds: int = 1, last: int = 3) -> tuple[int, int]:
    """128 bits, first half first."""
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    for m in words:
        v[3] ^= m
        for _ in range(rounds):
            turn(v)
        v[0] ^= m
    v[2] ^= 0xEE
    for _ in range(last):
        turn(v)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    for _ in range(last):
        turn(v)
    return first, v[0] ^ v[1] ^ v[2] ^ v[3]


def twin(values: list[bytes | None], k0: int, k1: int) -> tuple[int, int]:
    if None in values:
        return 0, 0
    words = []
    for value in values:
        words.append(len(value))
        words += [int.from_bytes(value[at : at + 8], "little") for at in range(0, len(value), 8)]
    high, low = siphash(words, k0, k1)
    return high, low or 1


def test_the_twin_is_siphash():
    """The authors' test vector for 15 bytes of SipHash-2-4-128 (vectors_sip128 of their reference implementation)."""
    key = bytes(range(16))
    text = bytes(range(15))
    words = [int.from_bytes(text[:8], "little"), int.from_bytes(text[8:] + bytes([15]), "little")]
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    first, second = siphash(words, k0, k1, rounds=2, last=4)
    assert (first.to_bytes(8, "little") + second.to_bytes(8, "little")).hex() == "5493e99933b0a8117e08ec0f97cfc3d9"


@given(
    st.integers(1, 3).flatmap(
        lambda k: st.lists(st.lists(st.one_of(st.none(), st.binary(max_size=30)), min_size=k, max_size=k), max_size=6)
    ),
    st.integers(0, WORD),
    st.integers(0, WORD),
)
def test_rows(rows, k0, k1):
    if not rows:
        return
    flat = [v for row in rows for v in row]
    data = np.frombuffer(bytearray(b"".join(v or b"" for v in flat)) + bytes(64), np.uint8)
    length = np.array([-1 if v is None else len(v) for v in flat], np.int32)
    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
    shape = (len(rows), len(rows[0]))
    out = np.empty((len(rows), 2), np.uint64)
    hash_rows(
        data, np.ascontiguousarray(start.reshape(shape).T), np.ascontiguousarray(length.reshape(shape).T),
        np.uint64(k0), np.uint64(k1), out,
    )  # fmt: skip
    assert [tuple(map(int, row)) for row in out] == [twin(row, k0, k1) for row in rows]


def test_values_are_not_run_together():
    """("ab", "c") is not ("a", "bc"), and zeros behind a value count."""
    assert len({twin(v, 1, 2) for v in ([b"ab", b"c"], [b"a", b"bc"], [b"abc"], [b"ab"], [b"ab\0"], [b"", b"ab"])}) == 6
