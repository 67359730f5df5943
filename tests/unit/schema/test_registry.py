"""The fields of the base schema, and packs adding theirs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from penstock.errors import Category, ContentError
from penstock.schema.registry import KINDS, ROWS, Field, event_types, schema


def test_every_line_of_the_tables_is_a_field_of_a_known_type() -> None:
    fields = schema().fields
    assert len(fields) > 2600
    for name in fields:
        assert fields[name].name == name
        assert fields[name].type in KINDS


@pytest.mark.parametrize(
    ("name", "type_", "many", "source"),
    [
        ("@timestamp", "date", False, "ecs"),
        ("source.ip", "ip", False, "ecs"),
        ("host.ip", "ip", True, "ecs"),
        ("process.pid", "long", False, "ecs"),
        ("event.category", "keyword", True, "ecs"),
        ("log.syslog.structured_data", "flattened", False, "ecs"),
        ("penstock.time.rule", "keyword", True, "penstock"),
        ("alert.event_ids", "keyword", True, "penstock"),
    ],
)
def test_known_fields(name: str, type_: str, many: bool, source: str) -> None:
    field = schema().fields[name]
    assert (field.type, field.many, field.source) == (type_, many, source)


def test_every_row_kind_asks_only_for_fields_that_are_declared() -> None:
    assert all(name in schema() for names in ROWS.values() for name in names)
    assert all(schema().fields[name].required for name in ROWS["event"])
    assert not schema().fields["alert.id"].required


def test_allowed_values_of_the_error_category_are_the_closed_list() -> None:
    assert set(schema().fields["error.category"].allowed) == {c.value for c in Category}


def test_event_types_go_with_every_event_category() -> None:
    assert set(event_types()) == set(schema().fields["event.category"].allowed)
    known = set(schema().fields["event.type"].allowed)
    assert all(set(types) <= known for types in event_types().values())


def test_a_pack_adds_its_fields_and_the_unmapped_one() -> None:
    added = schema().with_fields("acme_wall", [Field("acme_wall.zone", "keyword", source="acme_wall")])
    assert added.fields["acme_wall.zone"].kind == "KEYWORD"
    assert added.fields["acme_wall.unmapped"].kind == "FLATTENED"
    assert "acme_wall.zone" not in schema()
    assert added.with_fields("acme_wall", [added.fields["acme_wall.zone"]]).fields.keys() == added.fields.keys()


def test_a_pack_that_says_otherwise_is_refused_with_every_problem() -> None:
    wrong = [
        Field("source.ip", "keyword", source="acme_wall"),
        Field("other.zone", "keyword", source="acme_wall"),
        Field("acme_wall.a", "keyword", source="acme_wall"),
        Field("acme_wall.a", "long", source="acme_wall"),
    ]
    with pytest.raises(ContentError) as caught:
        schema().with_fields("acme_wall", wrong, "packs/acme_wall/fields.yaml")
    text = [p.message for p in caught.value.problems]
    assert text == [
        "source.ip: keyword here, but ecs declares it as ip",
        "other.zone: a pack's own fields begin with acme_wall.",
        "acme_wall.a: long here, but acme_wall declares it as keyword",
    ]


def test_loading_is_fast_and_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, time; from penstock.schema.registry import schema; "
        "best = min(map(lambda _: (lambda t: (schema.cache_clear(), schema(), time.perf_counter() - t)[2])"
        "(time.perf_counter()), range(5))); "
        "assert best < 0.015, best; "
        "assert not {'numpy', 'polars', 'yaml', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
