"""Conditions: what they name, and what they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet

_SELECTOR = re.compile(r"\b(?P<how>1|any|all)\s+of\s+(?P<what>[\w*]+)", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")

OPEN = ("filter_",)
"""Selectors of these are open lists by SigmaHQ's convention: `1 of filter_main_*` of one is as it should be."""


def check_conditions(sheet: Sheet) -> Iterator[Finding]:
    """Of one document."""
    names = list(sheet.detections())
    named: set[str] = set()
    for node in sheet.conditions():
        condition = str(node.value)
        for found in _SELECTOR.finditer(condition):
            meant = _meant(found["what"], names)
            named.update(meant)
            if len(meant) == 1 and not found["what"].startswith(OPEN):
                yield sheet.finding("condition.one", node.line, f"`{found[0]}` is one detection", f"write {meant[0]}")
        named.update(_WORD.findall(_SELECTOR.sub(" ", condition)))
    for name, node in sheet.detections().items():
        if name not in named and sheet.conditions():
            yield sheet.finding(
                "condition.unused", node.line, f"no condition names the detection {name!r}", "name it, or take it out"
            )


def _meant(what: str, names: list[str]) -> list[str]:
    """The detections of a selector; `them` leaves out what begins with an underscore."""
    if what.lower() == "them":
        return [n for n in names if not n.startswith("_")]
    return [n for n in names if fnmatchcase(n, what)]
