"""Every type and window, on streams with shuffles, ties, duplicates and late rows in any batches, is as defined.

`HYPOTHESIS_PROFILE=many` takes 10,000 streams a test.
"""

from __future__ import annotations

import pytest
from correlation_reference import END, Row, Step, expected
from hypothesis import given
from hypothesis import strategies as st
from streams import MANY, Baseline, Correlation, Measure, Op, Regular, Window, correlation, drive, key, new_state

NUMBERS = [Measure.SUM, Measure.AVERAGE, Measure.PERCENTILE]
MEASURES = [Measure.COUNT, Measure.DISTINCT, *NUMBERS, Measure.RULES, Measure.ORDERED, Measure.EXPRESSION]
WINDOWS = [Window.SLIDING, Window.TUMBLING, Window.SESSION]
VALUES = [None, -3.0, -0.25, 0.0, 0.1, 1.0, 1.5, 2.0, 2.0, 3.0, 5.0, 7.75]


@st.composite
def comparisons(draw, low=0, high=6):
    bound = st.one_of(st.integers(low, high), st.sampled_from([0.5, 1.5, 2.5]))
    pair = st.tuples(st.sampled_from(list(Op)), bound)
    return draw(st.one_of(st.tuples(st.just(Op.GTE), bound).map(lambda p: [p]), st.lists(pair, min_size=1, max_size=2)))


@st.composite
def expressions(draw, depth=3):
    if depth == 0 or draw(st.booleans()):
        return (draw(st.integers(0, 2)),)
    kind = draw(st.sampled_from([-1, -2, -3]))
    one = draw(expressions(depth=depth - 1))
    return (*one, -3) if kind == -3 else (*one, *draw(expressions(depth=depth - 1)), kind)


@st.composite
def correlations(draw, measure: Measure, window: Window) -> Correlation:
    fields = {"timespan": draw(st.integers(1, 12)), "window": window}
    if window is Window.SESSION:
        fields["gap"] = draw(st.integers(1, 6))
    if measure is Measure.PERCENTILE:
        fields["percentile"] = draw(st.sampled_from([0, 10, 25, 50, 50, 75, 90, 100]))
    if measure is Measure.ORDERED:
        fields["order"] = tuple(draw(st.lists(st.integers(0, 2), min_size=1, max_size=4)))
        left = [r for r in range(3) if r not in fields["order"]]
        fields["closers"] = tuple(left) if left and draw(st.booleans()) else ()
        default = [(Op.GTE, len(fields["order"]))]
        bounds = draw(st.one_of(st.just(default), comparisons(high=4)))
    elif measure is Measure.EXPRESSION:
        fields["expression"] = draw(expressions())
        bounds = []
    elif measure in NUMBERS:
        bounds = draw(comparisons(low=-3, high=9))
    else:
        bounds = draw(comparisons())
    return correlation(measure, *bounds, **fields)


GROUPS = (("x",), ("y",), ("x",), (None,), ("",), ("x",), ("y",))


@st.composite
def streams(draw, *, values=VALUES, span=40, groups=GROUPS):
    """Steps: events at few times with few ids, some delivered twice, in any order, in any batches, any watermarks.

    Drawn as bytes, six a row, since Hypothesis takes longer over forty drawn rows than everything else together.
    """
    shape = draw(st.binary(min_size=4, max_size=4))
    size = 6 * draw(st.integers(0, 40))
    raw = draw(st.binary(min_size=size, max_size=size))
    rows = []
    for at in range(0, len(raw) - 5, 6):
        time, which, rule, shake, pick, batch = raw[at : at + 6]
        time, ident, rule = time % (span + 1), which % 6, rule % 3
        # what an event is is a matter of the event, however often it comes
        row = Row(
            time, ident, groups[(which // 6) % len(groups)], rule, values[(ident * 7 + time * 3 + rule) % len(values)]
        )
        rows.append((shake, pick, batch, row))
    rows += [(255 - shake, pick, batch, row) for shake, pick, batch, row in rows if pick >= 224]
    most = (0, 5, 1000)[shape[0] % 3]
    rows.sort(key=lambda r: (r[3].time + r[0] % (most + 1), r[0]))
    lateness = (0, 5, 5, 1000)[shape[1] % 4]
    steps, now, high = [], [], -END
    for _, pick, batch, row in rows:
        now.append(row)
        high = max(high, row.time - lateness)
        if batch < shape[2]:
            steps.append(Step(tuple(now), pick % (span + 1) if batch % 4 == 3 and shape[3] < 64 else high))
            now = []
    return [*steps, Step(tuple(now), high)] if now else steps


def check(c: Correlation, steps: list[Step], state=None) -> None:
    wanted, accepted = expected(c, steps)
    found, counts = drive(c, steps, state)
    assert sorted(found, key=key) == sorted(wanted, key=key)
    assert [a.step for a in sorted(found, key=key)] == [a.step for a in sorted(wanted, key=key)]
    assert (counts.late, counts.ungrouped, counts.unvalued) == (accepted.late, accepted.ungrouped, accepted.unvalued)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.name.lower())
@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name.lower())
@MANY
@given(st.data())
def test_types_and_windows(measure, window, data):
    c = data.draw(correlations(measure, window))
    values = ["p", "q", "r", "s", "t", None] if measure is Measure.DISTINCT else VALUES
    check(c, data.draw(streams(values=values)))


@MANY
@given(st.data())
def test_absence(data):
    closers = data.draw(st.sampled_from([(1,), (2,), (1, 2)]))
    c = correlation(Measure.RULES, window=Window.ABSENCE, closers=closers, timespan=data.draw(st.integers(1, 12)))
    check(c, data.draw(streams()))


@st.composite
def beats(draw):
    """Events of a few groups, mostly at a beat of their own: some missed, some late, some twice, some between."""
    rows = []
    for name in "xy":
        beat, at = draw(st.sampled_from([0, 1, 2, 7, 10, 60])), draw(st.integers(0, 9))
        for _ in range(draw(st.integers(0, 25))):
            at += beat + draw(st.sampled_from([0, 0, 0, 0, 1, -1, 3, beat]))
            at = max(0, at)
            rows.append(Row(at, len(rows), (name,), draw(st.integers(0, 2))))
    rows = draw(st.permutations(rows)) if draw(st.booleans()) else sorted(rows, key=lambda r: r.time)
    high = max((r.time for r in rows), default=0)
    steps = []
    while rows:
        n = draw(st.integers(1, 30))
        steps.append(Step(tuple(rows[:n]), high if len(rows) <= n else min(r.time for r in rows[n:]) - 1))
        rows = rows[n:]
    return steps


@MANY
@given(st.data())
def test_regular_events(data):
    window = data.draw(st.sampled_from([Window.TUMBLING, Window.SESSION]))
    c = correlation(
        Measure.COUNT, (Op.GTE, data.draw(st.integers(0, 5))), window=window,
        timespan=data.draw(st.sampled_from([5, 60, 600])), gap=data.draw(st.sampled_from([3, 12, 100])),
        regular=Regular(data.draw(st.sampled_from([1, 2, 7, 10])), data.draw(st.sampled_from([0, 10, 33, 50, 100]))),
    )  # fmt: skip
    check(c, data.draw(st.one_of(beats(), streams())))


def test_more_regular_events_than_there_is_room_for_at_first():
    """Far apart in time, and in one window: the scratch grows."""
    day = 24 * 3_600_000_000
    c = correlation(Measure.COUNT, (Op.GTE, 4), window=Window.TUMBLING, timespan=3650 * day, regular=Regular(day, 0))
    rows = tuple(Row(day * i, i, ("x",)) for i in range(1000))
    check(c, [Step(rows, 0)], new_state(c))
    check(c, [Step((*rows[:-1], Row(rows[-1].time + 1, 999, ("x",))), 0)])


HOUR = 3_600_000_000


@st.composite
def weeks_of(draw, timespan):
    """Some windows of some weeks, each with a few events: mostly of the same hours of the day or week."""
    rows = []
    every = draw(st.sampled_from([1, 24, 24, 168]))
    for n in range(draw(st.integers(1, 30))):
        at = (n * every + draw(st.sampled_from([0, 0, 0, 1, 5]))) * max(HOUR, timespan) + draw(
            st.integers(0, 3)
        ) * timespan
        for k in range(draw(st.integers(0, 5) if n < 25 else st.integers(0, 15))):
            rows.append(Row(at + k, len(rows), (draw(st.sampled_from("xxy")),), 0, float(k % 4)))
    rows.sort(key=lambda r: (r.time, r.id))
    steps = []
    while rows:
        n = draw(st.integers(1, 40))
        steps.append(Step(tuple(rows[:n]), rows[:n][-1].time - 1))
        rows = rows[n:]
    return steps


@MANY
@given(st.data())
def test_baselines(data):
    measure = data.draw(st.sampled_from([Measure.COUNT, Measure.SUM, Measure.AVERAGE, Measure.PERCENTILE]))
    timespan = data.draw(st.sampled_from([HOUR // 6, HOUR, 4 * HOUR]))
    base = Baseline(
        weeks=data.draw(st.integers(1, 4)), deviations=data.draw(st.sampled_from([0.0, 1.0, 3.5])),
        warmup=data.draw(st.sampled_from([0, 3 * HOUR, 48 * HOUR])),
    )  # fmt: skip
    c = correlation(measure, (Op.GTE, 1), window=Window.TUMBLING, timespan=timespan, baseline=base)
    check(c, data.draw(weeks_of(timespan)))
