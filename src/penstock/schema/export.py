"""What `penstock schema` says: fields by pattern, the contract's state, differences, other models."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from penstock.errors import UsageError
from penstock.schema import versions
from penstock.schema.categories import codes
from penstock.schema.models import OCSF_VERSION, ocsf_classes, ocsf_places, ossem_names
from penstock.schema.registry import ECS_VERSION, ROWS, Field, Schema, describe, schema

JSON_TYPES: dict[str, dict[str, Any]] = {
    "KEYWORD": {"type": "string"},
    "LONG": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "DOUBLE": {"type": "number"},
    "BOOLEAN": {"type": "boolean"},
    "IP": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    "DATE": {"type": "string", "format": "date-time", "pattern": "Z$"},
    "FLATTENED": {"type": "string", "contentMediaType": "application/json"},
}
AS = ("ecs", "json-schema", "ocsf", "ossem")


def show(pattern: str = "*", of: Schema | None = None) -> list[dict[str, Any]]:
    """Fields and category codes whose name fits (`source.*`, `*ip`; no star: contains it), as records."""
    wanted = pattern if set(pattern) & set("*?[") else f"*{pattern}*"
    of = of or schema()
    found = [record(f) for name, f in of.fields.items() if fnmatchcase(name, wanted)]
    return found + [{"code": c.code, "meaning": c.meaning} for c in codes().values() if fnmatchcase(c.code, wanted)]


def record(field: Field) -> dict[str, Any]:
    """A field as a record, empty things left out."""
    said: dict[str, Any] = {**field._asdict(), "is": describe(field)}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in said.items() if v not in ((), False)}


def check() -> list[str]:
    """The contract's problems as text; empty when all is well."""
    return [str(problem) for problem in versions.check()]


def diff(before: str, after: str | None = None) -> list[str]:
    """What changed between two released versions, or between one and this code, worst first."""
    new = versions.frozen(after) if after else versions.listing(schema())
    return [str(change) for change in versions.diff(versions.frozen(before), new)]


def export(as_: str, row: str = "event", of: Schema | None = None) -> dict[str, Any]:
    """The schema in another form, as a JSON document. `row`: event, reject or alert, for `json-schema`."""
    of = of or schema()
    if as_ == "json-schema":
        return json_schema(of, row)
    if as_ == "ecs":
        fields = {name: ecs_field(field) for name, field in of.fields.items()}
        return {"version": of.version, "ecs_version": ECS_VERSION, "fields": fields}
    if as_ == "ocsf":
        return ocsf_document(of)
    if as_ == "ossem":
        return {"model": "OSSEM CDM", "version": of.version, "fields": dict(ossem_names())}
    raise UsageError(f"no such form: {as_} (known: {', '.join(AS)})")


def ecs_field(field: Field) -> dict[str, Any]:
    """A field in the shape of ECS's own flat listing."""
    said: dict[str, Any] = {"type": field.type, "normalize": ["array"] if field.many else [], "source": field.source}
    said |= {"allowed_values": [{"name": v} for v in field.allowed]} if field.allowed else {}
    said |= {"expected_values": list(field.expected)} if field.expected else {}
    return said | ({"required": True} if field.required else {})


def json_schema(of: Schema, row: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one kind of row. Fields that it does not name are a pack's, and may stand."""
    if row not in ROWS:
        raise UsageError(f"no such row: {row} (known: {', '.join(ROWS)})")
    required: Iterable[str] = ROWS[row]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:penstock:schema:{of.version}:{row}",
        "title": f"Penstock {row} row, schema {of.version} over ECS {ECS_VERSION}",
        "type": "object",
        "properties": {name: json_type(field) for name, field in of.fields.items()},
        "required": list(required),
    }


def json_type(field: Field) -> dict[str, Any]:
    """JSON Schema of one field."""
    one = {**JSON_TYPES[field.kind], **({"enum": list(field.allowed)} if field.allowed else {})}
    return {"type": "array", "items": one} if field.many else one


def ocsf_document(of: Schema) -> dict[str, Any]:
    """How our rows go into OCSF: its classes and when an event is one, and where each field goes."""
    classes = [
        {"class_uid": c.uid, "class": c.name, "activity_id": c.activity, "when": dict(c.conditions)}
        for c in ocsf_classes()
    ]
    places = [{"field": p.field, "attribute": p.attribute, "classes": sorted(p.classes)} for p in ocsf_places()]
    return {"model": "OCSF", "model_version": OCSF_VERSION, "version": of.version, "classes": classes, "fields": places}
