"""Rows as JSON: against `json.dumps`, whatever the bytes, and however little room there is."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import json

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import NULL, Frame, Kind, Text
from penstock.formats import ndjson
from penstock.formats.ndjson import to_ndjson

KINDS = {"keyword": Kind.KEYWORD, "flat": Kind.FLATTENED, "long": Kind.LONG, "flag": Kind.BOOLEAN, "list": Kind.KEYWORD}

odd = st.text('"\\\n\r\t\x00\x01\x1f\x7f aé\u2028\U0001f600', max_size=80)
cells = st.one_of(st.none(), st.text(max_size=40), odd, st.just("x" * 33), st.just('"' * 100))
rows = st.lists(
    st.fixed_dictionaries({
        "keyword": cells, "flat": cells, "long": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        "flag": st.one_of(st.none(), st.booleans()), "list": st.one_of(st.none(), st.lists(odd, min_size=1, max_size=3)),
    }),
    min_size=1, max_size=90,
)  # fmt: skip


def frame(values: list[dict], *, families: int = 2, at: list[int] | None = None, text: Text | None = None) -> Frame:
    """The rows as a frame whose columns lie in a larger matrix, in another order."""
    text = text or Text.of(b"")
    names = list(KINDS)
    start, length = (
        np.zeros((len(names) + 2, len(values)), np.int32),
        np.full((len(names) + 2, len(values)), NULL, np.int32),
    )
    place = np.array([6, 0, 2, 5, 3], np.int32)
    for i, row in enumerate(values):
        for c, name in enumerate(names):
            value = row[name]
            if value is not None:
                raw = value.encode() if isinstance(value, str) else orjson.dumps(value)
                start[place[c], i], length[place[c], i] = text.append(raw), len(raw)
    return Frame(
        "t.t", text, np.array(range(len(values)) if at is None else at, np.int32), tuple(names), tuple(KINDS.values()),
        tuple(n == "list" for n in names), start, length, place,
        np.arange(len(values), dtype=np.int32) % families,
        tuple({"fixed": f'{k}"é', "many": [1, "x"]} for k in range(families)),
    )  # fmt: skip


def twin(values: list[dict], families: int = 2) -> list[dict]:
    return [
        {"fixed": f'{i % families}"é', "many": [1, "x"], **{k: v for k, v in row.items() if v is not None}}
        for i, row in enumerate(values)
    ]


@given(rows)
def test_agrees_with_dictionaries(values):
    lines = bytes(to_ndjson([frame(values)])).splitlines()
    assert [json.loads(line) for line in lines] == twin(values)


@given(odd, st.integers(0, 40))
def test_escapes_are_those_of_dumps(value, before):
    """Every byte as `json.dumps` has it, but for backspace and form feed, which are written out."""
    value = "a" * before + value
    line = bytes(to_ndjson([frame([dict.fromkeys(KINDS) | {"keyword": value}])]))
    wanted = json.dumps(value, ensure_ascii=False).replace("\\b", "\\u0008").replace("\\f", "\\u000c")
    assert f'"keyword":{wanted}'.encode() in line


@pytest.mark.compiled
@pytest.mark.compiled
def test_room_that_is_too_small(monkeypatch):
    """Values of escapes take six times their room: the writer stops at a row and goes on with more."""
    values = [dict.fromkeys(KINDS) | {"keyword": "\x01" * n} for n in (0, 10, 5_000, 1, 20_000, 3)] * 40
    calls = []
    real = ndjson.write_rows

    def counted(*args):
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(ndjson, "write_rows", counted)
    lines = bytes(to_ndjson([frame(values)])).splitlines()
    assert [json.loads(line) for line in lines] == twin(values)
    assert len(calls) > 1


@given(st.data(), st.integers(0, 6), st.integers(0, 6))
def test_frames_are_merged_in_the_order_of_records(data, n, m):
    order = data.draw(st.permutations(range(n + m)))
    text = Text.of(b"")
    one, two = sorted(order[:n]), sorted(order[n:])
    frames = [
        frame([dict.fromkeys(KINDS) | {"long": i} for i in at], at=at, text=text) for at in (one, two)
    ]  # fmt: skip
    assert [json.loads(line)["long"] for line in bytes(to_ndjson(frames)).splitlines()] == list(range(n + m))


def test_nothing():
    assert bytes(to_ndjson([])) == b""
    assert bytes(to_ndjson([frame([])])) == b""


@pytest.mark.parametrize("size", [0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 1 << 20])
@pytest.mark.compiled
@pytest.mark.compiled
def test_sizes_around_words_and_tiles(size):
    for value in ("x" * size, '"' * size, "\x01" * size):
        [line] = bytes(to_ndjson([frame([dict.fromkeys(KINDS) | {"keyword": value}])])).splitlines()
        assert json.loads(line)["keyword"] == value
