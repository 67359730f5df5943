"""What `penstock incidents` prints."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa

from penstock.cli.rows import default_format, write_rows
from penstock.notify.outbox import Outbox
from penstock.schema.instants import rfc3339
from penstock.triage import asking
from penstock.triage.remembered import remembered

COLUMNS = (
    "incident.id", "incident.level", "incident.risk", "incident.alerts", "incident.last_seen", "incident.state",
    "incident.assignee", "incident.verdict", "incident.title",
)  # fmt: skip
LONG = frozenset(("incident.timeline", "incident.audit", "incident.risks", "alert.ids", "event.day"))


def listed(options: argparse.Namespace, root: Path) -> None:
    """Incidents."""
    form = options.format or default_format()
    state = None if options.state == "all" else options.state
    found = asking.listed(
        root, state=state, level=options.level, assignee=options.assignee, entity=options.entity, limit=options.limit
    )
    write_rows((found.select([*COLUMNS]) if form == "table" else found).to_reader(), form, options.limit)


def shown(options: argparse.Namespace, root: Path) -> None:
    """One incident: fields, risks, timeline, audit trail."""
    form = options.format or default_format()
    row = asking.shown(root, options.id)
    if form != "table":
        write_rows(pa.Table.from_pylist([row]).to_reader(), form)
        return
    for name, value in row.items():
        if name not in LONG and value is not None:
            print(f"{name:24} {_printable(_text(value))}")
    for title, key, line in (
        ("risk", "incident.risks", "{score:>6}  {entity}  ({rules} rules, {alerts} alerts)"),
        ("timeline", "incident.timeline", "{first}  {rule.level:13} {count:>6} × {rule.name}  {about}"),
        ("audit", "incident.audit", "{at}  {by}: {what}  {note}"),
    ):
        print(f"\n{title}")
        for text in _texts(row.get(key)):
            print("  " + _printable(_line(line, orjson.loads(text))).rstrip())


def rules(options: argparse.Namespace, root: Path) -> None:
    """Verdicts per rule."""
    write_rows(asking.verdicts(root, options.limit).to_reader(), options.format, options.limit)


def silences(options: argparse.Namespace, state: Path) -> None:
    """Silences, and what suppressions, inhibitions and filters have muted."""
    held = remembered(state)
    now = datetime.now(UTC)
    rows: list[dict[str, object]] = [
        {
            "id": s.id, "match": " ".join(f"{f}={v}" for f, v in s.match), "owner": s.owner, "reason": s.reason,
            "starts": rfc3339(s.starts), "expires": rfc3339(s.expires),
            "active": s.starts <= now.timestamp() * 1e6 < s.expires, "alerts": s.count,
        }
        for s in sorted(held.silences.values(), key=lambda s: (s.expires, s.id))
    ]  # fmt: skip
    rows += [
        {"id": name, "match": "", "owner": "", "reason": "not a silence: see the configuration, or the rule's filter",
         "starts": "", "expires": "", "active": None, "alerts": count}
        for name, count in sorted(held.counts.items()) if name not in held.silences
    ]  # fmt: skip
    names = ("id", "match", "owner", "reason", "starts", "expires", "active", "alerts")
    _write(rows, names, options)


def outbox(options: argparse.Namespace, state: Path) -> None:
    """Messages."""
    path = state / "outbox.sqlite"
    rows: list[dict[str, object]] = []
    if path.exists():
        with Outbox(path) as box:
            rows = [
                {
                    "key": e.message.key, "channel": e.channel, "state": e.state, "attempts": e.attempts,
                    "added": rfc3339(int(e.added * 1e6)), "due": rfc3339(int(e.due * 1e6)), "error": e.error,
                    "summary": e.message.fields.get("summary", ""),
                }
                for e in box.entries(options.state, options.limit)
            ]  # fmt: skip
    _write(rows, ("key", "channel", "state", "attempts", "added", "due", "error", "summary"), options)


def _write(rows: Sequence[dict[str, object]], names: Sequence[str], options: argparse.Namespace) -> None:
    table = pa.table({n: [row[n] for row in rows] for n in names})
    write_rows(table.to_reader(), options.format, options.limit)


def _line(form: str, fields: dict[str, object]) -> str:
    """Fields with dots in their names put into a line."""
    about = fields.get("entities")
    flat = {k.replace(".", "_"): v for k, v in fields.items()} | {"about": " ".join(_texts(about))}
    return form.replace("{rule.", "{rule_").format(**flat)


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return " ".join(_texts(value)) if isinstance(value, list) else str(value)


def _printable(text: str) -> str:
    """What stands in logs must not steer a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)
