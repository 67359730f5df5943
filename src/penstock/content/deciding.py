"""Who decided an event's category: the names that packs' own decisions get.

    linux_auth.sshd/failed_password          a pattern
    microsoft_windows.security/4625          a family, by its first value (`/4656+2`: and two more)
    aws_cloudtrail.event/lookup error.code   a step, by its verb and what it looks at

A step that writes the category writes this too, in the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.content.conditions import compile_condition
from penstock.content.model import Constant, Dataset, Step
from penstock.schema.categories import UNCATEGORIZED

CATEGORY, RULE, CONFIDENCE = "penstock.category", "penstock.category_rule", "penstock.category_confidence"
CONTEXT = "penstock.context"
DECIDED = (CATEGORY, RULE, CONFIDENCE, CONTEXT)
"""What `stages.categorise` gives an event."""

SURE = 100
"""The confidence of what a pack says itself."""

LONGEST = 60
"""Bytes of what a step looks at, in its name."""

VERBS = ("set", "lookup")
"""Steps that may write a category: those that write constants."""


NOT_RECORDED = f"{CATEGORY} comes from no record"
"""What is told of a pack that would copy one."""


def family_rules(dataset: Dataset) -> list[str]:
    """The names of a dataset's patterns or families, by their numbers in its plan."""
    if dataset.is_text:
        return [f"{dataset.name}/{pattern.name or 'default'}" for pattern in dataset.patterns] or [_default(dataset)]
    names = [f"{dataset.name}/{_called(family.values)}" if family.values else "" for family in dataset.families]
    return [name or _default(dataset) for name in names] + ([] if "" in names else [_default(dataset)])


def _called(values: tuple[str, ...]) -> str:
    return values[0] + (f"+{len(values) - 1}" if len(values) > 1 else "")


def _default(dataset: Dataset) -> str:
    return f"{dataset.name}/default"


def named(step: Step, dataset: str) -> Step:
    """The step, writing its name beside each category that it writes."""
    if step.verb == "set":
        return replace(step, arguments=_beside(step.arguments, f"{dataset}/set {_looks_at(step)}".rstrip()))
    if step.verb != "lookup":
        return step
    a = step.arguments
    source = a.get("from")
    looks_at = " ".join(map(str, source)) if isinstance(source, list) else str(source)
    rule = f"{dataset}/lookup {looks_at[:LONGEST]}"
    only, table, default = a.get("to"), a.get("table"), a.get("default")
    if not isinstance(table, dict):
        return step

    def row(value: object) -> object:
        if isinstance(value, dict):
            return _beside(value, rule)
        return _beside({CATEGORY: value}, rule) if only == CATEGORY and value is not None else value

    more = {} if default is None else {"default": row(default)}
    return replace(step, arguments={**a, "table": {key: row(value) for key, value in table.items()}, **more})


def _beside(values: Mapping[str, object], rule: str) -> Mapping[str, object]:
    """Constants, and the rule if they decide a category."""
    return {**values, RULE: rule} if values.get(CATEGORY, UNCATEGORIZED) != UNCATEGORIZED else values


def _looks_at(step: Step) -> str:
    """The fields of a step's condition."""
    try:
        condition = None if step.when is None else compile_condition(step.when)
    except ValueError:
        return ""  # told when the step is compiled
    return ",".join(dict.fromkeys(condition.fields()))[:LONGEST] if condition else ""


def with_rules(sets: Sequence[Mapping[str, Constant]], rules: Sequence[str]) -> list[dict[str, Constant]]:
    """Each family's constants, and its rule if they decide a category."""
    return [dict(_beside(v, r)) for v, r in zip(sets, rules, strict=True)]  # type: ignore[arg-type]  # constants too


def with_confidence(whole: Sequence[Mapping[str, Constant]], rules: Sequence[str]) -> list[dict[str, Constant]]:
    """All of each family's constants; with rule and confidence if they decide a category."""
    return [
        dict(values) if values[CATEGORY] == UNCATEGORIZED else {**values, RULE: rule, CONFIDENCE: SURE}
        for values, rule in zip(whole, rules, strict=True)
    ]
