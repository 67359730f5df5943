from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _alert(number: int, seconds: float = 0, rule: str = "r1", level: str = "high", **fields) -> dict[str, object]:
    return {
        "event.kind": "alert",
        "alert.id": f"{number:032x}",
        "@timestamp": (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "rule.id": rule,
        "rule.name": f"Rule {rule}",
        "rule.level": level,
        "alert.count": 1,
        **{k.replace("__", "."): v for k, v in fields.items()},
    }


@pytest.fixture(scope="session")
def alert():
    """`alert(number, seconds, rule, level, user__name=…)`: a row, so many seconds after noon."""
    return _alert


@pytest.fixture(scope="session")
def at():
    """`at(seconds)`: microseconds of that many seconds after noon."""
    return lambda seconds: int(NOON.timestamp() * 1_000_000) + int(seconds * 1_000_000)
