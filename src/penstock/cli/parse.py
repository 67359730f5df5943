"""`penstock parse`: raw lines to ECS events."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from penstock.cli import arguments
from penstock.cli.progress import Progress
from penstock.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from penstock.content.catalogue import Catalogue
    from penstock.core import Batch

HANDOVER = 0.0005
"""Seconds after which a thread must hand the interpreter on: kernels let go of it and wait to have it back."""

ROWS = 24_656
"""Records of a batch at most. Of 24,576 each column would begin at the same place of a page, and so all of them would
share a few lines of the cache (OpenSSH 2.11 us a line, so 1.79; ASA is indifferent)."""


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock parse auth.log asa.log.gz --rejects rejects.ndjson > events.ndjson"
    arguments.add_reading(parser)
    parser.add_argument(
        "--format", choices=("ndjson", "parquet"), default="ndjson", help="what to write (default ndjson)"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where Parquet goes: a folder a dataset")
    parser.add_argument("--context", action="store_true", help="compute penstock.context too, the third tier")
    parser.add_argument("--rejects", metavar="FILE", help="where rejects go, as NDJSON (- is stderr)")


def run(options: argparse.Namespace) -> int:
    """Parse the inputs to stdout."""
    from penstock.pipeline import stages  # noqa: PLC0415  heavy
    from penstock.runners.allocator import keep_freed_memory  # noqa: PLC0415
    from penstock.runners.folding import each, fold_one  # noqa: PLC0415

    if options.format == "parquet" and options.out is None:
        raise UsageError("--format parquet needs --out DIR")
    keep_freed_memory()
    catalogue = arguments.catalogue(options.packs, options.pack)
    rejects = _open(options.rejects)
    progress = Progress()
    threads = arguments.threads(options.threads)
    written = _Events(options, catalogue, threads)
    folded = stages(catalogue, context=options.context)

    def work(batch: Batch) -> tuple[Batch, Iterable[memoryview]]:
        done = fold_one(folded, batch)
        return done, written.render(done)

    if threads > 1:
        sys.setswitchinterval(HANDOVER)
    try:
        for batch, rows in each(read_inputs(options, threads), work, threads=threads):
            written.take(batch, rows)
            if rejects is not None and len(batch.rejects):
                from penstock.formats.rejected import reject_ndjson  # noqa: PLC0415

                rejects.write(reject_ndjson(batch))
            progress.add(batch)
        written.close()
    finally:
        progress.close()
        if rejects is not None and rejects is not sys.stderr.buffer:
            rejects.close()
    return 0


def read_inputs(options: argparse.Namespace, threads: int = 1) -> Iterator[Batch]:
    """The batches of all inputs, one input after the other."""
    from penstock.sources.file import FileSource  # noqa: PLC0415
    from penstock.sources.framing import Bounds  # noqa: PLC0415
    from penstock.sources.stdin import StdinSource  # noqa: PLC0415

    # what is Python is paid for a batch, so batches are large; what is columns leaves the cache when rows are many
    # (two threads hold two batches each: ASA's 403 columns took 822 MiB so, 497 with half the rows)
    size, records = (8 << 20, ROWS) if threads == 1 else (6 << 20, ROWS // 2)
    bounds = Bounds(size=options.batch_bytes or size, records=records)
    for ordinal, name in enumerate(options.files):
        common = {"bounds": bounds, "pack": options.pack, "reference": options.reference_time}
        source = StdinSource(ordinal, **common) if name == "-" else FileSource(name, ordinal, **common)
        yield from source.read()


class _Events:
    """Where events go: NDJSON to stdout, or Parquet to a folder."""

    def __init__(self, options: argparse.Namespace, catalogue: Catalogue, threads: int) -> None:
        self._parquet = None
        self._ahead = threads > 1
        if options.format == "parquet":
            from penstock.pipeline import fields_of  # noqa: PLC0415
            from penstock.sinks.parquet import ParquetFolder  # noqa: PLC0415

            self._parquet = ParquetFolder(options.out, partial(fields_of, catalogue))

    def render(self, batch: Batch) -> Iterable[memoryview]:
        """A batch's events as text (none for Parquet): at once where threads render, else while it is written."""
        if self._parquet is not None:
            return ()
        from penstock.formats.ndjson import ndjson_blocks  # noqa: PLC0415

        blocks = ndjson_blocks(batch.events, kept=self._ahead)
        return list(blocks) if self._ahead else blocks

    def take(self, batch: Batch, rows: Iterable[memoryview]) -> None:
        """Write a batch's events."""
        if self._parquet is not None:
            self._parquet.write(batch)
        for block in rows:
            sys.stdout.buffer.write(block)

    def close(self) -> None:
        """Finish what is open."""
        if self._parquet is not None:
            self._parquet.close()
        else:
            sys.stdout.buffer.flush()


def _open(name: str | None) -> BinaryIO | None:
    if name is None:
        return None
    if name == "-":
        return sys.stderr.buffer
    try:
        return Path(name).open("wb")
    except OSError as error:
        raise OutsideError(f"cannot write {name}: {error.strerror}") from error
