"""What every test may use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from receivers import Hooks

ROOT = Path(__file__).resolve().parents[1]

# The first example of a kernel's test compiles it: no deadline. HYPOTHESIS_PROFILE=many looks longer.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", settings.get_profile("default"), max_examples=8)
settings.register_profile("many", settings.get_profile("default"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture
def penstock(tmp_path: Path) -> Run:
    """`penstock("parse", "-", stdin=b"…")` runs the command in a process of its own, in an empty folder."""

    def run(
        *args: str | Path, stdin: bytes = b"", timeout: float = 120, **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "penstock.cli.main", *map(str, args)],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            timeout=timeout,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **env},
        )

    return run


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    made = Hooks()
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests last, so that what is wrong is seen early; else as they stand."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
