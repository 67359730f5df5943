"""Rows in event-time order, out of an order that is wrong by no more than a lateness."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from penstock.incidents.alert import Row
from penstock.schema import instants


def in_order(rows: Iterable[Row], lateness: int) -> Iterator[Row]:
    """Rows by (`@timestamp`, `alert.id`), each held until the newest is `lateness` ahead of it. Raises `ValueError`."""
    waiting: list[tuple[int, str, int, Row]] = []
    newest = -1
    for number, row in enumerate(rows):
        at = instants.read(str(row.get("@timestamp")))
        newest = max(newest, at)
        heapq.heappush(waiting, (at, str(row.get("alert.id")), number, row))
        while waiting and waiting[0][0] < newest - lateness:
            yield heapq.heappop(waiting)[3]
    while waiting:
        yield heapq.heappop(waiting)[3]
