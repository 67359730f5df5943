"""What is asked of the stored incidents."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from penstock.errors import UsageError
from penstock.store.query import Reader

ORDER = "list_position(['informational', 'low', 'medium', 'high', 'critical'], \"incident.level\")"


def listed(
    root: Path,
    *,
    state: str | None = "open",
    level: str | None = None,
    assignee: str | None = None,
    entity: str | None = None,
    limit: int = 100,
) -> pa.Table:
    """Incidents, worst first, then riskiest, then newest. state None: whatever it is."""
    terms, values = ["true"], list[object]()
    for column, value in (("incident.state", state), ("incident.assignee", assignee)):
        if value is not None:
            terms.append(f'"{column}" = ?')
            values.append(value)
    if level is not None:
        terms.append('"incident.level" = ?')
        values.append(level)
    if entity is not None:
        terms.append("list_contains(list_transform(\"incident.entities\", e -> split_part(e, '=', 2)), lower(?)) ")
        values.append(entity)
    sql = f"""SELECT * FROM incidents WHERE {" AND ".join(terms)}
        ORDER BY {ORDER} DESC, "incident.risk" DESC, "incident.last_seen" DESC, "incident.id" LIMIT {int(limit)}"""  # noqa: S608  our own text
    with Reader(root) as reader:
        return reader.ask(sql, values).read_all()


def shown(root: Path, incident: str) -> dict[str, object]:
    """An incident by its id, or the beginning of it. Raises `UsageError` when there is none, or more than one."""
    sql = 'SELECT * FROM incidents WHERE starts_with("incident.id", ?) LIMIT 2'
    with Reader(root) as reader:
        rows: list[dict[str, object]] = reader.ask(sql, [incident]).read_all().to_pylist()
    if len(rows) != 1 or not incident:
        raise UsageError(f"no incident {incident}" if not rows else f"several incidents begin with {incident}")
    return rows[0]


def verdicts(root: Path, limit: int = 100) -> pa.Table:
    """Each rule's alerts, incidents and verdicts; most false positives first. A merged incident counts in the other."""
    sql = f"""
        WITH heard AS (
            SELECT "rule.id" AS rule, arg_max("rule.name", "@timestamp") AS name, count(*) AS alerts,
                count(*) FILTER ("alert.silenced.by" IS NOT NULL) AS muted
            FROM alerts WHERE "rule.id" IS NOT NULL GROUP BY 1
        ), judged AS (
            SELECT unnest("incident.rule_ids") AS rule, "incident.verdict" AS verdict
            FROM incidents WHERE "incident.state" <> 'merged'
        ), counted AS (
            SELECT rule, count(*) AS incidents,
                count(*) FILTER (verdict = 'true_positive') AS true_positives,
                count(*) FILTER (verdict = 'false_positive') AS false_positives
            FROM judged GROUP BY 1
        )
        SELECT rule AS "rule.id", name AS "rule.name", alerts, muted, coalesce(incidents, 0) AS incidents,
            coalesce(true_positives, 0) AS true_positives, coalesce(false_positives, 0) AS false_positives,
            round(true_positives / nullif(true_positives + false_positives, 0), 3) AS precision
        FROM heard LEFT JOIN counted USING (rule)
        ORDER BY false_positives DESC, alerts DESC, rule LIMIT {int(limit)}
    """  # noqa: S608  our own text
    with Reader(root) as reader:
        return reader.ask(sql).read_all()
