"""Real rules over real events, both ways: `PYTHONPATH=tests python -m oracle.windows RULES EVENTS.ndjson.gz`.

Every rule is asked of every event of its log sources. Prints how many (rule, event) pairs that were, how many alerts
both raise, and every difference. Exits 1 if there is one. About half an hour for 3,754 rules and 62,922 events; they
are taken in batches in no order (the same each time), so that what has been asked so far, told on stderr, is a sample.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import yaml

from oracle.fields import Event, LogSources, Undecided
from oracle.world import SlowRule, World, places_of, slow_rules
from penstock.content.sigma.documents import rule_files
from penstock.content.sigma.rule_set import RuleSet
from penstock.detecting import load_rules
from penstock.pipeline import load_catalogue, pack_folders

BATCH = 100
"""Records at a time."""

Source = tuple[tuple[str, str | None], ...]


@cache
def prepared(place: Path) -> tuple[World, RuleSet, dict[Source, list[SlowRule]]]:
    """The packs, the rules as the product has them, the rules as the oracle has them, by log source."""
    catalogue = load_catalogue()
    rules = load_rules([place], catalogue)
    usable = {r.id for r in rules.rules}
    documents: list[dict[str, Any]] = []
    for path in rule_files([place]):
        documents.extend(d for d in yaml.safe_load_all(path.read_bytes()) if d)
    by_source: dict[Source, list[SlowRule]] = {}
    for rule in slow_rules([d for d in documents if str(d.get("id")) in usable], {}):
        by_source.setdefault(tuple(rule.source.items()), []).append(rule)
    return World(pack_folders(), catalogue), rules, by_source


def run(records: list[bytes], rules: Path) -> tuple[Counter[str], list[str]]:
    """One batch: counts, and a line for each difference."""
    world, compiled, by_source = prepared(rules)
    rows, fast = world.fast(compiled, records)
    counts: Counter[str] = Counter(records=len(records), events=len(rows), fast=len(fast))
    said: list[str] = []
    for event, row in zip(world.events(rows), rows, strict=True):
        slow = _rules_that_hold(event, by_source, world.sources, counts)
        found = {rule for rule, number in fast if number == event.id}
        for rule in sorted(slow.keys() | found):
            if slow.get(rule) is not None and (rule in slow) != (rule in found):
                said.append(f"{rule}: slow {rule in slow}, fast {rule in found}: {row[:2000]}")
            elif rule not in slow:
                said.append(f"{rule}: only fast: {row[:2000]}")
        counts["slow"] += sum(v is not None for v in slow.values())
    return counts, said


def _rules_that_hold(
    event: Event, by_source: Mapping[Source, list[SlowRule]], sources: LogSources, counts: Counter[str]
) -> dict[str, str | None]:
    """Rules that hold, with the filter that silences each; None where it is left open."""
    out: dict[str, str | None] = {}
    for source, rules in by_source.items():
        if not places_of(event, sources, dict(source)):
            continue
        counts["pairs"] += len(rules)
        for rule in rules:
            try:
                verdict = rule.verdict(event, sources)
            except Undecided:
                counts["undecided"] += 1
                out[rule.id] = None
                continue
            if verdict is not None:
                out[rule.id] = verdict
    return out


def batches(path: Path, most: int | None) -> Iterator[list[bytes]]:
    """A file's lines, some at a time."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        lines = (line.rstrip(b"\r\n") for line in islice(file, most))
        while batch := list(islice(lines, BATCH)):
            yield batch


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", type=Path)
    parser.add_argument("events", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=int, help="only so many events")
    options = parser.parse_args()
    begun = time.monotonic()
    _, compiled, by_source = prepared(options.rules)
    print(f"{sum(map(len, by_source.values())):,} rules, {len(compiled.problems)} refused", flush=True)
    counts: Counter[str] = Counter()
    differences = 0
    whole = list(batches(options.events, options.most))
    Random(0).shuffle(whole)
    with ProcessPoolExecutor(options.processes) as pool:
        for found, said in pool.map(partial(run, rules=options.rules), whole):
            counts.update(found)
            so_far = f"{counts['events']:,} events, {counts['pairs']:,} pairs, {counts['fast']:,} alerts"
            print(f"{so_far}, {differences + len(said)} differences", file=sys.stderr, flush=True)
            differences += len(said)
            print(*said, sep="\n", end="\n" * bool(said), flush=True)
    names = ("records", "events", "pairs", "slow", "fast", "undecided")
    print(*(f"{n} {counts[n]:,}" for n in names), sep=", ")
    print(f"differences {differences:,} ({time.monotonic() - begun:.0f} s)")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
