"""State that is saved in mid-stream and taken up again goes on as if nothing had been; what is damaged is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from correlation_reference import Row, expected
from hypothesis import given
from hypothesis import strategies as st
from streams import MANY, SECRET, Measure, Op, Window, alerts, correlation, key, new_state, signals
from test_against_reference import VALUES, correlations, streams

from penstock.correlate.blobs import DELTA, VERSION, frame, identity
from penstock.correlate.journal import delta
from penstock.correlate.snapshot import restore, snapshot
from penstock.correlate.step import finish, step
from penstock.errors import OutsideError

ALL = [(m, w) for m in Measure for w in (Window.SLIDING, Window.TUMBLING, Window.SESSION)]


@MANY
@given(st.data())
def test_restored_at_any_step(data):
    """After each step the state may be saved by a delta, a snapshot taken, or all thrown away and restored."""
    c = data.draw(correlations(*data.draw(st.sampled_from(ALL))))
    if data.draw(st.integers(0, 5)) == 0:
        c = correlation(Measure.RULES, window=Window.ABSENCE, closers=(1,), timespan=data.draw(st.integers(1, 12)))
    steps = data.draw(streams(values=["p", "q", "r", None] if c.measure is Measure.DISTINCT else VALUES))
    wanted, accepted = expected(c, steps)
    state = new_state(c, journal=True)
    frames, deltas, out = [], [], []
    for at, one in enumerate(steps):
        state, raised = step(c, state, signals(c, one.rows), one.watermark)
        out += alerts(c, raised, at)
        if data.draw(st.booleans()):
            deltas.append(delta(state))
            what = data.draw(st.sampled_from(["go on", "snapshot", "crash", "crash"]))
            if what == "snapshot":
                frames = list(snapshot(state))
                deltas = deltas if data.draw(st.booleans()) else []
            elif what == "crash":
                state = restore(c, frames, deltas, secret=SECRET, journal=True)
                assert state.began == ""
    for piece in finish(c, state):
        out += alerts(c, piece, len(steps))
    assert sorted(out, key=key) == sorted(wanted, key=key)
    counts = state.counts
    assert (counts.late, counts.ungrouped, counts.unvalued) == (accepted.late, accepted.ungrouped, accepted.unvalued)


def some_state(journal=True):
    c = correlation(Measure.COUNT, (Op.GTE, 2))
    state = new_state(c, journal=journal)
    rows = [Row(t, t, ("x",)) for t in (1, 2, 5)]
    step(c, state, signals(c, rows), 2)
    return c, state


def test_a_snapshot_alone_is_enough():
    c, state = some_state(journal=False)
    again = restore(c, list(snapshot(state)), [], secret=SECRET)
    assert (again.passed, again.live, again.pending.waiting) == (state.passed, state.live, 1)


def test_a_changed_correlation_begins_empty_and_says_so():
    c, state = some_state()
    frames, deltas = list(snapshot(state)), [delta(state)]
    changed = replace(c, version="2")
    for given_frames, given_deltas in ((frames, []), ([], deltas), (frames, deltas)):
        again = restore(changed, given_frames, given_deltas, secret=SECRET)
        assert again.began == "the correlation's text has changed"
        assert (again.live, again.pending.waiting) == (0, 0)


def test_state_of_another_secret_is_not_taken_over():
    c, state = some_state()
    assert restore(c, [], [delta(state)], secret=(7, 7)).began


def test_state_of_another_layout_is_not_taken_over():
    c, state = some_state()
    blob = bytearray(delta(state))
    other = frame(DELTA, 1, identity(c, SECRET), b"")
    assert restore(c, [], [other], secret=SECRET).began == ""
    assert VERSION == 1
    import hashlib

    blob[4] = 9
    blob[-16:] = hashlib.blake2b(bytes(blob[:-16]), digest_size=16).digest()
    assert "another version" in restore(c, [], [bytes(blob)], secret=SECRET).began


@pytest.mark.parametrize("what", ["delta", "frame"])
def test_every_damaged_byte_is_noticed(what):
    c, state = some_state()
    blob = delta(state) if what == "delta" else next(iter(snapshot(state)))
    for at in range(len(blob)):
        bad = bytearray(blob)
        bad[at] ^= 1
        with pytest.raises(OutsideError):
            restore(c, [bytes(bad)] if what == "frame" else [], [bytes(bad)] if what == "delta" else [], secret=SECRET)


@given(st.binary(max_size=200))
def test_what_is_not_ours_is_refused(blob):
    c, _ = some_state()
    with pytest.raises(OutsideError):
        restore(c, [], [blob], secret=SECRET)


def test_what_is_missing_or_mixed_up_is_refused():
    c, state = some_state()
    first = delta(state)
    step(c, state, signals(c, [Row(9, 9, ("x",))]), 9)
    second = delta(state)
    frames = list(snapshot(state))
    for bad_frames, bad_deltas in (([], [second]), (frames[:-1], []), ([first], []), ([], frames), ([first], [second])):
        with pytest.raises(OutsideError):
            restore(c, bad_frames, bad_deltas, secret=SECRET)
    again = restore(c, [], [first, second], secret=SECRET)
    assert again.passed == 9
    assert again.deltas == 2


def test_deltas_older_than_the_snapshot_are_let_be():
    c, state = some_state()
    first = delta(state)
    frames = list(snapshot(state))
    again = restore(c, frames, [first], secret=SECRET)
    assert (again.passed, again.pending.waiting) == (2, 1)


def test_a_delta_is_small():
    """About 44 bytes a row that counts; a step without rows a few dozen."""
    c = correlation(Measure.DISTINCT, (Op.GTE, 3))
    state = new_state(c, journal=True)
    rows = [Row(1_000_000 + 500 * i, i, (f"user{i}",), 0, f"v{i}") for i in range(1000)]
    step(c, state, signals(c, rows), 1 << 40)
    assert len(delta(state)) < 46 * 1000
    step(c, state, signals(c, []), 1 << 41)
    assert len(delta(state)) < 200
