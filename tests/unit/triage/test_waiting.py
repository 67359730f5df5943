"""Alerts that wait for the watermark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.triage.waiting import Waiting, dump, load

entries = st.lists(
    st.tuples(st.integers(0, 50), st.uuids().map(str), st.just(b"{}")), max_size=40, unique_by=lambda e: e[1]
)


@given(entries, st.lists(st.integers(0, 8), max_size=40))
def test_they_leave_in_order_however_they_come(alerts, sizes):
    """Cut in any way, the watermark behind by what is still to come: the same sequence."""
    whole = sorted(alerts)
    one, out, at = Waiting(), [], 0
    for size in [*sizes, len(alerts)]:
        some, at = alerts[at : at + size], at + size
        left = min((e[0] for e in alerts[at:]), default=1_000)
        out += one.take(some, left - 1)[0]
    assert out == whole
    assert not len(one)
    assert not one.early


@given(entries, st.integers(0, 60), st.integers(1, 30))
def test_what_is_left_makes_the_same_again(alerts, watermark, bound):
    one, same = Waiting(bound), Waiting(bound)
    _, left = one.take(alerts, watermark)
    same.take(load(dump(left)), watermark)
    assert one.entries() == same.entries()


def test_when_there_is_no_room_the_oldest_do_not_wait():
    one = Waiting(bound=4)
    out, left = one.take([(n, str(n), b"{}") for n in range(5)], -1)
    assert [e[0] for e in out] == [0, 1, 2]
    assert [e[0] for e in left] == [3, 4]
    assert one.early == 3
    assert one.is_due(3)
    assert not one.is_due(2)
