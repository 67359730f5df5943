"""Alert rows of what correlations raised."""

from __future__ import annotations

import math
from collections.abc import Iterator

from penstock.columns import I64
from penstock.content.sigma.alert_fields import rule_fields
from penstock.content.sigma.correlation import Correlation
from penstock.correlate.raised import HISTORY, Raised, id_text


def alert_rows(correlation: Correlation, raised: Raised) -> Iterator[dict[str, object]]:
    """Each alert as the contract has it, in order: what it is, the rule, the window, the values of the group."""
    fixed = {**rule_fields(correlation), "event.dataset": "penstock.alerts"}
    fields = (*correlation.group_by, *correlation.carried)
    times = [_texts(column) for column in (raised.time, raised.first_seen, raised.last_seen)]
    for row in range(len(raised)):
        made: dict[str, object] = {
            **fixed,
            "alert.id": id_text(raised.id[row]),
            "@timestamp": times[0][row],
            "alert.count": int(raised.count[row]),
            "alert.first_seen": times[1][row],
            "alert.last_seen": times[2][row],
            "alert.event_ids": raised.ids(row),
            "alert.value": _number(float(raised.value[row])),
        }
        if raised.history[row]:
            made["alert.expected"] = _number(float(raised.expected[row]))
            made["alert.threshold"] = _number(float(raised.threshold[row]))
            made["alert.baseline"] = f"{int(raised.history[row])} of {HISTORY[int(raised.taken_of[row])]}"
        for name, text in zip(fields, raised.texts(row), strict=True):
            if text is not None:
                made[name] = text.decode("utf-8", "replace")
        yield {name: value for name, value in made.items() if value is not None}


def _texts(times: I64) -> list[str]:
    """Microseconds as text."""
    return [f"{t}Z" for t in times.astype("datetime64[us]").astype(str)]


def _number(value: float) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value
