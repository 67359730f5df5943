"""Packs written in a test, and what the stages make of records with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pytest

from penstock.columns import Text
from penstock.content.catalogue import Catalogue
from penstock.content.compiling import compile_packs
from penstock.content.load import load_packs
from penstock.core import Batch, Lines, check_accounting, fold
from penstock.formats.ndjson import to_ndjson
from penstock.pipeline import load_catalogue, stages

ARRIVED = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z in microseconds."""

Row = dict[str, object]


@dataclass
class Outcome:
    """Events as rows, and rejects as (record's number, category, code, message)."""

    events: list[Row]
    rejects: list[tuple[int, str, str, str]]

    @property
    def only(self) -> Row:
        """The one event."""
        assert self.rejects == []
        [row] = self.events
        return row


def batch_of(records: Sequence[bytes], *, pack: str | None = None, first: int = 0, zone: int = 0) -> Batch:
    """The records as a batch, as if each were a line of one file; `first`: position of the first."""
    raw = b"\n".join(records)
    length = np.array([len(r) for r in records], np.int32)
    start = (np.cumsum(length + 1) - length - 1).astype(np.int32)
    lines = Lines(
        Text.of(raw),
        start,
        length,
        start.astype(np.int64) + first,
        bytes(range(16)),
        "test",
        ARRIVED,
        ARRIVED,
        pack,
        zone,
    )
    return Batch.of(lines)


def outcome_of(done: Batch) -> Outcome:
    """What a batch became; its accounting holds."""
    check_accounting(done)
    r = done.rejects
    rejects = sorted(zip(r.rows.tolist(), r.category, r.code, r.message, strict=True))
    return Outcome([orjson.loads(line) for line in bytes(to_ndjson(done.events)).splitlines()], rejects)


def through(catalogue: Catalogue, *records: bytes, pack: str | None = None, zone: int = 0) -> Outcome:
    """The records through all stages."""
    return outcome_of(fold(stages(catalogue), batch_of(records, pack=pack, zone=zone)))


PackOf = Callable[..., Callable[..., Outcome]]


@pytest.fixture
def pack_of(tmp_path: Path) -> PackOf:
    """A pack `acme_gateway` of these datasets and fields, as a function: records in, `Outcome` out."""

    def make(datasets: str, fields: str = "x: keyword\ny: keyword\nz: keyword\n") -> Callable[..., Outcome]:
        folder = tmp_path / "acme_gateway"
        folder.mkdir(exist_ok=True)
        (folder / "pack.yaml").write_text(f"pack: acme_gateway\nversion: 1.2.3\ntitle: T\ndatasets:\n{datasets}")
        (folder / "fields.yaml").write_text(fields)
        catalogue = compile_packs(load_packs([tmp_path]))
        return lambda *records, **how: through(catalogue, *records, **how)

    return make


@pytest.fixture(scope="session")
def bundled() -> Catalogue:
    """All packs that come with Penstock."""
    return load_catalogue()


class Flow:
    """What tests call: one name for all of it."""

    batch_of = staticmethod(batch_of)
    outcome_of = staticmethod(outcome_of)
    through = staticmethod(through)


@pytest.fixture(scope="session")
def flow() -> type[Flow]:
    """Its parts by name: `flow.through`."""
    return Flow
