"""Where the bundled packs and rules lie: inside an installed wheel, or at the root of a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from penstock.errors import Bug

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def _bundled(name: str) -> Path:
    """The folder `name` of the bundled content."""
    # a wheel has _content; a checkout or an editable install has src/penstock two levels under the root
    for choice in (_PACKAGE / "_content" / name, _PACKAGE.parents[1] / name):
        if choice.is_dir():
            return choice
    raise Bug(f"no bundled {name}: neither {_PACKAGE / '_content' / name} nor {_PACKAGE.parents[1] / name} is a folder")


def packs_dir() -> Path:
    """The folder that holds one folder for each bundled pack."""
    return _bundled("packs")


def rules_dir() -> Path:
    """The folder that holds the bundled Sigma rules."""
    return _bundled("rules")
