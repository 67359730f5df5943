"""Correlations over correlations: alerts of one are events of the next, and never late."""

from __future__ import annotations

from collections import defaultdict

from correlation_reference import END, Row, Step, expected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streams import MANY, SECRET, Measure, Op, Window, alerts, correlation, new_state, signals
from test_against_reference import streams

from penstock.content.sigma.correlation_chains import _chained
from penstock.correlate.chain import finish_all, step_all
from penstock.correlate.journal import delta
from penstock.correlate.memory import Memory
from penstock.correlate.raised import alert_id
from penstock.correlate.snapshot import restore
from penstock.store.spill import FileSpill


def run(chain, steps, spill=None, saved=frozenset()):
    """{id: alerts} of a chain that is told the same rows, the first correlation's, in steps.

    spill: all states lie in files; saved: before these steps all are thrown away and restored.
    """

    def room():
        return Memory(0, spill) if spill else None

    chained = [(c, new_state(c, room(), journal=True)) for c in chain]
    deltas = defaultdict(list)
    out = defaultdict(list)
    for at, step in enumerate(steps):
        if at in saved:
            for c, state in chained:
                deltas[c.id].append(delta(state))
            chained = [(c, restore(c, [], deltas[c.id], room(), secret=SECRET, journal=True)) for c in chain]
        given_rows = {
            c.id: signals(c, told) for c in chain if (told := [r for r in step.rows if (c.id == "c") or r.rule == 9])
        }
        for name, raised in step_all(chained, given_rows, step.watermark).items():
            out[name] += alerts(next(c for c in chain if c.id == name), raised, 0)
    for name, raised in finish_all(chained):
        out[name] += alerts(next(c for c in chain if c.id == name), raised, 0)
    return out, {c.id: s.counts for c, s in chained}


@MANY
@given(st.data())
def test_an_alert_is_an_event(data):
    """The second of two equals the reference over the alerts of the first, whatever the first one's window."""
    window = data.draw(st.sampled_from([*Window]))
    first = correlation(
        Measure.RULES if window is Window.ABSENCE else Measure.COUNT,
        *([] if window is Window.ABSENCE else [(Op.GTE, 2)]),
        window=window, gap=3 if window is Window.SESSION else 0, timespan=data.draw(st.integers(1, 9)),
        closers=(1,) if window is Window.ABSENCE else (),
    )  # fmt: skip
    second = correlation(Measure.COUNT, (Op.GTE, 2), id="d", rules=("c",), timespan=data.draw(st.integers(1, 30)))
    chain = _chained([first, second])
    assert chain[1].lag == first.delay
    steps = data.draw(streams(groups=(("x",), ("y",))))
    found, counts = run(chain, steps)
    upper, _ = expected(chain[0], steps)
    rows = []
    for a in upper:
        high, low = alert_id("c", [v.encode() for v in a.group], divmod(a.opening, 1 << 64))
        rows.append(Row(a.time, (high << 64) + low, a.group))
    lower, _ = expected(chain[1], [Step(tuple(rows), -END)])

    def order(a):
        return a.time, a.opening, a.group

    assert sorted(found["c"], key=order) == sorted(upper, key=order)
    assert sorted(found["d"], key=order) == sorted(lower, key=order)
    assert counts["d"].late == 0


@settings(MANY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_chain_in_files_that_is_restored_goes_on(tmp_path, data):
    """Three in a row, the first ones judged at their windows' end: what is on its way between them is saved too."""
    windows = data.draw(st.tuples(*[st.sampled_from([Window.SLIDING, Window.TUMBLING])] * 2))
    first = correlation(Measure.COUNT, (Op.GTE, 2), window=windows[0], timespan=data.draw(st.integers(1, 9)))
    second = correlation(Measure.COUNT, (Op.GTE, 1), id="d", rules=("c",), window=windows[1], timespan=4)
    third = correlation(Measure.COUNT, (Op.GTE, 2), id="e", rules=("d", "c"), timespan=30)
    chain = _chained([first, second, third])
    steps = data.draw(streams(groups=(("x",), ("y",))))
    wanted, _ = run(chain, steps)
    saved = data.draw(st.sets(st.integers(0, max(0, len(steps) - 1)), max_size=3))
    found, counts = run(chain, steps, FileSpill(tmp_path), saved)
    assert found == wanted
    assert counts["d"].late == counts["e"].late == 0


def test_fields_that_the_next_one_wants_are_carried():
    """Many failures of one host, then two hosts for one user: the user is not what the first groups by."""
    first = correlation(Measure.COUNT, (Op.GTE, 2), group_by=("host.name",))
    second = correlation(
        Measure.DISTINCT, (Op.GTE, 2), id="d", rules=("c",), group_by=("who",), counted=("host.name",),
        aliases={"who": {"c": "user.name"}}, timespan=100,
    )  # fmt: skip
    chain = _chained([first, second])
    assert chain[0].carried == ("user.name",)
    rows = [Row(t, t, (host, "eve")) for t, host in enumerate(["h1", "h1", "h2", "h2"])]
    found, _ = run(chain, [Step(tuple(rows), 10)])
    assert [a.group for a in found["c"]] == [("h1", "eve"), ("h2", "eve")]
    [a] = found["d"]
    assert (a.group, a.count, a.value) == (("eve",), 2, 2.0)


def test_numbers_of_alerts():
    """A carried field may be added up, if it is a number."""
    first = correlation(Measure.COUNT, (Op.GTE, 1), group_by=("host.name",), timespan=1)
    second = correlation(Measure.SUM, (Op.GTE, 3), id="d", rules=("c",), group_by=(), counted=("bytes",), timespan=100)
    chain = _chained([first, second])
    sizes = ["1.5", "none", "2", "123456789012345678901234567890"]
    rows = [Row(10 * t, t, (f"h{t}", size)) for t, size in enumerate(sizes)]
    found, counts = run(chain, [Step(tuple(rows), 100)])
    assert [a.value for a in found["d"]] == [3.5]
    assert counts["d"].unvalued == 1
