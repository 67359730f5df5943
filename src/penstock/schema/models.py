"""Our rows in other data models: OCSF 1.8.0 and the OSSEM Common Data Model. Facts of both are data files.

`ocsf.tsv` says where a field goes, `ocsf_classes.tsv` which class an event is, `ossem.tsv` what OSSEM calls a field.
What has no place in OCSF stays under `unmapped` with our name, as OCSF wants it: nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from penstock.schema.registry import schema, table

OCSF_VERSION = "1.8.0"
STATUS = {"success": 1, "failure": 2}
NANOS_IN_MILLI = 1_000_000


class Class(NamedTuple):
    """An OCSF class with an activity, and what an event must be for it: (field, value), value "" for any."""

    conditions: tuple[tuple[str, str], ...]
    uid: int
    activity: int
    name: str


class Place(NamedTuple):
    """Where a field goes in OCSF: `attribute` (a path), in the classes named, or in any."""

    field: str
    attribute: str
    classes: frozenset[int]


@cache
def ocsf_classes() -> tuple[Class, ...]:
    """All classes we use, in the order they are tried; the last takes everything."""
    return tuple(_class(*line.split("\t")) for line in table("ocsf_classes.tsv"))


def _class(when: str, uid: str, activity: str, name: str) -> Class:
    parts = (part.partition("=") for part in when.split())
    return Class(tuple((field, value) for field, _, value in parts), int(uid), int(activity), name)


@cache
def ocsf_places() -> tuple[Place, ...]:
    """Where fields go, in the order they are tried."""
    lines = (line.split("\t") for line in table("ocsf.tsv"))
    return tuple(Place(field, path, frozenset(map(int, filter(None, uids.split("|"))))) for field, path, uids in lines)


@cache
def ossem_names() -> Mapping[str, str]:
    """Our name -> OSSEM's."""
    return dict(line.split("\t") for line in table("ossem.tsv"))


def ossem(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event row under OSSEM's names; what OSSEM has no name for keeps ours."""
    names = ossem_names()
    return {names.get(name, name): value for name, value in row.items()}


def ocsf_class(row: Mapping[str, Any]) -> Class:
    """The class of an event row."""
    return next(c for c in ocsf_classes() if all(_holds(row.get(field), value) for field, value in c.conditions))


def _holds(have: object, want: str) -> bool:
    if have is None or not want:
        return have is not None
    return want in have if isinstance(have, list) else have == want


def ocsf(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event row as a nested OCSF event, the class by `ocsf_class`."""
    found = ocsf_class(row)
    event: dict[str, Any] = {
        "class_uid": found.uid,
        "class_name": found.name,
        "category_uid": found.uid % 100_000 // 1000,
        "activity_id": found.activity,
        "type_uid": found.uid * 100 + found.activity,
        "severity_id": severity_id(row.get("event.severity")),
        "status_id": STATUS.get(row.get("event.outcome", ""), 0),
        "metadata": {"version": OCSF_VERSION},
    }
    left = {k: v for k, v in row.items() if k != "event.outcome"}
    for name, path, value in _placed(row, found.uid):
        if _put(event, path.split("."), value):
            left.pop(name, None)
    if left:
        event["unmapped"] = left
    return event


def severity_id(severity: object) -> int:
    """0 to 100 as OCSF's 1 (informational) to 5 (critical); 0 where nothing is known."""
    if not isinstance(severity, int | float):
        return 0
    return 1 + sum(severity >= bound for bound in (20, 40, 60, 80))


def _placed(row: Mapping[str, Any], uid: int) -> Iterator[tuple[str, str, Any]]:
    seen: set[str] = set()
    for field, path, classes in ocsf_places():
        if field in row and field not in seen and (not classes or uid in classes):
            seen.add(field)
            yield field, path, _value(field, row[field])


def _value(field: str, value: Any) -> Any:  # noqa: ANN401  a row's value is whatever JSON holds
    if field == "event.duration":
        return value // NANOS_IN_MILLI
    known = schema().get(field)
    if known is not None and known.type == "date":
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


def _put(at: dict[str, Any], path: list[str], value: Any) -> bool:  # noqa: ANN401
    """Put a value at a path, unless something is there. Give whether all of it found a place."""
    head, *rest = path
    name, bracket, key = head.partition("[")
    if not bracket:
        if rest:
            return _put(at.setdefault(name, {}), rest, value)
        whole = not isinstance(value, list) or len(value) == 1
        first = (value[0] if value else None) if isinstance(value, list) else value
        return at.setdefault(name, first) == first and whole
    held: list[Any] = at.setdefault(name, [])
    if not rest:
        held.extend(value if isinstance(value, list) else [value])
        return True
    if key != "]":  # [key=value]: the element that has it
        field, _, wanted = key.rstrip("]").partition("=")
        element = next((e for e in held if e.get(field) == int(wanted)), None)
        if element is None:
            held.append(element := {field: int(wanted)})
        return _put(element, rest, value)
    values = value if isinstance(value, list) else [value]
    held.extend({} for _ in range(len(values) - len(held)))
    placed = True
    for element, one in zip(held, values, strict=False):
        placed &= _put(element, rest, one)
    return placed
