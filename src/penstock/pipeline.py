"""Put the parts together: packs loaded, and the stages from raw records to events. `detecting` adds rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from penstock.columns import Kind
from penstock.content.catalogue import Catalogue
from penstock.content.deciding import DECIDED
from penstock.content.kept import fingerprint, kept
from penstock.content.model import Pack
from penstock.content.narrowing import JUDGED
from penstock.content.places import packs_dir
from penstock.core import Stage
from penstock.stages.categorise import categorise
from penstock.stages.decode import decode
from penstock.stages.normalise import normalise
from penstock.stages.parse import parse
from penstock.stages.reread import reread
from penstock.stages.validate import validate


def pack_folders(folders: Sequence[Path] = ()) -> list[Path]:
    """The folders of all packs, bundled ones first."""
    return [p.parent for root in (packs_dir(), *folders) for p in sorted(root.glob("*/pack.yaml"))]


def find_packs(folders: Sequence[Path] = ()) -> list[Pack]:
    """The bundled packs and those of further folders, read. Raises `ContentError`."""
    from penstock.content.load import load_packs  # noqa: PLC0415  what is kept needs no reader of packs

    return load_packs([packs_dir(), *folders])


def load_catalogue(folders: Sequence[Path] = ()) -> Catalogue:
    """The bundled packs and those of further folders, compiled. Raises `ContentError` with every problem."""

    def build() -> Catalogue:
        from penstock.content.compiling import compile_packs  # noqa: PLC0415  only where none is kept

        return compile_packs(find_packs(folders), folders)

    return kept("catalogues", fingerprint([packs_dir(), *folders]), Catalogue, build)


def fields_of(catalogue: Catalogue, dataset: str) -> dict[str, tuple[Kind, bool]]:
    """Every field that a dataset's events can have: its kind, and whether it is an array."""
    plan = catalogue.plans[catalogue.by_name[dataset]]
    found = {c.name: (c.kind, c.many) for c in plan.columns if not c.name.startswith("_")}
    said = ("event.category", "event.type", "event.outcome", *DECIDED)
    for name in ("event.ingested", *said, *(n for constants in plan.constants for n in constants)):
        known = catalogue.schema.get(name)
        found.setdefault(name, (Kind[known.kind], known.many) if known else (Kind.KEYWORD, False))
    return found


def stages(
    catalogue: Catalogue, *, context: bool = False, asked: Mapping[str, frozenset[str]] | None = None
) -> tuple[Stage, ...]:
    """From raw records to validated, categorised events. `context`: compute `penstock.context` too.

    asked: dataset -> the fields that somebody will look at, if that is not all: the taxonomy is asked for these only.
    """
    made: list[Stage] = [decode, parse(catalogue), normalise(catalogue), validate(catalogue)]
    if asked is None or not JUDGED.isdisjoint(frozenset[str]().union(*asked.values())):
        made.append(categorise(catalogue, context=context, asked=asked))
    return *made, reread(catalogue)
