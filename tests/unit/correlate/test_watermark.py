"""How far event time has come."""

from __future__ import annotations

from penstock.correlate.watermark import BEGINNING, SECOND, Watermarks

HOUR = 3600 * SECOND


def made(**lateness: int) -> Watermarks:
    return Watermarks({name: n * SECOND for name, n in lateness.items()})


def test_one_stream_is_behind_its_newest_by_the_lateness():
    marks = made(a=5)
    marks.take("a", b"x", 100 * SECOND, 0, behind=False)
    assert marks.advance() == 95 * SECOND
    marks.take("a", b"x", 90 * SECOND, 0, behind=False)
    assert marks.advance() == 95 * SECOND


def test_a_stream_that_is_read_holds_what_others_have_reached():
    """Two files of the same day: while the second is read, time is where it is there."""
    marks = made(a=0)
    marks.take("a", b"x", 100 * SECOND, 0, behind=True)
    assert marks.advance() == BEGINNING
    marks.take("a", b"y", 10 * SECOND, 0, behind=False)
    assert marks.advance() == 10 * SECOND
    marks.take("a", b"y", 60 * SECOND, 0, behind=False)
    assert marks.advance({"a"}) == 100 * SECOND


def test_the_least_of_all_sources_that_are_not_quiet():
    marks = made(a=0, b=0)
    marks.take("a", b"x", 100 * SECOND, 0, behind=False)
    assert marks.advance() == BEGINNING, "b may have anything"
    assert marks.advance({"b"}) == 100 * SECOND
    marks.take("b", b"y", 50 * SECOND, 0, behind=False)
    assert marks.advance() == 100 * SECOND, "it never goes back"


def test_events_of_now_are_followed_by_the_clock():
    marks = made(a=5)
    marks.take("a", b"x", 1000 * SECOND, 1002 * SECOND, behind=False)
    marks.advance({"a"})
    assert marks.idle(1003 * SECOND) == 996 * SECOND
    assert marks.idle(1102 * SECOND) == 1095 * SECOND
    again = made(a=5)
    again.load(marks.dump())
    assert again.passed == 1095 * SECOND
    assert again.idle(1202 * SECOND) == 1195 * SECOND


def test_events_of_long_ago_are_not():
    marks = made(a=5)
    marks.take("a", b"x", 1000 * SECOND, 1000 * SECOND + 2 * HOUR, behind=False)
    assert marks.idle(1001 * SECOND + 2 * HOUR) == 996 * SECOND
    assert marks.idle(9 * HOUR) == 1000 * SECOND


def test_the_end():
    marks = made(a=5, b=5)
    marks.take("a", b"x", 1000 * SECOND, 0, behind=True)
    assert marks.ended() == 1000 * SECOND
