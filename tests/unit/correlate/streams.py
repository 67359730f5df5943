"""Streams for correlations: how they are drawn, and what our steps make of them, in the reference's words."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
from correlation_reference import END, Alert, Row, Step
from hypothesis import settings

from penstock.columns import SLACK
from penstock.content.sigma.correlation import Baseline, Correlation, Measure, Op, Regular, Window
from penstock.correlate.blocks import Counts
from penstock.correlate.memory import Memory
from penstock.correlate.raised import Raised, alert_id
from penstock.correlate.signals import Signals, hashes
from penstock.correlate.state import State
from penstock.correlate.step import finish, step

SECRET = (0x0123456789ABCDEF, 0xFEDCBA9876543210)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
MANY = settings(max_examples={"many": 10_000, "few": 8}.get(PROFILE, 60), deadline=None)


def correlation(measure: Measure = Measure.COUNT, *comparisons: tuple[Op, float], **fields) -> Correlation:
    """A correlation by user.name over 10 seconds (10 microseconds in the tests' small numbers)."""
    basics = {
        "id": "c", "title": "c", "version": "1", "level": None, "tags": (), "rules": ("a", "b", "c"),
        "group_by": ("user.name",), "timespan": 10,
        "counted": ("source.ip",) if measure in {1, 2, 3, 4} else (),
        "order": (0, 1, 2) if measure is Measure.ORDERED else (),
    }  # fmt: skip
    bounds = tuple((op, round(bound * 1_000_000)) for op, bound in comparisons)
    return Correlation(measure=measure, comparisons=bounds, **{**basics, **fields})


def signals(c: Correlation, rows: Sequence[Row], secret=SECRET) -> Signals:
    """Rows as a caller would give them."""
    keys = max((len(r.group) for r in rows), default=len(c.group_by) + len(c.carried))
    values = [(v.encode() if v is not None else None) for r in rows for v in r.group]
    counted = [str(r.value).encode() if r.value is not None else None for r in rows]
    texts = [v or b"" for v in values + counted]
    data = np.frombuffer(bytearray(b"".join(texts)) + bytes(SLACK), np.uint8)
    ends = np.cumsum([0, *map(len, texts)])[:-1].astype(np.int32)
    sizes = np.array([-1 if v is None else len(v) for v in values + counted], np.int32)
    n = len(values)
    start = np.ascontiguousarray(ends[:n].reshape(len(rows), keys).T)
    length = np.ascontiguousarray(sizes[:n].reshape(len(rows), keys).T)
    grouped = len(c.group_by)
    value = None
    if c.measure is Measure.DISTINCT:
        value = hashes(data, ends[n:][None], sizes[n:][None], secret)[:, 1].copy()
    elif c.counted:
        value = np.array([math.nan if r.value is None else r.value for r in rows], np.float64)
    return Signals(
        data=data,
        key_start=start,
        key_length=length,
        key=hashes(data, start[:grouped], length[:grouped], secret),
        rule=np.array([r.rule for r in rows], np.int32),
        time=np.array([r.time for r in rows], np.int64),
        id=np.array([divmod(r.id, 1 << 64) for r in rows], np.uint64).reshape(-1, 2),
        value=value,
    )


def alerts(c: Correlation, raised: Raised, at: int) -> list[Alert]:
    """Ours in the reference's words. What must hold of each by itself is asserted here."""
    out = []
    for i in range(len(raised)):
        group = tuple(None if v is None else v.decode() for v in raised.texts(i))
        opening = (int(raised.opening[i, 0]) << 64) + int(raised.opening[i, 1])
        grouped = [v.encode() for v in group[: len(c.group_by)]]
        assert tuple(map(int, raised.id[i])) == alert_id(c.id, grouped, raised.opening[i])
        base = None
        if c.baseline is not None:
            base = (
                float(raised.expected[i]), float(raised.threshold[i]), int(raised.history[i]), int(raised.taken_of[i]),
            )  # fmt: skip
        out.append(
            Alert(
                group=group,
                opening=opening,
                time=int(raised.time[i]),
                first=int(raised.first_seen[i]),
                last=int(raised.last_seen[i]),
                count=int(raised.count[i]),
                ids=tuple(int(x, 16) for x in raised.ids(i)),
                value=float(raised.value[i]),
                step=at,
                baseline=base,
            )
        )
    assert [(a.time, a.opening) for a in out] == sorted((a.time, a.opening) for a in out)
    return out


def new_state(c: Correlation, memory: Memory | None = None, **options) -> State:
    return State(c, memory, secret=SECRET, **options)


def drive(c: Correlation, steps: Sequence[Step], state: State | None = None) -> tuple[list[Alert], Counts]:
    """What our steps make of a stream, to its end."""
    state = state or new_state(c)
    out = []
    for at, one in enumerate(steps):
        state, raised = step(c, state, signals(c, one.rows), one.watermark)
        out += alerts(c, raised, at)
    for piece in finish(c, state):
        out += alerts(c, piece, len(steps))
    return out, state.counts


def key(a: Alert):
    return (a.step, a.time, a.opening, a.group)


__all__ = [
    "END", "MANY", "SECRET", "Alert", "Baseline", "Correlation", "Counts", "Measure", "Op", "Regular", "Row", "Step",
    "Window", "alerts", "correlation", "drive", "key", "new_state", "signals",
]  # fmt: skip
