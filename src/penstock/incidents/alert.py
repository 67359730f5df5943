"""An alert row, read: what grouping needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.schema import instants
from penstock.schema.levels import LEVELS

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. level: index into `LEVELS`; entities: `field=value`, sorted; at: event time, microseconds."""

    id: str
    at: int
    rule: str
    name: str
    level: int
    entities: tuple[str, ...]
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    category: str
    row: Row


def read(row: Row, fields: Sequence[str]) -> Alert:
    """The alert in a row. Raises `ValueError` that names what is missing or wrong."""
    identity, rule = row.get("alert.id"), row.get("rule.id")
    if not isinstance(identity, str) or not identity:
        raise ValueError("alert.id: wanted a text")
    if not isinstance(rule, str) or not rule:
        raise ValueError("rule.id: wanted a text")
    when = row.get("@timestamp")
    try:
        at = instants.read(str(when))
    except (ValueError, OverflowError):
        raise ValueError(f"@timestamp: wanted an RFC 3339 time, found {str(when)[:40]!r}") from None
    level = str(row.get("rule.level") or "medium")
    category = row.get("penstock.category")
    return Alert(
        identity,
        at,
        rule,
        str(row.get("rule.name") or rule),
        LEVELS.index(level) if level in LEVELS else LEVELS.index("medium"),
        entities(row, fields),
        values(row, "threat.tactic.id"),
        values(row, "threat.technique.id"),
        category if isinstance(category, str) and category else f"rule:{rule}",
        row,
    )


def entities(row: Row, fields: Sequence[str]) -> tuple[str, ...]:
    """`field=value` of those fields that are there; case does not count."""
    return tuple(sorted({f"{f}={v.casefold()}" for f in fields if f in row for v in values(row, f) if v}))


def values(row: Row, field: str) -> tuple[str, ...]:
    """A field's values as texts; none if it is not there."""
    found = row.get(field)
    if found is None:
        return ()
    return tuple(map(str, found)) if isinstance(found, list | tuple) else (str(found),)
