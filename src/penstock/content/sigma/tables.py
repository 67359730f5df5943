"""The tables that `kernels.literals` runs on, made from what rules look for in each column."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.sigma.expressions import ANY, Cidr, Compare, Glob, Match, Part, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.grams import Grams, grams_of
from penstock.content.sigma.literals import Literal, Shape, shape_of
from penstock.content.sigma.looked_up import U64, Keys
from penstock.content.sigma.witness import literal_in
from penstock.kernels import verify as kinds

F64 = NDArray[np.float64]

FARTHEST = 40
"""Bytes from its anchor at which a literal may at most be looked up."""

_WORD = (1 << 64) - 1
_COMPARES = {"<": kinds.LESS, "<=": kinds.LESS_EQUAL, ">": kinds.MORE, ">=": kinds.MORE_EQUAL, "!=": kinds.NOT_EQUAL}


@dataclass(frozen=True, eq=False)
class Tables:
    """See `kernels.literals.match_cells` for what each array is."""

    anchor_begin: I32
    anchor_from_end: U8
    anchor_at: I32
    anchor_size: U8
    keyed: U64
    sieve: U64
    lists: I32
    grams: Grams
    distinct: U8
    always_begin: I32
    always: I32
    literal: I32
    leaves: I32
    present_leaf: I32
    network_begin: I32
    network_family: U8
    network_words: U64
    network_literal: I32
    numbers: F64
    blob: U8
    programs: NDArray[np.int16]

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """All of them, in the order in which the kernel takes them."""
        named = [getattr(self, f.name) for f in fields(self)]
        return tuple(a for one in named for a in (one.arrays() if isinstance(one, Grams) else (one,)))


class Shapes:
    """What is looked for for each match, whatever the column: made once for all tables that are built with it."""

    def __init__(self) -> None:
        self._of: dict[Match, Shape] = {}
        self._several: dict[tuple[int, bool], tuple[Sequence[Match], list[Shape | None]]] = {}

    def of(self, matches: Sequence[Match], *, escaped: bool) -> list[Shape | None]:
        """Those of several matches, None where every value fits."""
        key = (id(matches), escaped)  # the same object for each dataset, and held here, so that its id stays its own
        found = self._several.get(key)
        if found is None:
            made = [self._shape(m, escaped=escaped) for m in matches]
            found = self._several[key] = matches, made
        return found[1]

    def _shape(self, match: Match, *, escaped: bool) -> Shape | None:
        if isinstance(match, Present) or (isinstance(match, Glob) and match.parts == (ANY,)):
            return None
        wanted = _escaped(match) if escaped else match
        found = self._of.get(wanted)
        if found is None:
            found = self._of[wanted] = shape_of(wanted)
        return found


class TableBuilder:
    """Takes what is looked for, gives the tables. shapes: shared with others over the same rules."""

    def __init__(self, shapes: Shapes | None = None) -> None:
        self._shapes = shapes or Shapes()
        self._literals: dict[tuple[int, int], Literal] = {}
        self._present: dict[int, int] = {}
        self._numbers: list[float] = []

    def add(self, column: int, matches: Sequence[Match], leaf: int, *, escaped: bool = False) -> None:
        """A leaf: one of these matches holds for a value of the column, or may.

        May: a regular expression is represented by a text that it must hold, and so is whatever is looked for in
        records of a format with escapes (`escaped`). See `hard`.
        """
        literals = self._literals
        for shape in self._shapes.of(matches, escaped=escaped):
            if shape is None:
                self._present[column] = leaf
                continue
            key = (column, id(shape))
            found = literals.get(key)
            if found is not None:
                found.leaves.append(leaf)
                continue
            literals[key] = Literal(column, [leaf], len(self._numbers), *shape)
            if shape.kind == kinds.NUMBER and isinstance(shape.match, Compare):
                self._numbers.append(shape.match.number)

    def build(self, columns: int, distinct: Sequence[bool]) -> Tables:
        """The tables of `columns` columns; `distinct`: whether a column's equal values are to be looked for."""
        literals = list(self._literals.values())
        keys = Keys()
        classes = _anchors(literals, columns, keys)
        grams = grams_of(literals, columns, keys)
        always: list[list[int]] = [[] for _ in range(columns)]
        for i, x in enumerate(literals):
            if x.anchor == "always":
                always[x.column].append(i)
        present = np.full(columns, -1, np.int32)
        for column, leaf in self._present.items():
            present[column] = leaf
        networks: list[list[int]] = [[] for _ in range(columns)]
        for i, x in enumerate(literals):
            if x.anchor == "network":
                networks[x.column].append(i)
        families, words = _networks([literals[i].match for c in networks for i in c])
        return Tables(
            _begins(len(c) for c in classes),
            np.array([e for c in classes for e, _, _ in c], np.uint8),
            _i32([o for c in classes for _, o, _ in c]),
            np.array([n for c in classes for _, _, n in c], np.uint8),
            *keys.table(),
            grams,
            np.array(distinct, np.uint8),
            _begins(map(len, always)),
            _i32([i for c in always for i in c]),
            _rows(literals),
            _i32([leaf for x in literals for leaf in x.leaves]),
            present,
            _begins(map(len, networks)),
            families,
            words,
            _i32([i for c in networks for i in c]),
            np.array(self._numbers or [0.0]),
            np.frombuffer(b"".join([*(x.text for x in literals), bytes(64)]), np.uint8),
            np.array([code for x in literals for code in x.program] or [0], np.int16),
        )


def hard(match: Match) -> bool:
    """Whether the tables only say that a match may hold, and Python must decide."""
    return isinstance(match, Regex | Part)


def _networks(matches: Sequence[Match]) -> tuple[U8, U64]:
    """Families (4, 6) and address and mask as four words each."""
    networks = [ipaddress.ip_network(m.network) for m in matches if isinstance(m, Cidr)]
    words = [
        (int(n.network_address) >> 64, int(n.network_address) & _WORD, int(n.netmask) >> 64, int(n.netmask) & _WORD)
        for n in networks
    ]
    return np.array([n.version for n in networks], np.uint8), np.array(words, np.uint64).reshape(-1, 4)


def _escaped(match: Match) -> Match:
    """What to look for instead in records of a format with escapes: the parts of it that no format writes otherwise.

    All of them, one after the other: of `/bin/sh | nc` the longest alone, `bin`, stands in every record of some logs.
    """
    if isinstance(match, Glob):
        texts = [fold(p) for p in match.parts if isinstance(p, str)]
    else:
        texts = [literal_in(match).decode()] if isinstance(match, Regex) else []
    parts = [part for text in texts for part in _ESCAPED.split(text) if part]
    if max(map(len, parts), default=0) < 2:  # one letter is not worth looking for
        return Present()
    return Glob((ANY, *(x for part in parts for x in (part, ANY))))


_ESCAPED = re.compile(r"[^A-Za-z0-9 .:;,_(){}\[\]!#$%*@^~?-]+")
"""Characters that JSON, XML, CEF, … or their writers escape."""


def _i32(values: Sequence[int]) -> I32:
    return np.array(values, np.int32)


def _begins(sizes: Iterable[int]) -> I32:
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).astype(np.int32)


def _rows(literals: Sequence[Literal]) -> I32:
    """int32[m, LITERAL]: what `kernels.verify` looks at."""
    rows = np.zeros((len(literals), kinds.LITERAL), np.int32)
    if not literals:
        return rows
    sizes = np.array([(len(x.text), len(x.program), len(x.leaves)) for x in literals])
    ends = sizes.cumsum(axis=0)
    rows[:, kinds.KIND] = [x.kind for x in literals]
    rows[:, [kinds.AT, kinds.PROGRAM, kinds.LEAVES]] = ends - sizes
    rows[:, kinds.SIZE] = sizes[:, 0]
    rows[:, [kinds.PROGRAM_END, kinds.LEAVES_END]] = ends[:, 1:]
    numbers = rows[:, kinds.KIND] == kinds.NUMBER
    rows[numbers, kinds.AT] = [x.number for x in literals if x.kind == kinds.NUMBER]
    rows[numbers, kinds.SIZE] = [x.how for x in literals if x.kind == kinds.NUMBER]
    return rows


def _anchors(literals: Sequence[Literal], columns: int, keys: Keys) -> list[list[tuple[int, int, int]]]:
    """Per column the distances in use (from_end, at, size); fills `keys`. Each literal is at the one least crowded."""
    choices: list[tuple[int, list[tuple[int, int, int, int]]]] = []
    crowd: Counter[tuple[int, int, int, int, int]] = Counter()
    for i, x in enumerate(literals):
        if x.anchor not in ("begin", "end"):
            continue
        n = len(x.text)
        from_end = int(x.anchor == "end")
        size = min(8, n)
        found = []
        for far in range(0, max(1, min(n - 7, FARTHEST + 1)), 8):
            begin = n - far - size if from_end else far
            word = int.from_bytes(x.text[begin : begin + size], "little")
            found.append((from_end, far, size, word))
            crowd[x.column, from_end, far, size, word] += 1
        choices.append((i, found))
    classes: list[dict[tuple[int, int, int], list[tuple[int, int]]]] = [{} for _ in range(columns)]
    for i, found in choices:
        of = literals[i].column
        from_end, far, size, word = min(found, key=lambda c: (crowd[of, *c], c[1]))
        classes[of].setdefault((from_end, far, size), []).append((word, i))
    entries = [
        (word, number, i)
        for number, of_class in enumerate(e for column in classes for e in column.values())
        for word, i in of_class
    ]
    words = np.array([word for word, _, _ in entries], np.uint64)
    rest = np.array([(number, i) for _, number, i in entries], np.int64).reshape(-1, 2)
    keys.add(words, rest[:, 0], rest[:, 1], 0)
    return [list(c) for c in classes]
