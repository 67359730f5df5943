"""Kept machine code is taken as it is: nothing of Numba's compiler is made ready for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import penstock.kernels

ASKING = """\
import sys
import numpy as np
from penstock.kernels.utf8 import check_text
begin, length, out = np.array([0, 2], np.int32), np.array([2, 2], np.int32), np.zeros(2, np.uint8)
check_text(np.frombuffer(b"ok\\xff\\xff" + bytes(64), np.uint8), begin, length, out)
print(out.astype(bool).tolist(), "numba.np.linalg" in sys.modules)
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="the compiler is off")
def test_kept_code_needs_no_compiler(tmp_path):
    """The first process compiles and keeps; the second finds the same with what was kept, and less of Numba."""
    said = [
        subprocess.run(
            [sys.executable, "-c", ASKING],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["[False, True] True", "[False, True] False"]


def test_every_entry_point_is_without_numbas_runtime():
    """What is kept by Numba's own decorator counts references, and is loaded together with all of its compiler."""
    for path in Path(penstock.kernels.__file__).parent.glob("*.py"):
        assert "cache=True" not in path.read_text().replace("`cache=True`", ""), path.name
