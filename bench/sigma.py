"""Detection and correlation beside RSigma: the same rules, the same events, one core each, net of loading.

    python bench/sigma.py detect EVENTS.ndjson --rules DIR [--rules DIR] [--rounds 3] [--option=--bloom-prefilter …]
    python bench/sigma.py growth EVENTS.ndjson --rules DIR [--rules DIR] [--rounds 3]
    python bench/sigma.py load --rules DIR [--rules DIR] [--rounds 3]
    python bench/sigma.py correlate [--events 1e6] [--users 1e5] [--rounds 3] [--stored]

Each program is a process that reads NDJSON lines and writes alerts to a file; what is compared is its processor time
(user and system), the least of all rounds, less that of the same process with the first 200. RSigma 0.23.0:
`cargo install --locked rsigma --version 0.23.0`. `detect --theirs FILE`: the same events as RSigma reads them
(`sigma_events.py` makes such). `growth`: ours alone, all rules and every tenth of their files. `load`: ours alone, with
no rules kept and with all kept, imports aside. `correlate` makes authentication events of its own: 15 distinct
source.ip per user.name in 5 minutes; with `--stored` they are put into a lake too, and `penstock replay` is timed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

FEW = 200
"""Events of the run that stands for loading: what is read or compiled when it is first needed belongs there."""

RULE = """\
title: Sign-in failed
id: 6a1f3f2e-6f0a-4b39-9d53-000000000001
name: sign_in_failed
status: stable
logsource: {product: ecs}
detection: {selection: {event.action: sign-in, event.outcome: failure}, condition: selection}
level: informational
---
title: Distributed guessing
id: 6a1f3f2e-6f0a-4b39-9d53-000000000002
status: stable
correlation:
  type: value_count
  rules: [6a1f3f2e-6f0a-4b39-9d53-000000000001]
  group-by: [user.name]
  timespan: 5m
  condition: {field: source.ip, gte: 15}
level: high
"""


def processor_time(command: Sequence[str], out: Path) -> float:
    """Seconds of user and system time."""
    with out.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command[0]} failed: {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def ours(rules: Sequence[str], events: Path) -> list[str]:
    named = [part for rule in rules for part in ("--rules", rule)]
    return [sys.executable, "-m", "penstock", "detect", *named, "--threads", "1", str(events)]


def theirs(rules: Sequence[str], events: Path, options: Sequence[str]) -> list[str]:
    named = [part for rule in rules for part in ("-r", rule)]
    return ["rsigma", "engine", "eval", *named, "-e", f"@{events}", "--output-format", "ndjson", "-q", *options]


YAML = """\
lake: lake
reference_time: 2026-11-24
sources:
  all: {{type: file, path: {events}, once: true, settle: 0}}
"""


def lake_of(events: Path, folder: Path) -> Path:
    """A lake of these events, as the service makes it."""
    folder.mkdir()
    (folder / "penstock.yaml").write_text(YAML.format(events=events))
    subprocess.run([sys.executable, "-m", "penstock", "run"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return folder / "lake"


def replayed(rules: Sequence[str], lake: Path) -> list[str]:
    named = [part for rule in rules for part in ("--rules", rule)]
    span = ["--from", "2026-11-23", "--to", "2026-11-25"]
    return [sys.executable, "-m", "penstock", "replay", *named, *span, "--lake", str(lake)]


def first_of(events: Path, out: Path) -> Path:
    """The first few events."""
    with events.open("rb") as file:
        out.write_bytes(b"".join(islice(file, FEW)))
    return out


def lines_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def compare(
    rules: Sequence[str],
    events: Path,
    rounds: int,
    options: Sequence[str],
    other: Path | None = None,
    *,
    stored: bool = False,
) -> None:
    """Both, in turns; the ratio at the end. other: the same events for RSigma. stored: from a lake too."""
    other = other or events
    with tempfile.TemporaryDirectory() as folder:
        one, few = first_of(events, Path(folder) / "one.ndjson"), first_of(other, Path(folder) / "few.ndjson")
        programs = [
            ("penstock, load", ours(rules, one)),
            ("penstock", ours(rules, events)),
            ("rsigma, load", theirs(rules, few, options)),
            ("rsigma", theirs(rules, other, options)),
        ]
        if stored:
            lakes = [lake_of(e, Path(folder) / f"lake-of-{e.stem}") for e in (one, events)]
            programs += [("replay, load", replayed(rules, lakes[0])), ("replay", replayed(rules, lakes[1]))]
        least: dict[str, float] = {}
        alerts = {}
        for _ in range(rounds):
            for name, command in programs:
                out = Path(folder) / "out.ndjson"
                took = processor_time(command, out)
                least[name] = min(took, least.get(name, took))
                alerts[name] = lines_of(out)
    lines = lines_of(events)
    net = {name: least[name] - least[f"{name}, load"] for name in ("penstock", "rsigma", "replay") if name in least}
    for name, took in net.items():
        each, load = took / lines * 1e6, least[f"{name}, load"]
        print(f"{name:10}{each:8.2f} us an event, load {load:.2f} s, {alerts[name]:,} alerts")
    print(f"{lines:,} events: penstock takes 1/{net['rsigma'] / net['penstock']:.1f} of RSigma's processor time")
    if stored:
        print(f"from stored columns 1/{net['rsigma'] / net['replay']:.1f}")


def growth(rules: Sequence[str], events: Path, rounds: int) -> None:
    """Microseconds an event, net of loading, by every tenth of the rules and by all."""
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(f for rule in rules for f in Path(rule).rglob("*.yml"))
        some = Path(folder) / "rules"
        some.mkdir()
        for i, file in enumerate(files[::10]):
            (some / f"{i:05}.yml").write_bytes(file.read_bytes())
        one, out = first_of(events, Path(folder) / "one.ndjson"), Path(folder) / "out.ndjson"
        least: dict[str, float] = {}
        for _ in range(rounds):
            for name, places in (("a tenth", [str(some)]), ("all", list(rules))):
                if name not in least:
                    processor_time(ours(places, one), out)  # the rules are compiled and kept
                loading = processor_time(ours(places, one), out)
                took = processor_time(ours(places, events), out) - loading
                least[name] = min(took, least.get(name, took))
    lines = lines_of(events)
    for name, took in least.items():
        print(f"{name:8}{took / lines * 1e6:8.2f} us an event")
    print(f"all of {len(files):,} rules cost {least['all'] / least['a tenth']:.2f} times what a tenth of them does")


LOADING = """\
import resource, sys, time
from pathlib import Path
import penstock.cli.detect, penstock.stages.detect, penstock.content.sigma.reading
from penstock.detecting import detection, load_rules
from penstock.pipeline import load_catalogue
before = time.process_time()
catalogue = load_catalogue()
rules = load_rules([Path(p) for p in sys.argv[1:]], catalogue)
detection(catalogue, rules)
took = time.process_time() - before
print(before, took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(rules.rules))
"""


def load(rules: Sequence[str], rounds: int) -> None:
    """Seconds of loading the packs and rules, imports aside; peak memory."""
    import penstock.kernels  # noqa: F401, PLC0415  says where what is compiled is kept

    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    for name in ("nothing kept", "kept"):
        found = []
        for _ in range(rounds):
            if name == "nothing kept":
                for kept in folder.glob("rules/*.pickle"):
                    kept.unlink()
            said = subprocess.run([sys.executable, "-c", LOADING, *rules], capture_output=True, text=True, check=True)
            found.append([float(part) for part in said.stdout.split()])
        imports, took, memory, many = min(found, key=lambda f: f[1])
        print(f"{name:13}{took:6.2f} s for {many:,.0f} rules, {imports:.2f} s of imports before, {memory:.0f} MiB")


def sign_ins(path: Path, events: int, users: int) -> None:
    """Failures and successes of many users over a day, in order; one user in a thousand is guessed at, one by one."""
    chance = random.Random(20261123)
    guessed = max(1, users // 1000)
    with path.open("w") as file:
        for i in range(events):
            second, micro = divmod(i * 86_400_000_000 // events, 1_000_000)
            hour, rest = divmod(second, 3600)
            user = chance.randrange(users) if chance.random() < 0.98 else i * guessed // events
            outcome = "failure" if chance.random() < 0.7 else "success"
            a, b, c = chance.randrange(256), chance.randrange(256), chance.randrange(256)
            file.write(
                f'{{"@timestamp":"2026-11-23T{hour:02}:{rest // 60:02}:{rest % 60:02}.{micro:06}Z",'
                f'"event.action":"sign-in","event.outcome":"{outcome}","event.category":["authentication"],'
                f'"user.name":"user{user}","source.ip":"10.{a}.{b}.{c}","host.name":"idp1"}}\n'
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="what", required=True)
    for name in ("detect", "growth", "load", "correlate"):
        verb = verbs.add_parser(name)
        verb.add_argument("--rounds", type=int, default=3)
        verb.add_argument("--option", action="append", default=[], help="a further option of RSigma's")
        if name != "correlate":
            verb.add_argument("--rules", action="append", required=True)
        if name in ("detect", "growth"):
            verb.add_argument("events", type=Path)
        if name == "detect":
            verb.add_argument("--theirs", type=Path, help="the same events as RSigma reads them")
        if name == "correlate":
            verb.add_argument("--events", type=float, default=1e6)
            verb.add_argument("--users", type=float, default=1e5)
            verb.add_argument("--stored", action="store_true", help="from a lake too")
    options = parser.parse_args()
    if options.what == "detect":
        compare(options.rules, options.events, options.rounds, options.option, options.theirs)
        return
    if options.what == "growth":
        growth(options.rules, options.events, options.rounds)
        return
    if options.what == "load":
        load(options.rules, options.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        events, rule = Path(folder) / "events.ndjson", Path(folder) / "rule.yml"
        sign_ins(events, int(options.events), int(options.users))
        rule.write_text(RULE)
        fair = ["--no-detections", "--input-format", "json", "--action", "reset", *options.option]
        compare([str(rule)], events, options.rounds, fair, stored=options.stored)


if __name__ == "__main__":
    main()
