"""All benchmarks, small, in under fifteen minutes: what `make bench` runs. `run.py [--ours "penstock parse"] [--full]`.

Prints Markdown; each part is a script of its own with more to set. `--full` takes the sizes of the acceptance
(10 GiB of memory streaming, a million lines with rubbish): about an hour. Exits 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from paths import HERE
from peers.install import rsyslog, syslog_ng
from programs import default_ours


def machine() -> str:
    """One line that says what ran."""
    text = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")),
        "unknown processor",
    )
    return f"{model}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.2f}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="", help="comma-separated parts")
    given = parser.parse_args()
    full = given.full
    parts: dict[str, list[str]] = {
        "speed": [
            "speed.py",
            "--rounds",
            "5" if full else "3",
            "--scale",
            "1" if full else "0.5",
            "--lake",
            "--two",
            "--ours",
            given.ours,
        ],
        "start": ["start.py", "--ours", given.ours],
        "growth": ["growth.py", "--lines", "200000" if full else "30000", "--ours", given.ours],
        "memory": ["memory.py", "--sizes", "1GiB,10GiB" if full else "256MiB,1GiB", "--ours", given.ours],
        "rubbish": ["rubbish.py", "run", "--lines", "1000000" if full else "200000", "--ours", given.ours],
        "bombs": ["bombs.py", "run", "--size", "10GiB" if full else "2GiB", "--ours", given.ours],
        "determinism": ["determinism.py", "--lines", "200000" if full else "30000", "--ours", given.ours],
        "latency": ["latency.py", "--penstock", given.ours.removesuffix(" parse"), "--seconds", "60" if full else "15"],
    }
    if given.only:
        parts = {name: parts[name] for name in given.only.split(",")}
    print(f"# Benchmarks\n\n{machine()}\n")
    if not rsyslog() or not syslog_ng():
        print("rsyslog or syslog-ng could not be had here (apt and root are needed): their columns are missing.\n")
    missed = []
    for name, argv in parts.items():
        print(f"## {name}\n", flush=True)
        begin = time.perf_counter()
        code = subprocess.run(  # noqa: PLW1510 - its code is looked at
            [sys.executable, str(HERE / argv[0]), *argv[1:]], stderr=None if full else subprocess.DEVNULL
        ).returncode
        print(f"\n({time.perf_counter() - begin:.0f} s{'' if code == 0 else ', bound missed or failed'})\n", flush=True)
        if code:
            missed.append(name)
    if missed:
        print("Missed or failed: " + ", ".join(missed))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
