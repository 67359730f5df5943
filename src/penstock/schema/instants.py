"""Instants as the rest of the project holds them, whole microseconds since 1970 in UTC, and as RFC 3339 texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def rfc3339(at: int) -> str:
    """`2026-11-23T10:00:01.000000Z`; the years 1 to 9999."""
    return (EPOCH + timedelta(microseconds=at)).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def microseconds(when: datetime) -> int:
    """Of a time; one without a zone is UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).__sub__(EPOCH) // MICROSECOND


def read(text: str) -> int:
    """Of an RFC 3339 text; one without a zone is UTC. Raises `ValueError`."""
    return microseconds(datetime.fromisoformat(text))
