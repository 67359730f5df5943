"""Load packs from folders, all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from penstock.content.model import Pack
from penstock.content.pack_file import read_pack
from penstock.content.planning import kept_fields
from penstock.errors import ContentError, Problem
from penstock.schema.registry import Field


def load_packs(roots: Iterable[Path]) -> list[Pack]:
    """Every pack below these folders; one of a later folder replaces its namesake. Raises `ContentError`."""
    found: dict[str, Pack] = {}
    problems: list[Problem] = []
    for root in roots:
        for folder in sorted(p.parent for p in root.glob("*/pack.yaml")):
            try:
                found[folder.name] = load_pack(folder)
            except ContentError as error:
                problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    return list(found.values())


def load_pack(folder: Path) -> Pack:
    """One pack. What it keeps as it came (`keep: true`) is declared with it, keywords where fields.yaml is silent."""
    pack = read_pack(folder)
    declared = {f.name for f in pack.fields}
    more = tuple(Field(n, "keyword", source=pack.name) for n in kept_fields(pack) if n not in declared)
    return replace(pack, fields=pack.fields + more)
