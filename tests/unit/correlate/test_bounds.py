"""Memory is bounded: what is over the bound lies in files, and nothing that is raised changes by it."""

from __future__ import annotations

import resource

import numpy as np
import pytest
from correlation_reference import END, Row, Step, expected
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import MANY, SECRET, Measure, Op, Window, correlation, drive, key, new_state, signals
from test_against_reference import VALUES, check, correlations, streams

from penstock.correlate import pending
from penstock.correlate.memory import Memory
from penstock.correlate.pending import Pending
from penstock.correlate.snapshot import restore, snapshot
from penstock.correlate.step import finish, step
from penstock.errors import OutsideError
from penstock.store.spill import FileSpill

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]


@pytest.fixture(scope="module")
def spill(tmp_path_factory):
    return FileSpill(tmp_path_factory.mktemp("spill"))


@settings(MANY, suppress_health_check=list(settings.get_profile("default").suppress_health_check))
@given(st.data())
def test_everything_in_files(spill, data):
    """With no memory at all, results are the same: state, what waits, and state restored from a snapshot."""
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    steps = data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES))
    state = new_state(c, Memory(0, spill))
    cut = data.draw(st.integers(0, len(steps)))
    check(c, steps, state)
    state = new_state(c, Memory(0, spill))
    for one in steps[:cut]:
        step(c, state, signals(c, one.rows), one.watermark)
    again = restore(c, snapshot(state), [], Memory(0, spill), secret=SECRET)
    assert (again.passed, again.live, again.pending.waiting) == (state.passed, state.live, state.pending.waiting)
    assert [len(p) for p in finish(c, again)] == [len(p) for p in finish(c, state)]


@settings(MANY)
@given(st.data())
def test_runs_on_disk(spill, data):
    """A file read to its end, in whatever order: everything waits, in runs on disk, and is merged bit by bit."""
    was = pending.PIECE, pending.LEAST_PIECE, pending.MOST_RUNS
    pending.PIECE, pending.LEAST_PIECE, pending.MOST_RUNS = 4, 2, data.draw(st.integers(2, 5))
    try:
        c = correlation(Measure.COUNT, (Op.GTE, 2), timespan=data.draw(st.integers(1, 12)))
        steps = [Step(s.rows, -END) for s in data.draw(streams())]
        state = new_state(c, Memory(0, spill))
        state.pending = Pending(state.memory, state.counts, data.draw(st.sampled_from([0, 500, 2000, 1 << 20])))
        wanted, _ = expected(c, steps)
        found, _ = drive(c, steps, state)
        assert sorted(found, key=key) == sorted(wanted, key=key)
    finally:
        pending.PIECE, pending.LEAST_PIECE, pending.MOST_RUNS = was


def test_in_order_input_is_one_run(spill):
    c = correlation(Measure.COUNT, (Op.GTE, 2))
    state = new_state(c, Memory(0, spill))
    for i in range(50):
        step(c, state, signals(c, [Row(10 * i + j, 100 * i + j, (f"u{j}",)) for j in range(10)]), -END)
    assert len(state.pending.runs) == 1
    assert state.pending.waiting == 500


def test_what_waits_is_measured_rightly():
    """Rows that come and go leave nothing behind in the account, nor in memory."""
    c = correlation(Measure.COUNT, (Op.GTE, 2))
    state = new_state(c)
    for i in range(50):
        step(c, state, signals(c, [Row(10 * i + j, 100 * i + j, (f"u{j}",)) for j in range(10)]), 10 * i + i % 7)
    blocks = [b for run in state.pending.runs for b in run.blocks]
    assert state.pending._size == sum(b.rows.nbytes + b.texts.nbytes for b in blocks)
    step(c, state, signals(c, []), 1000)
    assert (state.pending.waiting, state.pending._size, state.pending.runs) == (0, 0, [])


def test_without_a_place_to_spill_the_bound_is_an_error():
    c = correlation(Measure.COUNT, (Op.GTE, 100))
    state = new_state(c, Memory(100_000))
    with pytest.raises(OutsideError, match="nowhere to spill"):
        step(c, state, signals(c, [Row(i, i, (f"u{i}",)) for i in range(5000)]), 10)


def test_a_full_disk_is_an_outside_error(tmp_path):
    with pytest.raises(OutsideError, match="cannot spill"):
        FileSpill(tmp_path).zeros((1 << 60,), np.uint8)


def test_groups_on_disk_are_counted_and_come_back(spill):
    """Of 20,000 groups those that were not active lately lie on disk; half of them come back."""
    c = correlation(Measure.COUNT, (Op.GTE, 2), timespan=1_000_000)
    state = new_state(c, Memory(600_000, spill))
    rows = [Row(i, i, (f"u{i}",)) for i in range(20_000)]
    for i in range(0, len(rows), 500):
        step(c, state, signals(c, rows[i : i + 500]), i + 499)
    assert state.memory.used <= 600_000
    assert state.memory.filed > 0
    assert state.counts.spilled > 10_000
    raised = 0
    for i in range(0, 10_000, 500):
        again = [Row(30_000 + j, 30_000 + j, (f"u{j}",)) for j in range(i, i + 500)]
        raised += len(step(c, state, signals(c, again), 30_000 + i + 499)[1])
    assert raised == 10_000
    assert state.counts.recalled > 5_000


def test_arrays_are_let_go_when_all_is_over():
    c = correlation(Measure.DISTINCT, (Op.GTE, 2), timespan=10)
    state = new_state(c)
    step(c, state, signals(c, [Row(i // 10_000, i, (f"u{i % 7}",), 0, f"v{i}") for i in range(50_000)]), 5)
    assert state.tables.nbytes > 1 << 20
    step(c, state, signals(c, []), 1000)
    step(c, state, signals(c, [Row(2000, 1, ("x",), 0, "v")]), 2000)
    assert state.live == 1
    assert state.tables.nbytes < 1 << 20


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("kind", ["values of one group", "groups", "one group", "one time", "alerts", "backwards"])
def test_hostile_streams_take_linear_time(kind, spill):
    """Four times the rows take at most about four times as long, whatever is in them."""

    def seconds(n: int) -> float:
        measure = Measure.COUNT if kind in {"groups", "alerts"} else Measure.DISTINCT
        bound = 1 if kind == "alerts" else n * 2 if kind == "values of one group" else 10
        c = correlation(measure, (Op.GTE, bound), timespan=n // 2)
        state = new_state(c, Memory(1 << 30, spill))
        size = 20_000
        batches = []
        for begin in range(0, n, size):
            numbers = np.arange(begin, begin + size)
            if kind == "backwards":
                numbers = n - numbers
            one = signals(c, [Row(0, 0, ("x",), 0, "v")])
            time = np.full(size, 1) if kind == "one time" else numbers
            key = np.repeat(one.key, size, axis=0)
            if kind in {"groups", "alerts"}:
                key = key + numbers.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
            value = (
                None if one.value is None else numbers.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93) + np.uint64(1)
            )
            if kind == "one group" and value is not None:
                value[:] = 5
            ids = np.stack(
                [numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15), numbers.astype(np.uint64)], axis=1
            )
            batches.append(
                type(one)(
                    one.data, np.zeros((1, size), np.int32), np.ones((1, size), np.int32), key,
                    np.zeros(size, np.int32), time.astype(np.int64), ids, value,
                )
            )  # fmt: skip
        begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        for batch in batches:
            wait = kind in {"backwards", "one time"}
            step(c, state, batch, -END if wait else int(batch.time[-1]))
        for _ in finish(c, state):
            pass
        return resource.getrusage(resource.RUSAGE_SELF).ru_utime - begun

    seconds(20_000)
    little = min(seconds(200_000) for _ in range(2))
    assert seconds(800_000) < 10 * little + 0.5
