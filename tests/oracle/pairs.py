"""Generated rules against generated events, both ways: `PYTHONPATH=tests python -m oracle.pairs --pairs 200000`.

Prints how many (rule, event) pairs were asked, how often a rule held, by the modifiers of the rules that are one test
alone, and every difference with what is needed to see it again. Exits 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

from oracle.generator import Case, Generator, Rule
from oracle.world import World, settled, write_packs

RULES, EVENTS = 6, 36
CHUNK = 16
"""Cases that a process makes at a time."""


def case_of(seed: int) -> Case:
    """The case of this number."""
    return Generator(Random(seed)).case(RULES, EVENTS)


def run(seeds: range, root: Path) -> tuple[Counter[str], list[str]]:
    """These cases: counts, and a line for each difference."""
    world = World.of(root)
    counts: Counter[str] = Counter()
    said: list[str] = []
    for seed in seeds:
        case = case_of(seed)
        out, slow = settled(world, case)
        counts.update(cases=1, rules=len(slow), pairs=out.pairs, held=out.held, silenced=out.silenced)
        counts.update(undecided=out.undecided, differences=len(out.differences))
        for rule in case.rules:
            asked, held = out.by_rule.get(rule.document["id"], (0, 0))
            if (name := alone(rule)) and asked:
                counts.update({f"alone {name} held": held, f"alone {name} not": asked - held})
        said.extend(f"seed {seed}: {d}" for d in out.differences)
    return counts, said


def alone(rule: Rule) -> str:
    """The modifiers of a rule that is nothing but one test; empty if it is more."""
    items = rule.items
    if len(items) != 1 or rule.document["detection"]["condition"] != "sel":
        return ""
    [item] = items
    values = item.values if isinstance(item.values, list) else [item.values]
    plain = "/".join(sorted({type(v).__name__ for v in values}))
    return ("keyword " if item.field is None else "") + (plain if item.kind == "plain" else item.kind)


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--first", type=int, default=0, help="the first case's number")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", type=int, metavar="CASE", help="print a case's rules and records")
    options = parser.parse_args()
    if options.show is not None:
        case = case_of(options.show)
        print(*(json.dumps(d, ensure_ascii=False) for d in case.documents), *case.records, sep="\n")
        return 0
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.processes) as pool:
        root = write_packs(Path(folder))
        at = options.first
        while counts["pairs"] < options.pairs:
            chunks = [range(at + k * CHUNK, at + (k + 1) * CHUNK) for k in range(options.processes)]
            at = chunks[-1].stop
            for found, said in pool.map(partial(run, root=root), chunks):
                counts.update(found)
                print(*said, sep="\n", end="\n" * bool(said), flush=True)
    for name in sorted({n.rsplit(" ", 1)[0] for n in counts if n.startswith("alone ")}):
        print(f"{name:48} held {counts[f'{name} held']:6,}  not {counts[f'{name} not']:7,}")
    print(*(f"{n} {counts[n]:,}" for n in ("cases", "rules", "pairs", "held", "silenced", "undecided")), sep=", ")
    print(
        f"differences {counts['differences']:,} ({time.monotonic() - begun:.0f} s, cases {options.first} to {at - 1})"
    )
    return 1 if counts["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
