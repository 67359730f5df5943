"""The kernels' tests, once more with Numba's compiler off: plain Python sees every index out of bounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="the compiler is off already")
def test_kernels_agree_with_their_twins_in_plain_python(root: Path) -> None:
    here = Path(__file__)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "not compiled",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            here.parent,
            f"--ignore={here}",
        ],
        cwd=root,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "HYPOTHESIS_PROFILE": "few", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
