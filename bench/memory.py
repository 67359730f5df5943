"""Peak memory while bytes stream in: `memory.py [--sizes 1GiB,10GiB] [--ours "penstock parse"] [--bound 600]`.

A cached corpus is fed to the program's stdin round and round (times repeat, which costs nothing) until so many bytes
have gone in; the peak is the kernel's own high-water mark (VmHWM) of the process and its children.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).parent))

from generate import size
from paths import corpus
from programs import default_ours


def high_water(pid: int) -> float:
    """MiB at most held so far by the process and its children, 0 if gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    return own + sum(high_water(int(child)) for child in children)


def stream(command: str, name: str, total: int, cores: str = "0,1", lines: int = 200_000) -> tuple[float, float]:
    """(peak MiB, seconds) of the program over `total` bytes of the corpus on its stdin."""
    source = corpus(name, lines)
    peak, done = [0.0], Event()
    begin = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", cores, *shlex.split(command), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], high_water(process.pid))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    left = total
    assert process.stdin is not None
    try:
        while left > 0:
            with source.open("rb") as f:
                while left > 0 and (piece := f.read(1 << 20) + f.readline()):  # whole lines: the end is no half record
                    process.stdin.write(piece)
                    left -= len(piece)
        process.stdin.close()
        code = process.wait()
    finally:
        done.set()
        if process.poll() is None:
            process.kill()
            process.wait()
    if code:
        raise SystemExit(f"{command} ended with {code}")
    return peak[0], time.perf_counter() - begin


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1GiB,10GiB")
    parser.add_argument("--name", default="mixed")
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--bound", type=float, default=600)
    given = parser.parse_args()
    peaks = []
    for wanted in given.sizes.split(","):
        peak, seconds = stream(given.ours, given.name, size(wanted))
        peaks.append(peak)
        print(
            f"memory: {wanted} of {given.name}: peak {peak:.0f} MiB (bound {given.bound:.0f}), {seconds:.1f} s",
            flush=True,
        )
    sys.exit(max(peaks) > given.bound)


if __name__ == "__main__":
    main()
