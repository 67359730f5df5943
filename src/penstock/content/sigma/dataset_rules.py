"""What compiling makes of a dataset's rules: programs and tables, and what was learned of each rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.columns import I32
from penstock.content.sigma import expressions as ex
from penstock.content.sigma.slots import Slot
from penstock.content.sigma.tables import Tables


class Joined(NamedTuple):
    """Parts joined by `and`, `or`; or the one part of a `not`."""

    how: str
    parts: tuple[Resolved, ...]


Resolved = bool | int | Joined
"""What must hold, over leaf numbers; or what is known to hold or not."""


@dataclass(frozen=True, slots=True)
class FieldPair:
    """A test of one field against another: its leaf, both slots, how they compare (see `Reference`)."""

    leaf: int
    one: int
    other: int
    begins: bool
    ends: bool


class Guarded(NamedTuple):
    """A slot that is looked at only in rows for which a condition may hold.

    guard: the condition, a place in `guard_begin`; columns int32[]: the slots of its leaves, none of them guarded.
    """

    guard: int
    columns: I32


@dataclass(frozen=True, eq=False)
class DatasetRules:
    """The rules that look at one dataset's events, compiled.

    slots        what is looked at; `keyword_slots`: which of them are the record
    guarded      the last slots: records that only rules of some log sources look into
    structured   the record is written in a format with escapes: keywords are looked for in its decoded values
    tables       literals of all slots
    leaves       how many leaves there are
    pairs        tests of one field against another
    hard         leaf -> its slot and matches, where the tables only say that it may hold
    leaf_slot    int32[leaves]: the slot of each, -1 of a pair
    exact        of rules with such leaves (by their place in `rules`): what must hold; their programs say what may
    keeps        of filters with such leaves (by their place in `filter_program`): what must hold of what they keep
    rules        int32[n]: each rule's place in the rule set, again and again if it looks at log sources whose fields
                 stand in different places; the other arrays are those of `kernels.conditions`
    filters      places of filters in the rule set, in the order of `filter_of`
    told_slots   what correlations want to know of events
    told         rule (its place in the rule set) -> field -> its slot there, -1 none
    """

    dataset: str
    slots: tuple[Slot, ...]
    keyword_slots: frozenset[int]
    guarded: tuple[Guarded, ...]
    structured: bool
    tables: Tables
    leaves: int
    pairs: tuple[FieldPair, ...]
    hard: dict[int, tuple[int, tuple[ex.Match, ...]]]
    leaf_slot: I32
    exact: dict[int, Resolved]
    keeps: dict[int, Resolved]
    rules: I32
    witness_begin: I32
    witness_rule: I32
    free_rules: I32
    rule_guard: I32
    program_begin: I32
    program: I32
    guard_begin: I32
    filter_begin: I32
    filter_of: I32
    filter_program: I32
    told_slots: tuple[Slot, ...] = ()
    told: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What compiling learned of a rule.

    datasets     those it looks at
    live         of these, where it can hold
    declared     of these, where it can hold by fields that the pack says there are
    dead_fields  what makes it false where it can never hold
    lacking      dataset -> what it needs there that the pack does not declare: of the log source that lacks the fewest
    """

    datasets: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    dead_fields: set[str] = field(default_factory=set)
    lacking: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def undeclared(self) -> frozenset[str]:
        """What it needs and no pack declares: of the datasets that lack the fewest."""
        fewest = min(map(len, self.lacking.values()), default=0)
        return frozenset().union(*(f for f in self.lacking.values() if len(f) == fewest))
