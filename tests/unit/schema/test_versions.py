"""The contract: what changes mean, and that this code keeps what it released."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.errors import UsageError
from penstock.schema import code_versions, versions
from penstock.schema.registry import VERSION, Field, Fields, schema
from penstock.schema.versions import Compatibility, Promise, check, diff, frozen, listing, order


def promise(type_: str = "keyword", many: bool = False, allowed: str = "", rows: str = "") -> Promise:
    return Promise(type_, many, tuple(allowed.split()), tuple(rows.split()))


def test_this_code_keeps_the_released_schema() -> None:
    assert check() == []
    assert frozen(VERSION) == listing(schema())


@pytest.mark.parametrize(
    ("before", "after", "kind", "compatibility"),
    [
        (promise(allowed="a"), promise(allowed="a b"), "allowed", Compatibility.PATCH),
        (promise(allowed="a"), promise(), "allowed", Compatibility.PATCH),
        (promise(allowed="a b"), promise(allowed="a"), "allowed", Compatibility.MAJOR),
        (promise(), promise(allowed="a"), "allowed", Compatibility.MAJOR),
        (None, promise(), "added", Compatibility.MINOR),
        (None, promise(rows="event"), "added", Compatibility.MAJOR),
        (promise(), None, "removed", Compatibility.MAJOR),
        (promise("ip"), promise("keyword"), "type", Compatibility.MAJOR),
        (promise(), promise(many=True), "many", Compatibility.MAJOR),
        (promise(), promise(rows="event"), "required", Compatibility.MAJOR),
        (promise(rows="event"), promise(), "required", Compatibility.MAJOR),
    ],
)
def test_a_change_and_its_class(
    before: Promise | None, after: Promise | None, kind: str, compatibility: Compatibility
) -> None:
    [change] = diff({"f": before} if before else {}, {"f": after} if after else {})
    assert (change.kind, change.field, change.compatibility) == (kind, "f", compatibility)
    assert str(change).startswith(f"{compatibility.name.lower()}: f: ")


def test_worst_first_and_the_order_of_allowed_values_is_no_change() -> None:
    before = {"a": promise("ip"), "b": promise(allowed="x y")}
    after = {"a": promise("long"), "b": promise(allowed="y x"), "c": promise()}
    assert [c.field for c in diff(before, after)] == ["a", "c"]


def test_a_change_without_a_new_version_is_a_problem() -> None:
    changed = replace(schema(), fields=Fields({**dict(schema().fields), "source.ip": Field("source.ip", "keyword")}))
    [problem] = check(changed)
    assert problem.message == f"differs from the released {VERSION}: major: source.ip: type was ip, is keyword"


@pytest.mark.parametrize(("version", "problems"), [("2.0.1", 1), ("2.1.0", 1), ("3.0.0", 0)])
def test_the_step_must_be_as_large_as_the_change(version: str, problems: int) -> None:
    fields = Fields({**dict(schema().fields), "source.ip": Field("source.ip", "keyword")})
    assert len(check(replace(schema(), version=version, fields=fields))) == problems


@pytest.mark.parametrize(("version", "problems"), [("2.0.1", 1), ("2.1.0", 0)])
def test_an_added_field_is_a_minor_step(version: str, problems: int) -> None:
    added = schema().fields.plus([Field("penstock.new", "keyword", source="penstock")])  # type: ignore[attr-defined]
    assert len(check(replace(schema(), version=version, fields=added))) == problems


def test_a_changed_code_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = code_versions.listed_codes()
    del listed["auth.aborted"]  # type: ignore[attr-defined]
    kinds = {"codes": ("schema/categories.tsv", lambda: listed, "category code")}
    monkeypatch.setattr(code_versions, "KINDS", kinds)
    assert {p.message for p in check()} == {f"category code auth.aborted of {v} is gone" for v in versions.versions()}


def test_versions_are_ordered_as_numbers() -> None:
    assert order("1.10.0") > order("1.9.9")
    for wrong in ("1.0", "1.0.x", "", "1.0.0.0", "../1.0.0", "1.٣.0"):
        with pytest.raises(UsageError):
            order(wrong)
    with pytest.raises(UsageError, match=r"no schema version 9\.9\.9"):
        frozen("9.9.9")


def test_a_released_listing_is_never_written_over() -> None:
    with pytest.raises(UsageError, match="released"):
        versions.freeze()
