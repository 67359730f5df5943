"""Run the taxonomy's rules over rows of a draft: which rule decides each, and which contexts hold.

Rows become signatures: the answers to the questions that the rules' conditions ask, a few small numbers. Distinct
signatures are judged once, and remembered; what stands in a row's texts is looked for by one kernel over all rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.catalogue import Catalogue
from penstock.content.taxonomy.atoms import ABSENT, OTHER, Atom, holds
from penstock.content.taxonomy.book import Book
from penstock.content.taxonomy.rule import FIELDS, LAST
from penstock.kernels.distinct import number_distinct
from penstock.kernels.phrases import find_phrases
from penstock.kernels.slices import find_values, test_texts
from penstock.stages.draft import Draft
from penstock.stages.matching import match_sets

Bits = NDArray[np.uint64]
REMEMBERED = 50_000
"""Signatures that are remembered; a sender could make more of them."""

_ROW = np.zeros(1, np.int32)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What follows from a signature.

    first, last: the first rule of kind fields and of kind last that holds, -1 none. allowed: which rules with words may
    be taken, by group, uint8[W] each; patterns: which groups of pattern rules. bits: of the contexts that hold whatever
    the texts say.
    """

    first: int
    last: int
    allowed: tuple[U8, ...]
    patterns: tuple[bool, ...]
    bits: int


class Judge:
    """Judges rows by the rules of a book. bit: which context each rule means, -1 none."""

    def __init__(
        self, book: Book, catalogue: Catalogue, bit: tuple[int, ...] = (), names: tuple[str, ...] = ()
    ) -> None:
        """names: the code of each number that `bits` is given."""
        self._book = book
        self._catalogue = catalogue
        self._bit = bit
        self._names = names
        self._memory: dict[tuple[int, ...], _Facts] = {}

    def decide(self, draft: Draft, rows: I32) -> I32:
        """int32[n]: the number of the rule that decides each of these rows, -1 none."""
        kind, facts = self._signatures(draft, rows, None)
        decided = np.array([f.first for f in facts], np.int32)[kind]
        left = np.flatnonzero(decided < 0)
        for g, group in enumerate(self._book.words):
            if len(left):
                found, _ = self._phrases(g, draft, rows[left], kind[left], facts)
                decided[left] = np.array([*group.rules, -1], np.int32)[found]
                left = left[found < 0]
        if len(left):
            decided[left] = self._patterns(draft, rows[left], kind[left], facts)
            left = left[decided[left] < 0]
        decided[left] = np.array([f.last for f in facts], np.int32)[kind[left]]
        return decided

    def bits(self, draft: Draft, rows: I32, code: I32) -> Bits:
        """uint64[n]: the contexts of these rows, as bits. code int32[n]: the number of each row's category code."""
        kind, facts = self._signatures(draft, rows, code)
        out = np.array([f.bits for f in facts], np.uint64)[kind]
        for g in range(len(self._book.words)):
            some = np.flatnonzero(np.array([bool(f.allowed[g].any()) for f in facts], np.bool_)[kind])
            if len(some):
                _, more = self._phrases(g, draft, rows[some], kind[some], facts)
                out[some] |= more
        return out

    def _signatures(self, draft: Draft, rows: I32, code: I32 | None) -> tuple[I32, list[_Facts]]:
        """The number of each row's signature, and what follows from each."""
        answers = [(i, _answers(draft, rows, atom)) for i, atom in enumerate(self._book.atoms)]
        asked = [(i, found) for i, found in answers if found is not None]
        key = np.zeros(len(rows), np.uint64) if code is None else code.astype(np.uint64)
        for _, found in asked:
            key ^= found.astype(np.uint64)
            key *= np.uint64(0xFF51AFD7ED558CCD)
            key ^= key >> np.uint64(32)
        kind, first = distinct(key)
        blank = [ABSENT if atom.test is None else 0 for atom in self._book.atoms]
        facts = []
        for row in first.tolist():
            signature = blank.copy()
            for i, found in asked:
                signature[i] = int(found[row])
            facts.append(self._follows((*signature, -1 if code is None else int(code[row]))))
        return kind, facts

    def _follows(self, signature: tuple[int, ...]) -> _Facts:
        """What follows from the answers and the code."""
        known = self._memory.get(signature)
        if known is not None:
            return known
        book, answers, code = self._book, signature[:-1], signature[-1]
        name = self._names[code] if code >= 0 else ""
        held = [
            holds(condition, answers) and (not rule.codes or name in rule.codes)
            for rule, condition in zip(book.rules, book.held, strict=True)
        ]
        plain = [i for i, rule in enumerate(book.rules) if held[i] and rule.kind == FIELDS]
        last = [i for i, rule in enumerate(book.rules) if held[i] and rule.kind == LAST]
        made = _Facts(
            plain[0] if plain else -1,
            last[0] if last else -1,
            tuple(np.array([held[i] for i in group.rules], np.uint8) for group in book.words),
            tuple(holds(group.held, answers) for group in book.patterns),
            sum({1 << self._bit[i] for i in plain}) if self._bit else 0,
        )
        if len(self._memory) >= REMEMBERED:
            self._memory.clear()
        self._memory[signature] = made
        return made

    def _phrases(self, g: int, draft: Draft, rows: I32, kind: I32, facts: list[_Facts]) -> tuple[I32, Bits]:
        """The first rule of a group with words that holds, by its place in it; the bits of all that hold."""
        p = self._book.words[g].phrases
        n = len(rows)
        start, length = np.zeros((len(p.fields), n), np.int32), np.full((len(p.fields), n), -1, np.int32)
        for c, name in enumerate(p.fields):
            column = draft.get(name)
            if column is not None:
                start[c], length[c] = column[0][rows], column[1][rows]
        first, bits = np.empty(n, np.int32), np.empty(n, np.uint64)
        sets = len(p.set_in)
        find_phrases(
            draft.text.data, start, length, p.table, p.out_begin, p.out_set, p.set_in, p.by_begin, p.by_rule,
            p.need_begin, p.need, p.veto_begin, p.veto, p.bit, np.stack([f.allowed[g] for f in facts]), kind, first,
            bits, np.empty(sets, np.int32), np.empty(sets, np.int32),
        )  # fmt: skip
        return first, bits

    def _patterns(self, draft: Draft, rows: I32, kind: I32, facts: list[_Facts]) -> I32:
        """The first pattern rule that matches, -1 none."""
        none = len(self._book.rules)
        best = np.full(len(rows), none, np.int32)
        for g, group in enumerate(self._book.patterns):
            column = draft.get(group.source)
            if column is None:
                continue
            wanted = np.array([f.patterns[g] for f in facts], np.bool_)[kind] & (column[1][rows] >= 0)
            some = np.flatnonzero(wanted)
            if not len(some):
                continue
            at = rows[some]
            family, chosen = np.full(len(at), -1, np.int32), np.full(len(at), -1, np.int32)
            group_of = np.zeros(len(at), np.int32)
            ends, sets = np.array([0, 1], np.int32), np.array([group.number], np.int32)
            start, length = column[0][at], column[1][at]
            match_sets(draft.text, self._catalogue.sets, at, start, length, group_of, ends, sets, family, chosen)
            numbers = np.array([*group.rules, none], np.int32)[family]
            best[some] = np.minimum(best[some], numbers)
        best[best == none] = -1
        return best


def distinct(keys: Bits) -> tuple[I32, I32]:
    """The number of each key among the distinct ones, in order of appearance, and where each came first."""
    out, size = np.empty(len(keys), np.int32), 1024
    while True:
        first = np.empty(size // 2, np.int32)
        count = number_distinct(keys, np.zeros(size, np.uint64), np.full(size, -1, np.int32), out, first)
        if count >= 0:
            return out, first[:count]
        size *= 8


def _answers(draft: Draft, rows: I32, atom: Atom) -> I32 | None:
    """Each row's answer to a question; None where no row has the field."""
    column = draft.get(atom.field)
    if column is None:
        return None
    if atom.test is None and atom.table is None:
        return None
    every = len(rows) == len(draft)
    start, length = column if every else (column[0][rows], column[1][rows])
    if atom.test is not None:
        held = np.empty(len(rows), np.uint8)
        everywhere = np.ones(len(rows), np.uint8)
        test_texts(draft.text.data, start, length, *atom.test.packed, atom.test.how, everywhere, held)
        return held.astype(np.int32)
    if atom.table is None or length.max(initial=-1) < 0:
        return None
    if not atom.values:
        return np.where(length >= 0, np.int32(OTHER), np.int32(ABSENT))
    out = np.empty(len(rows), np.int32)
    find_values(
        draft.text.data, start[None], length[None], _ROW, True, atom.table.slot_hash, atom.table.slot_value,
        OTHER, out, np.empty(264, np.uint8),
    )  # fmt: skip
    return out
