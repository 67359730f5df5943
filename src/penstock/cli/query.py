"""`penstock query`: SQL over the lake."""

from __future__ import annotations

import argparse

from penstock.cli.places import add_lake, lake


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = (
        "example: penstock query 'SELECT \"event.dataset\", count(*) AS n FROM events GROUP BY 1 ORDER BY n DESC'. "
        "Tables: events, rejects, alerts, incidents, replays; names with dots want double quotes."
    )
    parser.add_argument("sql", metavar="SQL", help="one SELECT")
    parser.add_argument(
        "--format", choices=("table", "ndjson", "csv", "parquet"), help="default: a table to a terminal, else NDJSON"
    )
    parser.add_argument("--limit", metavar="N", type=int, help="at most so many rows")
    add_lake(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, and write the answer."""
    root = lake(options)
    from penstock.cli.rows import write_rows  # noqa: PLC0415  heavy
    from penstock.store.query import Reader  # noqa: PLC0415  heavy

    with Reader(root) as reader:
        write_rows(reader.ask(options.sql), options.format, options.limit)
    return 0
