"""Strands and incidents: the values that are kept, and what follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_AUDIT = 200
"""Audit entries in the newest version of an incident; earlier ones are in its earlier versions, in the lake."""

OPEN, CLOSED, MERGED = "open", "closed", "merged"
VERDICTS = ("true_positive", "false_positive")


@dataclass(frozen=True, slots=True)
class Strand:
    """Alerts of one rule about the same entities within a window: a line of an incident's timeline.

    count is exact, `alerts` are the ids of the first of them.
    """

    id: str
    incident: str
    key: str
    rule: str
    name: str
    level: int
    entities: tuple[str, ...]
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    first: int
    last: int
    count: int
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what, when, and why."""

    at: int
    by: str
    what: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """Strands that belong together, and what people made of them.

    version   one more with every change
    opened    the clock when it was opened (its alerts may be older)
    taken     when somebody took it (0: nobody): stops the escalation
    step      escalations so far
    notified  the level of the last notification, -1 if there was none
    """

    id: str
    category: str
    title: str
    opened: int
    first: int
    last: int
    count: int
    level: int
    strands: tuple[str, ...]
    state: str = OPEN
    version: int = 1
    assignee: str = ""
    verdict: str = ""
    taken: int = 0
    closed: int = 0
    step: int = 0
    notified: int = -1
    merged_into: str = ""
    related: tuple[str, ...] = ()
    audit: tuple[Audit, ...] = ()


def hashed(*parts: str) -> str:
    """16 hex digits that follow from these texts."""
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def audited(incident: Incident, entry: Audit) -> Incident:
    """With one more line in its audit trail."""
    return replace(incident, audit=(*incident.audit, entry)[-MOST_AUDIT:])


def told_by(incident: Incident, strands: Sequence[Strand]) -> Incident:
    """With what follows from its strands: span, count, level, title."""
    ordered = sorted(strands, key=lambda s: (s.first, s.id))
    worst = max(ordered, key=lambda s: s.level)
    return replace(
        incident,
        strands=tuple(s.id for s in ordered),
        first=min(s.first for s in ordered),
        last=max(s.last for s in ordered),
        count=sum(s.count for s in ordered),
        level=worst.level,
        title=title(worst),
    )


def title(strand: Strand) -> str:
    """What an incident is called by its worst strand: the rule, and who it is about."""
    about = next((e for f in ("user.name", "host.name", "source.ip") for e in strand.entities if e.startswith(f)), "")
    return f"{strand.name} ({about.partition('=')[2]})" if about else strand.name
