"""Packs for generated events, and what the real stages make of records and rules: (rule, event) pairs with alerts."""

# ruff: noqa: E501  tables and sentences stand as they are

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from oracle.evaluator import in_place, rule_holds
from oracle.fields import Event, LogSources, Place, Undecided
from oracle.generator import Case
from penstock.columns import Text
from penstock.content.catalogue import Catalogue
from penstock.content.compiling import compile_packs
from penstock.content.load import load_pack, load_packs
from penstock.content.places import packs_dir
from penstock.content.sigma.rule_set import RuleSet, read_rule_set
from penstock.content.sigma.serving import load_servings
from penstock.core import Batch, Lines, Stage, check_accounting, fold
from penstock.detecting import detection
from penstock.formats.ndjson import to_ndjson
from penstock.pipeline import fields_of, stages

ARRIVED = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z in microseconds."""

Document = dict[str, Any]
Pair = tuple[str, str]
"""A rule's id and an event's."""

PACK = """
pack: acme_app
version: 1.0.0
title: An application that logs every kind of field
datasets:
  - name: json
    recognise: [{keys: [kind]}]
    format: json
    on_error: {"*": drop}
    set: {event.kind: event, event.category: [process, network], event.module: acme}
    keys:
      - under: [""]
        keep: true
        fields: {kind: [], Image: process.executable, CommandLine: [], Details: [], Names: [], Sizes: []}
      - under: [""]
        fields:
          when: "@timestamp"
          user: user.name
          args: process.args
          from: source.ip
          addresses: host.ip
          size: file.size
          began: event.start
          interactive: process.interactive
          risk: event.risk_score
          request: acme_app.request
  - name: text
    recognise: [{begins: ["ACME "]}]
    patterns:
      - {name: one, line: 'ACME {acme_app.verb:word} {message:rest}', set: {event.kind: event}}
"""
FIELDS = """
kind: keyword
Names: {type: keyword, many: true}
Sizes: {type: long, many: true}
verb: keyword
request: flattened
"""
SIGMA = """
fields:
  User: user.name
  Args: process.args
  SourceIp: source.ip
  Addresses: host.ip
  Size: file.size
  Began: event.start
  Interactive: process.interactive
  Risk: event.risk_score
  Request.*: acme_app.request
  Who: [user.name, acme_app.Names, acme_app.Details]
log_sources:
  - {product: acme, service: app, events: {json: {}, text: {}}}
  - product: acme
    category: start
    events: {json: {acme_app.kind: [start, Run]}}
    fields: {Image: [acme_app.Details, acme_app.Image]}
  - {product: other, category: start, events: {json: {acme_app.kind: [run, stop]}}, fields: {Image: acme_app.CommandLine}}
"""


def write_packs(folder: Path) -> Path:
    """The pack `acme_app` in a folder of packs."""
    pack = folder / "acme_app"
    pack.mkdir(parents=True, exist_ok=True)
    for name, text in (("pack.yaml", PACK), ("fields.yaml", FIELDS), ("sigma.yaml", SIGMA)):
        (pack / name).write_text(text)
    return folder


def batch_of(records: Sequence[bytes], *, first: int = 0, sequence: int = 0) -> Batch:
    """The records as a batch of one stream; `first`: the position of the first."""
    length = np.array([len(r) for r in records], np.int32)
    start = (np.cumsum(length + 1) - length - 1).astype(np.int32)
    lines = Lines(
        Text.of(b"\n".join(records)), start, length, start.astype(np.int64) + first, bytes(range(16)), "test", ARRIVED,
        ARRIVED,
    )  # fmt: skip
    return Batch.of(lines, sequence=sequence)


def rows_of(done: Batch) -> list[str]:
    """A batch's events as NDJSON lines."""
    return bytes(to_ndjson(done.events)).decode().split("\n")[:-1]


def alerts_of(done: Batch) -> dict[Pair, str]:
    """Which rules hold for which events, and the filter that silenced it (empty: none)."""
    found: dict[Pair, str] = {}
    for line in bytes(to_ndjson(done.alerts)).decode().split("\n")[:-1]:
        alert = json.loads(line)
        [event] = alert["alert.event_ids"]
        pair = alert["rule.id"], event
        assert pair not in found, f"twice: {pair}"
        found[pair] = alert.get("alert.silenced.by", "")
    return found


@dataclass(eq=False)
class World:
    """Compiled packs, and both ways to hold rules against events."""

    folders: list[Path]
    catalogue: Catalogue

    @classmethod
    def of(cls, root: Path) -> World:
        """The packs below a folder, and the one that takes event rows back."""
        packs = [*load_packs([root]), load_pack(packs_dir() / "penstock_events")]
        return cls(sorted(p.parent for p in root.glob("*/pack.yaml")), compile_packs(packs))

    @cached_property
    def servings(self) -> list[Any]:
        return load_servings(self.folders)

    @cached_property
    def sources(self) -> LogSources:
        return LogSources(self.folders, lambda dataset: fields_of(self.catalogue, dataset))

    @cached_property
    def _parsing(self) -> tuple[Stage, ...]:
        return stages(self.catalogue)

    def compiled(self, documents: Sequence[Document], lists: Mapping[str, Sequence[str]]) -> RuleSet:
        """The documents as the product compiles them."""
        files = [(Path(f"{i}.yml"), json.dumps(d, ensure_ascii=False).encode()) for i, d in enumerate(documents)]
        return read_rule_set(files, self.catalogue, self.servings, lists)

    def fast(self, rules: RuleSet, *records: Sequence[bytes]) -> tuple[list[str], dict[Pair, str]]:
        """Event rows of these batches as NDJSON, and what detection found of them."""
        detecting = detection(self.catalogue, rules)
        rows: list[str] = []
        pairs: dict[Pair, str] = {}
        at = 0
        for batch in records:
            parsed = fold(self._parsing, batch_of(batch, first=at))
            check_accounting(parsed)
            rows.extend(rows_of(parsed))
            pairs |= alerts_of(fold(detecting, batch_of(batch, first=at)))
            at += sum(map(len, batch)) + len(batch)
        return rows, pairs

    def structured(self, dataset: str) -> bool:
        """Whether a dataset's records have a format with escapes."""
        return self.catalogue.plans[self.catalogue.by_name[dataset]].formats != ("text",)

    def events(self, rows: Sequence[str]) -> list[Event]:
        """Rows as the oracle has them."""
        return [Event.of(row, structured=self.structured) for row in rows]


@dataclass(eq=False)
class SlowRule:
    """A rule as the oracle has it. filters: those that concern it, in the order of their documents."""

    id: str
    source: Mapping[str, str | None]
    holds: Callable[[Event, Place], bool]
    filters: list[tuple[str, Callable[[Event, Place], bool]]] = field(default_factory=list)

    def verdict(self, event: Event, sources: LogSources) -> str | None:
        """None: it does not hold; else the filter that silences it, empty if none does. May raise `Undecided`."""
        for place in places_of(event, sources, self.source):
            if self.holds(event, place):
                return next((name for name, keeps in self.filters if not keeps(event, place)), "")
        return None


def places_of(event: Event, sources: LogSources, source: Mapping[str, str | None]) -> list[Place]:
    """The log sources that a rule for `source` looks at and that an event is of."""
    key = "places", *source.values()
    found: list[Place] | None = event.known.get(key)
    if found is None:
        found = [p for p in sources.places(event.dataset, source) if in_place(p)(event)]
        event.known[key] = found
    return found


def slow_rules(documents: Sequence[Document], lists: Mapping[str, Sequence[str]]) -> list[SlowRule]:
    """The rules and filters among documents; those that pySigma refuses are left out."""
    rules: list[tuple[SlowRule, SigmaRule]] = []
    for document in documents:
        if "detection" in document:
            parsed = SigmaRule.from_dict(document)
            s = parsed.logsource
            source = {"product": s.product, "category": s.category, "service": s.service}
            rules.append((SlowRule(str(parsed.id), source, rule_holds(parsed.detection, lists)), parsed))
    for document in documents:
        if "filter" in document:
            one = SigmaFilter.from_dict(document)
            keeps = rule_holds(one.filter, lists)
            named = None if isinstance(one.filter.rules, str) else {r.reference for r in one.filter.rules}
            for rule, parsed in rules:
                wanted = {k: getattr(one.logsource, k) for k in rule.source}
                if all(v in (None, rule.source[k]) for k, v in wanted.items()) and (
                    named is None or rule.id in named or parsed.name in named
                ):
                    rule.filters.append((str(one.id), keeps))
    return [rule for rule, _ in rules]


def as_sets(rows: Sequence[str]) -> list[str]:
    """Rows that can be compared, whatever the order of their members and theirs."""
    return sorted(json.dumps(json.loads(row), sort_keys=True) for row in rows)


@dataclass(slots=True)
class Comparison:
    """How often both were asked; where they differ: (rule's id, event's id, slow, fast). by_rule: asked, held."""

    pairs: int = 0
    held: int = 0
    silenced: int = 0
    undecided: int = 0
    by_rule: dict[str, tuple[int, int]] = field(default_factory=dict)
    differences: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)


def settled(world: World, case: Case) -> tuple[Comparison, list[SlowRule]]:
    """A case both ways: its records in two batches, then its events as rows that are input again."""
    rules = world.compiled(case.documents, case.lists)
    usable = {r.id for r in rules.rules} | {f.id for f in rules.filters}
    slow = slow_rules([d for d in case.documents if d["id"] in usable], case.lists)
    cut = len(case.records) // 3
    rows, fast = world.fast(rules, case.records[:cut], case.records[cut:])
    out = compare(slow, world.events(rows), fast, world.sources)
    again, refast = world.fast(rules, [row.encode() for row in rows])
    assert as_sets(again) == as_sets(rows), "an event row that is input again is another row"
    out.differences.extend((r, e, f"raw: {fast.get((r, e))}", f"row: {refast.get((r, e))}")
                           for r, e in fast.keys() | refast.keys() if fast.get((r, e)) != refast.get((r, e)))  # fmt: skip
    return out, slow


def compare(
    rules: Sequence[SlowRule], events: Sequence[Event], fast: Mapping[Pair, str], sources: LogSources
) -> Comparison:
    """Every rule and every event, both ways."""
    out = Comparison()
    for rule in rules:
        held, asked = out.held, out.pairs
        for event in events:
            out.pairs += 1
            try:
                slow = rule.verdict(event, sources)
            except Undecided:
                out.undecided += 1
                continue
            found = fast.get((rule.id, event.id))
            out.held += slow is not None
            out.silenced += bool(slow)
            if slow != found:
                out.differences.append((rule.id, event.id, slow, found))
        out.by_rule[rule.id] = out.pairs - asked, out.held - held
    known = {rule.id for rule in rules}, {event.id for event in events}
    strangers = [(r, e, None, v) for (r, e), v in fast.items() if r not in known[0] or e not in known[1]]
    out.differences.extend(strangers)
    return out
