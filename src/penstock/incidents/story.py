"""What an incident tells: its entities with their risk, the ATT&CK chain, the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from penstock.incidents.incident import Strand
from penstock.incidents.policy import WEIGHTS
from penstock.schema.instants import rfc3339
from penstock.schema.levels import LEVELS

TACTIC = 10
"""What each tactic after the first adds to an entity's risk."""


@dataclass(frozen=True, slots=True)
class Risk:
    """An entity and its risk.

    score  the sum over rules of their weight, half of it more for each tenfold of alerts, and `TACTIC` for each
           tactic after the first
    """

    entity: str
    score: int
    rules: int
    alerts: int


def risks(strands: Iterable[Strand]) -> list[Risk]:
    """The entities, riskiest first."""
    counts: dict[str, dict[str, int]] = {}
    levels: dict[str, int] = {}
    tactics: dict[str, set[str]] = {}
    for strand in strands:
        levels[strand.rule] = max(strand.level, levels.get(strand.rule, 0))
        for entity in strand.entities:
            of = counts.setdefault(entity, {})
            of[strand.rule] = of.get(strand.rule, 0) + strand.count
            tactics.setdefault(entity, set()).update(strand.tactics)
    made = [
        Risk(
            entity,
            sum(WEIGHTS[LEVELS[levels[r]]] * (len(str(n)) + 1) // 2 for r, n in of.items())
            + TACTIC * max(0, len(tactics[entity]) - 1),
            len(of),
            sum(of.values()),
        )
        for entity, of in counts.items()
    ]
    return sorted(made, key=lambda r: (-r.score, r.entity))


def chain(strands: Sequence[Strand]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tactics and techniques in the order in which they were first seen."""
    ordered = sorted(strands, key=lambda s: (s.first, s.id))
    tactics = dict.fromkeys(t for s in ordered for t in s.tactics)
    techniques = dict.fromkeys(t for s in ordered for t in s.techniques)
    return tuple(tactics), tuple(techniques)


def timeline(strands: Sequence[Strand]) -> list[dict[str, object]]:
    """One entry a strand, oldest first."""
    return [
        {
            "first": rfc3339(s.first),
            "last": rfc3339(s.last),
            "rule.id": s.rule,
            "rule.name": s.name,
            "rule.level": LEVELS[s.level],
            "count": s.count,
            "entities": list(s.entities),
            "threat.technique.id": list(s.techniques),
            "strand": s.id,
            "alert.ids": list(s.alerts[:3]),
        }
        for s in sorted(strands, key=lambda s: (s.first, s.id))
    ]
