"""`penstock replay`: rules over stored history."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock.cli import arguments
from penstock.cli.output import opened
from penstock.cli.places import add_lake, configuration, lake
from penstock.errors import UsageError


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = (
        "example: penstock replay --from 2026-11-01 --to 2026-11-08 --rules new-rules/ > would-be-alerts.ndjson"
    )
    parser.add_argument(
        "--from", dest="low", metavar="T", type=arguments.instant, required=True, help="events from this time on"
    )
    parser.add_argument("--to", dest="high", metavar="T", type=arguments.instant, required=True, help="to before this")
    parser.add_argument(
        "--reparse", action="store_true", help="take the stored originals through today's packs, not the stored columns"
    )
    parser.add_argument(
        "--alerts", metavar="FILE", default="-", help="where alerts go, as NDJSON (default - is stdout)"
    )
    arguments.add_rules(parser, required=False, default="the configuration's")
    arguments.add_content(parser)
    add_lake(parser)


def run(options: argparse.Namespace) -> int:
    """Nothing is stored: alerts are written, and that is all."""
    if options.low >= options.high:
        raise UsageError("--from must be before --to")
    root = lake(options)
    loaded = configuration(options)
    if loaded is not None:
        options.packs = [*loaded.packs, *options.packs]
        if not options.rules:
            options.rules, options.placeholders = loaded.rules, [*loaded.placeholders, *options.placeholders]
    if not options.rules:
        raise UsageError("no rules: give --rules DIR, or `rules` in the configuration")
    from penstock.backtest import Backtest  # noqa: PLC0415  heavy
    from penstock.cli.progress import Counter  # noqa: PLC0415
    from penstock.correlate.memory import Memory  # noqa: PLC0415
    from penstock.runners.allocator import keep_freed_memory  # noqa: PLC0415
    from penstock.store.spill import FileSpill  # noqa: PLC0415

    keep_freed_memory()
    catalogue = arguments.catalogue(options.packs)
    rule_set = arguments.rule_set(options, catalogue)
    secret = int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little")
    counter = Counter("events")
    with TemporaryDirectory(prefix="penstock-") as folder, opened(options.alerts, sys.stdout.buffer) as alerts:
        memory = Memory(spill=FileSpill(Path(folder)))
        backtest = Backtest(
            root, catalogue, rule_set, options.low, options.high, secret=secret, memory=memory, told=counter.add
        )
        try:
            for raw in backtest.rows(reparse=options.reparse):
                if alerts is not None:
                    alerts.write(raw)
        finally:
            counter.close()
    done = backtest.outcome
    found = f"{done.alerts:,} alerts, and {done.correlated:,} of correlations"
    print(f"penstock: {done.events:,} events: {found}", file=sys.stderr)
    if done.refused:
        print(f"penstock: {done.refused:,} originals no pack takes today", file=sys.stderr)
    return 0
