"""Compile a dataset to its plan: what it can write, what goes where; every problem is noted."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from penstock.columns import I32, Kind
from penstock.content import deciding
from penstock.content.blob import Blob, render
from penstock.content.constants import as_kind, constants_of, misfit_of
from penstock.content.deciding import CATEGORY, RULE
from penstock.content.hashing import HashTable, joined
from penstock.content.model import Constant, Dataset, Group, Pack
from penstock.content.paths import under
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.pattern_text import PatternError, Program, compile_pattern
from penstock.content.plan import Column, Plan, placing
from penstock.content.steps import CompiledStep, StepCompiler, StepError
from penstock.errors import Problem
from penstock.formats.keys import hash_part
from penstock.schema.categories import UNCATEGORIZED, codes
from penstock.schema.registry import ECS_VERSION, VERSION, Schema

if TYPE_CHECKING:
    from penstock.content.compiling import Keys

SYSLOG_FIELDS = tuple(
    f"log.syslog.{part}"
    for part in "priority facility.code facility.name severity.code severity.name"
    " hostname appname procid msgid structured_data".split()
)
OWN = frozenset(
    "event.id event.ingested event.original event.dataset ecs.version penstock.schema.version penstock.pack"
    " penstock.category_rule penstock.category_confidence penstock.context".split()
)
"""Fields of every row that no pack writes."""
FIRST = ("@timestamp", "event.id")
LAST = ("event.original",)


@dataclass
class _Making:
    """What gathers while a plan is made."""

    writes: set[str] = field(default_factory=set)
    maps: list[dict[int, list[str]]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)


def build_plan(  # noqa: PLR0915  one check after the other
    number: int,
    pack: Pack,
    dataset: Dataset,
    schema: Schema,
    keys: Keys,
    blob: Blob,
    sets: PatternSetsBuilder,
    problems: list[Problem],
) -> Plan:
    """Compile a dataset; what is wrong goes to `problems`."""
    file = str(pack.folder / "pack.yaml")
    making = _Making()

    def wrong(line: int, message: str, hint: str = "") -> None:
        problem = Problem(file, line, f"{dataset.name}: {message}", hint)
        if problem not in problems:  # two checks may come upon one thing
            problems.append(problem)

    def check(name: str, line: int) -> None:
        if name in OWN:
            wrong(line, f"{name} is Penstock's own: a pack does not write it")
        check_name(name, line)

    def check_name(name: str, line: int) -> None:
        if name.startswith("_") or name in schema:
            return
        close = difflib.get_close_matches(name, list(schema.fields), 1)
        hint = f"did you mean {close[0]}?" if close else ""
        wrong(line, f"no field {name!r} in ECS or fields.yaml", hint or "declare it in fields.yaml")

    def check_constants(values: Mapping[str, Constant], line: int) -> None:
        for name, value in values.items():
            check(name, line)
            if name == CATEGORY and value not in codes():
                close = difflib.get_close_matches(str(value), list(codes()), 1)
                wrong(line, f"no category {value!r}", f"did you mean {close[0]}?" if close else "")
            known = schema.get(name)
            misfit = known and misfit_of(value, known)
            if misfit:
                wrong(line, f"{name}: {value!r} is {misfit}")
            if known and known.allowed:
                for v in value if isinstance(value, tuple) else (value,):
                    if str(v) not in known.allowed:
                        wrong(line, f"{name}: {v!r} is not allowed", f"one of {', '.join(known.allowed)}")

    family_names, family_sets = _text_families(dataset) if dataset.is_text else _families(dataset)
    pattern_set = _patterns(dataset, keys, sets, making, check, wrong) if dataset.is_text else -1
    if not dataset.is_text:
        _members(pack, dataset, keys, making, check)
    if CATEGORY in making.writes:
        wrong(dataset.line, deciding.NOT_RECORDED, "category:, set or lookup")
    check_constants(dataset.set, dataset.line)
    for values, line in family_sets:
        check_constants(values, line)
    compiler = StepCompiler(schema, keys, blob, sets, f"{pack.name}.", dataset.nulls)
    steps: list[CompiledStep] = []
    for step in dataset.steps:
        try:
            made = compiler.compile(deciding.named(step, dataset.name))
        except StepError as error:
            wrong(step.line, f"{step.verb}: {error}")
            continue
        for name in (n for n in made.writes if n != RULE):
            check(name, step.line)
        if CATEGORY in made.writes and step.verb not in deciding.VERBS:
            wrong(step.line, f"{step.verb}: {deciding.NOT_RECORDED}", "set or lookup")
        for name in (*made.reads, *(made.when.fields() if made.when else ())):
            check_name(name, step.line)
        for constants in constants_of(step):
            check_constants(constants, step.line)
        making.writes.update(made.writes)
        steps.append(made)
    for part in dataset.header.values():
        making.writes.update(part)
    for name in (*dataset.on_error, *dataset.on_error.values(), *(f for part in dataset.header.values() for f in part)):
        if name not in ("drop", "*"):
            check(name, dataset.line)
    for name, other in dataset.on_error.items():
        known = schema.get(other)
        if known and known.kind != "KEYWORD":
            wrong(dataset.line, f"on_error: {name}: {other} takes no text", "to a keyword field, or to drop")
    making.writes.update(v for v in dataset.on_error.values() if v != "drop")
    if not dataset.is_text:
        making.writes.add(f"{pack.name}.unmapped")
    making.writes.update((*SYSLOG_FIELDS, *FIRST, *LAST, "penstock.time.rule", "_header_time", *dataset.time))
    making.writes.update(_swapped(steps, making.writes, schema))
    making.writes.update([RULE] if CATEGORY in making.writes else [])
    columns = _columns(making.writes, schema)
    place = {c.name: i for i, c in enumerate(columns)}
    lists = {id(names): names for m in making.maps for names in m.values()}  # families share most of theirs
    places_of = {at: [place[n] for n in names if n in place] for at, names in lists.items()}
    numbered = {id(m): {k: places_of[id(names)] for k, names in m.items()} for m in making.maps}
    fixed: dict[str, Constant] = {
        "event.dataset": dataset.name,
        "event.kind": "event",
        "ecs.version": ECS_VERSION,
        "penstock.schema.version": VERSION,
        CATEGORY: UNCATEGORIZED,
        "penstock.pack": f"{pack.name}@{pack.version}",
    }
    rules = deciding.family_rules(dataset)
    named_sets = deciding.with_rules([values for values, _ in family_sets], rules)
    whole = [{**fixed, **dataset.set, **values} for values in named_sets]
    whole = whole if CATEGORY in place else deciding.with_confidence(whole, rules)
    fixed_of = [{k: v for k, v in w.items() if k not in place} for w in whole]
    places = _places(whole, named_sets, place, schema, blob)
    lowest = {**fixed, **dataset.set}
    defaults = {k: _place(k, v, schema, blob) for k, v in lowest.items() if k in place}
    nulls = [n.encode() for n in dataset.nulls if n]
    by_table = {}
    default_family = len(family_sets) - 1
    for i, family in enumerate(dataset.families if not dataset.is_text else ()):
        for value in family.values:
            parts = tuple(p.encode() for p in value.split("/"))
            if len(parts) != len(dataset.by):
                wrong(family.line, f"family {value!r} has {len(parts)} parts, `by` has {len(dataset.by)}")
                continue
            by_table[hash_part(parts[0]) if len(parts) == 1 else joined(parts)] = i
        if not family.values:
            default_family = i
    vendor = pack.name + "."
    return Plan(
        number,
        dataset.name,
        pack.name,
        pack.version,
        dataset.formats,
        columns,
        tuple(family_names),
        tuple(_shown(c, schema) for c in fixed_of),
        places,
        defaults,
        placing([numbered[id(m)] for m in making.maps]),
        tuple(_splitting(dataset, name, keys) for name in dataset.by),
        HashTable.of(by_table),
        default_family,
        pattern_set,
        frozenset(v for p in dataset.patterns for v in p.values),
        tuple(steps),
        np.array([int.from_bytes(n, "little") if len(n) <= 8 else hash_part(n) for n in nulls], np.uint64),
        np.array([len(n) for n in nulls], np.int32),
        np.array([_takes(c, vendor, dataset.formats) for c in columns], np.uint8),
        dataset.header,
        dataset.time,
        dataset.zone,
        dataset.on_error,
        dataset.columns,
        dataset.split,
        tuple(rules),
    )


def _swapped(steps: Sequence[CompiledStep], writes: set[str], schema: Schema) -> set[str]:
    """The other side of every field that a swap exchanges: it may come to stand there."""
    pairs = [pair for step in steps if step.verb == "swap" for pair in step.arguments["pairs"]]
    ways = [*pairs, *((other, one) for one, other in pairs)]
    mirrored = {to + name[len(of) :] for of, to in ways for name in writes if name.startswith(of + ".")}
    return {name for name in mirrored if name in schema}


def _takes(column: Column, vendor: str, formats: tuple[str, ...]) -> int:
    """What a column may hold, as bits: 1 words that mean nothing elsewhere, 2 whole objects, 4 no empty value.

    (See `kernels.tape.scatter`.) CEF and LEEF devices send every key they know: `cs3=` says nothing.
    """
    own = column.name.startswith(vendor)
    nulls = own or column.name.startswith("_")
    objects = own or column.kind == Kind.FLATTENED
    return nulls | objects << 1 | ({*formats} <= {"cef", "leef"}) << 2


def _shown(values: dict[str, Constant], schema: Schema) -> dict[str, object]:
    """Constants as a row shows them: arrays as lists."""
    out: dict[str, object] = {}
    for name, value in values.items():
        known = schema.get(name)
        kind = Kind[known.kind] if known else Kind.KEYWORD
        if known and known.many:
            out[name] = [as_kind(v, kind) for v in (value if isinstance(value, tuple) else (value,))]
        else:
            out[name] = as_kind(value[0] if isinstance(value, tuple) and value else value, kind)
    return out


def _place(name: str, value: Constant, schema: Schema, blob: Blob) -> tuple[int, int]:
    known = schema.get(name)
    return blob.place(render(value, many=bool(known and known.many)))


def _places(
    whole: Sequence[Mapping[str, Constant]],
    named: Sequence[Mapping[str, Constant]],
    place: Mapping[str, int],
    schema: Schema,
    blob: Blob,
) -> dict[str, tuple[I32, I32]]:
    """Per constant field, where each family's value stands in the blob (length -1: the family has none).

    For a field that is a column too, only what families themselves set counts: the dataset's own comes last.
    """
    out: dict[str, tuple[I32, I32]] = {}
    for name in dict.fromkeys(k for w in whole for k in w):
        values = named if name in place else whole
        if not any(name in v for v in values):
            continue
        offset = np.zeros(len(whole), np.int32)
        length = np.full(len(whole), -1, np.int32)
        for i, v in enumerate(values):
            if name in v:
                offset[i], length[i] = _place(name, v[name], schema, blob)
        out[name] = (offset, length)
    return out


def _columns(names: set[str], schema: Schema) -> tuple[Column, ...]:
    """The columns, in the order in which a row shows them."""
    middle = sorted(n for n in names if n not in FIRST and n not in LAST)
    out = []
    for name in (*FIRST, *middle, *LAST):
        known = schema.get(name)
        kind = Kind[known.kind] if known else Kind.KEYWORD
        out.append(Column(name, kind, bool(known and known.many)))
    return tuple(out)


def _text_families(dataset: Dataset) -> tuple[list[str], list[tuple[Mapping[str, Constant], int]]]:
    return [p.name for p in dataset.patterns] or [""], [(p.set, p.line) for p in dataset.patterns] or [
        ({}, dataset.line)
    ]


def _families(dataset: Dataset) -> tuple[list[str], list[tuple[Mapping[str, Constant], int]]]:
    names = ["/".join(f.values) for f in dataset.families]
    sets: list[tuple[Mapping[str, Constant], int]] = [(f.set, f.line) for f in dataset.families]
    if not any(not f.values for f in dataset.families):
        names.append("")
        sets.append(({}, dataset.line))
    return names, sets


def _patterns(
    dataset: Dataset, keys: Keys, sets: PatternSetsBuilder, making: _Making, check: object, wrong: object
) -> int:
    """Compile a text dataset's patterns; captures become keys of their own."""
    programs: list[tuple[Program, int, tuple[str, ...]]] = []
    head: Program | None = None
    names: dict[int, list[str]] = {}

    def take(text: str, line: int) -> Program | None:
        try:
            program = compile_pattern(text)
        except PatternError as error:
            wrong(line, f"pattern {text!r}: {error}")  # type: ignore[operator]
            return None
        for name in program.names:
            check(name, line)  # type: ignore[operator]
            names[keys.capture(name)] = [name]
            making.writes.add(name)
        return program

    if dataset.head is not None:
        head = take(dataset.head.removesuffix("{:rest}") + "{_rest:rest}", dataset.line)
    for family, pattern in enumerate(dataset.patterns):
        for text in pattern.lines:
            program = take(text, pattern.line)
            if program:
                programs.append((program, family, pattern.values))
    if dataset.head is not None and not dataset.head.endswith("{:rest}"):
        wrong(dataset.line, "the last capture of a head must be {:rest}")  # type: ignore[operator]
    if dataset.head is not None and not dataset.split:
        wrong(dataset.line, "a head needs `split`: the field whose value picks the patterns")  # type: ignore[operator]
    elif head is not None and dataset.split and dataset.split not in set(head.names):
        wrong(dataset.line, f"split: the head does not capture {dataset.split}")  # type: ignore[operator]
    taken: set[str] = set()
    for pattern in dataset.patterns:
        if pattern.values and dataset.head is None:
            wrong(pattern.line, "`for` needs a `head` and `split`")  # type: ignore[operator]
        if not pattern.name or pattern.name in taken:
            wrong(pattern.line, f"pattern {pattern.name!r}: a name must be there and be unique in the dataset")  # type: ignore[operator]
        taken.add(pattern.name)
    making.maps = [names for _ in dataset.patterns] or [names]
    if not programs:
        wrong(dataset.line, "a text dataset needs patterns")  # type: ignore[operator]
    return sets.add(programs, head, dataset.split)


def _stands(group: Group, member: str) -> list[str]:
    """The paths at which a member of a group stands."""
    lowered = member[:1].lower() + member[1:]
    return [under(p, member) for p in group.under] + [under(p, lowered) for p in group.camel]


def _places_of(dataset: Dataset, member: str) -> list[str]:
    """The paths of a member: in the groups that name it, else in all of them."""
    groups = [g for g in dataset.groups if member in g.fields] or dataset.groups
    return list(dict.fromkeys(p for g in groups for p in _stands(g, member))) or [member]


def _splitting(dataset: Dataset, name: str, keys: Keys) -> tuple[int, ...]:
    """The keys whose value splits a dataset: those of a member, or of all members that go to a field."""
    paths = [p for g in dataset.groups for m, to in g.fields.items() if name in to for p in _stands(g, m)]
    if not paths:
        paths = _places_of(dataset, name)
    return tuple(dict.fromkeys(k for p in paths for k in keys.member(p)))


def kept_fields(pack: Pack) -> list[str]:
    """Names of the fields that `keep: true` makes."""
    out: list[str] = []
    for dataset in pack.datasets:
        for group in dataset.groups:
            if group.keep:
                out.extend(f"{pack.name}.{member}" for member in group.fields)
    return list(dict.fromkeys(out))


def _members(pack: Pack, dataset: Dataset, keys: Keys, making: _Making, check: object) -> None:
    """Map members to fields, family by family."""
    base: dict[int, list[str]] = {}
    family_maps: list[Mapping[str, tuple[str, ...]]] = [f.fields for f in dataset.families]
    if not any(not f.values for f in dataset.families):
        family_maps.append({})
    for group in dataset.groups:
        for member, targets in group.fields.items():
            wanted = [*targets, *([f"{pack.name}.{member}"] if group.keep else [])]
            for name in targets:
                check(name, dataset.line)  # type: ignore[operator]
            making.writes.update(wanted)
            for path in _stands(group, member):
                for key in keys.member(path):
                    base.setdefault(key, []).extend(n for n in wanted if n not in base.get(key, ()))
    for own in family_maps:
        merged = dict(base) if own else base  # lists are shared, never changed from here on
        for member, targets in own.items():
            for name in targets:
                check(name, dataset.line)  # type: ignore[operator]
            making.writes.update(targets)
            for path in _places_of(dataset, member):
                for key in keys.member(path):
                    before = merged.get(key, [])
                    merged[key] = [*targets, *(n for n in before if n not in targets)]
        making.maps.append(merged)
