"""What is remembered between two steps, and a draft of it in which a step writes.

All values are immutable; a step never changes the state it was given. What a draft changed is also what has to be
written to make the change durable: `Draft.delta()` here, `apply` there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson

from penstock.incidents.incident import Audit, Incident, Strand
from penstock.incidents.layered import changed, pairs
from penstock.incidents.silence import Silence
from penstock.incidents.throttle import Lane, Timer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State:
    """Everything remembered, by key.

    windows  rule and entities -> the strand that counts them
    index    `field=value` -> the open incidents that may take alerts about it
    counts   what muted alerts -> how many
    active   inhibition and values -> when its source was last seen
    seen     alert.id -> its time
    rates    rule -> the minute of its newest alert, and how many it has raised in it
    figures  clock, watermark (newest event time), taken, late, repeated, opened
    """

    strands: Mapping[str, Strand] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    windows: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    active: Mapping[str, int] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)

    def of(self, incident: Incident) -> list[Strand]:
        """An incident's strands."""
        return [self.strands[s] for s in incident.strands]


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}


def _incident(raw: dict[str, Any]) -> Incident:
    audit = tuple(Audit(**a) for a in raw.pop("audit"))
    return Incident(**_tuples(raw), audit=audit)


def _silence(raw: dict[str, Any]) -> Silence:
    return Silence(**{**raw, "match": tuple((f, v) for f, v in raw["match"])})


def _strand(raw: dict[str, Any]) -> Strand:
    return Strand(**_tuples(raw))


def _lane(raw: dict[str, Any]) -> Lane:
    return Lane(**_tuples(raw))


def _plain(raw: T) -> T:
    return raw


REVIVE: Mapping[str, Callable[[Any], Any]] = {
    "strands": _strand,
    "incidents": _incident,
    "windows": _plain,
    "index": tuple,
    "silences": _silence,
    "counts": _plain,
    "active": _plain,
    "lanes": _lane,
    "timers": lambda raw: Timer(**raw),
    "seen": _plain,
    "rates": tuple,
    "figures": _plain,
}
"""The sections of a state, and how a value of each is made of JSON."""


def to_json(state: State) -> bytes:
    """All of it."""
    return orjson.dumps({name: dict(pairs(getattr(state, name))) for name in REVIVE})


def of_json(raw: bytes) -> State:
    """What `to_json` wrote."""
    return apply(State(), raw)


def apply(state: State, delta: bytes) -> State:
    """The state after the change that `Draft.delta` wrote."""
    sections: dict[str, Mapping[str, Any]] = {}
    for name, changes in orjson.loads(delta).items():
        section: Overlay[Any] = Overlay(getattr(state, name))
        for key, value in changes.items():
            if value is None:
                section.drop(key)
            else:
                section[key] = REVIVE[name](value)
        sections[name] = section.merged()
    return State(**{name: sections.get(name, getattr(state, name)) for name in REVIVE})


class Overlay(Generic[T]):
    """A section being written: what changed, over what was."""

    def __init__(self, base: Mapping[str, T]) -> None:
        self.base = base
        self.changed: dict[str, T | None] = {}
        self.size = len(base)

    def get(self, key: str) -> T | None:
        """The value, None if there is none."""
        return self.changed[key] if key in self.changed else self.base.get(key)

    def __getitem__(self, key: str) -> T:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: str, value: T) -> None:
        self.size += key not in self
        self.changed[key] = value

    def drop(self, key: str) -> None:
        """Take a key out, if it is there."""
        if key in self:
            self.size -= 1
            self.changed[key] = None

    def items(self) -> Iterator[tuple[str, T]]:
        """Keys and values, those of the base first."""
        for key, value in pairs(self.base):
            now = self.changed.get(key, value)
            if now is not None:
                yield key, now
        for key, fresh in self.changed.items():
            if fresh is not None and key not in self.base:
                yield key, fresh

    def merged(self) -> Mapping[str, T]:
        """The section after all changes."""
        return changed(self.base, self.changed, self.size)


class Draft:
    """A state being written."""

    def __init__(self, state: State) -> None:
        self.strands = Overlay(state.strands)
        self.incidents = Overlay(state.incidents)
        self.windows = Overlay(state.windows)
        self.index = Overlay(state.index)
        self.silences = Overlay(state.silences)
        self.counts = Overlay(state.counts)
        self.active = Overlay(state.active)
        self.lanes = Overlay(state.lanes)
        self.timers = Overlay(state.timers)
        self.seen = Overlay(state.seen)
        self.rates = Overlay(state.rates)
        self.figures = Overlay(state.figures)
        self.touched: dict[str, tuple[Incident, tuple[Strand, ...]]] = {}

    def figure(self, name: str) -> int:
        """A figure; 0 before anything came."""
        return self.figures.get(name) or 0

    def count(self, name: str, amount: int = 1) -> None:
        """A figure goes up."""
        self.figures[name] = self.figure(name) + amount

    def of(self, incident: Incident) -> list[Strand]:
        """An incident's strands."""
        return [self.strands[s] for s in incident.strands]

    def state(self) -> State:
        """The state as written."""
        return State(**{name: getattr(self, name).merged() for name in REVIVE})

    def delta(self) -> bytes:
        """What changed, as JSON."""
        sections = ((name, getattr(self, name).changed) for name in REVIVE)
        return orjson.dumps({name: changes for name, changes in sections if changes})
