"""Shapes: what differs from event to event is left out, what is alike is counted together."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock import shapes
from penstock.core import fold
from penstock.pipeline import load_catalogue, stages
from penstock.shapes import LONGEST, Shapes, of_batches, shapes_of
from penstock.sources.file import FileSource


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("job 42 done in 3.5s", "job # done in #"),
        ("from 192.0.2.1:4444 to [2001:db8::1]", "from # to [#]"),
        ("user \"Anna Smith\" of 'web'", "user \"…\" of '…'"),
        ("don't won't", "don't won't"),
        ("id=0a1b2c3d4e5f, uuid 6f1c0c1e-9d1f-4f6a-8c1e-0123456789ab", "id=#, uuid #"),
        ("a\tb   c ", "a b c"),
        ("/var/log/x1/y.log opened", "# opened"),
        ('{"a":"x","b":{"c":12.5e3},"d":[1,2]}', '{"a":"…","b":{"c":#},"d":[1,2]}'),
        ("", ""),
    ],
)
def test_a_shape(text: str, shape: str) -> None:
    assert shapes_of(pl.Series([text])).to_list() == [shape]


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_has_a_shape(texts: list[str]) -> None:
    found = shapes_of(pl.Series(texts, dtype=pl.String)).to_list()
    assert len(found) == len(texts)
    assert all(shape is not None and len(shape) <= LONGEST for shape in found)


def test_the_commonest_come_first_and_ties_by_name() -> None:
    held = Shapes()
    held.add("b.log", ["one 1", "two", "one 2"])
    held.add("a.log", ["two"])
    held.add("a.log", [])
    rows = held.table(2).to_pylist()
    assert rows[0] == {"count": 2, "event.dataset": "b.log", "shape": "one #", "example": "one 1"}
    assert rows[1]["event.dataset"] == "a.log"
    assert (held.open, len(held.table(9))) == (4, 3)


def test_no_sender_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound those that came once are forgotten, and the commonest stay."""
    monkeypatch.setattr(shapes, "MOST", 20)
    held = Shapes()
    words = [a + b for a in "abcdefgh" for b in "abcdefgh"]
    held.add("x.log", ["often", "often"])
    for word in words:
        held.add("x.log", [word])
    assert held.table(1)["shape"].to_pylist() == ["often"]
    assert held.forgotten > 0
    held.add("x.log", [*words, *words])
    assert len(held.table(1000)) <= 20


def test_of_batches(tmp_path) -> None:
    path = tmp_path / "x.log"
    path.write_text('{"message": "zzz 1"}\n{"message": "zzz 2"}\n{"message": "login failed"}\n{"q": 1}\n')
    chain = stages(load_catalogue())
    held = of_batches(fold(chain, raw) for raw in FileSource(path, 0).read())
    assert (held.events, held.open) == (4, 3)
    assert held.table(9)["shape"].to_pylist() == ["zzz #", '{"q":#}']
