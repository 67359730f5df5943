from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Frame, Kind, Text
from penstock.errors import Bug
from penstock.formats.arrow import to_arrow


def frame(columns, family=None, constants=({},)) -> Frame:
    """A frame of {name: (kind, many, values as bytes or None)}."""
    n = len(next(iter(columns.values()))[2])
    text = Text.of(b"")
    start, length = np.zeros((len(columns), n), np.int32), np.full((len(columns), n), -1, np.int32)
    for c, (_, _, values) in enumerate(columns.values()):
        for i, value in enumerate(values):
            if value is not None:
                start[c, i], length[c, i] = text.append(value), len(value)
    kinds, many = tuple(k for k, _, _ in columns.values()), tuple(m for _, m, _ in columns.values())
    rows = np.arange(n, dtype=np.int32)
    family = np.zeros(n, np.int32) if family is None else np.asarray(family, np.int32)
    place = np.arange(len(columns), dtype=np.int32)[::-1]  # the matrix in another order than the names
    names = tuple(columns)
    return Frame(
        "acme_door.log", text, rows, names, kinds, many, start[place], length[place], place, family, tuple(constants)
    )


def values(columns, **more) -> dict[str, list]:
    table = to_arrow(frame(columns, **more))
    table.validate(full=True)
    return table.to_pydict()


@given(st.lists(st.none() | st.text(max_size=40)))
def test_text_is_what_it_was(texts):
    """Of every length: inside the view, across its edge, and beyond."""
    given_ = [None if t is None else t.encode("utf-8", "surrogatepass") for t in texts]
    given_ = [None if t is None else t.decode("utf-8", "replace").encode() for t in given_]
    wanted = [None if t is None else t.decode() for t in given_]
    arrays = [None if t is None else orjson.dumps([t]) for t in wanted]
    assert (
        values({"a": (Kind.KEYWORD, False, given_), "b": (Kind.IP, True, arrays)})
        == {
            "a": wanted,
            "b": [None if t is None else [t] for t in wanted],
        }
        or not texts
    )


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_longs(numbers):
    given_ = [None if n is None else str(n).encode() for n in numbers]
    assert values({"a": (Kind.LONG, False, given_)}) == {"a": numbers}


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_doubles(numbers):
    given_ = [None if n is None else json.dumps(n).encode() for n in numbers]
    assert values({"a": (Kind.DOUBLE, False, given_)}) == {"a": numbers}


@given(st.lists(st.none() | st.datetimes(), min_size=1))
def test_dates(times):
    given_ = [None if t is None else t.isoformat(timespec="microseconds").encode() + b"Z" for t in times]
    wanted = [None if t is None else t.replace(tzinfo=UTC) for t in times]
    assert values({"a": (Kind.DATE, False, given_)}) == {"a": wanted}


def test_truth():
    assert values({"a": (Kind.BOOLEAN, False, [b"true", None, b"false"])}) == {"a": [True, None, False]}


@given(st.lists(st.none() | st.lists(st.text(max_size=15), max_size=4), min_size=1))
def test_arrays(lists):
    """With and without escapes, tight or spaced."""
    given_ = [
        None
        if x is None
        else json.dumps(x, ensure_ascii=i % 2 == 0, separators=(",", ":") if i % 3 else None).encode("utf-8", "replace")
        for i, x in enumerate(lists)
    ]
    wanted = [None if x is None else json.loads(x) for x in given_]
    assert values({"a": (Kind.JSON, True, given_)}) == {"a": wanted}


def test_arrays_of_other_things_keep_them_as_json_text():
    given_ = [b'[1,{"b":[2]},"x",null]', b'["y"]', None, b" [ ] "]
    assert values({"a": (Kind.JSON, True, given_)}) == {"a": [["1", '{"b":[2]}', "x", "null"], ["y"], None, []]}


@given(st.lists(st.binary(max_size=20), min_size=1))
def test_arbitrary_bytes_are_an_array_or_a_bug(raws):
    """Never a wrong answer: what the kernel splits, the JSON reader splits alike."""
    try:
        wanted = [json.loads(raw) for raw in raws]
        strings = all(isinstance(w, list) and all(isinstance(x, str) for x in w) for w in wanted)
    except ValueError:
        strings, wanted = False, []
    try:
        found = to_arrow(frame({"a": (Kind.JSON, True, raws)}))["a"]
    except Bug:
        assert not strings or any(b"\\ud" in r.lower() for r in raws)
    else:
        assert not strings or found.to_pylist() == wanted


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.LONG, b"x"),
        (Kind.LONG, b"9223372036854775808"),
        (Kind.DOUBLE, b""),
        (Kind.BOOLEAN, b"yes"),
        (Kind.BOOLEAN, b""),
        (Kind.DATE, b"2026-11-23"),
        (Kind.DATE, b"2026-11-23T10:00:01.00000xZ"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_a_bug(kind, value):
    with pytest.raises(Bug, match="acme_door"):
        to_arrow(frame({"a": (kind, False, [None, value])}))


def test_constants_by_family():
    columns = {"a.b": (Kind.KEYWORD, False, [b"own", None, None])}
    constants = (
        {
            "event.kind": "event",
            "event.type": ["start", "user"],
            "n": 1,
            "event.ingested": "2026-11-23T10:00:01.000000Z",
        },
        {"event.kind": "alert", "a.b": "constant", "n": 2},
    )
    when = datetime(2026, 11, 23, 10, 0, 1, tzinfo=UTC)
    assert values(columns, family=[0, 1, 0], constants=constants) == {
        "a.b": ["own", "constant", None],
        "event.kind": ["event", "alert", "event"],
        "event.type": [["start", "user"], None, ["start", "user"]],
        "n": [1, 2, 1],
        "event.ingested": [when, None, when],
    }


def test_columns_of_one_part_of_the_matrix_need_not_be_contiguous():
    f = frame({"a": (Kind.KEYWORD, False, [b"x", b"y", b"z", b"w"])})
    sliced = replace(f, rows=f.rows[::2], start=f.start[:, ::2], length=f.length[:, ::2], family=f.family[::2])
    assert to_arrow(sliced)["a"].to_pylist() == ["x", "z"]
    assert to_arrow(sliced)["a"].type == pa.string_view()
