"""The stages as one function over frames, for scripts and notebooks: `penstock.parse`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import polars as pl

from penstock.content.catalogue import Catalogue
from penstock.core import Batch, check_accounting, fold
from penstock.errors import UsageError
from penstock.formats.arrow import to_arrow
from penstock.formats.rejected import reject_rows
from penstock.pipeline import load_catalogue, stages
from penstock.sources.file import FileSource
from penstock.sources.stdin import StdinSource

REJECTS = "rejects"
"""The key of the rejects: no dataset is called so, they all have a dot."""


def parse(
    data: bytes | str | Path | Iterable[bytes | str],
    pack: str | None = None,
    reference_time: datetime | str | None = None,
    *,
    packs: Iterable[Path] = (),
    context: bool = False,
) -> dict[str, pl.DataFrame]:
    """Events of raw records: `{dataset: frame}`, and the rejects as `"rejects"` (there even when it is empty).

    data            text or bytes (lines, JSON documents, a gzip file's content, …), a `Path` to read, or records one
                    by one
    pack            the pack that must take every record
    reference_time  fixes the clock: what a missing year is inferred from, and `event.ingested`
    packs           further folders of packs
    context         compute `penstock.context` too

    A frame's columns are flat dotted names, those that have a value somewhere; rows are in the order of the records.
    Everything is held in memory. Raises `ContentError`, `UsageError` (no such pack), `OutsideError` (cannot read).
    """
    catalogue = _catalogue(tuple(packs))
    if pack is not None and pack not in catalogue.packs:
        raise UsageError(f"no pack {pack!r}; there are {', '.join(catalogue.packs)}")
    frames: dict[str, list[pl.DataFrame]] = {}
    rejects: list[pl.DataFrame] = []
    chain = stages(catalogue, context=context)
    for raw in _read(data, pack, _micros(reference_time)):
        batch = fold(chain, raw)
        check_accounting(batch)
        for frame in batch.events:
            frames.setdefault(frame.dataset, []).append(_frame(to_arrow(frame)))
        if len(batch.rejects) or not rejects:
            rejects.append(_frame(reject_rows(batch)))
    found = {name: _together(several) for name, several in sorted(frames.items())}
    found[REJECTS] = pl.concat(rejects) if rejects else pl.DataFrame()
    return found


@lru_cache(4)
def _catalogue(folders: tuple[Path, ...]) -> Catalogue:
    return load_catalogue(folders)


def _read(data: bytes | str | Path | Iterable[bytes | str], pack: str | None, reference: int | None) -> Iterator[Batch]:
    if isinstance(data, Path):
        yield from FileSource(data, 0, pack=pack, reference=reference).read()
        return
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    handle = os.memfd_create("penstock")
    try:
        with open(handle, "wb", closefd=False) as out:
            if isinstance(data, bytes):
                out.write(data)
            else:
                for record in data:
                    out.write(record.encode("utf-8", "surrogateescape") if isinstance(record, str) else record)
                    out.write(b"\n")
        os.lseek(handle, 0, os.SEEK_SET)
        yield from StdinSource(0, fd=handle, name="data", pack=pack, reference=reference).read()
    finally:
        with suppress(OSError):
            os.close(handle)


def _frame(table: object) -> pl.DataFrame:
    found = pl.from_arrow(table)  # type: ignore[arg-type,unused-ignore]  # pyarrow publishes no types
    assert isinstance(found, pl.DataFrame)  # noqa: S101  of a table comes a frame
    texts = [n for n, kind in found.schema.items() if kind == pl.Categorical]
    return found.with_columns(pl.col(texts).cast(pl.String)) if texts else found


def _together(several: list[pl.DataFrame]) -> pl.DataFrame:
    """One frame, columns that are null throughout left out, the usual ones first."""
    whole = pl.concat(several, how="diagonal")
    names = [n for n in whole.columns if whole[n].null_count() < len(whole)]
    first = [n for n in ("@timestamp", "event.dataset", "event.id") if n in names]
    return whole.select(
        [*first, *sorted(n for n in names if n not in first and n != "event.original"), "event.original"]
    )


def _micros(when: datetime | str | None) -> int | None:
    if when is None:
        return None
    found = datetime.fromisoformat(when) if isinstance(when, str) else when
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    passed = found - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
