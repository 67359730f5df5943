"""Category codes are well formed, agree with ECS, and never change."""

from __future__ import annotations

import pytest

from penstock.schema import versions
from penstock.schema.categories import DOMAINS, UNCATEGORIZED, Code, codes, digest
from penstock.schema.registry import event_types, schema

FROZEN = {"1.0.0": "513d2db8b068921a695a2b03f92e662df8f2750f294f37a3fc02826aac9e4e23"}


def test_released_codes_are_what_they_were() -> None:
    """Rules and reports hold on to codes: add new ones with a new version, change none."""
    assert {version: digest(version) for version in FROZEN} == FROZEN
    assert dict(versions.CODES) == FROZEN
    assert {code.since for code in codes().values()} == FROZEN.keys()


@pytest.mark.parametrize("code", codes().values(), ids=codes().keys())
def test_a_code_is_well_formed(code: Code) -> None:
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


@pytest.mark.parametrize("code", [c for c in codes().values() if c.category], ids=lambda c: c.code)
def test_ecs_expects_the_types_with_the_categories(code: Code) -> None:
    expected = [set(event_types()[category]) for category in code.category]
    assert set(code.type) <= set.union(*expected)
    assert all(types & set(code.type) for types in expected)


def test_every_domain_has_its_none_first() -> None:
    assert [c.code for c in codes().values() if c.mode == "none"] == [f"{d}.none" for d in DOMAINS]
    lines = len(codes())
    assert lines == 151
