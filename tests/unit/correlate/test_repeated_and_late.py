"""Rows that come again, and rows that come too late, are counted and change nothing."""

from __future__ import annotations

from correlation_reference import Row, Step
from hypothesis import given
from hypothesis import strategies as st
from streams import MANY, Measure, Op, Window, correlation, drive
from test_against_reference import VALUES, check, correlations, streams

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]


@MANY
@given(st.data())
def test_all_of_it_twice_and_some_of_it_late(data):
    """Each step's rows once more in the same step, behind them what the watermark has passed already."""
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    steps = data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES))
    wanted, counts = drive(c, steps)
    again, passed, late = [], -(1 << 62), 0
    for one in steps:
        old = tuple(r for before in steps[: len(again)] for r in before.rows if r.time <= passed)
        late += len(old) + sum(r.time <= passed for r in one.rows)
        again.append(Step((*one.rows, *one.rows[::-1], *old), one.watermark))
        passed = max(passed, one.watermark)
    found, more = drive(c, again)
    assert found == wanted
    assert more.late == counts.late + late


def test_the_first_rule_decides_the_value_however_rows_come():
    """Two rules see different values in one event, and it comes twice, the first time for one rule only."""
    c = correlation(Measure.PERCENTILE, (Op.GTE, 0), percentile=0, window=Window.TUMBLING, timespan=1)
    second, first = Row(8, 3, ("x",), 1, 5.0), Row(8, 3, ("x",), 0, 3.0)
    for steps in ([(second,), (second, first)], [(second, first), (second,)], [(first,), (second,)]):
        check(c, [Step(rows, 3) for rows in steps])


@MANY
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(VALUES[1:])), min_size=1, max_size=8), st.data())
def test_one_of_an_events_values_counts_whatever_the_order(pairs, data):
    """An array of numbers, a row an element: in any order, in any batches, the same one."""
    c = correlation(Measure.SUM, (Op.GTE, -100))
    rows = tuple(Row(8, 3, ("x",), rule, value) for rule, value in pairs)
    mixed = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    [one], _ = drive(c, [Step(rows, 3)])
    [other], _ = drive(c, [Step(tuple(mixed[:cut]), 3), Step(tuple(mixed[cut:]), 3)])
    assert one.value == other.value
    assert one.value in {value for rule, value in pairs if rule == min(pairs)[0]}


def test_a_row_at_the_watermark_is_late():
    c = correlation(Measure.COUNT, (Op.GTE, 1))
    rows = [Row(5, 1, ("x",)), Row(6, 2, ("y",))]
    out, counts = drive(c, [Step((), 5), Step(tuple(rows), 5)])
    assert [a.group for a in out] == [("y",)]
    assert counts.late == 1
