"""Which events a rule looks at and where its fields stand in them, after docs/reference/sigma.md: `sigma.yaml` anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import penstock
from oracle.records import as_text, at_path, read, scalars

Values = tuple[str, ...]
_NEEDLESS = re.compile(r"\\u(?:00[2-7]\w|0130|017f|212a)", re.IGNORECASE)
"""Escapes of what is ASCII in lower case: a keyword that they hide is not found, as the reference says."""


class Undecided(Exception):  # noqa: N818  it says what is the case; nobody erred
    """Whether a rule holds is left open here."""


_SHARED = Path(penstock.__file__).parent / "schema" / "sigma"


@dataclass(slots=True, eq=False)
class Event:
    """One event row: its fields as texts (an array's elements one by one), and what keywords are looked for in."""

    dataset: str
    id: str
    fields: dict[str, Values]
    structured: bool
    known: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: str, *, structured: Callable[[str], bool]) -> Event:
        """An event row as NDJSON; `structured` says of a dataset whether its records have a format with escapes."""
        fields: dict[str, Values] = {}
        for name, node in read(row).members:
            found = node.elements if node.kind == "array" else [node]
            fields[name] = tuple(as_text(n) for n in found if n.kind != "null")
        [dataset], [number] = fields["event.dataset"], fields["event.id"]
        return cls(dataset, number, {n: v for n, v in fields.items() if v}, structured(dataset))

    @property
    def keywords(self) -> Values:
        """Every value of the record, escapes undone; in text formats the record itself. Raises `Undecided`."""
        found: Values | None = self.known.get("keywords")
        if found is None:
            [original] = self.fields["event.original"]
            found = (original,)
            if self.structured:
                if _NEEDLESS.search(original):
                    raise Undecided("a keyword may be hidden by escapes")
                begin = original.index("{")
                found = (*([original[:begin]] if begin else []), *scalars(read(original[begin:])))
            self.known["keywords"] = found
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One log source of a pack, for one dataset: what its events must have, and its own names of fields."""

    pack: str
    where: Any
    source: Mapping[str, str | None]
    table: Mapping[str, Values]
    columns: frozenset[str]
    known: dict[str, list[str]] = field(default_factory=dict)

    def choices(self, name: str) -> list[str]:
        """Where a rule's field is looked for, in order."""
        if name not in self.known:
            self.known[name] = self._choices(name)
        return self.known[name]

    def _choices(self, name: str) -> list[str]:
        shared = _shared(self.source.get("product"), self.source.get("category"), self.source.get("service"))
        listed = [*_named(self.table, name), f"{self.pack}.{name}", *_named(shared, name), name]
        found = [c for c in map(self._there, listed) if c]
        if not found and f"{self.pack}.unmapped" in self.columns:
            return [f"{self.pack}.unmapped#{name}"]
        return found

    def _there(self, choice: str) -> str:
        """Of `a+b` what the dataset has columns for."""
        return "+".join(p for p in choice.split("+") if p.partition("#")[0] in self.columns)

    def values(self, event: Event, name: str) -> Values:
        """A field's values in an event: of the first choice that has any."""
        key = id(self), name
        known: Values | None = event.known.get(key)
        if known is None:
            known = event.known[key] = next(filter(None, (_held(event, c) for c in self.choices(name))), ())
        return known


def _held(event: Event, choice: str) -> Values:
    if "+" in choice:
        return tuple(v for part in choice.split("+") for v in _held(event, part))
    column, _, path = choice.partition("#")
    held = event.fields.get(column, ())
    if not path:
        return held
    found: list[str] = []
    for text in held:
        if text:
            found.extend(as_text(n) for n in at_path(read(text), path.split(".")))
    return tuple(found)


class LogSources:
    """All packs' `sigma.yaml`."""

    def __init__(self, folders: Iterable[Path], columns: Callable[[str], Iterable[str]]) -> None:
        self._entries: list[tuple[str, dict[str, Any], dict[str, Values]]] = []
        self._known: dict[tuple[str | None, ...], list[Place]] = {}
        self._columns = cache(lambda dataset: frozenset(columns(dataset)))
        for folder in folders:
            path = folder / "sigma.yaml"
            if path.is_file():
                whole = yaml.safe_load(path.read_text())
                common = {n: _listed(v) for n, v in (whole.get("fields") or {}).items()}
                for entry in whole["log_sources"]:
                    own = {n: _listed(v) for n, v in (entry.get("fields") or {}).items()}
                    self._entries.append((folder.name, entry, {**common, **own}))

    def places(self, dataset: str, source: Mapping[str, str | None]) -> list[Place]:
        """The log sources of a dataset that a rule for `source` looks at."""
        key = (dataset, source.get("product"), source.get("category"), source.get("service"))
        if key not in self._known:
            self._known[key] = self._places(dataset, source)
        return self._known[key]

    def _places(self, dataset: str, source: Mapping[str, str | None]) -> list[Place]:
        whole_streams = source.get("category") is None and source.get("service") is None
        found = []
        for pack, entry, table in self._entries:
            events = {f"{pack}.{name}": where for name, where in entry["events"].items()}
            if dataset not in events or (whole_streams and entry.get("category") is not None):
                continue
            if any(source.get(k) not in (None, entry.get(k)) for k in ("product", "category", "service")):
                continue
            found.append(Place(pack, events[dataset] or {}, entry, table, self._columns(dataset)))
        return found


def listed(value: object) -> Values:
    """A value, or a list of them, as texts."""
    return _listed(value)


def _listed(value: object) -> Values:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _named(table: Mapping[str, Values], name: str) -> Sequence[str]:
    """What a table says of a name: itself, or its longest beginning `a.*`, the rest being a path."""
    if name in table:
        return table[name]
    parts = name.split(".")
    for k in reversed(range(1, len(parts))):
        columns = table.get(".".join(parts[:k]) + ".*")
        if columns:
            return [f"{c}#{'.'.join(parts[k:])}" for c in columns]
    return ()


@cache
def _shared(product: str | None, category: str | None, service: str | None) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for name in (category, f"{product}.{service}", product):
        path = _SHARED / f"{name}.tsv"
        if name and path.is_file():
            for line in path.read_text().splitlines():
                if line and not line.startswith("#"):
                    rule_field, columns = line.split("\t")[:2]
                    found.setdefault(rule_field, tuple(columns.split()))
    return found
