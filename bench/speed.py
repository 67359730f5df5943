"""Side by side: lines per second of every program over every corpus, one core, in the same run, and the ratios.

    python bench/speed.py [--ours "penstock parse"] [--corpora openssh,asa] [--rounds 3] [--scale 1] [--lake] [--two]

Rounds are interleaved (each program once, then each again), every figure is the median of the rounds, net of the time
the same program takes for a single line. `wall` is what a user waits; `cpu` is lines per second of processor time,
which stays true when something else runs on the machine. Ratios are given for both.
Results go to bench/results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow.parquet as pq
from measure import FailedError, Taken, run
from paths import HERE, SCRATCH, corpus, first_line
from programs import Program, default_ours, ours, ours_lake, peers

LINES = {
    "openssh": 600_000,
    "asa": 500_000,
    "apache": 400_000,
    "cef": 200_000,
    "cloudtrail": 150_000,
    "windows": 100_000,
    "mixed": 300_000,
}
C_PEERS = ("rsyslog", "rsyslog + original", "syslog-ng")

Figures = dict[str, dict[str, float]]
"""{program: {"wall": lines/s, "cpu": lines per cpu second, "rss": MiB, "start": seconds}}"""


def race(name: str, programs: dict[str, tuple[Program, str, bool]], lines: int, rounds: int) -> Figures:
    """Run them all over one corpus. A program is (how, cores, whether its lines are counted)."""
    source = corpus(name, lines)
    one = first_line(source)
    starts: dict[str, list[Taken]] = defaultdict(list)
    runs: dict[str, list[Taken]] = defaultdict(list)
    failed: set[str] = set()
    for turn in range(rounds + 1):  # the first turn warms caches and is not counted
        for label, (program, cores, counted) in programs.items():
            if label in failed:
                continue
            work = SCRATCH / label.replace(" ", "_").replace(",", "")
            try:
                start = run(program(name, one, work), 1 if counted else None, cores)
                whole = run(program(name, source, work), lines if counted else None, cores) if turn else start
                if not counted and turn:
                    _check_lake(work / "lake", lines)
            except (FailedError, OSError) as why:
                print(f"  {name} {label}: {why}", file=sys.stderr)
                failed.add(label)
                continue
            if turn:
                starts[label].append(start)
                runs[label].append(whole)
    found: Figures = {}
    for label, taken in runs.items():
        if label in failed:
            continue
        idle = Taken(median(s.wall for s in starts[label]), median(s.cpu for s in starts[label]), 0, 1)
        net = [t.net(idle) for t in taken]
        found[label] = {
            "wall": lines / median(t.wall for t in net),
            "cpu": lines / median(t.cpu for t in net),
            "rss": max(t.rss for t in taken),
            "start": idle.wall,
        }
    return found


def _check_lake(lake: Path, lines: int) -> None:
    """All rows are there (a reject is no row: the corpora have none that must be refused)."""
    rows = sum(pq.ParquetFile(file).metadata.num_rows for file in lake.rglob("*.parquet"))
    if rows != lines:
        raise FailedError(f"{lake}: {lines} rows wanted, {rows} found")


def ratios(figures: Figures) -> dict[str, float]:
    """Ours against the best C peer and against the tuned Python, by wall and by cpu."""
    found: dict[str, float] = {}
    mine = figures.get("penstock")
    if mine is None:
        return found
    for by in ("wall", "cpu"):
        rivals = [figures[p][by] for p in C_PEERS if p in figures]
        same = [figures[p][by] for p in ("rsyslog + original",) if p in figures]
        if rivals:
            found[f"best C peer, {by}"] = mine[by] / max(rivals)
        if same:
            found[f"C peer that keeps the line, {by}"] = mine[by] / max(same)
        if "tuned Python" in figures:
            found[f"tuned Python, {by}"] = mine[by] / figures["tuned Python"][by]
    if "penstock, two cores" in figures:
        found["two cores, wall"] = figures["penstock, two cores"]["wall"] / mine["wall"]
    if "penstock to the lake" in figures and rivals:
        found["lake to best C peer, cpu"] = figures["penstock to the lake"]["cpu"] / max(rivals)
        found["lake to best C peer, wall"] = figures["penstock to the lake"]["wall"] / max(
            figures[p]["wall"] for p in C_PEERS if p in figures
        )
    return found


def table(results: dict[str, Figures]) -> str:
    """The figures as Markdown."""
    programs = list(dict.fromkeys(p for figures in results.values() for p in figures))
    head = ["corpus", *programs, "ours / best C", "ours / C keeping the line", "ours / Python"]
    rows = []
    for name, figures in results.items():
        ratio = ratios(figures)
        cells = [
            f"{figures[p]['wall'] / 1000:,.0f}k ({figures[p]['cpu'] / 1000:,.0f}k)" if p in figures else "–"
            for p in programs
        ]
        for against in ("best C peer", "C peer that keeps the line", "tuned Python"):
            both = [ratio.get(f"{against}, {by}") for by in ("wall", "cpu")]
            cells.append(f"{both[0]:.2f} ({both[1]:.2f})" if both[0] and both[1] else "–")
        rows.append([name, *cells])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(r) + " |" for r in rows)])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--ours", default=default_ours(), help="our command, to which the file is appended (empty: leave us out)"
    )
    parser.add_argument("--corpora", default=",".join(LINES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of lines")
    parser.add_argument("--core", default="0")
    parser.add_argument("--lake", action="store_true", help="a row for Parquet output too")
    parser.add_argument("--two", action="store_true", help="a row for two cores too")
    parser.add_argument("--only", default="", help="only programs whose name contains this")
    given = parser.parse_args()
    results: dict[str, Figures] = {}
    for name in given.corpora.split(","):
        programs: dict[str, tuple[Program, str, bool]] = {}
        if given.ours:
            programs["penstock"] = (ours(given.ours), given.core, True)
            if given.two and (os.cpu_count() or 1) > 1:
                programs["penstock, two cores"] = (ours(given.ours), "0,1", True)
            if given.lake:
                programs["penstock to the lake"] = (ours_lake(given.ours), given.core, False)
        programs |= {label: (program, given.core, True) for label, program in peers(name).items()}
        programs = {label: p for label, p in programs.items() if given.only in label}
        results[name] = race(name, programs, max(int(LINES[name] * given.scale), 1000), given.rounds)
        print(table({name: results[name]}), file=sys.stderr)
    print("Lines a second, one core, net of start-up: by the clock (in brackets: by processor time).\n")
    print(table(results))
    kept = {name: {"lines_per_second": figures, "ratios": ratios(figures)} for name, figures in results.items()}
    (HERE / "results.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
