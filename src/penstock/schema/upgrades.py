"""Rows written under an older schema version, brought to this one.

A `Step` says what one version changed, as data wherever it can be, so that one row, a table of columns and (by
whoever holds a lake) a query can all follow it. Minor and patch versions need none: what they add is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.errors import Bug, UsageError
from penstock.schema.registry import VERSION
from penstock.schema.versions import order

Value = object
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Step:
    """From any version below `to` to it: rename, then convert, then drop, then fill.

    rename   old name -> new name
    convert  new name -> function of a value that is there (of each element, for arrays)
    drop     names that are no more
    fill     name -> the value of rows that lack it
    """

    to: str
    rename: Mapping[str, str] = field(default_factory=dict)
    convert: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    fill: Mapping[str, Value] = field(default_factory=dict)


STEPS: tuple[Step, ...] = (
    # penstock.context became an array. No row had one before, but a writer of its own might
    Step("2.0.0", convert={"penstock.context": lambda context: [context]}),
)
"""All steps, oldest first."""


def plan(since: str, to: str = VERSION, steps: Sequence[Step] = STEPS) -> tuple[Step, ...]:
    """The steps from one version to another. Raises `UsageError` when there is no way."""
    if order(since) > order(to):
        raise UsageError(f"rows of schema {since} come from a newer Penstock than this one ({to}): upgrade it")
    found = tuple(s for s in steps if order(since) < order(s.to) <= order(to))
    missing = set(range(order(since)[0] + 1, order(to)[0] + 1)) - {order(s.to)[0] for s in found}
    if missing:
        raise UsageError(f"no upgrade from schema {since} to {min(missing)}.0.0")
    return tuple(sorted(found, key=lambda s: order(s.to)))


def upgrade(row: Mapping[str, Value], since: str, to: str = VERSION, steps: Sequence[Step] = STEPS) -> dict[str, Value]:
    """One row, brought to version `to`. Absent fields stay absent unless a step fills them."""
    columns = {name: [value] for name, value in row.items()}
    return {name: values[0] for name, values in upgrade_columns(columns, since, to, steps).items()}


def upgrade_columns(
    columns: Columns, since: str, to: str = VERSION, steps: Sequence[Step] = STEPS
) -> dict[str, list[Value]]:
    """A table as {name: values of all rows, None where absent}, brought to version `to`."""
    table = {name: list(values) for name, values in columns.items()}
    rows = len(next(iter(table.values()), []))
    for step in plan(since, to, steps):
        table = _apply(step, table, rows)
    return {**table, "penstock.schema.version": [to] * rows}


def _apply(step: Step, table: dict[str, list[Value]], rows: int) -> dict[str, list[Value]]:
    new: dict[str, list[Value]] = {}
    for old, values in table.items():
        name = step.rename.get(old, old)
        if name in new or (name != old and name in table and name not in step.rename):
            raise Bug(f"upgrade to {step.to}: {old} is renamed to {name}, which is there already")
        if name not in step.drop:
            change = step.convert.get(name)
            new[name] = [_convert(change, v) for v in values] if change else values
    for name, value in step.fill.items():
        new[name] = [value if v is None else v for v in new.get(name, [None] * rows)]
    return new


def _convert(change: Callable[[Value], Value], value: Value) -> Value:
    if value is None:
        return None
    return [change(v) for v in value] if isinstance(value, list) else change(value)
