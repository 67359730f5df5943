"""The service as a process, and lines that it reads."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.store.query import query

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """`penstock run` in a folder."""

    def __init__(self, folder: Path, stdin: int | None = None, **environment: str) -> None:
        self.folder = folder
        self._said = folder / "stderr"
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "penstock.cli.main", "run"],
                cwd=folder,
                stdin=stdin or subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
            )

    def said(self) -> str:
        return self._said.read_text(errors="replace")

    def until(self, true: Callable[[], object], seconds: float = 200) -> None:
        """Wait until something is true, or it is clear that it never will be."""
        end = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said()}"
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def until_said(self, words: str) -> None:
        self.until(lambda: words in self.said())

    def get(self, path: str, token: str | None = None) -> tuple[int, str]:
        found = re.findall(r"http://[\d.:]+", self.said())
        request = urllib.request.Request(found[-1] + path)
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        """The sum over all labels."""
        text = self.get("/metrics")[1]
        return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))

    def stop(self, how: int = signal.SIGTERM, seconds: float = 60) -> int:
        self.process.send_signal(how)
        return self.process.wait(seconds)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`serve("yaml text")` starts the service in an empty folder and waits until it is ready."""
    started: list[Running] = []

    def start(text: str | None = None, *, ready: bool = True, stdin: int | None = None, **environment: str) -> Running:
        if text is not None:
            (tmp_path / "penstock.yaml").write_text(text)
        (tmp_path / "stderr").write_bytes(b"")
        running = Running(tmp_path, stdin, **environment)
        started.append(running)
        if ready:
            running.until_said("ready: ")
        return running

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def _numbered(first: int, count: int) -> bytes:
    return b"".join(
        b"Nov 23 10:%02d:%02d web1 sshd[%d]: Failed password for root from 203.0.113.7 port 40222 ssh2\n"
        % (n // 60 % 60, n % 60, n + 1)
        for n in range(first, first + count)
    )


@pytest.fixture(scope="session")
def numbered():
    """`numbered(first, count)`: syslog lines, each with its own number as process id."""
    return _numbered


@pytest.fixture(scope="session")
def stored():
    """`stored(lake)`: every stored record's text, events and rejects, sorted."""

    def ask(lake: Path) -> list[str]:
        sql = 'SELECT "event.original" AS o FROM events UNION ALL SELECT "event.original" FROM rejects ORDER BY 1'
        found: list[str] = query(lake, sql)["o"].to_pylist()
        return found

    return ask
