"""What is looked for for a match, and one such literal on its way into the tables of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from penstock.content.sigma.expressions import ANY, ONE, Cidr, Compare, Glob, Match, Part, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.witness import literal_in
from penstock.kernels import globs
from penstock.kernels import verify as kinds

_COMPARES = {"<": kinds.LESS, "<=": kinds.LESS_EQUAL, ">": kinds.MORE, ">=": kinds.MORE_EQUAL, "!=": kinds.NOT_EQUAL}
_CODES = {ANY: globs.ANY, ONE: globs.ONE}


class Shape(NamedTuple):
    """What is looked for for a match.

    kind     how a found place is verified (`kernels.verify`); `how`: a comparison's operator
    text     the witness, folded
    anchor   where it stands: "begin", "end", "" anywhere; or "always", "network" where there is none
    program  of a glob
    """

    match: Match
    kind: int
    text: bytes = b""
    anchor: str = ""
    how: int = 0
    program: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class Literal:
    """A shape looked for in a column, and the leaves it stands for. number: its row of numbers, if it compares."""

    column: int
    leaves: list[int]
    number: int
    match: Match
    kind: int
    text: bytes
    anchor: str
    how: int
    program: tuple[int, ...]


def shape_of(match: Match) -> Shape:
    """What is looked for for a match: a regular expression is represented by a text that it must hold."""
    if isinstance(match, Glob):
        return _glob(match)
    if isinstance(match, Cidr):
        return Shape(match, kinds.ANYTHING, anchor="network")
    if isinstance(match, Compare):
        return Shape(match, kinds.NUMBER, anchor="always", how=_COMPARES[match.operator])
    if isinstance(match, Regex) and (text := literal_in(match)):
        return Shape(match, kinds.HOLDS, text)
    if isinstance(match, Regex | Part | Present):
        return Shape(match, kinds.ANYTHING, anchor="always")
    raise TypeError(match)


def _glob(match: Glob) -> Shape:
    parts = match.parts
    texts = [p for p in parts if isinstance(p, str)]
    if not match.cased and len(texts) == 1 and len(parts) <= 3 and ONE not in parts:
        open_begin, open_end = parts[0] == ANY, parts[-1] == ANY
        kind, anchor = (
            (kinds.HOLDS, "") if open_begin and open_end
            else (kinds.ENDS, "end") if open_begin
            else (kinds.BEGINS, "begin") if open_end
            else (kinds.EXACT, "begin")
        )  # fmt: skip
        return Shape(match, kind, texts[0].encode("utf-8", "surrogatepass"), anchor)
    kind = kinds.CASED_GLOB if match.cased else kinds.GLOB
    program: list[int] = []
    for part in parts:
        program.extend(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else (_CODES[part],))
    folded = [fold(t).encode("utf-8", "surrogatepass") for t in texts]
    if not folded:
        return Shape(match, kind, anchor="always", program=tuple(program))
    text = max(folded, key=len)
    anchor = ""
    if isinstance(parts[0], str) and text == folded[0]:
        anchor = "begin"
    elif isinstance(parts[-1], str) and text == folded[-1]:
        anchor = "end"
    return Shape(match, kind, text, anchor, program=tuple(program))
