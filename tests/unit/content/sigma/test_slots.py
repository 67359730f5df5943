"""Where a rule's field is looked for in a dataset's events."""

from __future__ import annotations

import pytest

from penstock.content.sigma.slots import Slot, Slots, columns_in, parts_of

MAP = """log_sources:
  - product: acme
    category: process_creation
    events: {json: {}}
    fields:
      User: [user.name, process.executable]
      both: acme_app.Details+source.ip+user.name
      inside: "acme_app.extra#a.b"
      args.*: acme_app.extra
      args.env.*: acme_app.unmapped
    has: [Details]
"""


def resolve(acme, name: str, dataset: str = "json", text: str = MAP) -> tuple[Slot | None, bool]:
    """The slot of a field, and whether the pack does not say that it is there."""
    [serving] = acme.servings(text)
    slots = Slots(acme.catalogue.plans[acme.catalogue.by_name[f"acme_app.{dataset}"]])
    number = slots.resolve(name, serving)
    return (slots.order[number] if number >= 0 else None), slots.lacks(name, serving)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Image", ("acme_app.Image", "process.executable")),  # the pack's own, then the shared table's
        ("User", ("process.executable",)),  # of the table only what the dataset has; then the shared one's: it has none
        ("both", ("acme_app.Details+source.ip",)),
        ("inside", ("acme_app.extra#a.b",)),
        ("args.x.y", ("acme_app.extra#x.y",)),
        ("args.env.z", ("acme_app.unmapped#z",)),
        ("event.code", ("event.code",)),
        ("nowhere", ("acme_app.unmapped#nowhere",)),
    ],
)
def test_looks_in(acme, name: str, wanted: Slot):
    assert resolve(acme, name)[0] == wanted


def test_what_the_pack_says_is_there(acme):
    for name, lacking in {"Details": False, "both": False, "args.x": False, "Image": True, "nowhere": True}.items():
        assert resolve(acme, name)[1] is lacking, name  # `has` does not name Image


def test_without_has_every_declared_field_is_there(acme):
    text = MAP.replace("    has: [Details]\n", "")
    assert resolve(acme, "Image", text=text)[1] is False
    assert resolve(acme, "nowhere", text=text)[1] is True


def test_a_text_dataset_has_no_other_place(acme):
    text = "log_sources: [{product: acme, events: {text: {}}}]"
    assert resolve(acme, "what", "text", text) == (("acme_app.what",), False)
    assert resolve(acme, "nowhere", "text", text) == (None, True)


def test_columns_of_a_slot():
    assert parts_of(("a+b#c.d", "e")) == ["a", "b#c.d", "e"]
    assert columns_in(("a+b#c.d", "e")) == {"a", "b", "e"}
