"""What a sender may choose: values of any size, one event in many groups, times before 1970 and far apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from correlation_reference import END, Row, Step
from hypothesis import given
from hypothesis import strategies as st
from streams import MANY, Measure, Op, Window, correlation, drive, new_state, signals
from test_against_reference import VALUES, check, correlations, streams

from penstock.correlate.journal import delta
from penstock.correlate.step import step
from penstock.kernels.signal_rows import MOST_TEXT

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]
WINDOWS = [Window.SLIDING, Window.TUMBLING, Window.SESSION]
FAR = [-(1 << 60), -250_000_000_000_000_000, -41, -20, 0, 1_800_000_000_000_000, 1 << 60]
"""The first microseconds that are tried: years 1 and 9999 lie within."""


@MANY
@given(st.data())
def test_times_far_apart(data):
    """All of a stream's rows somewhere else, and some of them far away from the others."""
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    if data.draw(st.integers(0, 5)) == 0:
        c = correlation(Measure.RULES, window=Window.ABSENCE, closers=(1,), timespan=data.draw(st.integers(1, 12)))
    places = sorted(data.draw(st.sets(st.sampled_from(FAR), min_size=1, max_size=3)))

    def moved(time: int) -> int:
        return time + places[time * len(places) // 41] if 0 <= time <= 40 else time + places[0] if time < 0 else time

    steps = [
        Step(
            tuple(replace(r, time=moved(r.time)) for r in s.rows),
            s.watermark if abs(s.watermark) >= 1 << 59 else moved(s.watermark),
        )
        for s in data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES))
    ]
    check(c, steps)


@pytest.mark.parametrize("window", WINDOWS)
def test_huge_values(window):
    """Groups are told apart by all of a value; of a value so long, people are shown the beginning."""
    c = correlation(Measure.COUNT, (Op.GTE, 2), window=window, gap=5 if window is Window.SESSION else 0)
    long = "x" * 3_000_000
    rows = [Row(1, 1, (long + "a",)), Row(2, 2, (long + "b",)), Row(3, 3, (long + "a",)), Row(4, 4, ("",))]
    state = new_state(c, journal=True)
    raised = []
    for rs, mark in ((rows[:2], -END), (rows[2:], 100)):
        state, some = step(c, state, signals(c, rs), mark)
        raised += [(some.texts(i), some.ids(i)) for i in range(len(some))]
    [((text,), ids)] = raised
    assert text == b"x" * MOST_TEXT
    assert [int(i, 16) for i in ids] == [1, 3]
    assert len(delta(state)) < 5 * MOST_TEXT
    assert state.tables.nbytes < 1 << 20


@pytest.mark.parametrize("window", WINDOWS)
def test_one_event_in_ten_thousand_groups(window):
    """An array to group by is a row an element; twice the same element is once the event."""
    c = correlation(Measure.COUNT, (Op.GTE, 2), window=window, gap=5 if window is Window.SESSION else 0)
    many = tuple(Row(5, 1, (f"u{i % 10_000}",)) for i in range(20_000))
    out, counts = drive(c, [Step(many, -END), Step((*many, Row(6, 2, ("u77",))), 100)])
    assert [(a.group, a.count, a.ids) for a in out] == [(("u77",), 2, (1, 2))]
    assert counts.repeated == 30_000


def test_ten_thousand_values_of_one_event_are_one():
    c = correlation(Measure.DISTINCT, (Op.GTE, 2))
    out, counts = drive(c, [Step(tuple(Row(5, 1, ("x",), 0, f"v{i}") for i in range(10_000)), 10)])
    assert (out, counts.repeated) == ([], 9_999)


def test_numbers_that_are_none_or_too_large():
    """Infinite ones are no value; those beyond 2^62 are taken for that."""
    c = correlation(Measure.SUM, (Op.GT, 0))
    rows = [Row(1, 1, ("x",), 0, float("inf")), Row(2, 2, ("x",), 0, float("nan")), Row(3, 3, ("x",), 0, 1e300)]
    [alert], counts = drive(c, [Step(tuple(rows), 10)])
    assert counts.unvalued == 2
    assert alert.value == float(1 << 62)
