"""Which Sigma log sources a pack's datasets serve, and where rules' field names stand in their events: `sigma.yaml`.

    log_sources:
      - product: windows
        category: process_creation
        events: {sysmon: {event.code: "1"}, security: {event.code: "4688"}}   # dataset: what its events must have
        fields: {Image: [microsoft_windows.Image, microsoft_windows.NewProcessName]}
        has: [CommandLine, User]                # what else these events carry; left out: all that the pack declares
    fields:                                     # of all the pack's log sources
      Provider_Name: microsoft_windows.ProviderName

Where a log source's own table and the pack's are silent, a rule's field is the pack's own field of that name, what the
shared table of the category says (`schema/sigma/<category>.tsv`), or the field of ECS that is called so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from penstock.content import yaml_tree
from penstock.content.reader import Reader
from penstock.content.sigma import shared
from penstock.content.sigma.expressions import And, Expression
from penstock.content.sigma.model import Source
from penstock.content.sigma.occasions import read_occasion
from penstock.errors import ContentError, Problem

FILE = "sigma.yaml"

ECS = Source(product="ecs")
"""The log source of rules over ECS and our categories: every event of every pack."""

Fields = Mapping[str, tuple[str, ...]]
"""A rule's field -> columns that may hold it, the first present one counts. `column#path`: inside a column's JSON.
`a+b`: the values of both. A field `a.*` stands for all that begin so; the rest is the path."""


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """One log source of a pack.

    events  dataset -> what must hold of an event
    fields  the log source's own table, then the pack's
    has     names of rules' fields that these events carry beside those in `fields`; None: whatever the pack declares
    common  names in `fields` that are the pack's table's, not its own
    lines   of its fields, datasets and names, in `file`; `line`: of the log source
    """

    pack: str
    source: Source
    events: Mapping[str, Expression]
    fields: Fields = field(default_factory=dict)
    has: frozenset[str] | None = None
    common: frozenset[str] = frozenset()
    file: str = ""
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=dict)

    def serves(self, source: Source) -> bool:
        """Whether a rule for `source` looks at these events: all it names is so.

        A rule that names neither category nor service looks at whole streams, not at what a category picks from them.
        """
        if source.category is None and source.service is None and self.source.category is not None:
            return False
        return (
            (source.product is None or source.product == self.source.product)
            and (source.category is None or source.category == self.source.category)
            and (source.service is None or source.service == self.source.service)
        )

    def carries(self, name: str) -> bool:
        """Whether events of this log source may have a rule's field, as far as the pack says."""
        return self.has is None or name in self.has or name in self.fields or any(w in self.fields for w in wider(name))


@cache
def shared_fields(source: Source) -> Fields:
    """What any pack's events have: of a log source's category, then of its product's service, then of its product."""
    found: dict[str, tuple[str, ...]] = {}
    for name in (source.category, f"{source.product}.{source.service}", source.product):
        for rule_field, (columns, _) in shared.table(name).items() if name else ():
            found.setdefault(rule_field, columns)
    return found


def wider(name: str) -> list[str]:
    """What a table may call the groups of members that a dotted field is in, the narrowest first: `a.b.*`, `a.*`."""
    parts = name.split(".")
    return [".".join(parts[:k]) + ".*" for k in range(len(parts) - 1, 0, -1)]


def every_event(datasets: Mapping[str, str]) -> list[Serving]:
    """What serves `ECS`: of each dataset (its name -> its pack) all events, under ECS's own names."""
    return [Serving(pack, ECS, {name: And(())}) for name, pack in datasets.items()]


def load_servings(folders: Sequence[Path]) -> list[Serving]:
    """What the packs in these folders serve. Raises `ContentError` with every problem."""
    found: list[Serving] = []
    problems: list[Problem] = []
    for folder in folders:
        path = folder / FILE
        if path.is_file():
            try:
                found.extend(read_servings(path, folder.name))
            except ContentError as error:
                problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    return found


def read_servings(path: Path, pack: str) -> list[Serving]:
    """One pack's. Raises `ContentError`."""
    reader = Reader(str(path))
    root = reader.mapping(yaml_tree.load(path), "the file", ("log_sources", "fields"))
    common = _fields(reader, root.get("fields"))
    found = [_serving(reader, node, pack, common) for node in reader.sequence(root.get("log_sources"), "log_sources")]
    if reader.problems:
        raise ContentError(reader.problems)
    return found


_Table = tuple[dict[str, tuple[str, ...]], dict[str, int]]
"""A table of fields, and the line of each."""


def _serving(reader: Reader, node: yaml_tree.Node, pack: str, common: _Table) -> Serving:
    known = ("product", "category", "service", "events", "fields", "has", "about")
    entry = reader.mapping(node, "a log source", known)
    lines = dict(common[1])
    events: dict[str, Expression] = {}
    for name, where in reader.mapping(entry.get("events"), "events").items():
        events[f"{pack}.{name}"] = read_occasion(reader, where, name)
        lines[f"{pack}.{name}"] = where.line
    if not events:
        reader.wrong(node.line, "a log source needs `events`: a dataset, and what its events must have")
    names = [reader.text(entry.get(k), k) or None for k in ("product", "category", "service")]
    if not any(names):
        reader.wrong(node.line, "a log source has a product, a category or a service")
    own, of_own = _fields(reader, entry.get("fields"))
    has = None
    if "has" in entry:
        has = frozenset(reader.texts(entry["has"], "has"))
        lines.update(dict.fromkeys(has, entry["has"].line))
    lines.update(of_own)
    shared_names = frozenset(common[0]) - frozenset(own)
    return Serving(pack, Source(*names), events, {**common[0], **own}, has, shared_names, reader.file, node.line, lines)


def _fields(reader: Reader, node: yaml_tree.Node | None) -> _Table:
    found = reader.mapping(node, "fields")
    return {n: reader.texts(v, n) for n, v in found.items()}, {n: v.line for n, v in found.items()}
