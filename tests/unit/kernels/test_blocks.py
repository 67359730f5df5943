"""Records over several lines: the same ones however the bytes are cut, and those that a plain reading gives."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core import Batch
from penstock.sources.framing import Bounds, Framer
from penstock.sources.multiline import BlockFramer, EventFramer, Multiline, spans_lines
from penstock.sources.opening import open_stream
from penstock.sources.reading import Cursor, Stamp, read_batches
from penstock.sources.tables import DirectiveFramer, RowFramer


class Chunked:
    """A reader of so many bytes a call."""

    def __init__(self, raw: bytes, size: int) -> None:
        self.raw = raw
        self.size = size

    def readinto(self, room: memoryview) -> int | None:
        n = min(len(room), self.size, len(self.raw))
        room[:n] = self.raw[:n]
        self.raw = self.raw[n:]
        return n


Row = tuple[int, bytes, bytes | None]


def read(raw: bytes, framer: Framer, bounds: Bounds, chunk: int = 1 << 20) -> tuple[list[Row], dict[str, int]]:
    found: list[Row] = []
    filtered: dict[str, int] = {}
    for batch, _ in read_batches(Chunked(raw, chunk), framer, Stamp("t", bytes(16)), bounds):
        lines = batch.lines
        found += [(int(lines.position[i]), lines.record(i), lines.header) for i in range(len(lines))]
        for name, count in batch.filtered.items():
            filtered[name] = filtered.get(name, 0) + count
    return found, filtered


MAKERS = {
    "rows": lambda bounds: RowFramer(bounds, ord(","), ord('"')),
    "directives": DirectiveFramer,
    "events": EventFramer,
    **{rule.name: (lambda bounds, rule=rule: BlockFramer(bounds, rule)) for rule in Multiline},
}
pieces = st.one_of(
    st.sampled_from(
        [b"\n", b"\r\n", b'"', b'""', b",", b'"a\nb"', b"\0", b" ", b"\tat x\n", b"Caused by: x\n", b"2024-01-02 x\n",
         b"Jan  1 x\n", b"<Event>", b"<Event x='1'>", b"</Event>", b"<Events>", b"</Events>", b"<?xml?>", b"<EventID>",
         b"#Fields: a b\n", b"#Fields: c\n", b"# x\n", b"<", b"}", b"... 3 more\n", b"x" * 30]
    ),
    st.binary(max_size=5),
)  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=150, deadline=None)
@given(
    raw=st.lists(pieces, max_size=25).map(b"".join),
    chunk=st.integers(1, 9),
    size=st.integers(1, 50),
    records=st.integers(1, 4),
    lines=st.integers(2, 5),
    assembled=st.integers(5, 60),
)
def test_any_cut_gives_the_same(name, raw, chunk, size, records, lines, assembled):
    """Records, positions, headers and counts do not depend on chunks or batches."""
    wide = Bounds(lines=lines, assembled=assembled, longest=200)
    whole = read(raw, MAKERS[name](wide), wide)
    cut = Bounds(size=size, records=records, lines=lines, assembled=assembled, longest=200)
    assert read(raw, MAKERS[name](cut), cut, chunk) == whole
    places = [position for position, _, _ in whole[0]]
    assert places == sorted(set(places))


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(st.text("ab,\n\"'é", max_size=6), min_size=2, max_size=4), min_size=1, max_size=8))
def test_rows_are_those_that_were_written(rows):
    """What the csv module writes comes out a row a record."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["h1", "h2"], *rows])
    bounds = Bounds()
    found, filtered = read(out.getvalue().encode(), RowFramer(bounds, ord(","), ord('"')), bounds)
    assert [next(csv.reader(io.StringIO(record.decode(), newline=""))) for _, record, _ in found] == rows
    assert filtered == {"header": 1}
    assert {header for _, _, header in found} == {b'"h1","h2"'}


def test_a_stray_quote_costs_one_line():
    bounds = Bounds(lines=5)
    raw = b'a,b,c\n1,"2,3\n' + b"4,5,6\n" * 9
    found, _ = read(raw, RowFramer(bounds, ord(","), ord('"')), bounds)
    assert [record for _, record, _ in found] == [b'1,"2,3', *[b"4,5,6"] * 9]


def test_directives_hold_for_what_follows():
    raw = b"#Software: x\n#Fields: a b\n1 2\n3 4\n#Fields: c\n5\n# a comment\n6\n"
    bounds = Bounds()
    found, filtered = read(raw, DirectiveFramer(bounds), bounds)
    first, second = b"#Software: x\n#Fields: a b", b"#Software: x\n#Fields: c"
    assert [row[1:] for row in found] == [(b"1 2", first), (b"3 4", first), (b"5", second), (b"6", second)]
    assert filtered == {"comment": 4}


EVENT = (
    "<Event xmlns='x'>\n  <System><EventID>{}</EventID></System>\n  <EventData><Data>a\nb</Data></EventData>\n</Event>"
)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 6),
    between=st.sampled_from(["", "\n", "\r\n", " "]),
    wrapped=st.booleans(),
    chunk=st.integers(1, 70),
)
def test_events_one_by_one(count, between, wrapped, chunk):
    """On lines of their own or all on one, wrapped or not."""
    body = between.join(EVENT.format(i) for i in range(count))
    raw = f"<?xml version='1.0'?>\n<Events>{between}{body}</Events>\n" if wrapped else body
    bounds = Bounds(size=100)
    found, filtered = read(raw.encode(), EventFramer(bounds), bounds, chunk)
    assert [record.decode() for _, record, _ in found] == [EVENT.format(i) for i in range(count)]
    assert filtered == ({"wrapper": 3} if wrapped else {})


def test_an_event_without_an_end_costs_itself_only():
    raw = (EVENT.format(1) + "\n" + EVENT.format(2)[:35] + "\n" + EVENT.format(3) + "\nplain text\n").encode()
    bounds = Bounds()
    found, _ = read(raw, EventFramer(bounds), bounds)
    assert [re.findall(rb"EventID>(\d)", record) for _, record, _ in found] == [[b"1"], [], [b"3"], []]
    assert found[-1][1] == b"plain text"


def test_stack_traces():
    trace = (
        b"2024-05-01 10:00:00 ERROR boom\njava.lang.IllegalStateException: x\n\tat a.b(C.java:1)\n"
        b"Caused by: java.io.IOException: y\n\t... 3 more"
    )
    raw = trace + b"\n2024-05-01 10:00:01 INFO ok\n\n" + trace + b"\n"
    bounds = Bounds()
    found, filtered = read(raw, BlockFramer(bounds, Multiline.UNDATED), bounds)
    assert [record for _, record, _ in found] == [trace, b"2024-05-01 10:00:01 INFO ok", trace]
    assert filtered == {"empty_line": 1}
    found, _ = read(b"x\n\tat a\nCaused by: y\ny\n", BlockFramer(bounds, Multiline.JAVA), bounds)
    assert [record for _, record, _ in found] == [b"x\n\tat a\nCaused by: y", b"y"]


def test_bounds_of_an_assembled_record():
    bounds = Bounds(lines=3)
    found, _ = read(b"a\n" + b" b\n" * 5, BlockFramer(bounds, Multiline.INDENTED), bounds)
    assert [record for _, record, _ in found] == [b"a\n b\n b", b" b\n b\n b"]


def test_told_by_content():
    """A stream's first bytes choose; one whole event a line stays lines, and so does what only looks like a table."""

    def taken(raw: bytes) -> list[bytes]:
        found: list[bytes] = []

        def take(batch: Batch) -> None:
            found.extend(batch.lines.record(i) for i in range(len(batch.lines)))

        with open_stream(Chunked(raw, 1 << 20), Stamp("t", bytes(16)), Bounds(), Cursor()) as batches:
            for batch, _ in batches:
                take(batch)
        return found

    assert taken(EVENT.format(1).encode() + b"\n") == [EVENT.format(1).encode()]
    assert not spans_lines(b"<Event><System/></Event>\n<Event>")
    table = b'src_ip,user,message\n10.0.0.1,root,"two\nlines"\n10.0.0.2,bob,one\n'
    assert taken(table) == [b'10.0.0.1,root,"two\nlines"', b"10.0.0.2,bob,one"]
    assert taken(b"#Fields: date time\n1 2\n") == [b"1 2"]
    for line in (b"Jan  1 10:00:00 host prog: a, b, c", b"CEF:0|a|b|c|d|e|f|", b'{"a":1,"b":2,"c":3}', b"1,2,3"):
        assert taken(line + b"\n" + line + b"\n") == [line, line]
