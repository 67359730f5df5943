"""All packs, compiled (`compiling`): the tables that the kernels of the parse stage run on.

One key table, one code array and one set of hash tables serve every pack, so that two hundred packs cost a record no
more than one: it is looked up, not offered round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.columns import I32, U8
from penstock.content.blob import Blob
from penstock.content.pattern_sets import PatternSets
from penstock.content.plan import Plan
from penstock.content.selectors import Features, TextSelectors
from penstock.content.syslog_codes import WireConstants
from penstock.content.taxonomy.book import Taxonomy
from penstock.formats.keys import KeyTable, hash_part
from penstock.kernels.json_scan import ELEMENT
from penstock.schema.registry import Schema


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
