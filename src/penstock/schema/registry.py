"""The fields an event may have: those of ECS, our own, and what packs declare.

The base is two data files, `ecs.tsv` (made by `generate.py`) and `penstock.tsv`. A line of them becomes a `Field`
when somebody asks for it: a run touches a hundred of the 2,600, and `penstock` must start fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from penstock.errors import ContentError, Problem

HERE = Path(__file__).parent

VERSION = "2.0.0"
"""Version of our schema: `penstock.schema.version` of every row. `versions.py` says what a change of it means."""

ECS_VERSION = "9.4.0"
"""`ecs.version` of every row: `ecs.tsv` is made from exactly that release, the newest there was."""

KINDS: Mapping[str, str] = {
    "keyword": "KEYWORD",
    "wildcard": "KEYWORD",
    "constant_keyword": "KEYWORD",
    "match_only_text": "KEYWORD",
    "text": "KEYWORD",
    "version": "KEYWORD",
    "geo_point": "KEYWORD",
    "long": "LONG",
    "integer": "LONG",
    "short": "LONG",
    "byte": "LONG",
    "unsigned_long": "LONG",
    "float": "DOUBLE",
    "double": "DOUBLE",
    "half_float": "DOUBLE",
    "scaled_float": "DOUBLE",
    "boolean": "BOOLEAN",
    "ip": "IP",
    "date": "DATE",
    "object": "FLATTENED",
    "nested": "FLATTENED",
    "flattened": "FLATTENED",
}
"""Elasticsearch type -> name of the `columns.Kind` that holds it (a name, since columns lie above this package)."""

ROWS: Mapping[str, tuple[str, ...]] = {
    "event": (
        "@timestamp",
        "event.ingested",
        "event.id",
        "event.original",
        "event.dataset",
        "event.kind",
        "ecs.version",
        "penstock.schema.version",
        "penstock.category",
        "penstock.pack",
    ),
    "reject": (
        "event.id",
        "event.ingested",
        "error.stage",
        "error.category",
        "error.code",
        "error.message",
        "error.fingerprint",
    ),
    "alert": (
        "@timestamp",
        "event.kind",
        "alert.id",
        "alert.type",
        "alert.count",
        "alert.event_ids",
        "alert.first_seen",
        "alert.last_seen",
        "rule.id",
        "rule.name",
        "rule.version",
    ),
}
"""What each kind of row always has. (A reject has `event.original`, or `error.original_base64` where it is no text.)"""


class Field(NamedTuple):
    """One field of the schema.

    name      flat dotted name
    type      its Elasticsearch type, as ECS writes it: keyword, long, ip, date, …
    many      it is an array, always
    allowed   the values it may have; empty: any
    required  every event row has it
    source    where it is declared: "ecs", "penstock", or the pack's name
    expected  values that ECS advises; others may stand
    """

    name: str
    type: str
    many: bool = False
    allowed: tuple[str, ...] = ()
    required: bool = False
    source: str = "ecs"
    expected: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Name of the `columns.Kind` that holds it."""
        return KINDS[self.type]


def parse_line(line: str, source: str) -> Field:
    """One line of a field table: name, type, many, allowed, expected, between tabs."""
    name, type_, many, allowed, expected = line.split("\t")
    return Field(
        name,
        type_,
        many == "many",
        tuple(allowed.split("|")) if allowed else (),
        name in ROWS["event"],
        source,
        tuple(expected.split("|")) if expected else (),
    )


class Fields(Mapping[str, Field]):
    """Fields by name, in order of declaration; lines of text until they are asked for."""

    __slots__ = ("_held",)

    def __init__(self, held: dict[str, Field | tuple[str, str]]) -> None:
        self._held = held

    def __getitem__(self, name: str) -> Field:
        held = self._held[name]
        if isinstance(held, Field):
            return held
        field = self._held[name] = parse_line(*held)
        return field

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def plus(self, fields: Iterable[Field]) -> Fields:
        """These and those."""
        return Fields({**self._held, **{f.name: f for f in fields}})


@dataclass(frozen=True, slots=True)
class Schema:
    """A version of the schema: `fields` by name."""

    version: str
    fields: Mapping[str, Field]

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def get(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return self.fields.get(name)

    def with_fields(self, pack: str, fields: Iterable[Field], file: str = "fields.yaml") -> Schema:
        """This schema and the fields of one pack, `<pack>.unmapped` included.

        Raises `ContentError` with every conflict: a name outside of `<pack>.`, or one already declared otherwise.
        """
        declared = {f"{pack}.unmapped": Field(f"{pack}.unmapped", "flattened", source=pack)}
        problems: list[Problem] = []
        for field in fields:
            known = declared.get(field.name) or self.fields.get(field.name)
            problems += conflict(pack, field, known, file)
            declared.setdefault(field.name, field)
        if problems:
            raise ContentError(problems)
        base = self.fields if isinstance(self.fields, Fields) else Fields(dict(self.fields))
        return replace(self, fields=base.plus(declared.values()))


def conflict(pack: str, field: Field, known: Field | None, file: str) -> Iterator[Problem]:
    """What speaks against a pack declaring this field; `known` is an earlier declaration of that name."""
    if known == field:
        return
    if known is not None:
        said = f"{known.source} declares it as {describe(known)}"
        yield Problem(file, 1, f"{field.name}: {describe(field)} here, but {said}", "leave it out, or rename it")
    elif not field.name.startswith(f"{pack}."):
        hint = f"name it {pack}.{field.name.rpartition('.')[2]}, or map to an ECS field"
        yield Problem(file, 1, f"{field.name}: a pack's own fields begin with {pack}.", hint)


def describe(field: Field) -> str:
    """`array of keyword (a, b)`."""
    return (
        ("array of " if field.many else "") + field.type + (f" ({', '.join(field.allowed)})" if field.allowed else "")
    )


def table(name: str) -> list[str]:
    """The lines of a data file of this package, without comments. (Not `splitlines`: it breaks at U+0085 and such.)"""
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


@cache
def schema() -> Schema:
    """The base: ECS and Penstock's own fields. Loaded once."""
    held: dict[str, Field | tuple[str, str]] = {}
    for file, source in (("ecs.tsv", "ecs"), ("penstock.tsv", "penstock")):
        held.update((line[: line.index("\t")], (line, source)) for line in table(file))
    return Schema(VERSION, Fields(held))


@cache
def event_types() -> Mapping[str, tuple[str, ...]]:
    """ECS: the `event.type`s that go with each `event.category`."""
    return {name: tuple(types.split("|")) for name, types in (line.split("\t") for line in table("event_types.tsv"))}
