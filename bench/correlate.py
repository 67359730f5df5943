"""The correlation step: signals a second and memory, for 15 distinct source.ip per user.name in 5 minutes.

    python bench/correlate.py [--signals 10e6] [--users 1e6] [--rounds 3]
    python bench/correlate.py one --spread day --how order        one case, in this process

Signals are made a batch at a time and not timed: users and addresses drawn at random, times in order, ids random. What
is timed is `step` (processor time of this process). `spread` is over how long the signals are spread, which is what
decides how many users have some in their window; `how` is in which order they come, and what is done besides.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from penstock.columns import SLACK
from penstock.content.sigma.correlation import SECOND, Correlation, Measure, Op
from penstock.correlate.journal import delta
from penstock.correlate.memory import Memory
from penstock.correlate.signals import Signals, hashes
from penstock.correlate.snapshot import snapshot
from penstock.correlate.state import BEGINNING, State
from penstock.correlate.step import finish, step
from penstock.store.spill import FileSpill

SECRET = (0x243F6A8885A308D3, 0x13198A2E03707344)
BATCH = 50_000
START = 1_795_435_200 * SECOND
LATENESS = 5 * SECOND
SPREADS = {"day": 86_400, "hour": 3_600, "window": 250}
HOWS = {
    "order": "in order, the watermark at each batch's end",
    "late": f"shuffled within {LATENESS // SECOND} s, the watermark as far behind",
    "file": "in order, no watermark before the end",
    "mixed": "shuffled over the whole file, no watermark before the end",
    "journal": "as `order`, and a delta after each batch",
    "bound": "as `order`, 64 MiB of memory for state, the rest in files",
}


def correlation(bound: int = 15) -> Correlation:
    return Correlation(
        id="distributed-guessing", title="Distributed guessing", version="1", level="high", tags=(), rules=("failed",),
        group_by=("user.name",), measure=Measure.DISTINCT, counted=("source.ip",), timespan=300 * SECOND,
        comparisons=((Op.GTE, bound * SECOND),),
    )  # fmt: skip


class Stream:
    """Signals of `users` users over `seconds`, made a batch at a time, the same every time."""

    def __init__(self, signals: int, users: int, seconds: float, how: str) -> None:
        self.count, self.users, self.how = signals, users, how
        self.step = seconds * SECOND / signals
        names = np.frombuffer(b"".join(b"user%08d@corp" % i for i in range(users)) + bytes(SLACK), np.uint8)
        self.names, self.width = names.copy(), 17
        self.places = np.random.default_rng(7).permutation(signals) if how == "mixed" else None

    def batch(self, at: int) -> Signals:
        n = min(BATCH, self.count - at)
        draw = np.random.default_rng(at)
        numbers = np.arange(at, at + n) if self.places is None else self.places[at : at + n]
        when = START + (numbers * self.step).astype(np.int64)
        if self.how == "late":
            when += draw.integers(0, LATENESS, n)
        start = (draw.integers(0, self.users, n) * self.width).astype(np.int32)[None]
        length = np.full((1, n), self.width, np.int32)
        return Signals(
            data=self.names, key_start=start, key_length=length,
            key=hashes(self.names, start, length, SECRET),
            rule=np.zeros(n, np.int32), time=when,
            id=draw.integers(0, 1 << 64, (n, 2), np.uint64),
            value=draw.integers(0, 200_000, n).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1),
        )  # fmt: skip


def one(signals: int, users: int, spread: float, how: str, bound: int) -> dict[str, float]:
    """One case: figures."""
    c = correlation()
    stream = Stream(signals, users, spread, how)
    with tempfile.TemporaryDirectory() as folder:
        state = State(c, Memory(bound, FileSpill(Path(folder))), secret=SECRET, journal=how == "journal")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        timed, deltas, alerts, live, count = 0.0, 0, 0, 0, 0
        for at in range(-BATCH, signals, BATCH):
            batch = stream.batch(max(at, 0))
            if at < 0:  # compiles
                step(c, State(c, secret=SECRET), batch, BEGINNING)
                list(finish(c, State(c, secret=SECRET)))
                continue
            last = START + int((at + len(batch)) * stream.step)
            mark = BEGINNING if how in {"file", "mixed"} else last - 1
            begun = time.process_time()
            _, raised = step(c, state, batch, mark)
            if how == "journal":
                deltas += len(delta(state))
            timed += time.process_time() - begun
            alerts += len(raised)
            live, count = max(live, state.live), count + len(batch)
        begun = time.process_time()
        for piece in finish(c, state) if how in {"file", "mixed", "late"} else ():
            alerts += len(piece)
            live = max(live, state.live)
        timed += time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "rate": count / timed, "alerts": alerts, "live": live, "rss": peak / 1024, "before": before / 1024,
            "delta": deltas / count, "filed": state.memory.filed / (1 << 20), "spilled": state.counts.spilled,
            "recalled": state.counts.recalled, "late": state.counts.late,
        }  # fmt: skip


def groups(count: int, bound: int, twice: bool) -> dict[str, float]:
    """So many live groups, one event each (or two, the second long after the first), under a bound."""
    c = correlation()
    with tempfile.TemporaryDirectory() as folder:
        state = State(c, Memory(bound, FileSpill(Path(folder))), secret=SECRET)
        begun = time.process_time()
        timed = 0.0
        for turn in range(1 + twice):
            for at in range(0, count, BATCH):
                n = min(BATCH, count - at)
                numbers = np.arange(at, at + n, dtype=np.uint64)
                spread = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))
                key = np.stack([numbers * odd for odd in spread], axis=1)
                batch = Signals(
                    data=np.zeros(SLACK, np.uint8), key_start=np.zeros((1, n), np.int32),
                    key_length=np.zeros((1, n), np.int32), key=key, rule=np.zeros(n, np.int32),
                    time=START + turn * count + numbers.astype(np.int64), id=key, value=numbers + np.uint64(1 + turn),
                )  # fmt: skip
                begun = time.process_time()
                step(c, state, batch, int(batch.time[-1]))
                timed += time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        out = {
            "live": state.live, "rss": peak / 1024, "rate": count * (1 + twice) / timed,
            "state": state.memory.used / (1 << 20),
            "filed": state.memory.filed / (1 << 20), "spilled": state.counts.spilled, "recalled": state.counts.recalled,
        }  # fmt: skip
        if not twice and count <= 1_000_000:
            begun = time.process_time()
            out["snapshot"] = sum(map(len, snapshot(state))) / (1 << 20)
            out["snapshot_s"] = time.process_time() - begun
        return out


def elsewhere(*argv: object) -> dict[str, float]:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *map(str, argv)], check=True, capture_output=True, text=True
    )  # fmt: skip
    return json.loads(done.stdout)


def whole(signals: int, users: int, rounds: int) -> None:
    print(f"{signals:,} signals of {users:,} users, one core, median of {rounds}\n")
    print("| spread over | how they come | M signals/s | live users, most | peak MiB | alerts |")
    print("| --- | --- | --- | --- | --- | --- |")
    cases = [(s, "order") for s in SPREADS] + [("hour", h) for h in HOWS if h != "order"]
    runs: dict[tuple[str, str], list[dict[str, float]]] = {case: [] for case in cases}
    for _ in range(rounds):
        for spread, how in cases:
            told = ("--spread", spread, "--how", how, "--signals", signals, "--users", users)
            runs[spread, how].append(elsewhere("one", *told))
    for (spread, how), all_of_it in runs.items():
        last = all_of_it[-1]
        rate = median(r["rate"] for r in all_of_it) / 1e6
        more = f"; {last['delta']:.0f} bytes a signal" if how == "journal" else ""
        print(
            f"| {spread} | {HOWS[how]}{more} | {rate:.1f} | {last['live']:,.0f} | {last['rss']:.0f}"
            f" | {last['alerts']:,.0f} |"
        )
    print(
        "\n| live groups | memory for state, MiB | events each | M signals/s | peak MiB | in files, MiB"
        " | put out | came back |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for count, bound, twice in ((1_000_000, 256, 0), (10_000_000, 256, 0), (10_000_000, 256, 1), (10_000_000, 64, 1)):
        r = elsewhere("groups", "--users", count, "--bound", bound, "--twice", twice)
        print(
            f"| {r['live']:,.0f} | {bound} | {1 + twice} | {r['rate'] / 1e6:.1f} | {r['rss']:.0f} | {r['filed']:,.0f}"
            f" | {r['spilled']:,.0f} | {r['recalled']:,.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["all", "one", "groups"], default="all")
    parser.add_argument("--signals", type=float, default=10e6)
    parser.add_argument("--users", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spread", choices=SPREADS, default="hour")
    parser.add_argument("--how", choices=HOWS, default="order")
    parser.add_argument("--bound", type=int, default=0, help="MiB of memory for state")
    parser.add_argument("--twice", type=int, default=0)
    a = parser.parse_args()
    if a.what == "all":
        whole(int(a.signals), int(a.users), a.rounds)
    elif a.what == "one":
        bound = a.bound or (64 if a.how == "bound" else 512)
        print(json.dumps(one(int(a.signals), int(a.users), SPREADS[a.spread], a.how, bound << 20)))
    else:
        print(json.dumps(groups(int(a.users), (a.bound or 256) << 20, bool(a.twice))))


if __name__ == "__main__":
    main()
