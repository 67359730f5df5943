"""A day with attacks, and whether our rules find them: all of them, and nothing else.

    python bench/attacks.py make --out /tmp/day --events 1e6 --seed 1     day.log and truth.json
    python bench/attacks.py score --day /tmp/day [--rules rules]          penstock detect, held against the truth

The day is ordinary traffic of many products with several attacks of every kind that our rules name, and as many
controls just under each threshold, each about somebody else. truth.json lists both: kind, entity, from, to, attack or
control. The same number and seed give the same bytes. `score` exits with 1 if an attack was missed or anything else was
raised.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from attack_day.day import the_day
from attack_day.scoring import names_of, score

AFTER = "2026-11-18T00:00:00Z"
"""When the day is read: lines of syslog have no year."""


def make(out: Path, events: int, seed: int) -> None:
    """Write day.log and truth.json into a folder."""
    records, truths = the_day(events, seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / "day.log").write_text("\n".join(records) + "\n")
    (out / "truth.json").write_text(json.dumps([t.row() for t in truths], indent=1) + "\n")
    print(f"{len(records)} records, {len(truths)} stories in {out}", file=sys.stderr)


def scored(day: Path, rules: Path) -> int:
    """Run detection over a day and say what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        alerts = Path(folder) / "alerts.ndjson"
        asked = [
            "detect",
            "--rules",
            str(rules),
            "--reference-time",
            AFTER,
            "--alerts",
            str(alerts),
            str(day / "day.log"),
        ]
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "penstock", *asked], check=True)
        took = time.perf_counter() - begun
        rows = [json.loads(line) for line in alerts.read_text().splitlines()]
    held = score(rows, json.loads((day / "truth.json").read_text()), names_of([rules]))
    print("\n".join(held.lines()))
    print(f"\n{len(rows)} alerts, {took:.1f} s")
    return 0 if held.perfect else 1


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make", help="write a day")
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--events", type=float, default=1e6)
    making.add_argument("--seed", type=int, default=1)
    scoring = verbs.add_parser("score", help="detect, and hold it against the truth")
    scoring.add_argument("--day", type=Path, required=True)
    scoring.add_argument("--rules", type=Path, default=Path(__file__).parents[1] / "rules")
    given = parser.parse_args()
    if given.verb == "make":
        make(given.out, int(given.events), given.seed)
        return 0
    return scored(given.day, given.rules)


if __name__ == "__main__":
    sys.exit(main())
