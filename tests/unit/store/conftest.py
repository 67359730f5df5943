from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from penstock.store.lake import Lake, Rows

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000
DAY = 86_400_000_000
STREAM = bytes(range(16))


def times(values) -> pa.Array:
    return pa.array(values, pa.timestamp("us", "UTC"))


def _events(
    positions,
    *,
    dataset: str | None = "acme_door.log",
    stream: bytes = STREAM,
    at: int = NOON,
    step: int = 1_000,
    **more,
) -> Rows:
    positions = np.asarray(positions, np.int64)
    columns = {
        "@timestamp": times(at + positions * step),
        "event.id": [f"{stream.hex()[-4:]}-{p}" for p in positions],
        "event.original": pa.array([f"line {p}" for p in positions], pa.string_view()),
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    return Rows(pa.table(columns), stream, positions, dataset)


def _rejects(positions, *, stream: bytes = STREAM, replay: str | None = None, **more) -> Rows:
    positions = np.asarray(positions, np.int64)
    n = len(positions)
    columns = {
        "event.ingested": times(NOON + positions),
        "event.id": [f"r{p}" for p in positions],
        "event.original": [f"bad {p}" for p in positions],
        "error.category": ["PARSE_ERROR" if p % 2 else "UNKNOWN_FORMAT" for p in positions],
        "error.message": ["a message"] * n,
        "error.fingerprint": [f"f{p % 3}" for p in positions],
        "penstock.stream": [stream.hex()] * n,
        "penstock.position": positions,
        "penstock.replay": pa.array([replay] * n, pa.string()),
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    return Rows(pa.table(columns), stream, positions)


@pytest.fixture(scope="session")
def events():
    """`events(positions, …)`: rows whose id and time follow from stream and position."""
    return _events


@pytest.fixture(scope="session")
def rejects():
    """`rejects(positions, …)`: reject rows."""
    return _rejects


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake that does not wait for the disk."""
    with Lake(tmp_path / "lake", durable=False) as lake:
        yield lake
