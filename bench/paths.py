"""Where the benchmarks keep things: corpora and unpacked peers in a cache, outputs in memory."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate import chunks

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penstock-bench"
SCRATCH = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp") / f"penstock-bench-{os.getuid()}"


def corpus(name: str, lines: int, seed: int = 1) -> Path:
    """The corpus as a file, made once for each version of the generators."""
    digest = sha256()
    for file in sorted((HERE / "corpora").glob("*.py")):
        digest.update(file.read_bytes())
    made = CACHE / "corpora" / f"{name}-{lines}-{seed}-{digest.hexdigest()[:10]}.log"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        part = made.with_suffix(f".{os.getpid()}")
        with part.open("wb") as out:
            out.writelines(chunks(name, lines, seed))
        part.rename(made)
    return made


def first_line(file: Path) -> Path:
    """A file of the first line alone, to measure start-up with."""
    made = file.with_suffix(".one")
    if not made.exists():
        with file.open("rb") as lines:
            made.write_bytes(lines.readline())
    return made
