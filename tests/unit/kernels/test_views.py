from __future__ import annotations

import json
import struct
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.views import split_lists, string_views, values_time


def held(values: list[bytes | None]):
    text = Text.of(b"~")
    start = np.array([0 if v is None else text.append(v) for v in values], np.int32)
    return text, start, np.array([-1 if v is None else len(v) for v in values], np.int32)


def slow_view(value: bytes | None, start: int) -> bytes:
    """The Arrow format, as its specification says it."""
    if not value:
        return bytes(16)
    if len(value) <= 12:
        return struct.pack("<i12s", len(value), value)
    return struct.pack("<i4sii", len(value), value[:4], 0, start)


@given(st.lists(st.none() | st.binary(max_size=30)))
def test_string_views(values):
    text, start, length = held(values)
    out, valid = np.empty((len(values), 2), np.uint64), np.empty(len(values), np.uint8)
    string_views(text.data, start, length, out, valid)
    assert out.tobytes() == b"".join(slow_view(v, s) for v, s in zip(values, start, strict=True))
    assert valid.tolist() == [v is not None for v in values]


def slow_time(value: bytes | None) -> tuple[int, int]:
    if value is None:
        return 0, 0
    try:
        if len(value) != 27 or b" " in value:  # strptime takes blanks for zeros
            raise ValueError  # noqa: TRY301
        when = datetime.strptime(value.decode("ascii"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return 2, 0
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return 1, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


times = st.datetimes().map(lambda t: t.isoformat(timespec="microseconds").encode() + b"Z")
broken = st.tuples(times, st.integers(0, 26), st.sampled_from(b"x-:T.Z /")).map(
    lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
)


near = st.integers(0, 200_000_000).map(
    lambda n: f"2026-11-23T09:{50 + n // 60_000_000}:{n // 1_000_000 % 60:02}.{n % 1_000_000:06}Z".encode()
)
almost = st.tuples(near, st.integers(0, 26), st.sampled_from(b"x-:T.Z /5")).map(
    lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
)


@given(st.lists(st.none() | times | broken | st.binary(max_size=30)) | st.lists(near | almost))
def test_values_time(values):
    """Digits that are no date (a 13th month) are the caller's: the text is canonical."""
    text, start, length = held(values)
    out, valid = np.empty(len(values), np.int64), np.empty(len(values), np.uint8)
    values_time(text.data, start, length, out, valid)
    for value, found, state in zip(values, out, valid, strict=True):
        expected, micros = slow_time(value)
        if expected != 1 and state == 1:
            assert value is not None
            assert sum(c in b"0123456789" for c in value) == 20
            continue
        assert (state, found) == (expected, micros)


def slow_list(value: bytes | None) -> list[bytes] | None:
    """The elements, or None for what is not an array of strings without a backslash."""
    if value is None:
        return []
    try:
        items = json.loads(value.decode("latin-1"), strict=False)
    except ValueError:
        return None
    if not isinstance(items, list) or not all(isinstance(x, str) for x in items) or b"\\" in value:
        return None
    return [x.encode("latin-1") for x in items]


pieces = st.lists(st.sampled_from([b"[", b"]", b",", b'"', b'"a"', b'""', b" ", b"\\", b"1", b"\xff"]), max_size=12)


@given(st.lists(st.none() | st.binary(max_size=20) | pieces.map(b"".join), max_size=8), st.integers(0, 40))
def test_split_lists(values, room):
    """Row by row, resumed with more room where it was full."""
    text, start, length = held(values)
    n = len(values)
    begin, hard = np.zeros(n + 1, np.int32), np.zeros(n, np.uint8)
    item_start, item_length = np.empty(room, np.int32), np.empty(room, np.int32)
    done = split_lists(text.data, start, length, 0, begin, item_start, item_length, 0, hard)
    while done < n:
        more = np.empty(10, np.int32)
        item_start, item_length = np.concatenate([item_start, more]), np.concatenate([item_length, more])
        done = split_lists(text.data, start, length, done, begin, item_start, item_length, begin[done], hard)
    for i, value in enumerate(values):
        expected = slow_list(value)
        found = [text.slice(int(item_start[k]), int(item_length[k])) for k in range(begin[i], begin[i + 1])]
        assert hard[i] == (expected is None)
        assert found == (expected or [])
