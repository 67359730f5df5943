"""Arguments that several verbs share."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from penstock.content.catalogue import Catalogue
from penstock.errors import UsageError
from penstock.kernels import compiled_before


def instant(text: str) -> int:
    """An RFC 3339 time (no zone: UTC) as microseconds since 1970."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it like 2026-11-23T10:00:00Z") from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    delta = found - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def add_content(parser: argparse.ArgumentParser) -> None:
    """Options on packs."""
    parser.add_argument(
        "--packs", metavar="DIR", action="append", type=Path, default=[], help="a further folder of packs"
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Options on how input is read."""
    parser.add_argument("files", metavar="FILE", nargs="*", default=["-"], help="inputs; - is stdin (default)")
    parser.add_argument("--pack", metavar="NAME", help="the pack that must take every record")
    parser.add_argument(
        "--reference-time", metavar="T", type=instant, help="fix the clock, for repeatable runs: 2026-11-23T10:00:00Z"
    )
    parser.add_argument(
        "--threads", metavar="N", type=int, default=0, help="threads for the stages (default: the cores)"
    )
    parser.add_argument(
        "--batch-bytes",
        metavar="N",
        type=int,
        help="bytes of raw input a batch (default 8388608; 6291456 with several threads)",
    )
    add_content(parser)


def threads(wanted: int) -> int:
    """How many threads fold: as many as this process may use cores, unless said otherwise."""
    return wanted if wanted > 0 else max(1, len(os.sched_getaffinity(0)))


def catalogue(folders: list[Path], pack: str | None = None) -> Catalogue:
    """The compiled packs; says so when kernels will have to be compiled first."""
    from penstock.pipeline import load_catalogue  # noqa: PLC0415  heavy

    if not compiled_before():
        print("penstock: compiling kernels, once for this machine (about a minute)", file=sys.stderr)
    found = load_catalogue(folders)
    if pack is not None and pack not in found.packs:
        raise UsageError(f"no pack {pack!r}; there are {', '.join(found.packs)}")
    return found
