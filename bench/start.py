"""How long one line takes, start-up and all (bound: 1 s once compiled).

python bench/start.py [--ours "penstock parse"] [--cold]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from generate import CORPORA
from measure import run
from paths import SCRATCH, corpus, first_line
from programs import default_ours, ours


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cold", action="store_true", help="also with an empty kernel cache (NUMBA_CACHE_DIR)")
    given = parser.parse_args()
    program = ours(given.ours)
    worst = 0.0
    for name in CORPORA:
        job = program(name, first_line(corpus(name, 1000)), SCRATCH / "start")
        run(job, 1)
        took = median(run(job, 1).wall for _ in range(given.rounds))
        worst = max(worst, took)
        print(f"start: one line of {name}: {took:.2f} s", flush=True)
    if given.cold:
        with tempfile.TemporaryDirectory() as empty:
            job = program("mixed", first_line(corpus("mixed", 1000)), SCRATCH / "start")
            took = run(replace(job, env={"NUMBA_CACHE_DIR": empty}), 1, "0,1", 900).wall
            print(f"start: first ever, compiling: {took:.1f} s")
    sys.exit(worst >= 1)


if __name__ == "__main__":
    main()
