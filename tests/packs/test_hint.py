"""A source that says which pack must take its records gets what recognition gives, where that is this pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.columns import Text
from penstock.core import Batch, fold
from penstock.pipeline import load_catalogue, stages
from penstock.sources.file import FileSource

ROOT = Path(__file__).resolve().parents[2]
OWN = ("generic_", "penstock_")
FOLDERS = [p for p in (ROOT / "packs").iterdir() if (p / "samples").is_dir()]
PACKS = sorted(p.name for p in FOLDERS if not p.name.startswith(OWN))


def datasets(batch: Batch) -> dict[int, str]:
    return {int(row): frame.dataset for frame in batch.events for row in frame.rows}


@pytest.mark.parametrize("pack", PACKS)
def test_a_hint_changes_nothing_of_what_is_the_packs_anyway(pack: str) -> None:
    chain = stages(load_catalogue())
    compared = 0
    for sample in sorted((ROOT / "packs" / pack / "samples").glob("*.log")):
        for batch in FileSource(sample, reference=1_764_000_000_000_000).read():
            copy = Text.of(batch.lines.text.slice(0, batch.lines.text.used))
            told = replace(batch, lines=replace(batch.lines, pack=pack, text=copy))
            free = datasets(fold(chain, batch))
            hinted = datasets(fold(chain, told))
            mine = {row: name for row, name in free.items() if name.startswith(f"{pack}.")}
            assert {row: hinted.get(row) for row in mine} == mine
            compared += len(mine)
    assert compared
