"""`sigma.yaml`: which log sources a pack's datasets serve, and what their events have."""

from __future__ import annotations

import re

import pytest

from penstock.content.sigma.model import Source
from penstock.content.sigma.serving import shared_fields, wider
from penstock.errors import ContentError

MAP = """fields: {EventID: event.code, Image: process.executable}
log_sources:
  - product: acme
    category: process_creation
    events: {json: {event.code: "1"}}
    fields: {Image: acme_app.Image, args.*: acme_app.extra}
    has: [Details]
  - {product: acme, service: app, events: {json: {}, text: {}}}
"""


def test_a_log_source_has_its_own_table_and_the_packs(acme):
    start, app = acme.servings(MAP)
    assert start.fields == {"EventID": ("event.code",), "Image": ("acme_app.Image",), "args.*": ("acme_app.extra",)}
    assert app.fields["Image"] == ("process.executable",)
    assert (start.common, app.common) == (frozenset({"EventID"}), frozenset({"EventID", "Image"}))
    assert (start.line, start.lines["Image"], start.lines["acme_app.json"]) == (3, 6, 5)


def test_a_rule_looks_where_all_it_names_is_so(acme):
    start, app = acme.servings(MAP)
    for source, wanted in {
        Source("acme", "process_creation"): (True, False),
        Source(None, "process_creation"): (True, False),
        Source("other", "process_creation"): (False, False),
        Source("acme", None, "app"): (False, True),
        Source(None, None, "app"): (False, True),
        Source("acme", "process_creation", "app"): (False, False),
        Source("acme"): (False, True),  # whole streams, not what a category picks from them
    }.items():
        assert (start.serves(source), app.serves(source)) == wanted, source


def test_what_events_carry(acme):
    start, app = acme.servings(MAP)
    assert [start.carries(n) for n in ("Details", "Image", "EventID", "args.x.y", "User")] == [True] * 4 + [False]
    assert app.carries("whatever")


def test_groups_of_members_the_narrowest_first():
    assert wider("a.b.c") == ["a.b.*", "a.*"]
    assert wider("a") == []


def test_shared_fields_of_category_then_service_then_product():
    assert shared_fields(Source("windows", "process_creation"))["Image"] == ("process.executable",)
    zeek = shared_fields(Source("zeek", None, "http"))
    assert zeek["uri"] == ("url.original",)
    assert zeek["id.orig_h"] == ("source.ip",)
    assert shared_fields(Source("acme", None, "app")) == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("log_sources: [{product: acme}]", "sigma.yaml:1: a log source needs `events`: a dataset, and what"),
        ("log_sources: [{events: {json: {}}}]", "sigma.yaml:1: a log source has a product, a category or a service"),
        ("log_sources: [{product: a, events: {json: {}}, colour: x}]", "sigma.yaml:1: a log source has no 'colour'"),
        ("fields: {a: {b: c}}", "sigma.yaml:1: a must be text"),
        ("logsources: []", "sigma.yaml:1: the file has no 'logsources'"),
    ],
)
def test_refuses(acme, text: str, wanted: str):
    with pytest.raises(ContentError, match=re.escape(wanted)):
        acme.servings(text)
