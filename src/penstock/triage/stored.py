"""Alerts and incidents as rows of the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import orjson
import pyarrow as pa

from penstock.incidents.alert import Row
from penstock.incidents.grouping import Placed
from penstock.incidents.incident import Incident, Strand
from penstock.incidents.story import chain, risks, timeline
from penstock.schema.instants import rfc3339
from penstock.schema.levels import LEVELS
from penstock.schema.registry import schema
from penstock.store.tables import ALERTS, DAY, FORBIDDEN, INCIDENTS, LONG, STRING, STRINGS, TIME

MOST_ALERTS = 1_000
"""Alert ids that an incident's row has; each alert's own row says where it went."""

UNMAPPED = "alert.unmapped"
_TYPES = {"LONG": LONG, "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": TIME}

Plain = dict[str, object]


def alert_row(row: Row, placed: Placed) -> Plain:
    """An alert and what became of it."""
    made = {**row, "alert.disposition": placed.how}
    if placed.incident:
        made |= {"incident.id": placed.incident, "incident.strand": placed.strand}
    if placed.by is not None:
        by = placed.by
        made |= {"alert.silenced.by": by.by, "alert.silenced.owner": by.owner, "alert.silenced.reason": by.reason}
    return made


def incident_row(incident: Incident, strands: Sequence[Strand], now: int) -> Plain:
    """An incident as it is now; what is empty is left out."""
    ranked = risks(strands)
    tactics, techniques = chain(strands)
    alerts: list[str] = []
    for strand in strands:
        alerts += strand.alerts[: MOST_ALERTS - len(alerts)]
    made: Plain = {
        "@timestamp": rfc3339(now),
        "incident.id": incident.id,
        "incident.version": incident.version,
        "incident.state": incident.state,
        "incident.title": incident.title,
        "incident.level": LEVELS[incident.level],
        "incident.category": incident.category,
        "incident.opened": rfc3339(incident.opened),
        "incident.first_seen": rfc3339(incident.first),
        "incident.last_seen": rfc3339(incident.last),
        "incident.closed": rfc3339(incident.closed) if incident.closed else None,
        "incident.alerts": incident.count,
        "incident.risk": ranked[0].score if ranked else 0,
        "incident.assignee": incident.assignee,
        "incident.verdict": incident.verdict,
        "incident.escalations": incident.step,
        "incident.merged_into": incident.merged_into,
        "incident.related": list(incident.related),
        "incident.rule_ids": list(dict.fromkeys(s.rule for s in strands)),
        "incident.rule_names": list(dict.fromkeys(s.name for s in strands)),
        "incident.entities": [r.entity for r in ranked],
        "incident.risks": [orjson.dumps(asdict(r)).decode() for r in ranked],
        "incident.timeline": [orjson.dumps(t).decode() for t in timeline(strands)],
        "incident.audit": [orjson.dumps({**asdict(a), "at": rfc3339(a.at)}).decode() for a in incident.audit],
        "alert.ids": alerts,
        "threat.tactic.id": list(tactics),
        "threat.technique.id": list(techniques),
    }
    return {k: v for k, v in made.items() if v not in ("", None, [])}


def alerts_table(rows: Sequence[Row]) -> pa.Table:
    """Alert rows with their types; what no schema knows goes into `alert.unmapped`, one JSON text."""
    base = _base(ALERTS.base)
    names = dict.fromkeys(name for row in rows for name in row)
    types = {n: t for n in names if (t := base.get(n) or _type(n)) is not None and not FORBIDDEN.search(n)}
    known = [{**{n: row[n] for n in row if n in types}, **_rest(row, types)} for row in rows]
    if any(UNMAPPED in row for row in known):
        types[UNMAPPED] = STRING
    return _table(known, types)


def incidents_table(rows: Sequence[Row]) -> pa.Table:
    """Incident rows with their types."""
    return _table(rows, _base(INCIDENTS.base))


def _base(fields: pa.Schema) -> dict[str, pa.DataType]:
    return {f.name: f.type for f in fields if f.name != DAY}


def _type(name: str) -> pa.DataType | None:
    field = schema().get(name)
    if field is None:
        return None
    return STRINGS if field.many else _TYPES.get(field.kind, STRING)


def _rest(row: Row, types: Mapping[str, pa.DataType]) -> Plain:
    rest = {n: v for n, v in row.items() if n not in types}
    return {UNMAPPED: orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()} if rest else {}


def _table(rows: Sequence[Row], types: Mapping[str, pa.DataType]) -> pa.Table:
    columns = {n: pa.array([_value(row.get(n), kind) for row in rows], kind) for n, kind in types.items()}
    return pa.table(columns)


def _value(value: object, kind: pa.DataType) -> object:
    """The value as its column has it; None where it cannot be."""
    if value is None:
        return None
    if kind == STRINGS:
        return [_text(v) for v in value] if isinstance(value, list | tuple) else [_text(value)]
    if kind == STRING:
        return _text(value)
    try:
        if kind == TIME:
            return datetime.fromisoformat(str(value))
        return (
            bool(value) if pa.types.is_boolean(kind) else float(str(value)) if kind == pa.float64() else int(str(value))
        )
    except ValueError:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
