"""Arguments that several verbs share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import UsageError
from penstock.kernels import compiled_before
from penstock.schema.instants import microseconds

if TYPE_CHECKING:
    from penstock.content.catalogue import Catalogue
    from penstock.content.sigma.rule_set import RuleSet


def instant(text: str) -> int:
    """An RFC 3339 time (no zone: UTC) as microseconds since 1970."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it like 2026-11-23T10:00:00Z") from error
    return microseconds(found)


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


def add_rules(parser: argparse.ArgumentParser, *, required: bool = True, default: str = "") -> None:
    """Options on rules. default: what is taken without, in words."""
    parser.add_argument(
        "--rules", metavar="PLACE", action="append", type=Path, default=[], required=required,
        help="a file or folder of Sigma rules, correlations and filters; may be given several times" + (
            f" (default: {default})" if default else ""
        ),
    )  # fmt: skip
    parser.add_argument(
        "--placeholders", metavar="FILE", action="append", type=Path, default=[],
        help="what %%placeholders%% in rules stand for: a YAML file of name: [values]",
    )  # fmt: skip


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


def existing(places: Sequence[Path], what: str = "rules") -> None:
    """Raises `UsageError` for those of these files and folders that are not there."""
    missing = [str(place) for place in places if not place.exists()]
    if missing:
        raise UsageError(f"no such file or folder of {what}: {', '.join(missing)}")


def rule_set(options: argparse.Namespace, catalogue: Catalogue) -> RuleSet:
    """The compiled rules of `--rules`; tells of those that were refused. None usable is a usage error."""
    from penstock.detecting import load_rules  # noqa: PLC0415  heavy

    existing(options.rules)
    found = load_rules(options.rules, catalogue, options.packs, options.placeholders)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    if found.problems:
        n = len(found.problems)
        print(f"penstock: {n:,} document{'s' * (n > 1)} refused; the other rules are used", file=sys.stderr)
    if not found.rules and not found.correlations:
        raise UsageError("--rules names no rule that can be used")
    return found
