"""`make demo`: the whole pipeline over a day of sample logs, and what it found."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from penstock.cli import arguments
from penstock.telemetry import Metrics

QUERIES = (
    'SELECT "event.dataset", "penstock.category", count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC LIMIT 10',
    (
        """SELECT "source.ip", count(*) AS failed FROM events WHERE "penstock.category" LIKE 'auth.%' """
        """AND "event.outcome" = 'failure' GROUP BY 1 ORDER BY 2 DESC LIMIT 10"""
    ),
    'SELECT "rule.name", "rule.level", count(*) AS n FROM alerts GROUP BY ALL ORDER BY n DESC',
    'SELECT "error.category", "error.message", "event.original" FROM rejects LIMIT 10',
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; give the exit code."""
    parser = argparse.ArgumentParser(
        prog="penstock-demo", description="A day of sample logs through the whole pipeline."
    )
    parser.add_argument("--once", action="store_true", help="do not stay for the console")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where logs and lake go (default: a temporary folder)")
    options = parser.parse_args(argv)
    out = options.out or Path(tempfile.mkdtemp(prefix="penstock-demo-"))
    out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    catalogue = arguments.catalogue([])  # says so when kernels must be compiled
    from penstock.content.places import packs_dir  # noqa: PLC0415
    from penstock.core import fold  # noqa: PLC0415
    from penstock.demo import DAY, write_day  # noqa: PLC0415
    from penstock.pipeline import stages  # noqa: PLC0415
    from penstock.service.run import Service  # noqa: PLC0415
    from penstock.sources.file import FileSource  # noqa: PLC0415

    logs = out / "logs"
    logs.mkdir(exist_ok=True)
    files = write_day(logs, samples(packs_dir()))
    end = (DAY + timedelta(days=1)).isoformat()
    (out / "penstock.yaml").write_text(
        f"# The demo's configuration.\nlake: lake\nreference_time: {end}\n"
        "rules: [bundled]\nsources:\n  day: {type: directory, path: logs, once: true, settle: 0}\n"
    )
    size = sum(f.stat().st_size for f in files)
    print(f"a day of logs: {len(files)} files, {size / 1e6:.1f} MB, in {logs}")
    chain = stages(catalogue)
    for file in files:  # kernels are loaded, and the first time compiled, before the clock runs
        for batch in FileSource(file).read():
            fold(chain, batch)
    service = Service(out / "penstock.yaml")
    began = time.monotonic()
    asyncio.run(service())
    seconds = time.monotonic() - began
    service.render()  # figures are taken when somebody asks
    _tell(service.metrics, seconds, out / "lake")
    return 0


def samples(packs: Path) -> list[Path]:
    """Every sample of every pack."""
    return [p for p in sorted(packs.glob("*/samples/*")) if p.is_file() and not p.name.endswith(".expected.json")]


def _tell(metrics: Metrics, seconds: float, lake: Path) -> None:
    def by(name: str, label: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for labels, value in metrics.sums(name).items():
            key = dict(labels).get(label, "")
            found[key] = found.get(key, 0) + int(value)
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    events, rejects = by("penstock_events_total", "dataset"), by("penstock_rejects_total", "category")
    received = sum(by("penstock_records_total", "source").values())
    filtered = sum(by("penstock_filtered_total", "filter").values())
    n, bad = sum(events.values()), sum(rejects.values())
    print(f"\n{received:,} records: {n:,} events, {bad:,} rejects, {filtered:,} filtered")
    print(f"{seconds:.1f} s from files to the lake, start and end included: {n / seconds:,.0f} events/s")
    print("\nevents by dataset")
    for dataset, count in events.items():
        print(f"  {count:8,}  {dataset}")
    print("\nrejects by category")
    for category, count in rejects.items():
        print(f"  {count:8,}  {category}")
    _tell_of_alerts(metrics, lake, by("penstock_alerts_total", "disposition"))
    print(f"\nthe lake is {lake}; try")
    for query in QUERIES:
        quoted = query.replace("'", "'\\''")
        print(f"  penstock query --lake {lake} '{quoted}'")
    print(f"  penstock incidents list --lake {lake}")
    print(f"  penstock rejects stats --lake {lake}")


def _tell_of_alerts(metrics: Metrics, lake: Path, alerts: dict[str, int]) -> None:
    """Alerts by rule, and what they add up to."""
    from penstock.store.query import query  # noqa: PLC0415  heavy

    found = query(lake, 'SELECT "rule.name" AS name, count(*) AS n FROM alerts GROUP BY 1 ORDER BY 2 DESC, 1')
    incidents = query(lake, "SELECT count(*) AS n FROM incidents")["n"][0].as_py()
    told = int(sum(metrics.sums("penstock_notices_total").values()))
    print(f"\n{sum(alerts.values()):,} alerts, {incidents:,} incidents, {told:,} notifications")
    for row in found.to_pylist():
        print(f"  {row['n']:8,}  {row['name']}")


if __name__ == "__main__":
    sys.exit(main())
