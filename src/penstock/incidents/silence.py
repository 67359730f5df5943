"""What keeps an alert from becoming an incident: silences, standing suppressions, inhibitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from penstock.incidents.alert import Row, values


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts of `starts` to before `expires` whose fields match are kept and counted, and go no further."""

    id: str
    match: tuple[tuple[str, str], ...]
    owner: str
    reason: str
    starts: int
    expires: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class Muted:
    """Why an alert went no further: how (`alert.disposition`), by what, whose."""

    how: str
    by: str
    owner: str
    reason: str


def fits(match: Mapping[str, str] | tuple[tuple[str, str], ...], row: Row) -> bool:
    """Whether every field named has a value that fits; `*` is any characters, case does not count."""
    pairs = match.items() if isinstance(match, Mapping) else match
    return all(any(_glob(wanted, value) for value in values(row, field)) for field, wanted in pairs)


def _glob(wanted: str, value: str) -> bool:
    # only * is special: brackets and ? occur in names of rules and paths
    pattern = wanted.casefold().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(value.casefold(), pattern)
