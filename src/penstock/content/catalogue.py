"""All packs, compiled: the tables that the kernels of the parse stage run on.

One key table, one code array and one set of hash tables serve every pack, so that two hundred packs cost a record no
more than one: it is looked up, not offered round.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.columns import I32, U8
from penstock.content.blob import Blob
from penstock.content.model import Dataset, Pack, Selector
from penstock.content.paths import flat_forms, parse_path
from penstock.content.pattern_sets import PatternSets, PatternSetsBuilder
from penstock.content.plan import Plan
from penstock.content.planning import build_plan
from penstock.content.selectors import Features, TextSelectors, build_features, build_text_selectors
from penstock.content.syslog_codes import WireConstants
from penstock.content.taxonomy.book import Taxonomy, compile_taxonomy
from penstock.errors import ContentError, Problem
from penstock.formats.keys import KeyTable, Path, hash_part
from penstock.kernels.json_scan import ELEMENT
from penstock.schema.registry import Schema, schema

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


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Compiled packs.

    packs     name -> version
    schema    base schema and the packs' fields
    keys      the key table; `element_hash` the hash of the part `[]`
    plans     one a dataset; a dataset's number is its place here
    sets      pattern sets of all text datasets and steps
    blob      every constant's bytes, appended to each batch's text once
    text      how text records are told apart; `features`: how structured ones are
    headers   beginnings of header rows -> number of the dataset, longest first
    wire      constants of the syslog header and of inferred times
    taxonomy  rules for category codes and contexts
    fallback  format -> number of the dataset that takes what nobody else wants
    plain_keys  uint8[keys + 1]: members whose escapes must be undone, None: all that some pack names
    """

    packs: Mapping[str, str]
    schema: Schema
    keys: KeyTable
    plans: tuple[Plan, ...]
    sets: PatternSets
    blob: Blob
    text: TextSelectors
    features: Features
    fallback: Mapping[str, int]
    headers: tuple[tuple[bytes, int], ...]
    wire: WireConstants
    taxonomy: Taxonomy
    plain_keys: U8 | None = None

    @cached_property
    def element_hash(self) -> np.uint64:
        """Hash of the part of a path that stands for an array's element."""
        return np.uint64(hash_part(ELEMENT))

    @cached_property
    def by_name(self) -> dict[str, int]:
        """Number of each dataset."""
        return {p.name: i for i, p in enumerate(self.plans)}

    @cached_property
    def _locals(self) -> dict[int, I32]:
        return {}

    def local(self, plan: Plan) -> I32:
        """`Placing.local` of a dataset's own keys."""
        found = self._locals.get(plan.number)
        if found is None:
            found = self._locals[plan.number] = plan.placing.local(self.keys.count + 1)
        return found

    def of_pack(self, name: str) -> list[int]:
        """Numbers of a pack's datasets."""
        return [i for i, p in enumerate(self.plans) if p.pack == name]


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
        plans.append(build_plan(number, pack, dataset, whole, keys, blob, sets, problems))
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
