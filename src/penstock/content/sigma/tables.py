"""The tables that `kernels.literals` runs on, made from what rules look for in each column."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.sigma.expressions import ANY, ONE, Cidr, Compare, Glob, Match, Part, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.grams import U64, Keys, grams_of
from penstock.content.sigma.literals import Literal
from penstock.content.sigma.witness import literal_in
from penstock.kernels import globs
from penstock.kernels import verify as kinds
from penstock.kernels.keyed import fill_slots

F64 = NDArray[np.float64]

FARTHEST = 40
"""Bytes from its anchor at which a literal may at most be looked up."""

FILTER_BITS = 8
"""Bits of the filter for each key at least, twice that at most: 1 in 10 to 30 of the keys that are not there pass."""

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
    bits: U64
    inside: U8
    firsts_at: I32
    fours_at: I32
    fours_shift: I32
    threes_at: I32
    pairs_at: I32
    one_begin: I32
    one: U8
    stride: I32
    distinct: U8
    starts: U64
    starts_at: I32
    starts_size: U8
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
        return tuple(getattr(self, f.name) for f in fields(self))


class TableBuilder:
    """Takes what is looked for, gives the tables."""

    def __init__(self) -> None:
        self._literals: dict[tuple[int, Match], Literal] = {}
        self._present: dict[int, int] = {}
        self._numbers: list[float] = []

    def add(self, column: int, matches: Iterable[Match], leaf: int, *, escaped: bool = False) -> None:
        """A leaf: one of these matches holds for a value of the column, or may.

        May: a regular expression is represented by a text that it must hold, and so is whatever is looked for in
        records of a format with escapes (`escaped`). See `hard`.
        """
        for match in matches:
            if isinstance(match, Present) or (isinstance(match, Glob) and match.parts == (ANY,)):
                self._present[column] = leaf
                continue
            key = (column, _escaped(match) if escaped else match)
            found = self._literals.get(key)
            if found is None:
                found = self._literals[key] = self._new(*key)
            found.leaves.append(leaf)

    def _new(self, column: int, match: Match) -> Literal:
        made = Literal(column, match, [])
        if isinstance(match, Glob):
            self._glob(made, match)
        elif isinstance(match, Cidr):
            made.kind, made.anchor = kinds.ANYTHING, "network"
        elif isinstance(match, Compare):
            made.kind, made.anchor, made.how = kinds.NUMBER, "always", _COMPARES[match.operator]
            made.number = len(self._numbers)
            self._numbers.append(match.number)
        elif isinstance(match, Regex) and (text := literal_in(match)):
            made.kind, made.text = kinds.HOLDS, text
        elif isinstance(match, Regex | Part | Present):
            made.kind, made.anchor = kinds.ANYTHING, "always"
        else:
            raise TypeError(match)
        return made

    def _glob(self, made: Literal, match: Glob) -> None:
        parts = match.parts
        texts = [p for p in parts if isinstance(p, str)]
        if not match.cased and len(texts) == 1 and len(parts) <= 3 and ONE not in parts:
            made.text = texts[0].encode("utf-8", "surrogatepass")
            open_begin, open_end = parts[0] == ANY, parts[-1] == ANY
            made.kind = (
                kinds.HOLDS if open_begin and open_end
                else kinds.ENDS if open_begin
                else kinds.BEGINS if open_end
                else kinds.EXACT
            )  # fmt: skip
            made.anchor = "" if made.kind == kinds.HOLDS else "end" if made.kind == kinds.ENDS else "begin"
            return
        made.kind = kinds.CASED_GLOB if match.cased else kinds.GLOB
        for part in parts:
            made.program.extend(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else (_CODES[part],))
        folded = [fold(t).encode("utf-8", "surrogatepass") for t in texts]
        if not folded:
            made.anchor = "always"
            return
        made.text = max(folded, key=len)
        if isinstance(parts[0], str) and made.text == folded[0]:
            made.anchor = "begin"
        elif isinstance(parts[-1], str) and made.text == folded[-1]:
            made.anchor = "end"

    def build(self, columns: int, distinct: Sequence[bool]) -> Tables:
        """The tables of `columns` columns; `distinct`: whether a column's equal values are to be looked for."""
        literals = list(self._literals.values())
        keys: Keys = defaultdict(list)
        classes = _anchors(literals, columns, keys)
        grams = grams_of(literals, columns, keys)
        lists = [0]
        begins = []
        for entries in keys.values():
            begins.append(len(lists))
            for entry in entries:
                lists.extend(entry)
            lists.append(-1)
        size = 1 << max(4, (2 * len(keys)).bit_length())
        keyed, sieve = np.zeros(2 * size, np.uint64), np.zeros(max(1, size * FILTER_BITS // 128), np.uint64)
        fill_slots(
            np.array([w for w, _ in keys], np.uint64),
            np.array([s for _, s in keys], np.int32),
            _i32(begins),
            keyed,
            sieve,
        )
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
            keyed,
            sieve,
            _i32(lists),
            grams.bits,
            grams.inside,
            grams.firsts_at,
            grams.fours_at,
            grams.fours_shift,
            grams.threes_at,
            grams.pairs_at,
            grams.one_begin,
            grams.one,
            grams.stride,
            np.array(distinct, np.uint8),
            grams.starts,
            grams.starts_at,
            grams.starts_size,
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

_CODES = {ANY: globs.ANY, ONE: globs.ONE}


def _i32(values: Sequence[int]) -> I32:
    return np.array(values, np.int32)


def _begins(sizes: Iterable[int]) -> I32:
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).astype(np.int32)


def _rows(literals: Sequence[Literal]) -> I32:
    """int32[m, LITERAL]: what `kernels.verify` looks at."""
    rows = np.zeros((len(literals), kinds.LITERAL), np.int32)
    ends = np.cumsum([(len(x.text), len(x.program), len(x.leaves)) for x in literals] or [(0, 0, 0)], axis=0)
    for x, row, (text, program, leaves) in zip(literals, rows, ends.tolist(), strict=False):
        row[kinds.KIND] = x.kind
        row[kinds.AT], row[kinds.SIZE] = (
            (x.number, x.how) if x.kind == kinds.NUMBER else (text - len(x.text), len(x.text))
        )
        row[kinds.PROGRAM], row[kinds.PROGRAM_END] = program - len(x.program), program
        row[kinds.LEAVES], row[kinds.LEAVES_END] = leaves - len(x.leaves), leaves
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
    number = 0
    for column in classes:
        for entries in column.values():
            for word, i in entries:
                keys[word, number].append((i, 0))
            number += 1
    return [list(c) for c in classes]
