"""Alerts held against what is true: attacks found, controls that alerted, alerts of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Row = Mapping[str, Any]


@dataclass
class Score:
    """Of each kind: attacks there were and those found, controls there were and those that alerted; and the rest."""

    attacks: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    controls: Counter[str] = field(default_factory=Counter)
    alerted: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def perfect(self) -> bool:
        """All found, no control alerted, nothing else raised."""
        return self.attacks == self.found and not +self.alerted and not self.wrong

    def lines(self) -> Iterable[str]:
        """As Markdown."""
        yield "| kind | attacks found | controls that alerted |"
        yield "| --- | --- | --- |"
        for kind in self.attacks:
            yield f"| {kind} | {self.found[kind]} of {self.attacks[kind]} | {self.alerted[kind]} of {self.controls[kind]} |"
        total = f"{self.found.total()} of {self.attacks.total()} | {self.alerted.total()} of {self.controls.total()}"
        yield f"| all | {total} |"
        yield ""
        yield f"Alerts of no attack: {len(self.wrong)}"
        yield from (f"- {line}" for line in self.wrong[:20])


def names_of(rules: Sequence[Path]) -> dict[str, str]:
    """The name of each rule in these folders, by its id."""
    found = {}
    for folder in rules:
        for path in sorted(folder.rglob("*.yml")):
            for document in yaml.safe_load_all(path.read_text()):
                found[str(document["id"])] = str(document.get("name") or document["title"])
    return found


def score(alerts: Iterable[Row], truths: Sequence[Row], names: Mapping[str, str]) -> Score:
    """An alert is of a story if it names whom the story is about, and its events lie within its time."""
    out = Score()
    about: dict[tuple[str, str], list[int]] = {}
    for number, truth in enumerate(truths):
        counted = out.attacks if truth["what"] == "attack" else out.controls
        counted[truth["kind"]] += 1
        [pair] = truth["entity"].items()
        about.setdefault(pair, []).append(number)
    found: set[int] = set()
    alerted: set[int] = set()
    for alert in alerts:
        name = names.get(alert["rule.id"], alert["rule.name"])
        first = alert.get("alert.first_seen", alert["@timestamp"])
        last = alert.get("alert.last_seen", alert["@timestamp"])
        whose = {n for pair in alert.items() if isinstance(pair[1], str) for n in about.get(pair, ())}
        mine = {n for n in whose if first <= truths[n]["to"] and last >= truths[n]["from"]}
        attacks = {n for n in mine if truths[n]["what"] == "attack"}
        found |= {n for n in attacks if name in truths[n]["rules"]}
        alerted |= mine - attacks
        if not mine:
            who = {k: v for k, v in alert.items() if k in {"source.ip", "destination.ip", "user.name", "host.name"}}
            out.wrong.append(f"{name} {who} {first} to {last}, {alert.get('alert.count')} events")
    out.found.update(truths[n]["kind"] for n in found)
    out.alerted.update(truths[n]["kind"] for n in alerted)
    return out
