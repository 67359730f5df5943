"""Every rule of a rule set: what it is, which datasets it looks at, and whether it can fire at all."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pyarrow as pa

from penstock.content.sigma.dataset_rules import Outcome
from penstock.content.sigma.documents import Document
from penstock.content.sigma.model import Rule
from penstock.content.sigma.reasons import kind_of, lacks
from penstock.content.sigma.rule_set import RuleSet

Row = dict[str, object]

SCHEMA = pa.schema(
    [
        ("level", pa.string()),
        ("status", pa.string()),
        ("use", pa.string()),
        ("title", pa.string()),
        ("log_source", pa.string()),
        ("datasets", pa.list_(pa.string())),
        ("id", pa.string()),
        ("kind", pa.string()),
        ("reason", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("file", pa.string()),
        ("line", pa.int64()),
    ]
)
"""The columns of a listing."""


class Use(StrEnum):
    """Whether a rule is of use here."""

    LIVE = "live"  # some dataset's events may fire it, by fields that they are said to have
    UNDECLARED = "undeclared"  # it can only fire by fields that no pack declares, looked for in what was left unmapped
    DEAD = "dead"  # its log source is served, but no event can ever fire it
    UNSERVED = "unserved"  # no pack serves its log source


def use_of(outcome: Outcome) -> Use:
    """The use of a rule of which compiling learned this."""
    return Use(kind_of(outcome))


def reason(rule: Rule, outcome: Outcome) -> str:
    """Why a rule is of that use; empty for a live one."""
    match use_of(outcome):
        case Use.UNSERVED:
            return f"no pack serves {rule.source}"
        case Use.DEAD if outcome.dead_fields:
            fields, datasets = _listed(outcome.dead_fields), _listed(outcome.datasets)
            return f"no event of {datasets} has {fields}, and it cannot hold without"
        case Use.DEAD:
            return "its condition can never hold"
        case Use.UNDECLARED:
            return f"packs do not declare what it needs: {lacks(outcome)}; looked for in what is left unmapped"
    return ""


def rows(rule_set: RuleSet) -> Iterator[Row]:
    """A row a rule, then a row a correlation and a row a filter, each as in `SCHEMA`."""
    for rule, outcome in zip(rule_set.rules, rule_set.outcomes, strict=True):
        yield {
            "kind": "rule",
            "level": rule.level,
            "status": rule.status or None,
            "title": rule.title,
            "id": rule.id,
            "log_source": str(rule.source),
            "datasets": outcome.live or outcome.datasets,
            "use": str(use_of(outcome)),
            "reason": reason(rule, outcome) or None,
            "tags": list(rule.tags),
            "file": rule.file,
            "line": rule.line,
        }
    for document in rule_set.correlations:
        yield _correlation(document)
    for one in rule_set.filters:
        yield {
            "kind": "filter",
            "title": one.title,
            "id": one.id,
            "log_source": str(one.source),
            "reason": one.reason or None,
            "file": one.file,
            "line": one.line,
        }


def _correlation(document: Document) -> Row:
    data = document.data
    return {
        "kind": "correlation",
        "level": str(data.get("level") or "medium"),
        "status": str(data["status"]) if data.get("status") else None,
        "title": document.title,
        "id": str(data.get("id") or data.get("name") or document.title),
        "tags": [str(t) for t in data.get("tags") or ()],
        "file": document.file,
        "line": document.line,
    }


def _listed(names: set[str] | list[str], most: int = 5) -> str:
    """The first few names."""
    found = sorted(names)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
