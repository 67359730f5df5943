"""One literal on its way into the tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.content.sigma.expressions import Match


@dataclass(slots=True)
class Literal:
    """What is looked for in a column, and the leaves it stands for."""

    column: int
    match: Match
    leaves: list[int]
    kind: int = 0
    text: bytes = b""  # the witness, folded
    anchor: str = ""  # "begin", "end", "" anywhere, "always", "network"
    number: int = 0  # row of numbers
    how: int = 0
    program: list[int] = field(default_factory=list)
