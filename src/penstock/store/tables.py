"""The lake's tables: their columns, how they are partitioned, which types and names a column may have.

Wire types are those that Delta, Parquet, Spark, Polars and DuckDB all have: string, int64, double, bool, timestamp
in microseconds UTC, and lists of strings. A column's type never changes; columns are only ever added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

STRING = pa.string()
LONG = pa.int64()
TIME = pa.timestamp("us", "UTC")
STRINGS = pa.list_(pa.string())

DATASET = "event.dataset"
DAY = "event.day"

FORBIDDEN = re.compile(r"[ ,;{}()\n\t=]")
"""What Delta refuses in a column's name (without column mapping, which would cost older readers)."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the lake.

    base       columns it has from its first version on (partition columns included, last)
    partition  columns kept in the file's path and the log, not in the file
    time       the column whose UTC date is `event.day`, and whose range each file's statistics give
    newest     (what a row is a version of, which one): readers see the newest only; None: every row
    """

    name: str
    base: pa.Schema
    partition: tuple[str, ...]
    time: str
    newest: tuple[str, str] | None = None


def _table(
    name: str,
    time: str,
    partition: tuple[str, ...],
    columns: dict[str, pa.DataType],
    newest: tuple[str, str] | None = None,
) -> Table:
    fields = [(time, TIME), *((n, t) for n, t in columns.items() if n != time and n not in partition)]
    return Table(name, pa.schema([*fields, *((p, STRING) for p in partition)]), partition, time, newest)


EVENTS = _table(
    "events",
    "@timestamp",
    (DATASET, DAY),
    {
        "event.ingested": TIME,
        "event.id": STRING,
        "event.original": STRING,
        "event.kind": STRING,
        "ecs.version": STRING,
        "penstock.schema.version": STRING,
        "penstock.category": STRING,
        "penstock.pack": STRING,
    },
)

REJECTS = _table(
    "rejects",
    "event.ingested",
    (DAY,),
    {
        "event.id": STRING,
        "event.original": STRING,
        DATASET: STRING,
        "error.stage": STRING,
        "error.category": STRING,
        "error.code": STRING,
        "error.message": STRING,
        "error.fingerprint": STRING,
        "error.original_base64": STRING,
        "error.length": LONG,
        "error.sha256": STRING,
        "penstock.pack": STRING,
        "penstock.source": STRING,
        "penstock.stream": STRING,  # hex; with the position it gives the record its id again
        "penstock.position": LONG,
        "penstock.reference": TIME,  # what a missing year is inferred from
        "penstock.zone": LONG,  # minutes east of UTC
        "penstock.header": STRING,  # the header row, or `#Fields:` line, that the record stood under
        "penstock.replay": STRING,  # the replay in which it failed once more; null the first time
    },
)

ALERTS = _table(
    "alerts",
    "@timestamp",
    (DAY,),
    {
        "event.kind": STRING,
        "event.original": STRING,
        "alert.id": STRING,
        "alert.type": STRING,
        "alert.count": LONG,
        "alert.event_ids": STRINGS,
        "alert.first_seen": TIME,
        "alert.last_seen": TIME,
        "rule.id": STRING,
        "rule.name": STRING,
        "rule.version": STRING,
        "rule.level": STRING,
        "rule.tags": STRINGS,
        "threat.tactic.id": STRINGS,
        "threat.technique.id": STRINGS,
        "alert.disposition": STRING,  # opened, joined, repeated; silenced, suppressed, inhibited, filtered, overflow
        "alert.silenced.by": STRING,
        "alert.silenced.owner": STRING,
        "alert.silenced.reason": STRING,
        "incident.id": STRING,  # as it was when the alert came: merges and splits are in `incidents`
        "incident.strand": STRING,
    },
)

INCIDENTS = _table(
    "incidents",
    "@timestamp",  # when it came to be as the row says: each change is a row, `penstock query` shows the newest
    (DAY,),
    {
        "incident.id": STRING,
        "incident.version": LONG,
        "incident.state": STRING,
        "incident.title": STRING,
        "incident.level": STRING,
        "incident.category": STRING,
        "incident.opened": TIME,
        "incident.first_seen": TIME,
        "incident.last_seen": TIME,
        "incident.closed": TIME,
        "incident.alerts": LONG,
        "incident.risk": LONG,
        "incident.assignee": STRING,
        "incident.verdict": STRING,
        "incident.escalations": LONG,
        "incident.merged_into": STRING,
        "incident.related": STRINGS,
        "incident.rule_ids": STRINGS,
        "incident.rule_names": STRINGS,
        "incident.entities": STRINGS,  # field=value, riskiest first
        "incident.risks": STRINGS,  # JSON, one an entity
        "incident.timeline": STRINGS,  # JSON, one a strand
        "incident.audit": STRINGS,  # JSON, one an entry
        "alert.ids": STRINGS,
        "threat.tactic.id": STRINGS,
        "threat.technique.id": STRINGS,
    },
    ("incident.id", "incident.version"),
)

REPLAYS = _table(
    "replays",
    "replay.at",
    (),
    {
        "replay.id": STRING,  # hex, 16 bytes: also the stream under which the replay's rows are committed
        "replay.state": STRING,  # begun: one row a reject; done: one row a replay
        "replay.ordinal": LONG,  # the reject's position in that stream
        "event.id": STRING,
        "replay.of": STRING,  # the reject row's own `penstock.replay`, empty if null
    },
)

TABLES = {t.name: t for t in (EVENTS, REJECTS, ALERTS, INCIDENTS, REPLAYS)}


def plain(kind: pa.DataType) -> pa.DataType | None:
    """The wire type a column of `kind` becomes; None if there is none (or it is all null and has none yet)."""
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return STRING
    if pa.types.is_signed_integer(kind) or kind in {pa.uint8(), pa.uint16(), pa.uint32()}:
        return LONG
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_boolean(kind):
        return pa.bool_()
    if pa.types.is_timestamp(kind):
        return TIME if kind.tz in {"UTC", "+00:00", "Etc/UTC"} and kind.unit in {"s", "ms", "us"} else None
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and plain(kind.value_type) == STRING:
        return STRINGS
    return None


def name_problems(names: Iterable[str]) -> list[str]:
    """Why these cannot all be columns of one table; empty if they can. For the lint of packs as for the lake.

    Spark and DuckDB do not tell `a.User` from `a.user`, so no two names may differ by case alone.
    """
    seen: dict[str, str] = {}
    problems = []
    for name in names:
        if not name or FORBIDDEN.search(name):
            problems.append(f"{name!r} cannot be a column's name: no space, no tab, no line break, none of ,;{{}}()=")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            problems.append(f"{name!r} and {other!r} differ by case alone")
    return problems
