"""Rules that cannot fire are told when they are loaded: the class, the fields to blame, a sentence."""

from __future__ import annotations

from penstock.content.sigma.reasons import Reason, reasons, told
from penstock.rulebook.listing import rows

MAP = """log_sources:
  - {product: acme, service: app, events: {json: {}}, has: [Image]}
  - {product: acme, service: log, events: {text: {}}}
"""
APP = "logsource: {product: acme, service: app}\n"
LOG = "logsource: {product: acme, service: log}\n"


def said(acme, *rules: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(r.kind, r.fields) for r in reasons(acme.rules(MAP, *rules))]


def test_a_rule_that_can_fire_needs_no_reason(acme):
    assert said(acme, f"{APP}detection: {{s: {{Image: x}}, condition: s}}") == []
    assert said(acme, f"{APP}detection: {{s: {{Image: x}}, f: {{Nothing: y}}, condition: s and not f}}") == []
    assert said(acme, f"{APP}detection: {{s: {{Image: x}}, o: {{Nothing: y}}, condition: s or o}}") == []
    assert said(acme, f"{LOG}detection: {{s: [words], condition: s}}") == []


def test_no_pack(acme):
    rules = acme.rules(MAP, "logsource: {product: other}\ndetection: {s: {x: y}, condition: s}")
    assert reasons(rules) == [Reason(0, "unserved", (), "no pack gives events of other/*/*")]


def test_a_field_that_a_text_pack_never_gives(acme):
    [reason] = reasons(acme.rules(MAP, f"{LOG}detection: {{s: {{what: x, Nothing: y}}, condition: s}}"))
    assert reason == Reason(0, "dead", ("Nothing",), "no event of acme_app.text can have Nothing")


def test_fields_that_a_structured_pack_does_not_declare(acme):
    # Details is declared, but not of these events; Nothing is nowhere
    [reason] = reasons(acme.rules(MAP, f"{APP}detection: {{s: {{Details: x, Image: y}}, condition: s}}"))
    assert (reason.kind, reason.fields) == ("undeclared", ("Details",))
    assert reason.sentence == (
        "it needs what no event of acme/*/app has, as far as packs know: Details (acme_app.json)"
    )
    one_of = f"{APP}detection: {{s: {{Nothing: x}}, o: {{Details: y}}, condition: s or o}}"
    assert said(acme, one_of) == [("undeclared", ("Details", "Nothing"))]


def test_one_line_on_all_of_them(acme):
    rules = acme.rules(
        MAP,
        f"{APP}detection: {{s: {{Image: x}}, condition: s}}",
        f"{APP}detection: {{s: {{Nothing: x}}, condition: s}}",
        f"{LOG}detection: {{s: {{Nothing: x}}, condition: s}}",
        "logsource: {product: other}\ndetection: {s: {x: y}, condition: s}",
    )
    assert told(rules) == (
        "rules that cannot fire: 1 for want of a pack, 1 for want of a field that no event can have, "
        "1 for want of a field that no pack knows"
    )
    assert told(acme.rules(MAP, f"{APP}detection: {{s: {{Image: x}}, condition: s}}")) == ""


def test_what_is_undeclared_is_looked_for_all_the_same(acme):
    rules = acme.rules(MAP, f"{APP}detection: {{s: {{Nothing: x}}, condition: s}}")
    assert rules.undeclared == [0]
    assert rules.datasets["acme_app.json"].slots == (("acme_app.unmapped#Nothing",),)


def test_what_one_log_source_lacks_another_may_have(acme):
    """A rule is undeclared only where no dataset has all that it needs; what each lacks is told of each."""
    maps = """log_sources:
  - {product: acme, service: app, events: {json: {}}, has: [Image]}
  - {product: acme, service: app, events: {other: {}}, has: [Image, Details]}
"""
    needs = f"{APP}detection: {{s: {{Image: x, Details: y}}, condition: s}}"
    rules = acme.rules(maps, needs)
    assert reasons(rules) == []
    assert [row["use"] for row in rows(rules)] == ["live"]
    [reason] = reasons(acme.rules(maps, f"{APP}detection: {{s: {{Image: x, Nothing: y, Details: z}}, condition: s}}"))
    assert reason.fields == ("Nothing",)
    assert reason.sentence.endswith("know: Details, Nothing (acme_app.json); Nothing (acme_app.other)")


def test_a_name_of_ecs_is_no_undeclared_one(acme):
    """`has` lists what rules call things, not the columns that hold them."""
    assert said(acme, f"{APP}detection: {{s: {{process.executable: x, source.ip: y}}, condition: s}}") == []
