"""A pack of three datasets, two structured and one text, with a `sigma.yaml` of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.content.catalogue import Catalogue
from penstock.content.compiling import compile_packs
from penstock.content.load import load_packs
from penstock.content.sigma.rule_set import RuleSet, read_rule_set
from penstock.content.sigma.serving import Serving, load_servings

PACK = """pack: acme_app
version: 1.0.0
title: T
datasets:
  - name: json
    recognise: [{keys: [app]}]
    format: json
    keys:
      - keep: true
        fields: {app: event.code, Image: process.executable, Details: [], from: source.ip}
      - fields: {extra: acme_app.extra}
  - name: other
    recognise: [{keys: [other]}]
    format: json
    keys:
      - keep: true
        fields: {other: event.code, Image: process.executable, Details: []}
  - name: text
    recognise: [{begins: ['APP: ']}]
    patterns:
      - {name: one, line: 'APP: {user.name} {acme_app.what}', set: {event.category: [process]}}
"""
FIELDS = "what: keyword\nextra: flattened\ncount: long\n"


@dataclass
class Acme:
    """The pack in a folder."""

    folder: Path
    catalogue: Catalogue

    def servings(self, text: str) -> list[Serving]:
        """What `sigma.yaml` of this text says. Raises `ContentError`."""
        (self.folder / "sigma.yaml").write_text(text)
        return load_servings([self.folder])

    def rules(self, sigma: str, *rules: str) -> RuleSet:
        """These rules, compiled: `logsource` and `detection` of each."""
        files = [(Path(f"{n}.yml"), f"title: rule {n}\n{text}".encode()) for n, text in enumerate(rules)]
        found = read_rule_set(files, self.catalogue, self.servings(sigma))
        assert found.problems == ()
        return found


@pytest.fixture(scope="session")
def acme_pack(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalogue]:
    """The pack, compiled once."""
    folder = tmp_path_factory.mktemp("packs") / "acme_app"
    folder.mkdir()
    (folder / "pack.yaml").write_text(PACK)
    (folder / "fields.yaml").write_text(FIELDS)
    return folder, compile_packs(load_packs([folder.parent]))


@pytest.fixture
def acme(acme_pack: tuple[Path, Catalogue]) -> Acme:
    """The pack without a map."""
    folder, catalogue = acme_pack
    (folder / "sigma.yaml").unlink(missing_ok=True)
    return Acme(folder, catalogue)
