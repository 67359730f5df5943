from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from penstock.store import upkeep
from penstock.store.lake import Lake
from penstock.store.query import query

WRITER = Path(__file__).with_name("writer.py")
RECORDS = 40_000
KILLS = 20


def start(root: Path, source: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(source / "src")}
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(root)], stdout=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.slow
def test_a_writer_killed_at_twenty_moments_loses_nothing_and_doubles_nothing(tmp_path: Path, root: Path):
    chance = random.Random(7)
    killed = 0
    for _ in range(4 * KILLS):
        writer = start(tmp_path, root)
        assert writer.stdout is not None
        writer.stdout.readline()  # it is at work
        time.sleep(chance.uniform(0, 0.12))
        if writer.poll() is not None:
            break
        writer.kill()
        writer.wait()
        killed += 1
        if killed == KILLS:
            break
    assert killed == KILLS
    with start(tmp_path, root) as last:
        assert last.communicate(timeout=120)[0].split()[-1] == "done"
    for table, kinds in (("events", {0, 1, 2}), ("rejects", {3})):
        ids = query(tmp_path, f'SELECT "event.id" AS id FROM {table}')["id"].to_pylist()
        assert sorted(map(int, ids)) == [p for p in range(RECORDS) if p % 7 in kinds]
    with Lake(tmp_path) as lake:
        upkeep.compact(lake, "events", fewest=2)
        upkeep.vacuum(lake, "events", hours=0)
    assert pl.scan_delta(str(tmp_path / "events")).select(pl.col("event.id").n_unique()).collect().item() == len(
        [p for p in range(RECORDS) if p % 7 in {0, 1, 2}]
    )
    on_disk = len(list((tmp_path / "events").glob("event.dataset=*/*/*.parquet")))
    assert on_disk == upkeep.size(lake)["events"].files, "vacuum leaves no orphan of a commit that never was"
