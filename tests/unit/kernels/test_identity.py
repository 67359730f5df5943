"""Ids of events: one a delivery, whatever the batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats.keys import hash_part
from penstock.kernels.identity import ID_LENGTH, LANES, read_ids, write_alert_ids, write_ids

WORD = 2**64 - 1


def ids(records: list[tuple[int, bytes]], stream: tuple[int, int] = (1, 2)) -> list[str]:
    text = Text.of(b"".join(r for _, r in records), ID_LENGTH * len(records))
    length = np.array([len(r) for _, r in records], np.int32)
    begin = (np.cumsum(length) - length).astype(np.int32)
    position = np.array([p for p, _ in records], np.int64)
    start, size = np.empty(len(records), np.int32), np.empty(len(records), np.int32)
    low, high = (np.uint64(s) for s in stream)
    end = write_ids(text.data, text.used, begin, length, position, low, high, start, size, np.empty(LANES, np.uint64))
    assert end == text.used + ID_LENGTH * len(records)
    return [text.slice(int(s), int(n)).decode() for s, n in zip(start, size, strict=True)]


def finish(h: int) -> int:
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD & WORD
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 & WORD
    return h ^ (h >> 33)


def twin(position: int, record: bytes, stream: tuple[int, int]) -> str:
    low, high = stream
    where = finish((finish(position ^ low) + high) & WORD)
    what = finish(hash_part(record) ^ high ^ (low << 1 & WORD))
    return f"{where:016x}{what:016x}"


words = st.integers(0, WORD)
rows = st.lists(st.tuples(st.integers(0, 2**62), st.binary(max_size=40)), max_size=12)


@given(rows, st.tuples(words, words))
def test_agrees_with_plain_python(records, stream):
    assert ids(records, stream) == [twin(p, r, stream) for p, r in records]


@given(rows, st.data())
def test_the_same_whatever_the_batch(records, data):
    cut = data.draw(st.integers(0, len(records)))
    assert ids(records[:cut]) + ids(records[cut:]) == ids(records)


@given(st.sets(st.integers(0, 2**62), min_size=2, max_size=50), st.tuples(words, words))
def test_positions_never_share_an_id(positions, stream):
    """Even where every record is the same: the first half is a bijection of the position."""
    found = ids([(p, b"same") for p in positions], stream)
    assert len({i[:16] for i in found}) == len(positions)
    assert len({i[16:] for i in found}) == 1


def test_streams_and_bytes_tell_apart():
    assert len({ids([(0, b"x")], s)[0] for s in [(1, 2), (2, 1), (0, 0)]}) == 3
    assert ids([(0, b"x")])[0][16:] != ids([(0, b"y")])[0][16:]


def alert_ids(events: list[bytes], keys: list[tuple[int, int]]) -> list[str]:
    text = Text.of(b"".join(events), ID_LENGTH * len(events))
    length = np.array([len(e) for e in events], np.int32)
    begin = (np.cumsum(length) - length).astype(np.int32)
    high, low = (np.array([k[i] for k in keys], np.uint64) for i in (0, 1))
    start, size = np.empty(len(events), np.int32), np.empty(len(events), np.int32)
    end = write_alert_ids(text.data, text.used, begin, length, high, low, start, size)
    assert end == text.used + ID_LENGTH * len(events)
    assert text.slice(0, text.used) == b"".join(events)
    return [text.slice(int(s), int(n)).decode() for s, n in zip(start, size, strict=True)]


def alert_twin(event: bytes, key: tuple[int, int]) -> str:
    high, low = key
    h = hash_part(event)
    return f"{finish(h ^ high):016x}{finish(finish((h + low) & WORD) ^ high):016x}"


alerts = st.lists(st.tuples(st.binary(max_size=40), st.tuples(words, words)), max_size=12)


@given(alerts)
def test_alerts_agree_with_plain_python(rows):
    assert alert_ids([e for e, _ in rows], [k for _, k in rows]) == [alert_twin(*row) for row in rows]


@given(alerts, st.data())
def test_an_alert_is_the_same_whatever_stands_beside_it(rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    one = alert_ids([e for e, _ in rows], [k for _, k in rows])
    other = alert_ids([rows[i][0] for i in order], [rows[i][1] for i in order])
    assert other == [one[i] for i in order]


def test_rules_and_events_tell_alerts_apart():
    found = {alert_ids([e], [k])[0] for e in (b"0" * 32, b"0" * 31 + b"1") for k in ((1, 2), (2, 1), (1, 1))}
    assert len(found) == 6


@given(st.lists(st.integers(0, 2**128 - 1), max_size=20), st.booleans())
def test_ids_are_read_as_numbers(numbers, capital):
    digits = [f"{n:032X}" if capital else f"{n:032x}" for n in numbers]
    text = Text.of("-".join(digits).encode())
    out = np.empty((len(numbers), 2), np.uint64)
    read_ids(text.data, np.arange(len(numbers), dtype=np.int32) * 33, out)
    assert [int(high) << 64 | int(low) for high, low in out] == numbers
