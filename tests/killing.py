"""The service as a process that is to be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


def start(folder: Path, root: Path) -> subprocess.Popen[bytes]:
    with (folder / "stderr").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "penstock.cli.main", "run"],
            cwd=folder,
            stderr=said,
            env={**os.environ, "PYTHONPATH": str(root / "src")},
        )


def ready(folder: Path, times: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 200
    while (folder / "stderr").read_text().count("ready: ") < times:
        assert process.poll() is None, (folder / "stderr").read_text()
        assert time.monotonic() < end
        time.sleep(0.02)
