"""Upgrades between versions: ours, and made-up ones."""

from __future__ import annotations

import pytest

from penstock.errors import Bug, UsageError
from penstock.schema.registry import VERSION
from penstock.schema.upgrades import STEPS, Step, plan, upgrade, upgrade_columns


def shout(value: object) -> object:
    return str(value).upper()


MADE_UP = (
    Step("3.0.0", drop=frozenset({"gone"}), fill={"new.required": "x"}),
    Step("2.0.0", rename={"src": "source.ip", "a": "b", "b": "a"}, convert={"tags": shout}),
)


def test_what_was_written_under_1_0_0_is_brought_to_this_version() -> None:
    """The context was one value then."""
    assert [s.to for s in STEPS] == ["2.0.0"]
    row = {"a": 1, "penstock.context": "x", "penstock.schema.version": "1.0.0"}
    assert upgrade(row, "1.0.0") == {"a": 1, "penstock.context": ["x"], "penstock.schema.version": VERSION}
    assert upgrade({"a": 1}, "1.0.0") == {"a": 1, "penstock.schema.version": VERSION}


def test_a_row_goes_through_all_steps_in_order() -> None:
    row = {"src": "192.0.2.1", "a": 1, "b": 2, "tags": ["x", "y"], "gone": 1, "penstock.schema.version": "1.2.0"}
    assert upgrade(row, "1.2.0", "3.0.0", MADE_UP) == {
        "source.ip": "192.0.2.1",
        "b": 1,
        "a": 2,
        "tags": ["X", "Y"],
        "new.required": "x",
        "penstock.schema.version": "3.0.0",
    }


def test_columns_and_rows_agree() -> None:
    rows: list[dict[str, object]] = [{"src": "192.0.2.1", "tags": "q"}, {"src": "192.0.2.2", "tags": None, "gone": 3}]
    names = ("src", "tags", "gone")
    columns = {n: [r.get(n) for r in rows] for n in names}
    table = upgrade_columns(columns, "1.0.0", "3.0.0", MADE_UP)
    for i, row in enumerate(rows):
        assert {k: v[i] for k, v in table.items()} == upgrade({n: row.get(n) for n in names}, "1.0.0", "3.0.0", MADE_UP)


def test_only_the_steps_between_are_taken() -> None:
    assert [s.to for s in plan("2.0.0", "3.1.0", MADE_UP)] == ["3.0.0"]
    assert [s.to for s in plan("1.0.0", "3.0.0", MADE_UP)] == ["2.0.0", "3.0.0"]
    assert plan("3.0.0", "3.4.0", MADE_UP) == ()


def test_no_way_is_said() -> None:
    with pytest.raises(UsageError, match="newer Penstock"):
        plan("2.0.0", "1.0.0")
    with pytest.raises(UsageError, match=r"no upgrade from schema 1\.0\.0 to 2\.0\.0"):
        plan("1.0.0", "3.0.0", MADE_UP[:1])


def test_a_rename_onto_a_field_that_is_there_is_a_bug() -> None:
    with pytest.raises(Bug):
        upgrade({"src": 1, "source.ip": 2}, "1.0.0", "2.0.0", MADE_UP)
