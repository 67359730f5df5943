"""Kinds of attacks, as stories: how each goes, and how the control goes that just misses the rule's threshold.

A story is told by `kind(cast, begin, attack, number)`: who it is about, and its records. `number` picks the product that
writes them, so that of several stories no two need look alike. A control has what is allowed and no more: as much as
one short of the threshold, over and over where time makes that harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from attack_day.cast import SECOND, Cast
from attack_day.lines import Planted

Entity = dict[str, str]
Told = tuple[Entity, list[Planted]]
Story = Callable[[Cast, int, bool, int], Told]

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Kind:
    """A kind of attack. rules: names of those of which one must find it. seconds: the longest a story takes."""

    name: str
    story: Story
    seconds: int
    rules: tuple[str, ...]


KINDS: list[Kind] = []


def kind(seconds: int, *rules: str) -> Callable[[Story], Story]:
    """Note a story among the kinds."""

    def noted(story: Story) -> Story:
        KINDS.append(Kind(story.__name__, story, seconds, rules or (story.__name__,)))
        return story

    return noted
