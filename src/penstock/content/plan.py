"""One dataset, compiled: which columns it can have, what goes where, what its families stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8, Kind
from penstock.content.hashing import HashTable
from penstock.content.pickled import Pickled
from penstock.content.steps import CompiledStep

STORED = "penstock_events.event"
"""The dataset of our own event rows: recognised by `parse`, taken back by `reread`."""


@dataclass(frozen=True, slots=True)
class Column(Pickled):
    """A field a dataset may have. `many`: it is an array, held as JSON text."""

    name: str
    kind: Kind
    many: bool


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """Which column each key goes to, by family (`kernels.tape.scatter`).

    own int32[keys]: the ids of the keys it places, by their own number. keys: how many. begin, column: the maps, one
    after the other. which int32[F]: each family's.
    widest: how many columns one entry may go to at most.
    """

    own: I32
    keys: int
    begin: I32
    column: I32
    which: I32
    widest: int

    def local(self, size: int) -> I32:
        """int32[size]: key id -> own number, -1 none."""
        out = np.full(size, -1, np.int32)
        out[self.own] = np.arange(self.keys, dtype=np.int32)
        return out


def placing(maps: Sequence[Mapping[int, Sequence[int]]]) -> Placing:
    """The placing of one map (key id -> columns) a family. Families whose map is the same object share one."""
    distinct = {id(m): m for m in maps}
    number = {at: i for i, at in enumerate(distinct)}
    own = {k: i for i, k in enumerate(dict.fromkeys(k for m in distinct.values() for k in m))}
    begin: list[int] = [0]
    column: list[int] = []
    for m in distinct.values():
        for key in own:
            column.extend(m.get(key, ()))
            begin.append(len(column))
    which = np.array([number[id(m)] for m in maps], np.int32)
    widest = max((len(columns) for m in distinct.values() for columns in m.values()), default=1)
    return Placing(
        np.array(list(own), np.int32),
        len(own),
        np.array(begin, np.int32),
        np.array(column or [0], np.int32),
        which,
        widest,
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """A dataset, compiled. Column numbers are places in `columns`; family numbers in `families`.

    rules: per family, what a category that it decides is said to come from.
    judging: columns that a record may bring and whose wrong value sends it out, whoever looks at them.
    """

    number: int
    name: str
    pack: str
    version: str
    formats: tuple[str, ...]
    columns: tuple[Column, ...]
    families: tuple[str, ...]
    constants: tuple[dict[str, object], ...]
    places: Mapping[str, tuple[I32, I32]]
    defaults: Mapping[str, tuple[int, int]]
    placing: Placing
    by: tuple[tuple[int, ...], ...]
    by_table: HashTable
    default_family: int
    pattern_set: int
    known_values: frozenset[str]
    steps: tuple[CompiledStep, ...]
    null_words: NDArray[np.uint64]
    null_lengths: I32
    takes_nulls: U8
    header: Mapping[str, tuple[str, ...]]
    time: tuple[str, ...]
    zone: int | None
    on_error: Mapping[str, str]
    header_columns: tuple[str, ...] = ()
    split: str | None = None
    rules: tuple[str, ...] = ()
    judging: frozenset[str] = frozenset()
    wanted: frozenset[str] | None = None  # columns that somebody will look at; None: all (`narrowing`)

    @cached_property
    def place(self) -> dict[str, int]:
        """Number of each column."""
        return {c.name: i for i, c in enumerate(self.columns)}

    def wants(self, name: str) -> bool:
        """Whether somebody will look at the column."""
        return self.wanted is None or name in self.wanted

    @cached_property
    def wanted_columns(self) -> U8:
        """uint8[C]: somebody will look at the column."""
        wanted = self.wanted
        if wanted is None:
            return np.ones(len(self.columns), np.uint8)
        return np.array([c.name in wanted for c in self.columns], np.uint8)

    @cached_property
    def many(self) -> U8:
        """uint8[C]: the column is an array."""
        return np.array([c.many for c in self.columns], np.uint8)
