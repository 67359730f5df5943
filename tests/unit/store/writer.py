"""A process that writes a stream of 40,000 records to a lake and is killed while it does. See test_crash.py."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from penstock.store.lake import Lake, Rows
from penstock.store.ledger import Ledger, Record
from penstock.store.upkeep import compact

RECORDS = 40_000
STREAM = b"s" * 16
START = 1_772_366_400_000_000


def rows(positions: np.ndarray, time: str, dataset: str | None) -> Rows:
    columns = {
        time: pa.array(START + positions, pa.timestamp("us", "UTC")),
        "event.id": [str(p) for p in positions],
        f"{dataset or 'reject'}.note": ["x" * 40] * len(positions),
    }
    return Rows(pa.table(columns), STREAM, positions, dataset)


def main(root: Path) -> None:
    chance = random.Random()  # other boundaries each time
    ledger = Ledger(root / "ledger")
    at = max([int(record.cursors["file"]) for record in ledger.open()], default=0)
    with Lake(root) as lake:
        print("open", flush=True)
        while at < RECORDS:
            positions = np.arange(at, min(RECORDS, at + chance.randrange(1, 1_500)), dtype=np.int64)
            kind = positions % 7
            marks = {STREAM: int(positions[-1])}
            lake.commit_events([rows(positions[kind == k], "@timestamp", f"d{k}.x") for k in (0, 1, 2)], marks)
            lake.commit_rejects([rows(positions[kind == 3], "event.ingested", None)], marks)
            at = int(positions[-1]) + 1
            record = Record(ledger.sequence + 1, {"file": str(at).encode()})
            ledger.append(record)
            if chance.random() < 0.05:
                ledger.snapshot(record)
            if chance.random() < 0.1:
                compact(lake, "events", fewest=4)
    print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
