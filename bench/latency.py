"""From a line written to a watched file to its row in the lake, at a tenth of full load: `latency.py [--rate 20000]`.

Lines are appended every 10 ms at the given rate, each with a number in it; when the last is in, the events table's
commits say (by the time of each commit's file in `_delta_log`) when each row became durable. Prints p50, p99, worst.
`--full LINES_PER_SECOND` sets the rate to a tenth of that; by default it is measured with `penstock parse` first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pyarrow.parquet as pq
from corpora.pools import OUTSIDE
from measure import run
from paths import HERE, SCRATCH, corpus
from programs import default_ours, fresh, ours

TICK = 0.01
NUMBER = re.compile(r"sshd\[(\d+)\]")


def lines(first: int, count: int) -> bytes:
    """Numbered sshd lines: the number is the process id, which no line repeats."""
    stamp = time.strftime("%b %e %H:%M:%S", time.gmtime())
    return "".join(
        f"{stamp} web01 sshd[{n}]: Failed password for root from {OUTSIDE[n % len(OUTSIDE)]}"
        f" port {1024 + n % 60000} ssh2\n"
        for n in range(first, first + count)
    ).encode()


def commits(table: Path) -> dict[int, float]:
    """{number of the line: when its commit's file was written}."""
    found: dict[int, float] = {}
    for log in sorted((table / "_delta_log").glob("*.json")):
        when = log.stat().st_mtime_ns / 1e9
        for action in map(json.loads, log.read_text().splitlines()):
            added = action.get("add")
            if added and added.get("dataChange", True):
                originals = (
                    pq.read_table(table / unquote(added["path"]), columns=["event.original"]).column(0).to_pylist()
                )
                for text in originals:
                    number = NUMBER.search(text or "")
                    if number:
                        found.setdefault(int(number[1]), when)
    return found


def feed(watched: Path, rate: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Append at `rate` for so long; when each line was written."""
    written: list[float] = []
    begin = time.time()
    with watched.open("ab", buffering=0) as out:
        while (now := time.time()) < begin + seconds:
            due = int((now - begin) * rate) - len(written)
            if due > 0:
                out.write(lines(len(written), due))
                written.extend([now] * due)
            time.sleep(max(TICK - (time.time() - now), 0))
    return np.asarray(written)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--penstock", default=default_ours().removesuffix(" parse"))
    parser.add_argument("--config", type=Path, default=HERE / "latency.yaml")
    parser.add_argument("--table", default="events", help="the events table's folder in the lake")
    parser.add_argument("--full", type=float, default=0, help="full load in lines a second")
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    work = fresh(SCRATCH / "latency")
    rate = given.rate
    if not rate:
        full = given.full
        if not full:
            sample = corpus("openssh", 400_000)
            full = 400_000 / run(ours(given.penstock + " parse")("openssh", sample, SCRATCH / "full"), 400_000).wall
        rate = int(full / 10)
    watched, lake = work / "auth.log", work / "lake"
    watched.touch()
    text = given.config.read_text().replace("{watch}", str(watched)).replace("{lake}", str(lake))
    (work / "penstock.yaml").write_text(text)
    with (work / "stderr").open("wb") as errors:
        service = subprocess.Popen(
            [*shlex.split(given.penstock), "run", "-c", str(work / "penstock.yaml")],
            stdout=errors,
            stderr=errors,
            cwd=work,
            env=os.environ | {"NO_COLOR": "1"},
        )
    try:
        time.sleep(5)
        if service.poll() is not None:
            raise SystemExit(
                f"penstock run ended with {service.returncode}: {(work / 'stderr').read_text(errors='replace')[-800:]}"
            )
        written = feed(watched, rate, given.seconds)
        time.sleep(3)
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    finally:
        if service.poll() is None:
            service.kill()
            service.wait()
    stored = commits(lake / given.table)
    lost = [n for n in range(len(written)) if n not in stored]
    late = np.asarray(
        [stored[n] - written[n] for n in range(len(written)) if n in stored and n > rate]
    )  # the first second warms up
    if not len(late):
        raise SystemExit(f"latency: no rows in {lake / given.table}")
    p50, p99 = np.percentile(late, [50, 99])
    print(
        f"latency: {rate} lines/s: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (bound 1000),"
        f" worst {late.max() * 1000:.0f} ms, {len(lost)} of {len(written)} not stored"
    )
    sys.exit(p99 >= 1 or bool(lost))


if __name__ == "__main__":
    main()
