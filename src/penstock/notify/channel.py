"""What a channel is: where messages go. A further kind is one more file with a class like this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from penstock.errors import OutsideError


@dataclass(frozen=True, slots=True)
class Message:
    """One step to be told to one channel.

    key     of the step: every attempt carries it, so that a receiver who honours it records the step once
    fields  what templates may name
    """

    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a channel takes: of at least a level, of some kinds, escalations from a step on."""

    levels: frozenset[str]
    kinds: frozenset[str]
    step: int = 0

    def __call__(self, level: str, kind: str, step: int) -> bool:
        """Whether it takes this one."""
        return level in self.levels and kind in self.kinds and step >= self.step


class Channel(Protocol):
    """A place messages go. `send` returns when the other side has taken the message."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    @property
    def wants(self) -> Wanted:
        """Which messages it takes."""

    def send(self, message: Message, now: float) -> None:
        """Try once. Raises `OutsideError` when it may work later, `Declined` when it never will."""


class Declined(OutsideError):  # noqa: N818  an answer, not an error of ours
    """The other side will not take this message, however often it is offered. Carries no secret."""


class Unreachable(OutsideError):  # noqa: N818  an answer, not an error of ours
    """Nobody answered in time: what else is for this channel need not be tried at once."""


class Later(OutsideError):  # noqa: N818  an answer, not an error of ours
    """The other side asks for a pause of so many seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
