"""Run one program over one file on chosen cores; say how long it took, what it used and how many lines came out.

A program that ends by itself is timed to its exit. A daemon is timed until its output has all the lines, and then
told to stop. `net` subtracts what the same program takes for a single line: what is left is the work.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

POLL = 0.004
"""Seconds between looks at a daemon's output."""


class FailedError(Exception):
    """A program ended badly, or without giving all lines."""


@dataclass(frozen=True)
class Job:
    """One run to make. `out` is where its lines go; `stdout` if the program writes them there itself."""

    argv: Sequence[str]
    out: Path
    stays: bool = False
    to_stdout: bool = False
    env: dict[str, str] = field(default_factory=dict)
    stdin: Path | None = None


@dataclass(frozen=True)
class Taken:
    """wall and cpu in seconds, rss in MiB (the largest the process was), lines of output."""

    wall: float
    cpu: float
    rss: float
    lines: int

    def net(self, start: Taken) -> Taken:
        """Without start-up. Never below a millisecond."""
        return Taken(max(self.wall - start.wall, 1e-3), max(self.cpu - start.cpu, 1e-3), self.rss, self.lines)


def count_lines(file: Path) -> int:
    """Line ends in a file."""
    with file.open("rb") as f:
        return sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 22), b""))


@contextlib.contextmanager
def started(job: Job, cores: str, limit: float) -> Iterator[subprocess.Popen[bytes]]:
    """The process, in a group of its own which is killed at the end or after `limit` seconds."""
    job.out.parent.mkdir(parents=True, exist_ok=True)
    job.out.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        stdout = stack.enter_context(job.out.open("wb")) if job.to_stdout else subprocess.DEVNULL
        stdin = stack.enter_context(job.stdin.open("rb")) if job.stdin else subprocess.DEVNULL
        errors = stack.enter_context(job.out.with_suffix(".stderr").open("wb"))
        process = subprocess.Popen(
            ["taskset", "-c", cores, *job.argv],
            stdin=stdin, stdout=stdout, stderr=errors, env=os.environ | job.env, start_new_session=True,
        )  # fmt: skip

        def kill() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        timer = Timer(limit, kill)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            if process.returncode is None:
                kill()
                process.wait()


def run(job: Job, lines: int | None, cores: str = "0", limit: float = 300) -> Taken:
    """Run it. `lines` is how many must come out (None: do not count). Raises `FailedError`."""
    begin = time.perf_counter()
    with started(job, cores, limit) as process:
        seen = 0
        if job.stays:
            seen = _follow(job.out, process, lines or 0, begin + limit)
            wall = time.perf_counter() - begin
            process.send_signal(signal.SIGTERM)
        _, status, used = os.wait4(process.pid, 0)
        if not job.stays:
            wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if not job.stays:
        seen = count_lines(job.out) if lines is not None else 0
        if process.returncode:
            told = job.out.with_suffix(".stderr").read_text(errors="replace")[-800:]
            raise FailedError(f"{' '.join(job.argv)} ended with {process.returncode}: {told}")
    if lines is not None and seen != lines:
        raise FailedError(f"{' '.join(job.argv)}: {lines} lines wanted, {seen} came out")
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, seen)


def _follow(out: Path, process: subprocess.Popen[bytes], lines: int, until: float) -> int:
    """Count lines as they appear, until there are enough, the daemon died or the time is up."""
    while not out.exists() and time.perf_counter() < until and _alive(process):
        time.sleep(POLL)
    seen = 0
    if not out.exists():
        return seen
    with out.open("rb", buffering=0) as f:
        while seen < lines and time.perf_counter() < until:
            block = f.read(1 << 22)
            seen += block.count(b"\n")
            if not block:
                if not _alive(process):
                    break
                time.sleep(POLL)
    return seen


def _alive(process: subprocess.Popen[bytes]) -> bool:
    """Whether it runs (it is not reaped here: its resource usage is wanted)."""
    try:
        state = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
