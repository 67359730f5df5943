"""`penstock rejects`: list, show, stats, replay."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli import arguments
from penstock.cli.places import add_lake, configuration, lake
from penstock.errors import Category, UsageError

if TYPE_CHECKING:
    from penstock.store.rejects import Wanted

FORMATS = ("table", "ndjson", "csv")


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs and options."""
    parser.epilog = "example: penstock rejects stats --by category,dataset"
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    listing = verbs.add_parser(
        "list", help="those that wait, newest first", epilog="example: penstock rejects list --limit 5"
    )
    show = verbs.add_parser(
        "show", help="everything about one", epilog="example: penstock rejects show 374510585e8bf710"
    )
    show.add_argument("id", metavar="ID", help="its event.id")
    stats = verbs.add_parser("stats", help="count them", epilog="example: penstock rejects stats --by category,hour")
    stats.add_argument(
        "--by", default="category,dataset,fingerprint", metavar="WHAT",
        help="several of fingerprint, category, code, stage, dataset, pack, source, hour, day",
    )  # fmt: skip
    again = verbs.add_parser(
        "replay",
        help="send them through again",
        epilog="example: penstock rejects replay --category VENDOR_FORMAT_DRIFT",
    )
    for sub in (listing, stats, again):
        for name, about in (
            ("fingerprint", "equal failures"),
            ("dataset", "as recognised"),
            ("pack", ""),
            ("source", ""),
        ):
            sub.add_argument(
                f"--{name}", metavar=name.upper(), help=f"only of this {name}" + (f": {about}" if about else "")
            )
        sub.add_argument(
            "--category", choices=[c.value for c in Category], metavar="CATEGORY", help="only of this category"
        )
        sub.add_argument("--since", metavar="T", type=arguments.instant, help="read at this time or later")
        sub.add_argument("--until", metavar="T", type=arguments.instant, help="read before this time")
    for sub in (listing, stats):
        sub.add_argument("--limit", metavar="N", type=int, default=100, help="at most so many (default 100)")
    again.add_argument(
        "--limit", metavar="N", type=int, default=100_000, help="at most so many, oldest first (default 100000)"
    )
    for sub in (listing, show, stats):
        sub.add_argument("--format", choices=FORMATS, help="default: a table to a terminal, else NDJSON")
    for sub in (listing, show, stats, again):
        add_lake(sub)
    arguments.add_content(again)


def run(options: argparse.Namespace) -> int:
    """Run one."""
    root = lake(options)
    if options.what == "replay":
        return _replay(options, root)
    from penstock.cli.rows import default_format, write_rows  # noqa: PLC0415  heavy
    from penstock.store import rejects  # noqa: PLC0415  heavy

    form = options.format or default_format()
    if options.what == "stats":
        found = rejects.stats(root, _groups(options.by), _wanted(options), limit=options.limit)
    elif options.what == "list":
        found = rejects.waiting(root, _wanted(options), limit=options.limit)
        if form == "table":
            shown = ("event.ingested", "event.id", "error.category", "error.code", "error.message", "event.original")
            found = found.select([*shown])
    else:
        found = rejects.show(root, options.id)
        if not len(found):
            raise UsageError(f"no reject {options.id}")
        if form == "table":
            for row in found.to_pylist():
                for name, value in row.items():
                    if value is not None:
                        print(f"{name:24} {value}")
                print()
            return 0
    write_rows(found.to_reader(), form, options.limit if options.what != "show" else None)
    return 0


def _groups(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _wanted(options: argparse.Namespace) -> Wanted:
    from penstock.store.rejects import Wanted  # noqa: PLC0415  heavy

    def when(micros: int | None) -> datetime | None:
        return None if micros is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)

    return Wanted(
        options.fingerprint, options.category, options.dataset, options.pack, options.source, when(options.since),
        when(options.until),
    )  # fmt: skip


def _replay(options: argparse.Namespace, root: Path) -> int:
    from penstock.replaying import replay  # noqa: PLC0415  heavy
    from penstock.store.lake import Lake  # noqa: PLC0415  heavy

    loaded = configuration(options)
    folders = [*(loaded.packs if loaded is not None else []), *options.packs]
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if sys.stderr.isatty():
            print(f"\r{done:,} records\033[K", end="", file=sys.stderr, flush=True)

    context = loaded is not None and loaded.settings.context
    with Lake(root) as store:
        outcome = replay(
            store, arguments.catalogue(folders), _wanted(options), limit=options.limit, told=told, context=context
        )
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if outcome.again:
        print(f"penstock: finished {outcome.again} that had been interrupted", file=sys.stderr)
    print(f"{outcome.taken:,} records: {outcome.events:,} events, {outcome.refused:,} rejects again")
    return 0
