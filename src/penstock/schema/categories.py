"""Category codes, `domain.failure_mode`: what happened, in two words, the same for every vendor.

`auth.unknown_user`, `network.policy_denied`. The mode `none` is what is no failure; `unknown.uncategorized` is what
neither a pack nor a rule of the taxonomy has judged. The list is data (`categories.tsv`). A code is never changed or
removed once released (`code_versions.py`): rules and reports hold on to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from penstock.schema.registry import table

DOMAINS = ("auth", "network", "endpoint", "cloud", "application", "data", "policy", "system")
UNCATEGORIZED = "unknown.uncategorized"


class Code(NamedTuple):
    """One category code, and the ECS values it stands for unless the pack says more exactly.

    code      `domain.failure_mode`
    meaning   one sentence
    category  `event.category` values; empty: the code says nothing of it
    type      `event.type` values
    outcome   `event.outcome`: success, failure, unknown, or "" where the code says nothing
    severity  0 (nothing) to 100 (act now), a default
    since     schema version that brought it
    attack    ATT&CK techniques that hold whenever the code does
    """

    code: str
    meaning: str
    category: tuple[str, ...]
    type: tuple[str, ...]
    outcome: str
    severity: int
    since: str
    attack: tuple[str, ...]

    @property
    def domain(self) -> str:
        """The part before the dot."""
        return self.code.partition(".")[0]

    @property
    def mode(self) -> str:
        """The part after the dot."""
        return self.code.partition(".")[2]

    @property
    def failure(self) -> bool:
        """It is one: neither `none` nor uncategorised."""
        return self.mode not in ("none", "uncategorized")


@cache
def codes() -> Mapping[str, Code]:
    """All codes, in the order of the file."""
    return {code.code: code for code in map(_parse, table("categories.tsv"))}


def _parse(line: str) -> Code:
    code, meaning, category, type_, outcome, severity, since, attack = line.split("\t")
    return Code(code, meaning, several(category), several(type_), outcome, int(severity), since, several(attack))


def several(cell: str) -> tuple[str, ...]:
    """A cell's values, between bars."""
    return tuple(cell.split("|")) if cell else ()
