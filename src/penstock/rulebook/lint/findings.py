"""What lint can find: each kind has a code, how grave it is, and a line in the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from penstock.errors import Problem


class Level(IntEnum):
    """How grave a finding is."""

    NOTE = 0  # worth knowing: cost, style, what is not served here
    WARNING = 1  # probably not what was meant
    ERROR = 2  # cannot be used, or does not do what it says


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of finding."""

    level: Level
    about: str


CHECKS = {
    "refused": Check(Level.ERROR, "the document cannot be used"),
    "id.twice": Check(Level.ERROR, "another document has the same id"),
    "id.missing": Check(Level.WARNING, "no id: alerts and examples have nothing that stays when the title changes"),
    "level.missing": Check(Level.WARNING, "no level: taken for medium"),
    "status.missing": Check(Level.NOTE, "no status"),
    "title.twice": Check(Level.NOTE, "another document has the same title"),
    "key.unknown": Check(Level.WARNING, "a key that is nearly one Sigma has"),
    "tag.unknown": Check(Level.WARNING, "a tag whose namespace or ATT&CK name there is not"),
    "tag.spelling": Check(Level.NOTE, "a tag that is understood, but not written as Sigma has it"),
    "condition.unused": Check(Level.WARNING, "a detection that no condition names"),
    "condition.one": Check(Level.NOTE, "`1 of` or `all of` what is one detection"),
    "field.case": Check(Level.WARNING, "a field that differs from a known one only in capitals"),
    "field.unknown": Check(Level.WARNING, "a field that no dataset has which the rule looks at"),
    "regex.edges": Check(Level.NOTE, "an expression that begins or ends in `.*` for nothing"),
    "value.regex": Check(Level.WARNING, "a plain text that looks like a regular expression"),
    "value.escape": Check(Level.WARNING, r"`\*` or `\?` where a backslash and a wildcard may be meant"),
    "value.path": Check(Level.WARNING, "the end of a path, compared with the whole of it"),
    "value.empty": Check(Level.NOTE, "a text that every value holds"),
    "value.wildcards": Check(Level.NOTE, "wildcards that the modifier puts there already"),
    "value.short": Check(Level.NOTE, "texts so short that they cost much and say little"),
    "value.twice": Check(Level.NOTE, "a value that stands in its list twice"),
    "rule.dead": Check(Level.WARNING, "its log source is served, but no event can fire it"),
    "rule.undeclared": Check(Level.NOTE, "fields that no pack declares, looked for in what is left unmapped"),
    "rule.unserved": Check(Level.NOTE, "no pack serves its log source"),
    "filter.reference": Check(Level.WARNING, "a filter for a rule that there is not"),
    "filter.idle": Check(Level.WARNING, "a filter that concerns no rule"),
    "filter.expired": Check(Level.WARNING, "a filter that silences no longer"),
    "filter.unowned": Check(Level.WARNING, "a filter without owner, reason or expiry"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `code`: of `CHECKS`."""

    code: str
    problem: Problem

    @property
    def level(self) -> Level:
        """How grave it is."""
        return CHECKS[self.code].level

    def row(self) -> dict[str, object]:
        """As plain data, for JSON."""
        p = self.problem
        made: dict[str, object] = {"level": self.level.name.lower(), "code": self.code, "file": p.file, "line": p.line}
        return made | {"message": p.message} | ({"hint": p.hint} if p.hint else {})

    def __str__(self) -> str:
        """`file:line: warning value.short: message (hint)`."""
        p = self.problem
        hint = f" ({p.hint})" if p.hint else ""
        return f"{p.file}:{p.line}: {self.level.name.lower()} {self.code}: {p.message}{hint}"
