"""What rules cover of MITRE ATT&CK, as a layer of its Navigator (layer format 4.5).

A technique's score is the number of rules that name it in a tag and can fire here. Rules that name it and cannot are
listed in its metadata. A sub-technique counts for itself; the Navigator adds them up under their technique. Format:
github.com/mitre-attack/attack-navigator, layers/spec/v4.5/layerformat.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from penstock.content.sigma.model import TACTICS, Rule
from penstock.content.sigma.rule_set import RuleSet
from penstock.rulebook.listing import Use, use_of

NAVIGATOR, LAYER = "5.2.0", "4.5"
"""Versions of the Navigator and of the format that this is written for."""

TITLES = 30
"""Rules that a technique's comment names; further ones are counted."""

_COLOURS = ["#d6e8fa", "#2f78c4", "#12305c"]
_NONE = "#f5d3cf"
"""The colour of techniques whose rules all cannot fire."""


@dataclass(slots=True)
class Tally:
    """The rules that name a technique, or a tactic."""

    live: list[Rule] = field(default_factory=list)
    dead: list[Rule] = field(default_factory=list)
    unserved: list[Rule] = field(default_factory=list)

    def add(self, rule: Rule, use: Use) -> None:
        """One more."""
        {Use.DEAD: self.dead, Use.UNSERVED: self.unserved}.get(use, self.live).append(rule)


@dataclass(frozen=True, slots=True)
class Coverage:
    """By ATT&CK's identifiers; `untagged`: rules that name no technique."""

    techniques: dict[str, Tally]
    tactics: dict[str, Tally]
    untagged: int


def coverage(rule_set: RuleSet) -> Coverage:
    """What a rule set covers."""
    techniques: dict[str, Tally] = defaultdict(Tally)
    tactics: dict[str, Tally] = defaultdict(Tally)
    untagged = 0
    for rule, outcome in zip(rule_set.rules, rule_set.outcomes, strict=True):
        use = use_of(outcome)
        for name in rule.techniques:
            techniques[name].add(rule, use)
        for name in rule.tactics:
            tactics[name].add(rule, use)
        untagged += not rule.techniques
    return Coverage(dict(sorted(techniques.items())), dict(sorted(tactics.items())), untagged)


def layer(found: Coverage, name: str, attack: str | None = None) -> dict[str, object]:
    """The layer. attack: ATT&CK's version (`19`); without it the Navigator takes its current one."""
    most = max((len(t.live) for t in found.techniques.values()), default=0)
    versions = {"navigator": NAVIGATOR, "layer": LAYER} | ({"attack": attack} if attack else {})
    live = {r.id for t in found.techniques.values() for r in t.live}
    return {
        "name": name,
        "versions": versions,
        "domain": "enterprise-attack",
        "description": (
            f"{len(live)} Sigma rules that can fire, by technique. The score is their number; rules that cannot fire"
            " here are in a technique's metadata. Written by penstock rules coverage."
        ),
        "sorting": 3,
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "showAggregateScores": True,
            "countUnscored": False,
            "aggregateFunction": "sum",
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": False,
        "techniques": [_technique(i, t) for i, t in found.techniques.items()],
        "gradient": {"colors": _COLOURS, "minValue": 0, "maxValue": max(1, most)},
        "legendItems": [
            {"label": "its rules cannot fire here", "color": _NONE},
            {"label": "one rule", "color": _COLOURS[0]},
            {"label": f"{max(1, most)} rules", "color": _COLOURS[-1]},
        ],
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
        "metadata": [{"name": "rules without a technique", "value": str(found.untagged)}],
    }


def _technique(name: str, tally: Tally) -> dict[str, object]:
    made: dict[str, object] = {"techniqueID": name, "score": len(tally.live), "enabled": True}
    if tally.live:
        made["comment"] = _titles(tally.live)
    else:
        made["color"] = _NONE
    waiting = (("cannot fire (dead)", tally.dead), ("no pack serves (unserved)", tally.unserved))
    metadata = [{"name": f"{len(rules)} {what}", "value": _titles(rules)} for what, rules in waiting if rules]
    if metadata:
        made["metadata"] = metadata
    if "." not in name:
        made["showSubtechniques"] = True
    return made


def _titles(rules: list[Rule]) -> str:
    lines = [f"{r.title} ({r.level})" for r in rules[:TITLES]]
    if len(rules) > TITLES:
        lines.append(f"… and {len(rules) - TITLES} more")
    return "\n".join(lines)


def summary(found: Coverage) -> list[str]:
    """A line a tactic: rules that can fire, the techniques they name, rules that cannot fire."""
    names = {identifier: name for name, identifier in TACTICS.items()}  # the newest name of each is the last
    head = f"{'tactic':24}{'live':>6}{'techniques':>12}{'dead':>6}{'unserved':>10}"
    lines = [head]
    for identifier in dict.fromkeys(TACTICS.values()):
        tally = found.tactics.get(identifier, Tally())
        techniques = {t for r in tally.live for t in r.techniques}
        counts = f"{len(tally.live):>6}{len(techniques):>12}{len(tally.dead):>6}{len(tally.unserved):>10}"
        lines.append(f"{names[identifier]:24}{counts}")
    covered = sum(bool(t.live) for t in found.techniques.values())
    lines.append(
        f"{covered} techniques and sub-techniques have a rule that can fire,"
        f" {len(found.techniques) - covered} only such as cannot; {found.untagged} rules name none"
    )
    return lines
