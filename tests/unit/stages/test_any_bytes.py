"""Whatever comes, each record is one event or one reject, every event is whole, and batches and threads do not matter."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.content.catalogue import Catalogue
from penstock.content.places import packs_dir
from penstock.core import fold
from penstock.formats.rejected import reject_ndjson
from penstock.pipeline import stages

ALWAYS = (
    "@timestamp event.ingested event.id event.original event.dataset event.kind ecs.version penstock.schema.version "
    "penstock.category penstock.pack"
).split()

SAMPLES = sorted(
    line
    for path in packs_dir().glob("*/samples/*.log")
    for line in path.read_bytes().splitlines()[:4]
    if line and len(line) < 3000
)

heads = st.sampled_from([
    b"", b"<34>", b"<34>1 2026-11-23T10:00:00Z h a 1 - - ", b"<13>Nov 23 10:00:00 h a[1]: ", b"Nov 23 10:00:00 h sshd[1]: ",
    b"CEF:0|a|b|c|d|e|1|", b"LEEF:1.0|a|b|c|d|", b'{"a":', b"<Event xmlns='x'>", b"%ASA-6-302013: ", b"a=b c=d e=",
    b'{"eventVersion":"1.08","userIdentity":{"type":', b"#Fields: a b", b"@cee: {", b"1.2.3.4 - - [",
])  # fmt: skip
bodies = st.one_of(
    st.binary(max_size=40), st.text(max_size=40).map(str.encode), st.sampled_from([b"[]", b"[1]", b'["a"]'])
)
made = st.builds(bytes.__add__, heads, bodies)


@st.composite
def broken_samples(draw) -> bytes:
    """A sample with something cut out, doubled, or put in."""
    raw = draw(st.sampled_from(SAMPLES))
    i, j = sorted(draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)))))
    what = draw(st.sampled_from(["cut", "twice", "in", "end", "whole"]))
    inside = draw(
        st.one_of(st.sampled_from([b'"', b"\\", b"[", b'["x"]', b"{", b" ", b"\0", b"\xff", b"=", b"|"]), bodies)
    )
    match what:
        case "cut":
            return raw[:i] + raw[j:]
        case "twice":
            return raw[:j] + raw[i:]
        case "in":
            return raw[:i] + inside + raw[i:]
        case "end":
            return raw[:i]
    return raw


records = st.lists(st.one_of(made, broken_samples(), broken_samples()), min_size=1, max_size=12)


def is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def own_original(line: bytes) -> object:
    """What an event row, if it is one, says was its record."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return row.get("event.original") if isinstance(row, dict) and "event.id" in row else None


@settings(max_examples=60)
@given(records)
@example([b"", b" ", b"\t", b"\0", b"<34>", b"<34>1 ", b"{", b"{}", b"[]", b"\xef\xbb\xbf"])
@example([b'{"process":{"args":["a",1,{"b":2},["c"]]},"tags":"[\\"}]","host":{"ip":["10.0.0.1","no"]}}'])
def test_every_record_is_one_event_or_one_reject(flow, bundled: Catalogue, lines):
    found = flow.through(bundled, *lines)  # checks the accounting
    assert len(found.events) + len(found.rejects) == len(lines)
    refused = {r[0] for r in found.rejects}
    kept = [line for i, line in enumerate(lines) if i not in refused]
    for row, line in zip(found.events, kept, strict=True):
        assert row["event.original"] in (line.decode(), own_original(line))
        assert all(row.get(name) not in (None, "") for name in ALWAYS if name != "event.original")
        assert "null" not in {repr(v) for v in row.values()}
        assert str(row["@timestamp"]).endswith("Z")
        for name, value in row.items():
            known = bundled.schema.get(name)
            assert known is not None, name
            assert isinstance(value, list) == known.many, (name, value)
            for one in value if isinstance(value, list) else [value]:
                wanted = {"LONG": int, "DOUBLE": (int, float), "BOOLEAN": bool}.get(known.kind, str)
                assert isinstance(one, wanted), (name, value)
    for row, category, _, message in found.rejects:
        assert is_text(lines[row]) == (category != "ENCODING_ERROR")
        assert message


@settings(max_examples=25)
@given(records, st.data())
def test_batches_do_not_matter(flow, bundled: Catalogue, lines, data):
    """The same rows however the lines are cut into batches, whatever the stages have seen before."""
    whole = flow.through(bundled, *lines)
    run = stages(bundled)
    events, rejects, at = [], [], 0
    first = 0
    while first < len(lines):
        last = data.draw(st.integers(first + 1, len(lines)))
        part = flow.outcome_of(fold(run, flow.batch_of(lines[first:last], first=at)))
        events += part.events
        rejects += [(r[0] + first, *r[1:]) for r in part.rejects]
        at += sum(len(r) + 1 for r in lines[first:last])
        first = last
    assert events == whole.events
    assert rejects == whole.rejects


def test_threads_do_not_matter(flow, bundled: Catalogue):
    """Two threads in the same stages at once: the same as one after the other."""
    run = stages(bundled)
    parts = [SAMPLES[i::16] for i in range(16)]
    wanted = [flow.outcome_of(fold(stages(bundled), flow.batch_of(p))) for p in parts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda p: flow.outcome_of(fold(run, flow.batch_of(p))), parts * 3))
    assert [f.events for f in found] == [w.events for w in wanted] * 3


def test_rejects_are_rows(flow, bundled: Catalogue):
    done = fold(stages(bundled), flow.batch_of([b"\xff", b"gibberish", b'{"a":', b"<34>1 x"]))
    rows = [orjson.loads(line) for line in bytes(reject_ndjson(done)).splitlines()]
    assert [r["error.category"] for r in rows] == [
        "ENCODING_ERROR",
        "PARSE_ERROR",
        "PARSE_ERROR",
        "UNKNOWN_FORMAT",
    ] or {r["error.category"] for r in rows} == {"ENCODING_ERROR", "PARSE_ERROR", "UNKNOWN_FORMAT"}


@pytest.mark.parametrize(
    "line",
    [
        b"Nov 23 10:00:00 h sshd[1]: Failed password for " + b"x from " * 150_000 + b"203.0.113.7 port 1 ssh2",
        b'{"' + b"n" * 500_000 + b'":{' + b",".join(b'"%d":1' % i for i in range(50_000)) + b"}}",
        b"CEF:0|a|b|c|d|e|1|" + b"k=v " * 250_000,
        b"a=b c=d e=f " + b"k=" * 500_000,
        b"<34>1 " + b"[" * 1_000_000,
        b" " * 1_000_000,
        b'{"a":"' + b"\\u0001" * 170_000 + b'"}',
        b"<Event xmlns='x'>" + b"<a>" * 330_000,
        b"[" * 1_000_000,
    ],
    ids=["names", "paths", "cef", "pairs", "brackets", "spaces", "escapes", "xml", "nesting"],
)
def test_a_mib_of_malice_costs_about_a_mib(flow, bundled: Catalogue, line):
    """Time and room stay in proportion (the suite's time limit would show the first)."""
    batch = flow.batch_of([line])
    done = fold(stages(bundled), batch)
    flow.outcome_of(done)
    assert batch.lines.text.used < 40 * len(line)
