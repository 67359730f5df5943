"""Where the lake lies: `--lake`, else the configuration's, else `penstock-data` in this folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import UsageError

if TYPE_CHECKING:
    from penstock.config.load import Loaded

CONFIGURATION = Path("penstock.yaml")
LAKE = Path("penstock-data")


def add_lake(parser: argparse.ArgumentParser) -> None:
    """Options on the lake."""
    parser.add_argument(
        "--lake", metavar="DIR", type=Path, help="the lake (default: the configuration's, else penstock-data)"
    )
    add_configuration(parser)


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """The option on the configuration."""
    parser.add_argument("-c", "--config", metavar="FILE", type=Path, help="the configuration (default: penstock.yaml)")


def configuration(options: argparse.Namespace) -> Loaded | None:
    """The configuration named, or the one of this folder if it has one. Raises `ContentError`, `UsageError`."""
    path = options.config or (CONFIGURATION if CONFIGURATION.is_file() else None)
    if path is None:
        return None
    from penstock.config.load import load  # noqa: PLC0415  heavy

    return load(path)


def lake(options: argparse.Namespace) -> Path:
    """The lake's folder, which is there. Raises `UsageError` when it is not."""
    root: Path | None = options.lake
    if root is None:
        loaded = configuration(options)
        root = LAKE if loaded is None else loaded.lake
    if not root.is_dir():
        raise UsageError(f"no lake at {root}: `penstock run` makes one, --lake DIR names another")
    return root
