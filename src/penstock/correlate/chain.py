"""Correlations over correlations: alerts of one are signals of another.

An alert's time is that of its opening event, its id is its alert.id. Correlations are stepped in their compiled order,
each with the source's watermark; what refers to windows that are judged at their end works behind it by as much as
these may be late (`Correlation.lag`), so no alert is ever a late row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from penstock.columns import I32, NULL
from penstock.content.sigma.correlation import Correlation, Measure
from penstock.correlate.numbers import numbers_of
from penstock.correlate.plan import NUMERIC
from penstock.correlate.raised import Raised
from penstock.correlate.signals import F64, U64, Secret, Signals, hashes, nothing, together
from penstock.correlate.state import BEGINNING, State
from penstock.correlate.step import finish, step

Chained = Sequence[tuple[Correlation, State]]
"""Correlations in their compiled order, each with its state."""


def step_all(chained: Chained, signals: Mapping[str, Signals], watermark: int) -> dict[str, Raised]:
    """Step all of them: what matched detections by correlation's id; give what each raised, by its id."""
    raised: dict[str, Raised] = {}
    for correlation, state in chained:
        taken = [signals[correlation.id]] if correlation.id in signals else []
        taken += _from_alerts(chained, correlation, raised, state.secret)
        _, raised[correlation.id] = step(correlation, state, _one(taken, state), watermark)
    return raised


def finish_all(chained: Chained) -> Iterator[tuple[str, Raised]]:
    """End all of them: no event will come. Gives (id, alerts), in pieces."""
    for place, (correlation, state) in enumerate(chained):
        for piece in finish(correlation, state):
            for other, waiting in chained[place + 1 :]:
                if correlation.id in other.rules:
                    # they wait there until it is that one's turn: no watermark has passed them
                    step(other, waiting, as_signals(piece, correlation, other, waiting.secret), BEGINNING)
            yield correlation.id, piece


def as_signals(raised: Raised, upper: Correlation, lower: Correlation, secret: Secret) -> Signals:
    """Alerts of `upper` as what `lower`, which refers to it, is told."""
    start, length = _columns(
        raised, upper, [lower.field_of(name, upper.id) for name in (*lower.group_by, *lower.carried)]
    )
    grouped = len(lower.group_by)
    value: U64 | F64 | None = None
    if lower.measure is Measure.DISTINCT or lower.measure in NUMERIC:
        counted = _columns(raised, upper, [lower.field_of(name, upper.id) for name in lower.counted])
        value = hashes(raised.data, *counted, secret)[:, 1].copy()
        if lower.measure in NUMERIC:
            value = numbers_of(raised.data, counted[0][0], counted[1][0])
    return Signals(
        data=raised.data,
        key_start=start,
        key_length=length,
        key=hashes(raised.data, start[:grouped], length[:grouped], secret),
        rule=np.full(len(raised), lower.rules.index(upper.id), np.int32),
        time=raised.time,
        id=raised.id,
        value=value,
    )


def _columns(raised: Raised, upper: Correlation, names: Sequence[str]) -> tuple[I32, I32]:
    """Fields of alerts as slices: int32[k, m] each, -1 for what they do not have."""
    has = (*upper.group_by, *upper.carried)
    start = np.zeros((len(names), len(raised)), np.int32)
    length = np.full((len(names), len(raised)), NULL, np.int32)
    for row, name in enumerate(names):
        if name in has:
            start[row], length[row] = raised.start[has.index(name)], raised.length[has.index(name)]
    return start, length


def _from_alerts(chained: Chained, lower: Correlation, raised: Mapping[str, Raised], secret: Secret) -> list[Signals]:
    by_id = {correlation.id: correlation for correlation, _ in chained}
    return [
        as_signals(raised[rule], by_id[rule], lower, secret)
        for rule in lower.rules
        if rule in raised and len(raised[rule])
    ]


def _one(taken: list[Signals], state: State) -> Signals:
    return together(taken) if taken else nothing(state.keys)
