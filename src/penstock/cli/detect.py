"""`penstock detect`: raw lines, event logs or event rows to alerts, by Sigma rules."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import orjson

from penstock.cli import arguments
from penstock.cli.output import opened
from penstock.cli.parse import HANDOVER, read_inputs
from penstock.cli.progress import Progress

if TYPE_CHECKING:
    from penstock.content.sigma.rule_set import RuleSet
    from penstock.core import Batch
    from penstock.stages.detect import Tally


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock detect --rules rules/ Security.evtx auth.log > alerts.ndjson"
    arguments.add_reading(parser)
    arguments.add_rules(parser)
    parser.add_argument(
        "--alerts", metavar="FILE", default="-", help="where alerts go, as NDJSON (default - is stdout)"
    )
    parser.add_argument("--rejects", metavar="FILE", help="where rejects go, as NDJSON (- is stderr)")


def run(options: argparse.Namespace) -> int:
    """Hold the inputs against the rules."""
    from penstock.content.sigma.reasons import told  # noqa: PLC0415  heavy
    from penstock.correlate.memory import Memory  # noqa: PLC0415
    from penstock.correlate.stream import Stream  # noqa: PLC0415
    from penstock.detecting import detection  # noqa: PLC0415
    from penstock.formats.ndjson import to_ndjson  # noqa: PLC0415
    from penstock.runners.allocator import keep_freed_memory  # noqa: PLC0415
    from penstock.runners.folding import each, fold_one  # noqa: PLC0415
    from penstock.stages.detect import Tally  # noqa: PLC0415
    from penstock.store.spill import FileSpill  # noqa: PLC0415

    keep_freed_memory()
    catalogue = arguments.catalogue(options.packs, options.pack)
    rule_set = arguments.rule_set(options, catalogue)
    if unable := told(rule_set):
        print(f"penstock: {unable} (penstock rules lint says which)", file=sys.stderr)
    tally = Tally()
    secret = int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little")
    folded = detection(catalogue, rule_set, tally, secret)
    threads = arguments.threads(options.threads)
    progress = Progress()
    correlated = 0

    def work(batch: Batch) -> tuple[Batch, bytes]:
        done = fold_one(folded, batch)
        return done, to_ndjson(done.alerts)

    if threads > 1:
        sys.setswitchinterval(HANDOVER)
    with (
        TemporaryDirectory(prefix="penstock-") as folder,
        opened(options.alerts, sys.stdout.buffer) as alerts,
        opened(options.rejects, sys.stderr.buffer) as rejects,
    ):
        stream = Stream(rule_set.chain, secret, Memory(spill=FileSpill(Path(folder))))
        try:
            for batch, rows in each(read_inputs(options, threads), work, threads=threads):
                if alerts is not None:
                    alerts.write(rows)
                if rejects is not None and len(batch.rejects):
                    from penstock.formats.rejected import reject_ndjson  # noqa: PLC0415

                    rejects.write(reject_ndjson(batch))
                stream.take(batch.signals)  # nothing is raised before the end
                progress.add(batch)
            for row in stream.rows():
                correlated += 1
                if alerts is not None:
                    alerts.write(orjson.dumps(row) + b"\n")
        finally:
            progress.close()
    _summary(rule_set, tally, correlated)
    return 0


def _summary(rule_set: RuleSet, tally: Tally, correlated: int) -> None:
    """What a person wants to know when it is over."""
    shown = {rule: n for rule, n in tally.matched.items() if rule not in rule_set.muted}
    found, rules = sum(shown.values()), len(shown)
    print(f"penstock: {found:,} alerts of {rules:,} rules ({len(rule_set.rules):,} loaded)", file=sys.stderr)
    if rule_set.chain:
        many = len(rule_set.chain)
        print(f"penstock: {correlated:,} alerts of correlations ({many:,} loaded)", file=sys.stderr)
    if tally.silenced:
        by_filter: dict[int, int] = {}
        for (_, one), count in tally.silenced.items():
            by_filter[one] = by_filter.get(one, 0) + count
        for one, count in sorted(by_filter.items()):
            held = rule_set.filters[one]
            print(f"penstock: {count:,} silenced by {held.title!r} ({held.owner or 'no owner'})", file=sys.stderr)
