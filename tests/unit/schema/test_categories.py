"""Category codes and contexts are well formed, agree with ECS and ATT&CK's way to number, and never change."""

from __future__ import annotations

import re

import pytest

from penstock.schema import code_versions
from penstock.schema.categories import DOMAINS, UNCATEGORIZED, Code, codes
from penstock.schema.code_page import page
from penstock.schema.contexts import MOST, Context, contexts
from penstock.schema.registry import VERSION, event_types, schema
from penstock.schema.versions import order, versions

TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")


@pytest.mark.parametrize("kind", code_versions.KINDS)
def test_what_was_released_is_what_it_was(kind: str) -> None:
    """Rules and reports hold on to codes: each of every released version is there, and as it was."""
    _, now, _ = code_versions.KINDS[kind]
    current, listings = now(), code_versions.released(kind)
    assert VERSION in listings
    for listing in listings.values():
        for name, cells in listing.items():
            assert current[name][: len(cells)] == cells
    assert current.keys() == listings[VERSION].keys()
    assert list(code_versions.check()) == []


def test_the_first_codes_are_frozen() -> None:
    """The file itself: 151 codes that came with 1.0.0."""
    assert len(code_versions.released("codes")["1.0.0"]) == 151


def test_a_change_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = code_versions.listed_codes()
    changed = {**listed, "auth.none": (*listed["auth.none"][:3], "99", *listed["auth.none"][4:]), "auth.new": ("",) * 6}
    del changed["auth.aborted"]
    kinds = {"codes": ("schema/categories.tsv", lambda: changed, "category code")}
    monkeypatch.setattr(code_versions, "KINDS", kinds)
    found = {p.message for p in code_versions.check()}
    assert found == {
        *(f"category code auth.none of {v} was changed" for v in ("1.0.0", VERSION)),
        *(f"category code auth.aborted of {v} is gone" for v in ("1.0.0", VERSION)),
        f"category code auth.new came after {VERSION}",
    }


def test_a_version_without_a_listing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_versions, "VERSION", "9.9.9")
    assert [p.message for p in code_versions.check()] == [
        "category codes of 9.9.9 are not frozen",
        "contexts of 9.9.9 are not frozen",
    ]


@pytest.mark.parametrize("code", codes().values(), ids=codes().keys())
def test_a_code_is_well_formed(code: Code) -> None:
    assert code.since in versions()
    if code.code == UNCATEGORIZED:
        assert code[2:6] == ((), (), "", 0)
        assert not code.failure
        return
    assert code.domain in DOMAINS
    assert code.mode == code.mode.lower()
    assert code.mode.replace("_", "").isalnum()
    assert code.failure == (code.mode != "none")
    assert code.meaning.endswith(".")
    assert 0 <= code.severity <= 100
    assert code.outcome in schema().fields["event.outcome"].allowed
    assert all(TECHNIQUE.fullmatch(t) for t in code.attack)
    assert not code.attack or code.failure


@pytest.mark.parametrize("code", [c for c in codes().values() if c.category], ids=lambda c: c.code)
def test_ecs_expects_the_types_with_the_categories(code: Code) -> None:
    expected = [set(event_types()[category]) for category in code.category]
    assert set(code.type) <= set.union(*expected)
    assert all(types & set(code.type) for types in expected)


def test_every_domain_has_its_none_first() -> None:
    assert [c.code for c in codes().values() if c.mode == "none"] == [f"{d}.none" for d in DOMAINS]


@pytest.mark.parametrize("context", contexts().values(), ids=contexts().keys())
def test_a_context_is_well_formed(context: Context) -> None:
    assert context.context.replace("_", "").isalpha()
    assert context.context.islower()
    assert context.meaning.endswith(".")
    assert order(context.since) >= (2, 0, 0)
    assert all(TECHNIQUE.fullmatch(t) for t in context.attack)
    assert len(contexts()) <= MOST


def test_the_page_has_them_all() -> None:
    text = page()
    assert all(f"| `{name}` |" in text for name in (*codes(), *contexts()))
