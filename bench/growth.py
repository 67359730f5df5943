"""Does ten times the input take ten times the time? And what do 200 packs more cost?

    python bench/growth.py [--name mixed] [--lines 100000] [--ours "penstock parse"]

Both figures are net of start-up, the least of three interleaved runs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import Taken, run
from paths import SCRATCH, corpus, first_line
from programs import default_ours, fresh, ours
from variants import write as write_variants


def least(command: str, files: list[Path], lines: list[int], rounds: int, core: str) -> list[Taken]:
    """The least time over each file, net of start-up."""
    program = ours(command)
    work = SCRATCH / "growth"
    best: list[Taken] = []
    start = min(
        (run(program("", first_line(files[0]), work), 1, core) for _ in range(rounds + 1)), key=lambda t: t.wall
    )
    for file, n in zip(files, lines, strict=True):
        best.append(
            min((run(program("", file, work), n, core) for _ in range(rounds)), key=lambda t: t.wall).net(start)
        )
    return best


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="mixed")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", default="0")
    parser.add_argument("--ours", default=default_ours())
    given = parser.parse_args()
    few, many = corpus(given.name, given.lines), corpus(given.name, given.lines * 10)
    small, large = least(given.ours, [few, many], [given.lines, given.lines * 10], given.rounds, given.core)
    bytes_ratio = many.stat().st_size / few.stat().st_size
    grown = large.wall / small.wall / bytes_ratio
    by_cpu = large.cpu / small.cpu / bytes_ratio
    print(
        f"growth: ten times the input takes {grown * 10:.2f} times the time"
        f" ({by_cpu * 10:.2f} by cpu; wanted 8.5 to 11.5)"
    )
    fine = any(0.85 <= g <= 1.15 for g in (grown, by_cpu))
    variants = fresh(SCRATCH / "variants")
    write_variants(variants)
    (base,) = least(given.ours, [few], [given.lines], given.rounds, given.core)
    (more,) = least(f"{given.ours} --packs {variants}", [few], [given.lines], given.rounds, given.core)
    slower = more.wall / base.wall
    print(
        f"packs: 200 more make mixed parsing {slower:.2f} times as long ({more.cpu / base.cpu:.2f} by cpu; bound 1.3)"
    )
    fine = fine and min(slower, more.cpu / base.cpu) < 1.3
    sys.exit(not fine)


if __name__ == "__main__":
    main()
