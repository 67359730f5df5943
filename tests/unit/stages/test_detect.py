"""What rules mean, by example: docs/reference/sigma.md sentence by sentence, and what once went wrong."""

# ruff: noqa: E501  tables and sentences stand as they are

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from oracle.world import Document, World, alerts_of, batch_of, write_packs
from penstock.content.sigma.rule_set import RuleSet
from penstock.core import fold
from penstock.detecting import detection

RULE = "00000000-0000-4000-8000-000000000000"
FILTER = "00000000-0000-4000-8001-000000000000"
LISTS = {"names": ("alice", "b*b"), "nobody": ()}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.of(write_packs(tmp_path_factory.mktemp("packs")))


def rule(detections: Any, condition: Any = "sel", **more: Any) -> Document:
    """A rule; detections without names are one, `sel`."""
    whole = detections if isinstance(condition, str) and condition != "sel" else {"sel": detections}
    return {
        "title": "a rule",
        "id": RULE,
        "logsource": {"product": "acme", "service": "app"},
        "detection": {**whole, "condition": condition},
        **more,
    }


def silence(detections: Any, condition: str = "not sel", number: int = 0, **more: Any) -> Document:
    """A filter of every rule."""
    return {
        "title": f"filter {number}",
        "id": FILTER[:-1] + str(number),
        "logsource": {"product": "acme"},
        "filter": {"rules": "any", "sel": detections, "condition": condition},
        **more,
    }


Held = Callable[..., list[str | None]]


@pytest.fixture(scope="session")
def held(world: World) -> Held:
    """`held(documents, *records)`: of each record None, or the filter that silences the rule's alert, empty if none."""

    def ask(documents: Document | Sequence[Document], *records: Mapping[str, Any] | str) -> list[str | None]:
        listed = [documents] if isinstance(documents, dict) else list(documents)
        rules = world.compiled(listed, LISTS)
        assert rules.problems == ()
        found: list[str | None] = []
        for record in records:
            raw = record if isinstance(record, str) else json.dumps({"kind": "x", **record})
            rows, pairs = world.fast(rules, [raw.encode()])
            assert len(rows) == 1, "the record became no event"
            found.extend(pairs.values() if pairs else [None])
        return found

    return ask


def problems(world: World, document: Document) -> list[str]:
    """What is said of a document that is refused."""
    return [p.message for p in world.compiled([document], LISTS).problems]


# ---- times


def test_a_part_of_a_time_compares(held):
    """Modifiers hold in their order: the hour is a number, and that is compared."""
    late = rule({"When|hour|gte": 22})
    times = ["2026-11-23T22:00:00Z", "2026-11-23T23:30:00+00:00", "2026-11-23T23:30:00+02:00", "no time", "23"]
    assert held(late, *({"When": t} for t in times)) == ["", "", None, None, None]
    assert held(rule({"When|hour|neq": 22}), *({"When": t} for t in times)) == [None, "", "", "", ""]


# ---- presence


def test_a_star_and_exists_are_one_question(held):
    """Both ask whether there is a value: neither may make the other's answer get lost."""
    detections = {"star": {"Details": "*"}, "there": {"Details|exists": True}, "some": {"Details": ["*", "x"]}}
    for condition in ("star", "there", "some", "star and there and some"):
        assert held(rule(detections, condition), {"Details": "y"}, {}) == ["", None]


def test_null_and_empty_are_two_things(held):
    assert held(rule({"Details": None}), {}, {"Details": None}, {"Details": ""}, {"Details": "x"}) == [
        "",
        "",
        None,
        None,
    ]
    assert held(rule({"Details": ""}), {}, {"Details": None}, {"Details": ""}, {"Details": "x"}) == [
        None,
        None,
        "",
        None,
    ]


def test_an_empty_array_is_not_there(held):
    assert held(rule({"Names|exists": True}), {"Names": []}, {"Names": [""]}, {"Names": [None]}) == [None, "", None]


# ---- records


def test_the_record_as_a_field_is_no_keyword(held):
    """`event.original` is compared as it is written, keywords with the values in it."""
    record = {"Details": 'a"b'}
    assert held(rule({"event.original|contains": 'a\\\\"b'}), record) == [""]
    assert held(rule({"event.original|contains": 'a"b'}), record) == [None]
    assert held(rule({"event.original": "Details"}), record) == [None]
    assert held(rule(['a"b']), record) == [""]
    assert held(rule({"k": ['a"b'], "f": {"event.original|contains": 'a"b'}}, "k and not f"), record) == [""]


@pytest.mark.parametrize("number", ["1.50", "100000000000000000000000", "1e5", "-0"])
def test_keywords_find_numbers_as_they_are_written(held, number):
    assert held(rule([number]), f'{{"kind": "x", "n": {number}}}') == [""]


def test_keywords_find_a_member_that_comes_twice(held):
    assert held(rule(["first"]), '{"kind": "x", "n": "first", "n": "second"}') == [""]


def test_keywords_find_what_is_before_the_object(held):
    assert held(rule(["web-17"]), '<13>Nov 23 10:00:01 web-17 app: {"kind": "x"}') == [""]


def test_names_of_members_are_no_values(held):
    assert held(rule(["member"]), {"member": "x"}) == [None]


# ---- paths


@pytest.mark.parametrize(
    "record",
    [
        {"a": {"b": "x"}},
        {"a.b": "x"},
        {"a": {"b": ["y", "x"]}},
        {"a.b": ["y", "x"]},
        {"a": [{"b": "y"}, {"b": "x"}]},
        {"a": [{"b": ["y", "x"]}, 5, None]},
    ],
)
def test_a_path_is_found_however_it_is_written(held, record):
    assert held(rule({"a.b": "x"}), record) == [""]


def test_a_path_goes_through_arrays_in_objects(held):
    record = {"o": {"a": [{"b": {"c": "x"}}]}}
    assert held(rule({"o.a.b.c": "x"}), record) == [""]
    assert held(rule({"o.a.c": "x"}), record) == [None]


# ---- expressions


def test_a_class_of_posix_is_not_taken_for_text(held):
    """Python reads `[[:alpha:]]x` otherwise than RE2: no text may be asked for because of it."""
    assert held(rule({"Details|re": "q[[:alpha:]]evil"}), {"Details": "qzevil"}, {"Details": "q1evil"}) == ["", None]


def test_tests_beside_an_expression_mean_what_they_mean_alone(held):
    """In one leaf with an expression Python decides, alone the kernels do."""
    fields = {"Details": "1_000"}, {"Details": " 5"}, {"Details": "inf"}, {"Details": "٣"}
    for more in ({}, {"Details|re": "^[qz]$"}):
        either = rule([{"Details|gte": 3}, {"Details|lt": -1}, *([more] if more else [])])
        assert held(either, *fields, {"Details": "7.0"}) == [None, None, None, None, ""]
        address = rule([{"Details|cidr": "fe80::/10"}, *([more] if more else [])])
        assert held(address, {"Details": "fe80::1%eth0"}, {"Details": "fe80::1"}) == [None, ""]


# ---- other fields


def test_any_element_against_any(held):
    both = rule({"Names|fieldref": "Args"})
    assert held(both, {"Names": ["a", "b"], "args": ["B", "c"]}, {"Names": ["a", "b"], "args": ["c", "d"]}) == [
        "",
        None,
    ]


# ---- filters


def test_a_filter_may_use_what_only_python_decides(held):
    """Expressions, keywords in escaped records, parts of times: they silence all the same."""
    found = rule({"Details|contains": "evil"})
    for detections, silenced in (
        ({"Details|re": "^evil"}, True),
        ({"Details|re": "^good"}, False),
        (['"evil"'], False),
        (["an evil"], False),
        (["evil twin"], True),
        ({"@timestamp|year": 2026}, True),
        ({"@timestamp|year": 2025}, False),
    ):
        record = {"Details": "evil twin", "when": "2026-11-23T10:00:00Z"}
        assert held([found, silence(detections)], record) == [FILTER if silenced else ""]


def test_the_first_filter_that_silences_gets_the_credit(held):
    found = rule({"Details|contains": "evil"})
    plain, expression = {"Details": "evil twin"}, {"Details|re": "^evil"}
    no = {"Details|re": "^good"}
    for filters, credited in (
        ((plain, expression), 0),
        ((expression, plain), 0),
        ((no, plain), 1),
        ((no, expression), 1),
    ):
        listed = [silence(f, number=i) for i, f in enumerate(filters)]
        assert held([found, *listed], {"Details": "evil twin"}) == [FILTER[:-1] + str(credited)]


def test_filters_with_like_programs_are_not_mixed_up(held):
    """As far as the kernel sees, `not` an expression is the same whatever the expression."""
    found = rule({"Details|contains": "evil"})
    listed = [silence({"Details|re": "^good"}, number=0), silence({"Details|re": "^evil"}, number=1)]
    assert held([found, *listed], {"Details": "evil"}) == [FILTER[:-1] + "1"]


# ---- log sources


def test_each_log_source_has_its_own_names(held):
    """`category: start` says that Image is Details first; `service: app` does not; a product's rule sees whole streams."""
    record = {"kind": "start", "Image": "one", "Details": "two"}
    for source, name in (
        ({"product": "acme", "service": "app"}, "one"),
        ({"category": "start"}, "two"),
        ({"product": "acme"}, "one"),
    ):
        assert held(rule({"Image": name}, logsource=source), record) == [""]
        other = "one" if name == "two" else "two"
        assert held(rule({"Image": other}, logsource=source), record) == [None]


def test_a_rule_may_look_at_two_log_sources_of_one_dataset(held):
    """Without a product `category: start` is both products': each event has the names of the one it is of, the first."""
    either = rule({"Image": "x"}, logsource={"category": "start"})
    for kind, name in (("start", "Details"), ("stop", "CommandLine"), ("run", "Details"), ("run", "CommandLine")):
        assert held(either, {"kind": kind, name: "x"}) == [""]
    assert held(either, {"kind": "stop", "Details": "x"}, {"kind": "start", "CommandLine": "x"}) == [None, None]
    assert held(either, {"kind": "run", "CommandLine": "x", "Details": "x"}) == [""], "one alert, not two"
    known = [silence({"Image": "x"}, logsource={"category": "start"})]
    assert held([rule({"kind": ["run", "stop"]}, logsource={"category": "start"}), *known],
                {"kind": "run", "CommandLine": "x"}, {"kind": "stop", "CommandLine": "x"}) == ["", FILTER]  # fmt: skip


def test_what_an_event_must_have(held):
    by_kind = rule({"Details": "x"}, logsource={"product": "acme", "category": "start"})
    assert held(by_kind, {"kind": "RUN", "Details": "x"}, {"kind": "stop", "Details": "x"}) == ["", None]


def test_when_an_event_came_is_a_field_like_any_other(held):
    assert held(rule({"event.ingested|year": 2026}), {}) == [""]


# ---- batches


def test_a_stage_sees_each_batch_afresh(world: World):
    """Frames of other columns, families and matrices go through one stage: what it remembers must hold for all."""
    rules: RuleSet = world.compiled([rule({"Details": "x"}), rule({"event.module": "acme"}, id=RULE[:-1] + "1")], {})
    whole = detection(world.catalogue, rules)
    records = [b'{"kind":"x","Details":"x"}', b'{"kind":"x","Image":"y"}', b'{"kind":"x","Image":"y","Details":"x"}']
    together = alerts_of(fold(whole, batch_of(records)))
    at, apart = 0, {}
    for record in records:
        apart |= alerts_of(fold(whole, batch_of([record], first=at)))
        at += len(record) + 1
    assert together == apart
    assert len(together) == 5


# ---- what is refused


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=x)y", ["(?=", "look-around"]),
        ("(?<!x)y", ["look-around"]),
        (r"(a)\1", ["\\1", "back-reference", "fieldref"]),
        ("(", ["missing )", "'('"]),
        ("a{2000}", ["a{2000}"]),
    ],
)
def test_an_expression_that_is_not_linear_is_refused_with_a_hint(world: World, capfd, pattern: str, words: list[str]):
    [said] = problems(world, rule({"Details|re": pattern}))
    assert all(word in said for word in words), said
    assert not capfd.readouterr().err, "what RE2 has to say is said once, by us"
    [said] = problems(world, silence({"Details|re|i": pattern}))
    assert all(word in said for word in words), said
