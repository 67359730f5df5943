"""`penstock parse`: raw lines to ECS events."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from penstock.cli import arguments
from penstock.cli.progress import Progress
from penstock.content.catalogue import Catalogue
from penstock.core import Batch
from penstock.errors import OutsideError, UsageError


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock parse auth.log asa.log.gz --rejects rejects.ndjson > events.ndjson"
    arguments.add_reading(parser)
    parser.add_argument(
        "--format", choices=("ndjson", "parquet"), default="ndjson", help="what to write (default ndjson)"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where Parquet goes: a folder a dataset")
    parser.add_argument("--rejects", metavar="FILE", help="where rejects go, as NDJSON (- is stderr)")


def run(options: argparse.Namespace) -> int:
    """Parse the inputs to stdout."""
    from penstock.pipeline import stages  # noqa: PLC0415  heavy
    from penstock.runners.local import fold_all  # noqa: PLC0415

    if options.format == "parquet" and options.out is None:
        raise UsageError("--format parquet needs --out DIR")
    catalogue = arguments.catalogue(options.packs, options.pack)
    rejects = _open(options.rejects)
    progress = Progress()
    written = _Events(options, catalogue)
    try:
        done = fold_all(read_inputs(options), stages(catalogue), threads=arguments.threads(options.threads))
        for batch in done:
            written.take(batch)
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


def read_inputs(options: argparse.Namespace) -> Iterator[Batch]:
    """The batches of all inputs, one input after the other."""
    from penstock.sources.file import FileSource  # noqa: PLC0415
    from penstock.sources.framing import Bounds  # noqa: PLC0415
    from penstock.sources.stdin import StdinSource  # noqa: PLC0415

    bounds = Bounds() if options.batch_bytes is None else Bounds(size=options.batch_bytes)
    for ordinal, name in enumerate(options.files):
        common = {"bounds": bounds, "pack": options.pack, "reference": options.reference_time}
        source = StdinSource(ordinal, **common) if name == "-" else FileSource(name, ordinal, **common)
        yield from source.read()


class _Events:
    """Where events go: NDJSON to stdout, or Parquet to a folder."""

    def __init__(self, options: argparse.Namespace, catalogue: Catalogue) -> None:
        self._parquet = None
        if options.format == "parquet":
            from penstock.pipeline import fields_of  # noqa: PLC0415
            from penstock.sinks.parquet import ParquetFolder  # noqa: PLC0415

            self._parquet = ParquetFolder(options.out, partial(fields_of, catalogue))

    def take(self, batch: Batch) -> None:
        """Write a batch's events."""
        if self._parquet is not None:
            self._parquet.write(batch)
            return
        from penstock.formats.ndjson import ndjson_blocks  # noqa: PLC0415

        for block in ndjson_blocks(batch.events):
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
