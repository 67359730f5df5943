"""Kernels that run out of room again and again, and go on where they stopped, raise what they would have anyway."""

from __future__ import annotations

import pytest
from correlation_reference import END, Row, Step
from hypothesis import given
from hypothesis import strategies as st
from streams import MANY, Baseline, Measure, Op, Window, correlation, drive
from test_against_reference import HOUR, VALUES, check, correlations, streams, weeks_of

from penstock.correlate import step as stepping
from penstock.correlate import tables

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]


@pytest.fixture(scope="module", autouse=True)
def _tight():
    patch = pytest.MonkeyPatch()
    patch.setattr(tables, "LEAST", 2)
    patch.setattr(tables, "IDLE", 64)
    patch.setattr(tables, "MOST_ALERTS", 1)
    patch.setattr(tables, "MOST_ALERT_IDS", 1000)
    patch.setattr(stepping, "PIECE", 3)
    yield
    patch.undo()


@MANY
@given(st.data())
def test_types_and_windows(data):
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    check(c, data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES)))


@MANY
@given(st.data())
def test_absence(data):
    c = correlation(Measure.RULES, window=Window.ABSENCE, closers=(1,), timespan=data.draw(st.integers(1, 12)))
    check(c, data.draw(streams()))


@MANY
@given(st.data())
def test_baselines(data):
    c = correlation(
        Measure.COUNT, (Op.GTE, 1), window=Window.TUMBLING, timespan=HOUR, baseline=Baseline(2, 1.0, 3 * HOUR)
    )
    check(c, data.draw(weeks_of(HOUR)))


@pytest.mark.parametrize("window", [Window.SLIDING, Window.TUMBLING, Window.SESSION])
@pytest.mark.parametrize("measure", [Measure.COUNT, Measure.DISTINCT, Measure.PERCENTILE])
def test_windows_of_more_than_a_thousand_events(measure, window):
    """The count is exact, the ids are the first thousand."""
    c = correlation(measure, (Op.GTE, 1203), window=window, timespan=10_000, gap=5 if window is Window.SESSION else 0)
    value = 2000.0 if measure is Measure.PERCENTILE else None
    rows = [Row(i, i, ("x",), 0, value or f"v{i}") for i in range(2500)]
    check(c, [Step(tuple(rows[i : i + 97]), -END) for i in range(0, len(rows), 97)])
    [first, *_], _ = drive(c, [Step(tuple(rows), -END)])
    assert len(first.ids) == min(1000, first.count)
