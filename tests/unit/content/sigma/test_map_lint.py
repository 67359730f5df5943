"""What an author of a `sigma.yaml` is told: every problem at once, with file and line."""

from __future__ import annotations

import pytest

from penstock.content.sigma import map_lint, shared
from penstock.content.sigma.map_lint import check_maps, check_shared
from penstock.schema.registry import schema


def problems(acme, text: str) -> list[str]:
    return [str(p).rpartition("/")[2] for p in check_maps(acme.servings(text), acme.catalogue)]


def test_clean(acme):
    text = """fields: {EventID: event.code}
log_sources:
  - product: acme
    category: process_creation
    events: {json: {event.code: {exists: true}}, text: {}}
    fields: {x: acme_app.Image+acme_app.what, y: "acme_app.extra#a.b", z.*: acme_app.unmapped}
    has: [Details, Image]
"""
    assert problems(acme, text) == []


def test_all_at_once_with_their_lines(acme):
    text = """fields:
  a: event.cod
log_sources:
  - product: acme
    events: {json: {event.cod: x}, text: {event.category: nonsense}}
    fields:
      b: acme_app.Imge
      c: process.parent.pid
      d: "acme_app.Details#x"
    has: [Nothing]
  - product: acme
    events: {jsn: {}}
"""
    where, everywhere = "acme_app.json, acme_app.text", "acme_app.json, acme_app.other, acme_app.text"
    known = schema().get("event.category")
    assert known is not None
    categories = ", ".join(known.allowed)
    assert problems(acme, text) == [
        "sigma.yaml:5: no event of acme_app.json has event.cod (did you mean event.code?)",
        f"sigma.yaml:5: event.category is never 'nonsense' (one of {categories})",
        f"sigma.yaml:2: a: no event of {everywhere} has event.cod (did you mean event.code?)",
        f"sigma.yaml:7: b: no event of {where} has acme_app.Imge (did you mean acme_app.Image?)",
        f"sigma.yaml:8: c: no event of {where} has process.parent.pid",
        "sigma.yaml:9: d: acme_app.Details is keyword, it holds no paths",
        f"sigma.yaml:10: has: no event of {where} has a field for Nothing (declare it in the pack, or map it)",
        "sigma.yaml:12: pack acme_app has no dataset 'jsn' (one of json, other, text)",
    ]


def test_a_field_that_events_are_said_to_have_and_nobody_can_find(acme):
    text = "log_sources: [{product: acme, events: {json: {}}, has: [Nothing, Image]}]"
    assert problems(acme, text) == [
        "sigma.yaml:1: has: no event of acme_app.json has a field for Nothing (declare it in the pack, or map it)"
    ]


def test_a_value_of_the_wrong_type(acme):
    text = "log_sources: [{product: acme, events: {json: {source.ip: everywhere}}}]"
    assert problems(acme, text) == ["sigma.yaml:1: source.ip is never 'everywhere': that is no ip"]


def test_the_tables_that_come_with_it_are_sound():
    assert check_shared() == []


def test_shared_tables(tmp_path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "start.tsv").write_text(
        "# a comment\nImage\tprocess.executable\nImage\tprocess.name\nno columns\nUser\tuser.nme+user.name\n"
        "x\tprocess.hash.md5#a\n"
    )
    monkeypatch.setattr(shared, "FOLDER", tmp_path)
    assert [str(p).rpartition("/")[2] for p in map_lint.check_shared()] == [
        "start.tsv:3: Image stands in line 2 already",
        "start.tsv:4: a line is a rule's field, a tab, and columns",
        "start.tsv:5: no field 'user.nme' in ECS (did you mean user.name?)",
        "start.tsv:6: process.hash.md5 is keyword, it holds no paths",
    ]
