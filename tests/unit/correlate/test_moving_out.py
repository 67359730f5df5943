"""A bound that is reached in mid-stream: arrays grow in memory, move to files, grow there, and are put out again and
again; what is raised is what the definitions say.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import MANY, Measure, Op, Row, Step, Window, correlation, new_state
from test_against_reference import VALUES, check, correlations, streams

from penstock.correlate import memory, tables
from penstock.correlate import step as stepping
from penstock.correlate.memory import Memory
from penstock.store.spill import FileSpill

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]


class Restless(FileSpill):
    """Says that too much of its files is in memory, whenever it is asked but at the beginning."""

    asked = 0

    def resident(self) -> int:
        self.asked += 1
        return self.asked << 30


@pytest.fixture(scope="module")
def spill(tmp_path_factory):
    return Restless(tmp_path_factory.mktemp("spill"))


@pytest.fixture(scope="module", autouse=True)
def _small():
    """Every array is large, and every few rows files are put out of memory."""
    patch = pytest.MonkeyPatch()
    for where, name, value in (
        (memory, "LARGE", 1), (memory, "LOOK", 2), (memory, "PART", 3), (stepping, "LOOK", 2), (stepping, "PIECE", 3),
        (tables, "LARGE", 1), (tables, "LEAST", 2), (tables, "IDLE", 64),
    ):  # fmt: skip
        patch.setattr(where, name, value)
    yield
    patch.undo()


@settings(MANY)
@given(st.data())
def test_types_and_windows(spill, data):
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    steps = data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES))
    bound = data.draw(st.integers(0, 8000))
    check(c, steps, new_state(c, Memory(bound, spill)))


@pytest.mark.parametrize("window", [Window.SLIDING, Window.TUMBLING])
def test_it_does_move(spill, window, monkeypatch):
    """States begin in memory and end in files, some by making room for the index; groups go out and come back."""
    c = correlation(Measure.COUNT, (Op.GTE, 2), window=window, timespan=5000)
    rows = [Row(i, i, (f"u{i % 300}",)) for i in range(900)]
    steps = [Step(tuple(rows[i : i + 30]), i + 29) for i in range(0, 900, 30)]
    moved = set()
    original = Memory.moved_out
    monkeypatch.setattr(Memory, "moved_out", lambda self, array: (moved.add(self.bound), original(self, array))[1])
    for bound in range(4_000, 64_000, 4_000):
        state = new_state(c, Memory(bound, spill))
        assert state.memory.filed == 0
        check(c, steps, state)
        assert state.memory.used <= bound
        if bound < 20_000:
            assert state.counts.spilled > 300
            assert state.counts.recalled > 300
    assert moved
