"""Reading what a pack's `fields.yaml` says."""

from __future__ import annotations

from penstock.schema.declare import declare
from penstock.schema.registry import Field, schema


def test_both_ways_to_write_a_field() -> None:
    document = {
        "acme.rule": "keyword",
        "acme.flags": {"type": "keyword", "many": True, "about": "TCP flags"},
        "acme.action": {"type": "keyword", "allowed": ["permit", "deny"]},
        "acme.event.EventData": "long",
    }
    found = declare("acme", document, "fields.yaml")
    assert found.problems == ()
    assert found.about == {"acme.flags": "TCP flags"}
    assert found.fields == (
        Field("acme.rule", "keyword", source="acme"),
        Field("acme.flags", "keyword", many=True, source="acme"),
        Field("acme.action", "keyword", allowed=("permit", "deny"), source="acme"),
        Field("acme.event.EventData", "long", source="acme"),
    )
    assert "acme.flags" in schema().with_fields("acme", found.fields)


def test_every_problem_is_told_with_its_line() -> None:
    document = {
        "acme.good": "ip",
        "acme.bad": "strnig",
        "zone": "keyword",
        "acme.x": {"type": "long", "many": "yes", "alowed": []},
        "acme.": "long",
        "acme.y": {"type": "keyword", "allowed": "a", "about": 3},
    }
    found = declare("acme", document, "f.yaml", {"acme.bad": 2, "zone": 3, "acme.x": 4})
    assert [f.name for f in found.fields] == ["acme.good"]
    assert [(p.line, p.message) for p in found.problems] == [
        (2, "acme.bad: unknown type 'strnig'"),
        (3, "zone: a pack's own fields begin with acme."),
        (4, "acme.x: unknown key 'alowed'"),
        (4, "acme.x: many is true or false, not 'yes'"),
        (1, "acme.: not a field name"),
        (1, "acme.y: allowed is a list of values"),
        (1, "acme.y: about is a short text"),
    ]


def test_an_empty_file_is_fine_and_a_list_is_not() -> None:
    assert declare("acme", None, "f.yaml").problems == ()
    assert len(declare("acme", ["a"], "f.yaml").problems) == 1


def test_odd_types_are_problems_not_crashes() -> None:
    found = declare("acme", {"acme.a": {"type": ["keyword"]}, "acme.b": None, "acme.c": 3, 4: "long"}, "f.yaml")
    assert len(found.problems) == 4
