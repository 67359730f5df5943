"""What became of a rule's condition for one event: a tree with a verdict at every knot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from penstock.content.sigma.expressions import ANY, Cidr, Compare, Glob, Match, Part, Present, Reference, Regex

_OPERATORS = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least", "!=": "is a number but"}


@dataclass(frozen=True, slots=True)
class Looked:
    """Where a rule's field was looked for, and what was there.

    field     as the rule has it; None: a keyword, looked for in the whole record
    columns   what it stands for in this dataset, in the order of preference; empty: no event of it has the field
    column    the one of them that this event has, empty for none
    values    what it holds there: none, one, or an array's
    """

    field: str | None
    columns: tuple[str, ...]
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One knot of a condition.

    how    `test`, `detection` (its one part is what it says), `and`, `or`, `not`
    name   of a detection
    match, looked, other  of a test: what the value must be, what was found, for `fieldref` the other field's
    """

    how: str
    holds: bool
    parts: tuple[Verdict, ...] = ()
    name: str = ""
    match: Match | None = None
    looked: Looked | None = None
    other: Looked | None = None

    def tests(self) -> Iterator[Verdict]:
        """Every test in it, in order."""
        if self.how == "test":
            yield self
        for part in self.parts:
            yield from part.tests()

    def row(self) -> dict[str, object]:
        """As plain data, for JSON."""
        made: dict[str, object] = {"how": self.how, "holds": self.holds}
        if self.name:
            made["name"] = self.name
        if self.match is not None and self.looked is not None:
            made |= {"field": self.looked.field, "wanted": wanted(self.match), "columns": list(self.looked.columns)}
            made |= {"column": self.looked.column or None, "values": list(self.looked.values)}
        if self.other is not None:
            made["other"] = {"column": self.other.column or None, "values": list(self.other.values)}
        if self.parts:
            made["parts"] = [part.row() for part in self.parts]
        return made


def wanted(match: Match) -> str:
    """What a value must be, in words: `begins with 'sudo'`."""
    match match:
        case Glob():
            return _glob(match)
        case Regex():
            return f"matches /{match.pattern}/{match.flags}"
        case Cidr():
            return f"is in {match.network}"
        case Compare():
            return f"{_OPERATORS[match.operator]} {match.number:g}"
        case Part():
            compared = "is" if match.operator == "=" else _OPERATORS[match.operator]
            return f"is a time whose {match.unit} {compared} {match.number:g}"
        case Reference():
            how = {(False, False): "equals", (True, False): "begins with", (False, True): "ends with"}
            return f"{how.get((match.begins, match.ends), 'holds')} the field {match.field}"
        case Present():
            return "is there"


def _glob(match: Glob) -> str:
    parts = match.parts
    cased = " (case counts)" if match.cased else ""
    texts = [p for p in parts if isinstance(p, str)]
    if not parts:
        return "is empty"
    if parts == (ANY,):
        return "is there, whatever it is"
    if len(texts) == 1 and len(parts) <= 3 and all(isinstance(p, str) or p == ANY for p in parts):
        before, after = not isinstance(parts[0], str), not isinstance(parts[-1], str)
        how = {(True, True): "holds", (True, False): "ends with", (False, True): "begins with"}
        return f"{how.get((before, after), 'is')} {_quoted(texts[0])}{cased}"
    pattern = "".join(p if isinstance(p, str) else "*" if p == ANY else "?" for p in parts)
    return f"is like {_quoted(pattern)}{cased}"


def _quoted(text: str) -> str:
    return f"'{text}'"
