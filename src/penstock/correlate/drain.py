"""What kernels raised, taken out of their arrays as columns."""

from __future__ import annotations

import numpy as np

from penstock.content.sigma.correlation import Correlation, Measure
from penstock.correlate.blocks import LENGTH, Block
from penstock.correlate.raised import Raised, alert_id, unpacked
from penstock.correlate.signals import F64, U64
from penstock.correlate.state import State
from penstock.correlate.tables import RING_SLACK
from penstock.kernels.int128 import UNIT
from penstock.kernels.window_layout import (
    A_COUNT,
    A_EXPECTED,
    A_FIRST,
    A_HISTORY,
    A_IDS,
    A_LAST,
    A_LENGTH,
    A_OPENING,
    A_TEXT,
    A_THRESHOLD,
    A_TIME,
    A_VALUE,
    IDS,
    OUT,
)


def drain(state: State, block: Block) -> Raised:
    """Take all alerts. `block` is where their rows are, which texts of sliding windows' groups come from."""
    correlation = state.correlation
    tables = state.tables
    registers = tables.held.registers
    alerts = tables.out.alerts[: registers[OUT]].copy()
    event_ids = tables.out.ids[: registers[IDS]].copy()
    registers[[OUT, IDS]] = 0
    packed = _ring_texts(tables.held.texts, alerts) if state.plan.texts else _row_texts(block, alerts)
    data, start, length = unpacked(packed, state.keys)
    opening = _words(alerts, A_OPENING, 2)
    ids = []
    for row in range(len(alerts)):
        places = [(start[g, row], length[g, row]) for g in range(len(correlation.group_by))]
        group = [None if n < 0 else data[s : s + n].tobytes() for s, n in places]
        ids.append(alert_id(correlation.id, group, opening[row]))
    history = alerts[:, A_HISTORY]
    return Raised(
        data=data,
        start=start,
        length=length,
        id=np.array(ids, np.uint64).reshape(-1, 2),
        opening=opening,
        time=_words(alerts, A_TIME).view(np.int64),
        first_seen=_words(alerts, A_FIRST).view(np.int64),
        last_seen=_words(alerts, A_LAST).view(np.int64),
        count=_words(alerts, A_COUNT).view(np.int64),
        begin=np.append(alerts[:, A_IDS], len(event_ids)).astype(np.int64),
        event_ids=event_ids,
        value=_values(correlation, alerts),
        expected=_baseline(correlation, alerts, A_EXPECTED),
        threshold=_baseline(correlation, alerts, A_THRESHOLD),
        history=(history >> np.uint64(2)).astype(np.int64),
        taken_of=(history & np.uint64(3)).astype(np.int64),
    )


def _words(alerts: U64, at: np.uint64, width: int = 1) -> U64:
    """A column of its own, uint64[m], or uint64[m, width]."""
    columns = np.ascontiguousarray(alerts[:, int(at) : int(at) + width])
    return columns[:, 0].copy() if width == 1 else columns


def _row_texts(block: Block, alerts: U64) -> list[bytes]:
    """The packed texts of the rows that opened alerts."""
    if block.signals is not None:
        rows = np.zeros((len(alerts), block.rows.shape[1]), np.uint64)
        rows[:, 7] = alerts[:, A_TEXT]
        block = Block(rows, signals=block.signals).packed()
        references = rows[:, 7]
    else:
        references = alerts[:, A_TEXT]
    return [block.texts[int(r >> np.uint64(24)) :][: int(r & LENGTH)].tobytes() for r in references]


def _ring_texts(ring: np.ndarray[tuple[int], np.dtype[np.uint8]], alerts: U64) -> list[bytes]:
    """The packed texts that were kept with the windows."""
    size = len(ring) - RING_SLACK
    places = zip(alerts[:, A_TEXT], alerts[:, A_LENGTH], strict=True)
    return [ring[int(at) % size :][: int(n)].tobytes() for at, n in places]


def _values(correlation: Correlation, alerts: U64) -> F64:
    """What was measured, each as the float64 nearest to it."""
    unit = 100 * UNIT if correlation.measure is Measure.PERCENTILE else UNIT
    average = correlation.measure is Measure.AVERAGE
    values = []
    for high, low, count in zip(
        _words(alerts, A_VALUE), alerts[:, A_VALUE + np.uint64(1)], alerts[:, A_COUNT], strict=True
    ):
        whole = (int(high.astype(np.int64)) << 64) + int(low)
        values.append(whole / (unit * int(count)) if average else whole / unit)
    return np.array(values, np.float64)


def _baseline(correlation: Correlation, alerts: U64, at: np.uint64) -> F64:
    if correlation.baseline is None:
        return np.full(len(alerts), np.nan)
    return _words(alerts, at).view(np.float64)
