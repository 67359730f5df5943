"""What Sigma's taxonomy calls the fields of its log sources, in ECS: `schema/sigma/*.tsv`, whatever the pack.

One file a category (`process_creation.tsv`), a product's service (`okta.okta.tsv`) or a product (`zeek.tsv`); a line is
a rule's field, a tab, and columns separated by blanks, as in a pack's `sigma.yaml`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "schema" / "sigma"


@cache
def table(name: str) -> dict[str, tuple[tuple[str, ...], int]]:
    """One file: a rule's field -> its columns and its line. Empty where there is no such file."""
    path = FOLDER / f"{name}.tsv"
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    if path.is_file():
        for line, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if text and not text.startswith("#"):
                rule_field, _, columns = text.partition("\t")
                found.setdefault(rule_field, (tuple(columns.split()), line))
    return found


def names() -> list[str]:
    """The tables there are."""
    return sorted(p.stem for p in FOLDER.glob("*.tsv"))
