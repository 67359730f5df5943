"""`penstock detect`: raw lines, event logs or event rows to alerts, by Sigma rules."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from penstock.cli import arguments
from penstock.cli.output import opened
from penstock.cli.parse import HANDOVER, read_inputs
from penstock.cli.progress import Progress
from penstock.core import Batch

if TYPE_CHECKING:
    from penstock.content.sigma.rule_set import RuleSet
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
    from penstock.formats.ndjson import to_ndjson  # noqa: PLC0415
    from penstock.pipeline import detection  # noqa: PLC0415
    from penstock.runners.allocator import keep_freed_memory  # noqa: PLC0415
    from penstock.runners.local import each, fold_one  # noqa: PLC0415
    from penstock.stages.detect import Tally  # noqa: PLC0415

    keep_freed_memory()
    catalogue = arguments.catalogue(options.packs, options.pack)
    rule_set = arguments.rule_set(options, catalogue)
    if unable := told(rule_set):
        print(f"penstock: {unable} (penstock rules lint says which)", file=sys.stderr)
    tally = Tally()
    folded = detection(catalogue, rule_set, tally)
    threads = arguments.threads(options.threads)
    progress = Progress()

    def work(batch: Batch) -> tuple[Batch, bytes]:
        done = fold_one(folded, batch)
        return done, to_ndjson(done.alerts)

    if threads > 1:
        sys.setswitchinterval(HANDOVER)
    with opened(options.alerts, sys.stdout.buffer) as alerts, opened(options.rejects, sys.stderr.buffer) as rejects:
        try:
            for batch, rows in each(read_inputs(options, threads), work, threads=threads):
                if alerts is not None:
                    alerts.write(rows)
                if rejects is not None and len(batch.rejects):
                    from penstock.formats.rejected import reject_ndjson  # noqa: PLC0415

                    rejects.write(reject_ndjson(batch))
                progress.add(batch)
        finally:
            progress.close()
    _summary(rule_set, tally)
    return 0


def _summary(rule_set: RuleSet, tally: Tally) -> None:
    """What a person wants to know when it is over."""
    found = sum(tally.matched.values())
    rules = len(tally.matched)
    print(f"penstock: {found:,} alerts of {rules:,} rules ({len(rule_set.rules):,} loaded)", file=sys.stderr)
    if tally.silenced:
        by_filter: dict[int, int] = {}
        for (_, one), count in tally.silenced.items():
            by_filter[one] = by_filter.get(one, 0) + count
        for one, count in sorted(by_filter.items()):
            held = rule_set.filters[one]
            print(f"penstock: {count:,} silenced by {held.title!r} ({held.owner or 'no owner'})", file=sys.stderr)
