"""A rule, a filter: what Sigma says, as checked data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.content.pickled import Pickled
from penstock.content.sigma.expressions import Expression
from penstock.content.sigma.whens import Whens

TACTICS = {
    "reconnaissance": "TA0043",
    "resource-development": "TA0042",
    "initial-access": "TA0001",
    "execution": "TA0002",
    "persistence": "TA0003",
    "privilege-escalation": "TA0004",
    "defense-evasion": "TA0005",
    "stealth": "TA0005",
    "defense-impairment": "TA0112",
    "credential-access": "TA0006",
    "discovery": "TA0007",
    "lateral-movement": "TA0008",
    "collection": "TA0009",
    "command-and-control": "TA0011",
    "exfiltration": "TA0010",
    "impact": "TA0040",
}
"""MITRE ATT&CK's tactics (Enterprise): the name in a Sigma tag -> identifier. See attack.mitre.org/tactics/enterprise.
ATT&CK 19 renamed `defense-evasion` to `stealth` and took `defense-impairment` out; old rules have the old name."""


@dataclass(frozen=True, slots=True)
class Source(Pickled):
    """A rule's log source. What it leaves out (None) may be anything."""

    product: str | None = None
    category: str | None = None
    service: str | None = None

    def __str__(self) -> str:
        """`product/category/service`, `*` for what may be anything."""
        return "/".join(part or "*" for part in (self.product, self.category, self.service))


@dataclass(frozen=True, slots=True)
class Rule(Pickled):
    """One Sigma rule.

    id       its `id`, else a hash of its place and title
    version  hash of its text (16 hex digits): another text is another version
    whens, place: where what must hold of an event is found (`when`)
    tags     as written; tactics, techniques: their ATT&CK identifiers
    file, line: where it stands
    most     alerts a minute before the rest is only counted, None: no bound (`penstock: max_alerts_per_minute`)
    """

    id: str
    name: str
    title: str
    level: str
    status: str
    source: Source
    whens: Whens
    place: int
    version: str
    tags: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    description: str = ""
    file: str = ""
    line: int = 1
    most: int | None = None

    @property
    def when(self) -> Expression:
        """What must hold of an event."""
        return self.whens[self.place]


@dataclass(frozen=True, slots=True)
class Filter:
    """A site's exception (Sigma filter): events that do not satisfy `keep` are silenced for the rules it names.

    rules    ids or names of rules; None: every rule whose log source fits
    expires  microseconds UTC: events that arrive then or later are no longer silenced; None: never
    """

    id: str
    title: str
    source: Source
    rules: tuple[str, ...] | None
    keep: Expression
    version: str
    owner: str = ""
    reason: str = ""
    expires: int | None = None
    file: str = ""
    line: int = 1

    def concerns(self, rule: Rule) -> bool:
        """Whether it may silence this rule."""
        for ours, its in (
            (self.source.product, rule.source.product),
            (self.source.category, rule.source.category),
            (self.source.service, rule.source.service),
        ):
            if ours is not None and ours != its:
                return False
        return self.rules is None or rule.id in self.rules or (bool(rule.name) and rule.name in self.rules)


_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?\Z")


def attack(tags: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """ATT&CK tactics and techniques that tags name."""
    tactics, techniques = [], []
    for tag in tags:
        space, _, name = tag.lower().partition(".")
        if space != "attack":
            continue
        tactic = TACTICS.get(name.replace("_", "-"))
        if tactic:
            tactics.append(tactic)
        elif _TECHNIQUE.match(name):
            techniques.append(name.upper())
    return tuple(dict.fromkeys(tactics)), tuple(dict.fromkeys(techniques))
