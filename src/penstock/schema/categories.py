"""Category codes, `domain.failure_mode`: what happened, in two words, the same for every vendor.

`auth.unknown_user`, `network.policy_denied`. The mode `none` is what is no failure; `unknown.uncategorized` is what no
pack has judged. The list is data (`categories.tsv`). A code is never changed or removed once released: rules and
reports hold on to it.
"""

from __future__ import annotations

import hashlib
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
    """

    code: str
    meaning: str
    category: tuple[str, ...]
    type: tuple[str, ...]
    outcome: str
    severity: int
    since: str

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
    code, meaning, category, type_, outcome, severity, since = line.split("\t")
    return Code(code, meaning, _list(category), _list(type_), outcome, int(severity), since)


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def digest(since: str) -> str:
    """SHA-256 over the codes that came with one version: what a test freezes. The words of `meaning` may improve."""
    lines = sorted("\t".join(map(str, (*c[:1], *c[2:]))) for c in codes().values() if c.since == since)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
