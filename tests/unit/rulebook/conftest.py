"""Rules written in a test, compiled against the bundled packs; and events to hold against them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.rule_set import RuleSet
from penstock.content.sigma.serving import Serving, load_servings
from penstock.detecting import load_rules
from penstock.pipeline import load_catalogue, pack_folders


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def servings() -> list[Serving]:
    return load_servings(pack_folders())


@pytest.fixture
def rules(tmp_path: Path, catalogue: Catalogue) -> Callable[..., RuleSet]:
    """`rules(one="yaml text", other="…")` writes them to `rules/one.yml`, … and compiles them."""

    def write(**texts: str) -> RuleSet:
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.yml").write_text(text)
        return load_rules([folder], catalogue)

    return write


@pytest.fixture(scope="session")
def rule_text() -> Callable[..., str]:
    """`rule_text(detection)`: a whole rule's text. detection: indented by two."""

    def text(detection: str, *, title: str = "A rule", source: str = "product: linux, service: sudo") -> str:
        number = f"11111111-1111-4111-8111-{crc32(title.encode()):012d}"
        head = f"title: '{title}'\nid: {number}\nstatus: test\nlevel: low\nlogsource: {{{source}}}\n"
        return f"{head}detection:\n{detection}\n"

    return text
