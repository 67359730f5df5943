"""What is wrong with the maps of rules' fields: `sigma.yaml` of packs, `schema/sigma/*.tsv`. All of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from penstock.content.catalogue import Catalogue
from penstock.content.constants import misfit_of
from penstock.content.sigma import shared
from penstock.content.sigma.expressions import Expression, Glob, tests
from penstock.content.sigma.serving import Serving
from penstock.content.sigma.slots import Slots
from penstock.errors import Problem
from penstock.schema.registry import Schema, schema

_JSON = ("flattened", "object", "nested")
"""Types of fields that hold JSON."""


def check_maps(servings: Sequence[Serving], catalogue: Catalogue) -> list[Problem]:
    """Every problem: unknown datasets, columns that no event has, conditions that never hold, fields found nowhere."""
    slots = {p.name: Slots(p) for p in catalogue.plans}
    found = [p for one in servings for p in _serving(one, slots, catalogue)]
    return list(dict.fromkeys((*found, *check_shared())))


def check_shared() -> list[Problem]:
    """Of the shared tables: lines that are none, fields that stand twice, columns that ECS has not."""
    base = schema()
    found = []
    for name in shared.names():
        path = shared.FOLDER / f"{name}.tsv"
        seen: dict[str, int] = {}
        for line, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not text or text.startswith("#"):
                continue
            rule_field, _, columns = text.partition("\t")
            if not rule_field or not columns.split():
                found.append(Problem(str(path), line, "a line is a rule's field, a tab, and columns"))
                continue
            if rule_field in seen:
                found.append(Problem(str(path), line, f"{rule_field} stands in line {seen[rule_field]} already"))
            seen[rule_field] = line
            for column in columns.split():
                found.extend(Problem(str(path), line, *said) for said in _in_schema(column, base))
    return found


def _serving(one: Serving, slots: Mapping[str, Slots], catalogue: Catalogue) -> Iterator[Problem]:
    ours = [s for s in slots.values() if s.plan.pack == one.pack]
    mine = []
    for dataset, condition in one.events.items():
        line = one.lines.get(dataset, one.line)
        if dataset not in slots:
            hint = f"one of {', '.join(s.plan.name.partition('.')[2] for s in ours)}" if ours else ""
            yield Problem(one.file, line, f"pack {one.pack} has no dataset {dataset.partition('.')[2]!r}", hint)
            continue
        mine.append(slots[dataset])
        for said in _condition(condition, mine[-1], catalogue.schema):
            yield Problem(one.file, line, *said)
    if len(mine) < len(one.events):
        return
    for name, columns in one.fields.items():
        for column in columns:
            for said in _column(column, ours if name in one.common else mine, catalogue.schema):
                yield Problem(one.file, one.lines.get(name, one.line), f"{name}: {said[0]}", said[1])
    for name in sorted(one.has or ()):
        if not any(s.resolve(name, one) >= 0 and not s.guessed(name, one) for s in mine):
            message = f"has: no event of {_listed(mine)} has a field for {name}"
            yield Problem(one.file, one.lines.get(name, one.line), message, "declare it in the pack, or map it")


def _condition(condition: Expression, slots: Slots, whole: Schema) -> Iterator[tuple[str, str]]:
    for one in tests(condition):
        name = one.field or ""
        yield from _column(name, [slots], whole)
        known = whole.get(name)
        if known is None or not isinstance(one.match, Glob):
            continue
        value = "".join(p for p in one.match.parts if isinstance(p, str))
        plain = len(one.match.parts) == 1
        if plain and known.allowed and value not in {v.lower() for v in known.allowed}:
            yield f"{name} is never {value!r}", f"one of {', '.join(known.allowed)}"
        elif plain and (misfit := misfit_of((value,) if known.many else value, known)):
            yield f"{name} is never {value!r}: that is {misfit}", ""


def _column(written: str, places: Sequence[Slots], whole: Schema) -> Iterator[tuple[str, str]]:
    """What is wrong with a column, of which some dataset must have every part."""
    for part in written.split("+"):
        name, at, _ = part.partition("#")
        if not any(name in s.columns for s in places):
            near = difflib.get_close_matches(name, [c for s in places for c in s.columns], 1)
            hint = "" if name in whole else f"did you mean {near[0]}?" if near else "no field of ECS or fields.yaml"
            yield f"no event of {_listed(places)} has {name}", hint
        elif at:
            yield from _holds_json(name, whole)


def _listed(places: Sequence[Slots]) -> str:
    return ", ".join(s.plan.name for s in places)


def _in_schema(written: str, base: Schema) -> Iterator[tuple[str, str]]:
    for part in written.split("+"):
        name, at, _ = part.partition("#")
        if name not in base:
            near = difflib.get_close_matches(name, list(base.fields), 1)
            yield f"no field {name!r} in ECS", f"did you mean {near[0]}?" if near else ""
        elif at:
            yield from _holds_json(name, base)


def _holds_json(name: str, whole: Schema) -> Iterator[tuple[str, str]]:
    known = whole.get(name)
    if known is not None and known.type not in _JSON:
        yield f"{name} is {known.type}, it holds no paths", ""
