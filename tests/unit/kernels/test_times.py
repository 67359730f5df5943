"""Times: every format by example, and the kernel against a slow reading by regular expressions."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.clocks import ZONES
from penstock.kernels.dates import DATE_INFERRED, ORDER_ASSUMED, YEAR_INFERRED, ZONE_AMBIGUOUS, ZONE_INFERRED
from penstock.kernels.render import EARLIEST, LATEST, MISSING, TIME_ROOM, render_times
from penstock.kernels.times import parse_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
MONTHS = "january february march april may june july august september october november december".split()


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


REFERENCE = micros_of(datetime(2026, 11, 23, 15, tzinfo=UTC))


def parse(values: list[bytes | None], zone: int = 0, reference: int = REFERENCE) -> list[tuple[int, int] | None]:
    """(microseconds, rule) a value, None where it is bad or absent; in one call, so that what is remembered counts."""
    text = Text.of(b"".join(v or b"" for v in values))
    length = np.array([-1 if v is None else len(v) for v in values], np.int32)
    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
    micros = np.zeros(len(values), np.int64)
    rule = np.full(len(values), 255, np.uint8)
    bad = np.zeros(len(values), np.uint8)
    parse_times(text.data, start, length, zone, reference, micros, rule, bad)
    assert all((m == MISSING) == (b == 1 or n < 0) for m, b, n in zip(micros, bad, length, strict=True))
    return [None if m == MISSING else (int(m), int(r)) for m, r in zip(micros, rule, strict=True)]


# The slow twin ------------------------------------------------------------------------------------------------------

BLANK = r"[ \t]*"
MONTH = "(?P<m>(?:" + "|".join([*MONTHS, "sept", *(m[:3] for m in MONTHS)]) + ")(?![a-z]))"
YEAR = r"(?:(?:[/.-]|,[ \t]*|[ \t]*)(?P<y>(?!0000)\d{4})(?!\d)|[/.-](?P<y2>\d{2})(?![\d:]))?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}(?![a-z]),?[ \t]*)?"
DATES = [
    re.compile(pattern.encode(), re.IGNORECASE)
    for pattern in (
        WEEKDAY + MONTH + BLANK + r"(?P<d>\d{1,2})(?!\d)" + YEAR,
        WEEKDAY + r"(?P<y>(?!0000)\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<compact>(?!\d)|(?=\d{6}(?!\d)))",
        WEEKDAY + r"(?P<y>(?!0000)\d{4})(?:([-/.])| [ \t]*)" + MONTH + r"(?:(?(2)\2| )| )[ \t]*(?P<d>\d{1,2})(?!\d)",
        WEEKDAY + r"(?P<y>(?!0000)\d{4})([-/.])(?P<m>\d{1,2})(?!\d)\2(?P<d>\d{1,2})(?!\d)",
        WEEKDAY + r"(?P<d>\d{1,2})(?:[-/.]| [ \t]*|(?=[a-z]))" + MONTH + YEAR,
        WEEKDAY
        + r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?!\d)"
        + r"(?:(?P=s)(?:(?P<y>(?!0000)\d{4})(?!\d)|(?P<y2>\d{2})(?![\d:])))?",
    )
]
CLOCK = re.compile(rb"(\d{1,2}):(\d\d)(?!\d)(?::(\d\d)(?!\d)|(?!:\d))")
COMPACT_CLOCK = re.compile(rb"(\d\d)(\d\d)(\d\d)?(?!\d)")
OFFSET = re.compile(rb"([+-])(?:(\d\d)(\d\d)(?!\d)|(\d{1,2})(?!\d)(?::(\d\d)(?!\d)|(?!:\d)))")


def seconds_of(match: re.Match[bytes] | None) -> int | None:
    if match is None:
        return None
    h, m, s = (int(g or 0) for g in match.groups())
    total = h * 3600 + m * 60 + s
    if m > 59 or s > 60 or h > 24 or (s == 60 and m % 15 != 14) or (h == 24 and total != 86_400):
        return None
    return total


def slow_epoch(v: bytes) -> int | None:
    if net := re.fullmatch(rb"\\?/Date\((-?)(\d{1,15})([+-].*)?\)\\?/", v, re.DOTALL):
        sign, digits, zone = net.groups()
        if zone and not ((z := OFFSET.fullmatch(zone)) and sane_offset(z) is not None):
            return None
        return int(sign + digits) * 1000
    match = re.fullmatch(rb"(\d+)(?:[.,](\d+))?", v)
    if not match:
        return None
    digits, fraction = match.groups()
    value, part = int(digits), int(((fraction or b"") + b"000000")[:6])
    match len(digits):
        case 9 | 10:
            return value * 1_000_000 + part
        case 13:
            return value * 1000 + part // 1000
        case 16 if fraction is None:
            return value
        case 19 if fraction is None and value < 2**63:
            return value // 1000
        case 18 if fraction is None:
            return value // 10 - 11_644_473_600_000_000
    return None


def sane_offset(match: re.Match[bytes]) -> int | None:
    sign, h4, m4, h, m = match.groups()
    hours, minutes = int(h4 or h), int(m4 or m or 0)
    if hours > 23 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if sign == b"-" else 1)


def slow_tail(v: bytes) -> tuple[int, int | None, int, int] | None:
    """(year, minutes east, rule, meridian) or None."""
    year, east, rule, meridian, zoned = 0, None, 0, 0, 0
    while v:
        if v[:1] in b" \t":
            v = v[1:]
        elif v[:1] in b"+-":
            z = OFFSET.match(v)
            if not z or zoned == 2 or (east := sane_offset(z)) is None:
                return None
            zoned, v = 2, v[z.end() :]
        elif y := re.match(rb"\d+", v):
            if len(y[0]) != 4 or year or int(y[0]) == 0:
                return None
            year, v = int(y[0]), v[4:]
        elif name := re.match(rb"[A-Za-z]{1,32}", v):
            word = name[0]
            if word.upper() in (b"AM", b"PM"):
                if meridian:
                    return None
                meridian = 1 + (word.upper() == b"PM")
            elif zoned:
                return None
            elif word in b"Zz":
                east, zoned = 0, 2
            elif v[len(word) : len(word) + 1] == b"/" and len(word) > 1 and word[:1].isupper():
                word = re.match(rb"[A-Za-z]+(/[A-Za-z/_-]*)", v[:40])[0]  # type: ignore[index]
                rule, zoned = ZONE_AMBIGUOUS, 2
            elif word != b"UT" and not (3 <= len(word) <= 5 and word.isupper()):
                return None
            else:
                east = ZONES.get(word.decode())
                zoned = 1 if word in (b"UTC", b"GMT") else 2
                rule = ZONE_AMBIGUOUS if east is None else 0
            v = v[len(word) :]
        elif v[:1] == b"(" and zoned and b")" in v:
            v = v[v.index(b")") + 1 :]
        else:
            return None
    return year, east, rule, meridian


def slow(v: bytes | None, zone: int, reference: int) -> tuple[int, int] | None:
    if v is None:
        return None
    v = v.strip(b" \t")
    if len(v) > 2:
        if v[:1] == b"[" and v[-1:] == b"]":
            v = v[1:-1].strip(b" \t")
        elif v[:1] in b"*.":
            v = v[1:]
        v = v.removesuffix(b":")
    rule = 0
    year: int | None = None
    floating = False
    match = next((m for d in DATES if (m := d.match(v))), None)
    parts = match.groupdict() if match else {}
    if match and parts.get("s") == b"." and not (parts["y"] or parts["y2"]):
        match = None
    if match is None:
        if (t := slow_epoch(v)) is not None and EARLIEST <= t <= LATEST:
            return t, 0
        clock = CLOCK.match(v)
        seconds = seconds_of(clock)
        if seconds is None:
            return None
        floating = True
        rest = v[clock.end() :]  # type: ignore[union-attr]
        month = day = 0
    else:
        year = int(parts["y"]) if parts["y"] else None
        if parts.get("y2"):
            year = int(parts["y2"]) + (2000 if int(parts["y2"]) < 70 else 1900)
            rule |= YEAR_INFERRED
        if "a" in parts:
            a, b = int(parts["a"]), int(parts["b"])
            if a <= 12 and b <= 12 and a != b:
                rule |= ORDER_ASSUMED
            month, day = (b, a) if a > 12 or (parts["s"] == b"." and b <= 12) else (a, b)
        else:
            m = parts["m"].decode().lower()
            month = int(m) if m.isdigit() else next(i for i, x in enumerate(MONTHS, 1) if x[:3] == m[:3])
            day = int(parts["d"])
        try:
            date(year or 2024, month, day)
        except ValueError:
            return None
        rest = v[match.end() :]
        separator = re.match(rb"[Tt_,:-][ \t]*|[ \t]+", rest)
        after = rest[separator.end() :] if separator else rest
        compact = "compact" in parts or (match.re is DATES[3] and match[2] == b"-")
        clock = CLOCK.match(after) or (COMPACT_CLOCK.match(after) if compact else None)
        seconds = seconds_of(clock)
        if seconds is not None and (separator or compact):
            rest = after[clock.end() :]  # type: ignore[union-attr]
        elif year:
            seconds = None
        else:
            return None
    part = 0
    if seconds is not None and (fraction := re.match(rb"[.,](\d+)", rest)):
        part = int((fraction[1] + b"000000")[:6])
        rest = rest[fraction.end() :]
    seconds = seconds or 0
    tail = slow_tail(rest)
    if tail is None:
        return None
    late, east, more, meridian = tail
    rule |= more
    if meridian:
        if not 1 <= seconds // 3600 <= 12:
            return None
        seconds = seconds % 43_200 + (43_200 if meridian == 2 else 0)
    if east is None:
        east = zone
        rule |= ZONE_INFERRED
    of_day = (seconds - east * 60) * 1_000_000 + part

    def at(y: int) -> int:
        return (date(y, month, day) - date(1970, 1, 1)).days * DAY + of_day

    if late:
        if year or floating:
            return None
        try:
            t = at(late)
        except ValueError:
            return None
    elif floating:
        rule |= DATE_INFERRED
        t = reference // DAY * DAY + of_day
        t += DAY * ((reference - t > DAY // 2) - (t - reference > DAY // 2))
    elif year:
        t = at(year)
    else:
        rule |= YEAR_INFERRED
        near = (EPOCH + timedelta(microseconds=reference)).year
        years = [
            y
            for y in range(near - 9, near + 2)
            if (month, day) != (2, 29) or (y % 4 == 0 and (y % 100 or y % 400 == 0))
        ]
        t = max(x for y in years if (x := at(y)) <= reference + DAY)
    return (t, rule) if EARLIEST <= t <= LATEST else None


# Examples -----------------------------------------------------------------------------------------------------------

AT = "2026-11-23T10:00:01"
SAME_SECOND = """\
2026-11-23T10:00:01Z | 0
2026-11-23t10:00:01z | 0
2026-11-23T11:00:01+01:00 | 0
2026-11-23 11:00:01 +0100 | 0
2026-11-23 10:00:01 | 2
2026-11-23 10:00:01 UTC | 0
2026-11-23 12:00:01 UTC+02:00 | 0
2026-11-23T07:00:01 GMT-3 | 0
20261123T100001Z | 0
20261123T063001-0330 | 0
20261123100001Z | 0
Mon 2026-11-23 10:00:01 UTC | 0
Nov 23 10:00:01 | 3
Nov 23  10:00:01 | 3
2026 Nov 23 10:00:01 | 2
Nov 23 2026 10:00:01 | 2
Nov 23 10:00:01 2026 | 2
Nov 23 10:00:01 UTC 2026 | 0
November 23, 2026 10:00:01 AM | 2
*Nov 23 10:00:01: | 3
.Nov 23 2026 11:00:01 CET: | 0
Nov 23 10:00:01 IST | 7
Nov 23 10:00:01 CST | 7
Nov 23 2026 05:00:01 EST | 0
2026-11-23T10:00:01 Europe/Berlin | 6
23/Nov/2026:11:00:01 +0100 | 0
[23/Nov/2026:11:00:01 +0100] | 0
[Mon Nov 23 10:00:01 2026] | 2
Mon Nov 23 10:00:01 2026 | 2
Mon Nov 23 11:00:01 +0100 2026 | 0
2026/11/23 10:00:01 | 2
2026.11.23 10:00:01 | 2
23-Nov-2026 10:00:01 | 2
23-Nov-26 10:00:01 | 3
23Nov2026 10:00:01 | 2
23 Nov 2026 10:00:01 +0000 | 0
23 Nov 10:00:01 | 3
Mon, 23 Nov 2026 11:00:01 +0100 (CET) | 0
11/23/2026 10:00:01 AM | 2
23/11/2026 10:00:01 | 2
23.11.2026 10:00:01 | 2
11/23/26,10:00:01 | 3
11/23-10:00:01 | 3
11/23/2026-10:00:01 | 2
10:00:01 | 18
1795428001 | 0
1795428001.0 | 0
1795428001000 | 0
1795428001000000 | 0
1795428001000000999 | 0
134399016010000000 | 0
/Date(1795428001000)/ | 0
\\/Date(1795428001000+0100)\\/ | 0
 2026-11-23T10:00:01Z  | 0"""


@pytest.mark.parametrize("line", SAME_SECOND.split("\n"))
def test_each_format_gives_the_same_second(line: str) -> None:
    value, rule = line.rsplit("|", 1)
    want = micros_of(datetime.fromisoformat(AT + "+00:00"))
    assert parse([value.strip("|")[:-1].encode()]) == [(want, int(rule))]


@pytest.mark.parametrize(
    ("value", "want", "rule"),
    [
        ("2026-11-23T10:00:01.123456789Z", "2026-11-23T10:00:01.123456Z", 0),
        ("2026-11-23T10:00:01,5Z", "2026-11-23T10:00:01.5Z", 0),
        ("Nov 23 10:00:01.123", "2026-11-23T10:00:01.123Z", 3),
        ("1764000000.1", "2025-11-24T16:00:00.1Z", 0),
        ("1764000000123456789", "2025-11-24T16:00:00.123456Z", 0),
        ("999999999", "2001-09-09T01:46:39Z", 0),
        ("2026-11-23", "2026-11-23T00:00:00Z", ZONE_INFERRED),
        ("2026-11-23T10:00Z", "2026-11-23T10:00:00Z", 0),
        ("11/23/2026 12:00:01 AM", "2026-11-23T00:00:01Z", ZONE_INFERRED),
        ("11/23/2026 12:00:01 PM", "2026-11-23T12:00:01Z", ZONE_INFERRED),
        ("03/04/2026 10:00:01", "2026-03-04T10:00:01Z", ZONE_INFERRED | ORDER_ASSUMED),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 0),
        ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00Z", 0),
        ("Nov 24 14:59:59", "2026-11-24T14:59:59Z", 3),
        ("Nov 24 15:00:01", "2025-11-24T15:00:01Z", 3),
        ("Feb 29 10:00:00", "2024-02-29T10:00:00Z", 3),
        ("23:59:59", "2026-11-23T23:59:59Z", DATE_INFERRED | ZONE_INFERRED),
        ("02:59:59", "2026-11-24T02:59:59Z", DATE_INFERRED | ZONE_INFERRED),
    ],
)
def test_what_a_value_says_and_what_was_inferred(value: str, want: str, rule: int) -> None:
    assert parse([value.encode()]) == [(micros_of(datetime.fromisoformat(want)), rule)]


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "-", "foo", "12", "0", "2026-02-30T00:00:00Z", "Feb 30 10:00:00", "2026-13-01", "0000-01-01T00:00:00Z",
        "2026-11-23T25:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:60Z", "2026-11-23T10:00:61Z",
        "2026-11-23T10:00:01+24:00", "2026-11-23T10:00:01 nowhere", "Nov 23 10:00:01 web1", "11/23", "Nov 23",
        "11/23/2026 13:00:01 PM", "11/23/2026 00:00:01 AM", "0001-01-01T00:00:00+01:00", "9223372036854775808",
        "Nov 23 2026 10:00:01 2026", "2026-11-23T10:00:01ZZ", "Feb 29 10:00:00 2026", "10:00:012026",
    ],
)  # fmt: skip
def test_what_is_no_time(value: str) -> None:
    assert parse([value.encode()]) == [None]


def test_new_year_works_both_ways() -> None:
    new_year = micros_of(datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC))
    old_year = micros_of(datetime(2026, 12, 31, 23, 59, 55, tzinfo=UTC))
    values: list[bytes | None] = [b"Dec 31 23:59:59", b"Jan  1 00:00:01"]
    want = [
        micros_of(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        micros_of(datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)),
    ]
    for reference in (new_year, old_year):
        assert [r[0] for r in parse(values, reference=reference) if r] == want


def test_zone_of_the_source_counts_where_the_text_has_none() -> None:
    got = parse([b"2026-11-23 10:00:01", b"2026-11-23 10:00:01Z", b"Nov 23 10:00:01 IST", None], zone=120)
    at = micros_of(datetime.fromisoformat(AT + "+00:00"))
    assert got == [(at - 2 * 3_600_000_000, 2), (at, 0), (at - 2 * 3_600_000_000, 7), None]


# Properties ---------------------------------------------------------------------------------------------------------

PIECES = [
    b"2026", b"11", b"23", b"26", b"3", b"29", b"02", b"0000", b"20261123", b"100001", b"10", b"10:00:01", b"23:59:60",
    b"24:00:00", b"7:05", b"12:30:00", b".123", b",5", b".123456789", b"Nov", b"feb", b"September", b"sept", b"Mon",
    b"Monday,",
    b" ", b"  ", b"-", b"/", b".", b":", b"T", b"Z", b"UTC", b"GMT", b"CET", b"IST", b"AM", b"pm",
    b"+01:00", b"-0330", b"+5", b"(CET)", b"[", b"]", b"*",
    b"1764000000", b"1764000000123456789", b"134088840011234567",
    b"/Date(", b")/", b"Europe/Berlin", b"9" * 19, b"\x00", b"\xff", b",", b"_", b"\t",
]  # fmt: skip
KNOWN = [line.rsplit("|", 1)[0][:-1].encode() for line in SAME_SECOND.split("\n")]
TIMEISH = st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join)


@st.composite
def nearly(draw: st.DrawFn) -> bytes:
    """A real format with one piece put in, taken out or replaced."""
    value = draw(st.sampled_from(KNOWN))
    at = draw(st.integers(0, len(value)))
    gone = draw(st.integers(0, 3))
    return value[:at] + draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=2))) + value[at + gone :]


VALUES = st.lists(st.one_of(st.none(), st.sampled_from(KNOWN), nearly(), TIMEISH, st.binary(max_size=30)), max_size=8)


@given(
    VALUES, st.integers(-1439, 1439), st.integers(micros_of(datetime(1999, 1, 1, tzinfo=UTC)), 4_000_000_000_000_000)
)
def test_agrees_with_the_slow_reading(values: list[bytes | None], zone: int, reference: int) -> None:
    assert parse(values, zone, reference) == [slow(v, zone, reference) for v in values]


FORMATS = [
    "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f +0000", "%d/%b/%Y:%H:%M:%S.%f +0000", "%b %d %Y %H:%M:%S.%f UTC",
    "%a %b %d %H:%M:%S.%f %Y UTC", "%Y/%m/%d %H:%M:%S.%f UTC", "%a, %d %b %Y %H:%M:%S.%f GMT", "%Y%m%dT%H%M%S.%fZ",
    "%B %d, %Y %I:%M:%S.%f %p UTC", "%d.%m.%Y %H:%M:%S.%f Z",
]  # fmt: skip


MOMENTS = st.integers(micros_of(datetime(1000, 1, 1, tzinfo=UTC)), int(LATEST)).map(
    lambda t: EPOCH + timedelta(microseconds=t)
)


@given(
    st.lists(MOMENTS, min_size=1, max_size=9),
    st.data(),
)
def test_what_is_written_is_read(moments: list[datetime], data: st.DataObject) -> None:
    values: list[bytes | None] = [m.strftime(data.draw(st.sampled_from(FORMATS))).encode() for m in moments]
    got = parse(values)
    assert [g and g[0] for g in got] == [micros_of(m) for m in moments]


@given(
    st.lists(
        st.one_of(st.just(int(MISSING)), st.integers(int(EARLIEST) - 5, int(LATEST) + 5), st.integers(0, 200_000_000)),
        max_size=20,
    )
)
def test_rendered_times_are_what_datetime_writes(instants: list[int]) -> None:
    text = Text.of(b"before", TIME_ROOM * len(instants))
    start = np.zeros(len(instants), np.int32)
    length = np.zeros(len(instants), np.int32)
    used = render_times(text.data, text.used, np.array(instants, np.int64), start, length)
    present = [EARLIEST <= t <= LATEST for t in instants]
    assert used == 6 + TIME_ROOM * sum(present)
    assert text.slice(0, 6) == b"before"
    for t, p, s, n in zip(instants, present, start, length, strict=True):
        if not p:
            assert n == -1
            continue
        moment = EPOCH + timedelta(microseconds=t)
        want = f"{moment:%m-%dT%H:%M:%S.%f}Z"
        assert text.slice(s, n).decode() == f"{moment.year:04d}-{want}"
