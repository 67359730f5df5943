"""Packs to the tables of a `Catalogue`. Imported only where none is kept: it takes all that reads and checks packs."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from dataclasses import replace

from penstock.content.blob import Blob
from penstock.content.catalogue import Catalogue
from penstock.content.model import Dataset, Pack, Selector
from penstock.content.narrowing import judging
from penstock.content.paths import flat_forms, parse_path
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.plan import Plan
from penstock.content.planning import build_plan
from penstock.content.selectors import build_features, build_text_selectors
from penstock.content.syslog_codes import WireConstants
from penstock.content.taxonomy.compiling import compile_taxonomy
from penstock.errors import ContentError, Problem
from penstock.formats.keys import KeyTable, Path
from penstock.kernels.json_scan import ELEMENT
from penstock.schema.registry import schema

MOST_CONSTANTS = 1 << 22
"""Bytes of all packs' constants: `stages.categorise` packs places among them into 22 bits."""


class Keys:
    """Gives every name that some pack wants an id, in the order of asking."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self._ids: dict[Path, int] = {}

    def path(self, path: Path) -> int:
        """The id of a path."""
        found = self._ids.get(path)
        if found is None:
            found = self._ids[path] = len(self.paths)
            self.paths.append(path)
        return found

    def capture(self, name: str) -> int:
        """The id of a field that patterns capture: a path that no record can have."""
        return self.path((b"\x00capture", name.encode()))

    def member(self, member: str) -> list[int]:
        """The ids of the forms in which a member may stand: nested, and flat with dots."""
        ids = []
        for path in flat_forms(parse_path(member)):
            for k, part in enumerate(path):
                if part == ELEMENT:  # so that the scan goes into the array
                    self.path(path[: k + 1])
            ids.append(self.path(path))
        return ids


def compile_packs(packs: Iterable[Pack], roots: Iterable[pathlib.Path] = ()) -> Catalogue:
    """Compile packs, and the taxonomy's rules with those below `roots`. Raises `ContentError` with every problem."""
    # where two packs recognise one record, the first by name has it; but never a generic one before a product's own
    by_name = {p.name: p for p in sorted(packs, key=lambda p: (p.name.startswith("generic_"), p.name))}
    problems: list[Problem] = []
    whole = schema()
    for pack in by_name.values():
        try:
            whole = whole.with_fields(pack.name, pack.fields, str(pack.folder / "fields.yaml"))
        except ContentError as error:
            problems.extend(error.problems)
    keys, blob, sets = Keys(), Blob(), PatternSetsBuilder()
    plans: list[Plan] = []
    datasets: list[tuple[Pack, Dataset]] = [(p, d) for p in by_name.values() for d in p.datasets]
    for number, (pack, dataset) in enumerate(datasets):
        plan = build_plan(number, pack, dataset, whole, keys, blob, sets, problems)
        plans.append(replace(plan, judging=judging(plan, whole)))
    selectors: list[tuple[int, str, Selector]] = [
        (i, f, s) for i, (_, d) in enumerate(datasets) for s in d.recognise for f in d.formats
    ]
    fallback = {f: i for i, f, s in reversed(selectors) if s.any}
    if "syslog" not in fallback and "generic_syslog.log" in {p.name for p in plans}:
        fallback["syslog"] = next(i for i, p in enumerate(plans) if p.name == "generic_syslog.log")
    beginnings = {h.encode(): i for i, _, s in reversed(selectors) for h in s.header}
    headers = tuple(sorted(beginnings.items(), key=lambda item: (-len(item[0]), item[0])))
    text = build_text_selectors([(i, s) for i, f, s in selectors if f == "text"], plans, sets)
    features = build_features([(i, f, s) for i, f, s in selectors if f != "text" and not s.any], keys)
    taxonomy = compile_taxonomy(whole, blob, sets, roots, problems)
    wire = WireConstants.of(blob)
    if len(blob.data) >= MOST_CONSTANTS:
        problems.append(Problem("packs", 1, f"{len(blob.data)} bytes of constants; {MOST_CONSTANTS} are the most"))
    if problems:
        raise ContentError(problems)
    table = KeyTable.of(keys.paths)
    return Catalogue(
        {p.name: p.version for p in by_name.values()},
        whole,
        table.without_paths(),
        tuple(plans),
        sets.arrays(keys.capture),
        blob,
        text,
        features(table),
        fallback,
        headers,
        wire,
        taxonomy,
    )
