"""Which Sigma log sources a pack's datasets serve, and where rules' field names stand in their events: `sigma.yaml`.

    log_sources:
      - product: windows
        category: process_creation
        events: {sysmon: {event.code: ["1"]}, security: {event.code: ["4688"]}}   # dataset: what its events must have
        fields: {Image: [microsoft_windows.Image, microsoft_windows.NewProcessName]}
    fields:                                                     # of all the pack's log sources
      Provider_Name: microsoft_windows.ProviderName

Where a log source's own table and the pack's are silent, a rule's field is the pack's own field of that name, what the
shared table of the category says (`schema/sigma/<category>.tsv`), or the field of ECS that is called so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from penstock.content import yaml_tree
from penstock.content.reader import Reader
from penstock.content.sigma.model import Source
from penstock.errors import ContentError, Problem

FILE = "sigma.yaml"
_SHARED = Path(__file__).resolve().parents[2] / "schema" / "sigma"

Fields = dict[str, tuple[str, ...]]
"""A rule's field -> columns that may hold it, the first present one counts. `column#path`: inside a column's JSON."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One log source of a pack. events: dataset -> field -> values of which an event must have one."""

    pack: str
    source: Source
    events: Mapping[str, Mapping[str, tuple[str, ...]]]
    fields: Fields = field(default_factory=dict)
    line: int = 1

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


def load_servings(folders: list[Path]) -> list[Serving]:
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
    found = []
    for node in reader.sequence(root.get("log_sources"), "log_sources"):
        entry = reader.mapping(node, "a log source", ("product", "category", "service", "events", "fields"))
        events = {
            f"{pack}.{name}": {f: reader.texts(v, f) for f, v in reader.mapping(where, name).items()}
            for name, where in reader.mapping(entry.get("events"), "events").items()
        }
        if not events:
            reader.wrong(node.line, "a log source needs `events`: a dataset, and what its events must have")
        names = [reader.text(entry.get(k), k) or None for k in ("product", "category", "service")]
        if not any(names):
            reader.wrong(node.line, "a log source has a product, a category or a service")
        found.append(
            Serving(pack, Source(*names), events, {**common, **_fields(reader, entry.get("fields"))}, node.line)
        )
    if reader.problems:
        raise ContentError(reader.problems)
    return found


def _fields(reader: Reader, node: yaml_tree.Node | None) -> dict[str, tuple[str, ...]]:
    return {name: reader.texts(value, name) for name, value in reader.mapping(node, "fields").items()}


@cache
def shared_fields(source: Source) -> Fields:
    """What Sigma's own taxonomy calls the fields of a category, or of a product's service, in ECS."""
    found: dict[str, tuple[str, ...]] = {}
    for name in (source.category, f"{source.product}.{source.service}", source.product):
        path = _SHARED / f"{name}.tsv"
        if name and path.is_file():
            for line in path.read_text().splitlines():
                if line and not line.startswith("#"):
                    rule_field, _, columns = line.partition("\t")
                    found.setdefault(rule_field, tuple(columns.split()))
    return found
