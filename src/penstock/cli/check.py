"""`penstock check`: configuration, packs and rules, every problem at once."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from penstock.cli import arguments
from penstock.cli.places import CONFIGURATION, add_configuration
from penstock.errors import ContentError, Problem

if TYPE_CHECKING:
    from penstock.config.load import Loaded
    from penstock.content.catalogue import Catalogue


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock check -c /etc/penstock/penstock.yaml"
    add_configuration(parser)
    arguments.add_content(parser)
    arguments.add_rules(parser, required=False)
    parser.add_argument(
        "--json-schema", action="store_true", help="write the JSON Schema of penstock.yaml, for editors"
    )


def run(options: argparse.Namespace) -> int:
    """Check everything; give 2 when something is wrong."""
    if options.json_schema:
        from penstock.config.options import json_schema  # noqa: PLC0415  heavy

        sys.stdout.buffer.write(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return 0
    problems: list[Problem] = []
    said = "packs"
    folders = list(options.packs)
    loaded = None
    path = options.config or (CONFIGURATION if CONFIGURATION.is_file() else None)
    if path is not None:
        from penstock.config.load import load, missing_places  # noqa: PLC0415  heavy

        said = f"{path} and packs"
        try:
            loaded = load(path)
        except ContentError as error:
            problems += error.problems
        else:
            problems += missing_places(loaded)
            folders = [*loaded.packs, *folders]
    from penstock.detecting import map_problems  # noqa: PLC0415  heavy
    from penstock.pipeline import load_catalogue  # noqa: PLC0415  heavy

    try:
        catalogue = load_catalogue(folders)
    except ContentError as error:
        problems += [*error.problems, *map_problems(folders)]
    else:
        problems += map_problems(folders, catalogue)
        from penstock.service.parts import unfit_names, unknown_packs  # noqa: PLC0415  heavy

        problems += unfit_names(catalogue)
        if loaded is not None:
            problems += unknown_packs(loaded, catalogue)
        places = _rule_places(options, loaded)
        if places:
            said += " and rules"
            lists = [*(() if loaded is None else (p for p in loaded.placeholders if p.exists())), *options.placeholders]
            problems += _wrong_rules(places, catalogue, lists, folders)
    for problem in problems:
        print(problem)
    if problems:
        print(f"penstock: {len(problems)} problem{'s' * (len(problems) > 1)} in {said}", file=sys.stderr)
        return 2
    print(f"penstock: {said}: no problems", file=sys.stderr)
    return 0


def _rule_places(options: argparse.Namespace, loaded: Loaded | None) -> list[Path]:
    """Files and folders of rules: those named here, and the configuration's."""
    arguments.existing(options.rules)
    return [*(() if loaded is None else (p for p in loaded.rules if p.exists())), *options.rules]


def _wrong_rules(places: list[Path], catalogue: Catalogue, lists: list[Path], folders: list[Path]) -> list[Problem]:
    from penstock.rulebook.lint.run import rule_problems  # noqa: PLC0415  heavy

    return rule_problems(places, catalogue, folders, lists, now=time.time_ns() // 1000)
