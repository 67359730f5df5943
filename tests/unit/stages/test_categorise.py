"""Categories: a pack's word stands, else the rules in their order; what comes of it stands on the event."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import re

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.content.conditions import BEGINS, ENDS, Condition
from penstock.content.taxonomy.rule import FIELDS, LAST, PATTERN, WORDS, Rule
from penstock.content.taxonomy.rules import category_rules
from penstock.core import fold
from penstock.formats.arrow import to_arrow
from penstock.formats.ndjson import to_ndjson
from penstock.pipeline import stages
from penstock.schema.contexts import contexts
from penstock.stages.categorise import uncategorised

CATEGORY, RULE, CONFIDENCE = "penstock.category", "penstock.category_rule", "penstock.category_confidence"
FAILED = b"<38>Nov 23 10:00:01 web1 sshd[12]: Failed password for root from 203.0.113.7 port 40222 ssh2"

Row = dict[str, object]


def decided(row: Row) -> tuple[object, object, object]:
    return row[CATEGORY], row.get(RULE), row.get(CONFIDENCE)


# a pack's word


def test_a_packs_pattern_decides(flow, bundled):
    row = flow.through(bundled, FAILED).only
    assert decided(row) == ("auth.credential_mismatch", "linux_auth.sshd/failed", 100)


def test_a_packs_step_decides(flow, bundled):
    line = b'203.0.113.9 - - [23/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 404 12 "-" "curl/8"'
    row = flow.through(bundled, line).only
    assert row[CATEGORY] == "application.not_found"
    assert str(row[RULE]).startswith(f"{row['event.dataset']}/lookup ")
    assert row[CONFIDENCE] == 100


PACK = """
  - name: log
    recognise: [{begins: ['GW: ']}]
    %s
    patterns:
      - {name: named, line: 'GW: named {message:rest}', category: auth.none}
      - {name: open, line: 'GW: open {message:rest}'}
    %s
"""


@pytest.mark.parametrize(
    ("top", "steps", "line", "wanted"),
    [
        ("", "", b"GW: named login failed", ("auth.none", "acme_gateway.log/named", 100)),
        ("", "", b"GW: open login failed", ("auth.unspecified", "taxonomy.auth/sign_in_failed", 72)),
        ("", "", b"GW: open zzz", ("unknown.uncategorized", None, None)),
        ("category: data.none", "", b"GW: open login failed", ("data.none", "acme_gateway.log/open", 100)),
        ("category: data.none", "steps: [{set: {penstock.category: auth.aborted}, when: {message: x}}]",
         b"GW: open x", ("auth.aborted", "acme_gateway.log/set message", 100)),
        ("category: data.none", "steps: [{set: {penstock.category: auth.aborted}, when: {message: x}}]",
         b"GW: open y", ("data.none", "acme_gateway.log/open", 100)),
        ("", "steps: [{set: {penstock.category: auth.aborted}, when: {message: x}}]",
         b"GW: named x", ("auth.none", "acme_gateway.log/named", 100)),
        ("", "steps: [{set: {penstock.category: auth.aborted}, when: {message: x}, over: true}]",
         b"GW: named x", ("auth.aborted", "acme_gateway.log/set message", 100)),
        ("", "steps: [{set: {penstock.category: unknown.uncategorized}, when: {message: {contains: failed}}, over: true}]",
         b"GW: named login failed", ("auth.unspecified", "taxonomy.auth/sign_in_failed", 72)),
        ("", "steps: [{lookup: {from: message, to: penstock.category, table: {x: auth.aborted}}}]",
         b"GW: open x", ("auth.aborted", "acme_gateway.log/lookup message", 100)),
    ],
)  # fmt: skip
def test_who_decides(pack_of, top, steps, line, wanted):
    assert decided(pack_of(PACK % (top, steps))(line).only) == wanted


@pytest.mark.parametrize("category", ["category: auth.none", ""])
def test_rows_are_decided_each_on_its_own(pack_of, category):
    """Several families and decisions in one batch, in the order of the records."""
    run = pack_of(PACK % (category, ""))
    lines = [b"GW: named a", b"GW: open login failed", b"GW: open b", b"GW: named c", b"GW: open no such user"]
    together = [decided(row) for row in run(*lines).events]
    assert together == [decided(run(line).only) for line in lines]


def test_no_column_is_left(flow, bundled):
    """Code, rule and confidence are constants of the frame's families, whatever the pack."""
    batch = fold(stages(bundled), flow.batch_of([FAILED, b'{"message": "login failed", "a": 1}', b'{"b": "zzz"}']))
    for frame in batch.events:
        assert not {CATEGORY, RULE, CONFIDENCE} & {*frame.names}
        assert all(CATEGORY in frame.constants[f] for f in frame.family)
        table = to_arrow(frame)
        if RULE in table.column_names:
            assert table[CONFIDENCE].to_pylist() == [frame.constants[f].get(CONFIDENCE) for f in frame.family]


def test_a_row_never_names_a_field_twice(flow, bundled):
    """A constant must not stand beside a column of its name."""
    lines = [FAILED, b'{"message": "login failed", "event": {"category": "web"}}', b'{"message": "login failed"}']
    for line in bytes(to_ndjson(fold(stages(bundled), flow.batch_of(lines)).events)).splitlines():
        names = re.findall(rb'"([\w.@]+)":', line)
        assert len(names) == len({*names}), line


# the ECS values that go with a code


@pytest.mark.parametrize(
    ("record", "category", "type_", "outcome"),
    [
        ({"message": "login failed"}, ["authentication"], ["start"], "failure"),
        # what the record says stays; a type goes with its category only
        ({"message": "login failed", "event.category": "web"}, ["web"], None, "failure"),
        ({"message": "login failed", "event.outcome": "unknown"}, ["authentication"], ["start"], "unknown"),
        # of work that went as asked no outcome follows unless the rule says so
        ({"message": "login successful"}, ["authentication"], ["start"], "success"),
        ({"message": "session opened"}, ["authentication", "session"], ["start"], None),
        ({"message": "zzz"}, None, None, None),
    ],
)
def test_ecs_follows_where_nothing_stands(flow, bundled, record, category, type_, outcome):
    row = flow.through(bundled, orjson.dumps(record)).only
    assert (row.get("event.category"), row.get("event.type"), row.get("event.outcome")) == (category, type_, outcome)


# the order of the rules


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        # fields before words
        ({"message": "login failed", "dns.response_code": "NXDOMAIN"}, "taxonomy.network/name_not_there"),
        # the surest of its kind: 85 before 83 before 72
        ({"message": "login failed: no such user"}, "taxonomy.auth/unknown_user"),
        ({"message": "login failed: wrong password"}, "taxonomy.auth/wrong_secret"),
        # words before patterns
        ({"message": ",,,,,,block,login failed"}, "taxonomy.auth/sign_in_failed"),
        ({"message": "5,,,1,em0,match,block,in,4"}, "taxonomy.network/pf_blocked"),
        # words of a message before those of the whole record, whatever their confidence
        ({"event.action": "started", "x": "invalid credentials"}, "taxonomy.system/began"),
        ({"x": "invalid credentials"}, "taxonomy.record/wrong_secret"),
        # what is left
        ({"message": "zzz", "event.category": "authentication", "event.outcome": "failure"},
         "taxonomy.auth/authentication_failed"),
        ({"message": "zzz", "log.level": "info"}, "taxonomy.system/system_says_something"),
    ],
)  # fmt: skip
def test_the_order_of_the_rules(flow, bundled, record, wanted):
    assert flow.through(bundled, orjson.dumps(record)).only[RULE] == wanted


def test_what_nothing_decides_is_told(flow, bundled):
    batch = fold(stages(bundled), flow.batch_of([b'{"message": "zzz"}', b'{"message": "login failed"}', FAILED]))
    open_ = {frame.dataset: frame.rows[uncategorised(frame)].tolist() for frame in batch.events}
    assert {k: v for k, v in open_.items() if v} == {"generic_json.event": [0]}


# contexts


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (FAILED, ["default_account", "privileged_account", "remote_access"]),
        (FAILED.replace(b"root", b"alice"), ["remote_access"]),
        (b'{"process.command_line": "vssadmin.exe Delete Shadows /all"}', ["recovery_inhibited"]),
        (b'{"message": "login failed: no such user", "user.name": "ZZTop"}', ["user_enumeration_indicator"]),
        (b'{"message": "zzz"}', None),
    ],
)
def test_contexts(flow, bundled, record, wanted):
    done = flow.outcome_of(fold(stages(bundled, context=True), flow.batch_of([record])))
    assert done.only.get("penstock.context") == wanted
    assert "penstock.context" not in flow.through(bundled, record).only


def test_contexts_change_nothing_else(flow, bundled):
    lines = [FAILED, b'{"message": "login failed"}', b'{"url.path": "/.env"}', b"<13>Nov 23 10:00:01 h a: b"] * 3
    without = flow.through(bundled, *lines).events
    with_ = flow.outcome_of(fold(stages(bundled, context=True), flow.batch_of(lines))).events
    assert [{k: v for k, v in row.items() if k != "penstock.context"} for row in with_] == without


# the slow and obvious way


def text_of(value: object) -> str:
    """A value as its column holds it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def holds(condition: Condition | None, row: Row) -> bool:
    if condition is None:
        return True
    value = row.get(condition.field)
    texts = [t.decode() for t in condition.texts]
    match condition.kind:
        case "all":
            return all(holds(part, row) for part in condition.parts)
        case "any":
            return any(holds(part, row) for part in condition.parts)
        case "not":
            return not holds(condition.parts[0], row)
        case "exists":
            return (value is not None) == condition.wanted
        case "in" if isinstance(value, list):
            return bool({*value} & {*texts})
        case "in":
            return value is not None and text_of(value).lower() in [t.lower() for t in texts]
        case _:
            test = {BEGINS: str.startswith, ENDS: str.endswith}.get(condition.how, str.__contains__)
            return value is not None and any(test(text_of(value), t) for t in texts)


def stands(phrase: str, text: str) -> bool:
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = re.sub(r"[^\x80-\U0010ffffa-zA-Z0-9]+", " ", text)
    words = f" {text.lower().strip()} "
    return (f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} ") in words


def said(rule: Rule, row: Row) -> bool:
    texts = [text_of(row[name]) for name in rule.within if name in row]

    def seen(group: tuple[str, ...]) -> bool:
        return any(stands(phrase, text) for phrase in group for text in texts)

    return all(map(seen, rule.words)) and not (rule.unless and seen(rule.unless))


def matches(line: str, text: str) -> bool:
    """A pattern of literals and `{}`: each capture ends at the first place where the literal after it stands."""
    first, *literals = re.split(r"\{(?::maybe)?\}", line.removesuffix("{:rest}"))
    if not text.startswith(first):
        return False
    at = len(first)
    for literal in literals:
        found = text.find(literal, at)
        if found < 0:
            return False
        at = found + len(literal)
    return True


def slow(rules: tuple[Rule, ...], row: Row) -> Rule | None:
    """The rule that decides: one after the other, row by row."""
    able = [rule for rule in rules if holds(rule.when, row)]
    for kind, ask in (
        (FIELDS, lambda _: True),
        (WORDS, lambda rule: not rule.looks_at_all and said(rule, row)),
        (WORDS, lambda rule: rule.looks_at_all and said(rule, row)),
        (PATTERN, lambda rule: any(matches(line, str(row.get(rule.source, ""))) for line in rule.lines)),
        (LAST, lambda _: True),
    ):
        found = next((rule for rule in able if rule.kind == kind and ask(rule)), None)
        if found is not None:
            return found
    return None


def words() -> st.SearchStrategy[str]:
    phrases = sorted({p for rule in category_rules()[0] for group in rule.words for p in group})
    some = st.sampled_from(phrases).map(lambda p: p.replace("*", "ing"))
    parts = st.lists(
        some | st.sampled_from(["x", "zzz 9", "0 errors", "5,,,1,e,m,block,i", "IN=a SRC=b DST=c"]), max_size=3
    )
    return parts.flatmap(lambda p: st.sampled_from([" ", ": ", "_", ","]).map(lambda s: s.join(p)))


RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "message": words(),
        "event.action": words() | st.sampled_from(["deny", "ALLOW", "create", "Microsoft.X/y/read", "alert"]),
        "event.reason": words(),
        "error.message": words(),
        "event.outcome": st.sampled_from(["success", "failure", "unknown"]),
        "event.category": st.sampled_from(["authentication", "network", "web", "iam"]),
        "log.level": st.sampled_from(["info", "ERROR", "warn"]),
        "source.ip": st.just("192.0.2.1"),
        "destination.ip": st.just("198.51.100.2"),
        "http.response.status_code": st.sampled_from([200, 401, 404, 503, 799]),
        "url.path": st.sampled_from(["/a", "/login/x"]),
        "http.request.method": st.sampled_from(["GET", "POST"]),
        "process.command_line": st.just("cmd"),
        "process.executable": st.just("/bin/x"),
        "dns.response_code": st.sampled_from(["NXDOMAIN", "NOERROR"]),
        "rule.name": words(),
        "event.provider": st.sampled_from(["x.googleapis.com", "aws:s3"]),
        "other": words(),
    },
)


@settings(max_examples=60)
@given(st.lists(RECORDS, min_size=1, max_size=12))
def test_as_asking_one_rule_after_the_other(flow, bundled, records):
    *ahead, judged, _ = stages(bundled)
    before = fold(ahead, flow.batch_of([orjson.dumps(record) for record in records]))
    rows = [orjson.loads(line) for line in bytes(to_ndjson(before.events)).splitlines()]
    after = [orjson.loads(line) for line in bytes(to_ndjson(judged(before).events)).splitlines()]
    assert len(rows) == len(after) == len(records)
    for row, found in zip(rows, after, strict=True):
        assert row[CATEGORY] == "unknown.uncategorized"
        rule = slow(bundled.taxonomy.codes.rules, row)
        wanted = (rule.target, rule.name, rule.confidence) if rule else ("unknown.uncategorized", None, None)
        assert decided(found) == wanted


@settings(max_examples=40)
@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_contexts_as_asking_one_rule_after_the_other(flow, bundled, records):
    done = fold(stages(bundled, context=True), flow.batch_of([orjson.dumps(record) for record in records]))
    for line in bytes(to_ndjson(done.events)).splitlines():
        row = orjson.loads(line)
        # what the rules of codes filled in, contexts may look at too
        found = {
            rule.target
            for rule in bundled.taxonomy.contexts.rules
            if holds(rule.when, row) and (not rule.codes or row[CATEGORY] in rule.codes) and said(rule, row)
        }
        assert row.get("penstock.context", []) == [name for name in contexts() if name in found]


def test_more_signatures_than_are_remembered(flow, bundled, monkeypatch):
    """Forgetting changes nothing."""
    lines = [
        orjson.dumps({"message": f"login failed {i}", "user.name": f"u{i}", "log.level": "info"}) for i in range(1, 9)
    ]
    wanted = flow.through(bundled, *lines).events
    monkeypatch.setattr("penstock.stages.judging.REMEMBERED", 0)
    assert flow.through(bundled, *lines).events == wanted
    assert np.unique([row[RULE] for row in wanted]).tolist() == ["taxonomy.auth/sign_in_failed"]
