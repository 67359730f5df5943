"""The taxonomy, compiled (`compiling`): rules as tables that `stages.judging` runs over columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.content.taxonomy.atoms import Atom, Held
from penstock.content.taxonomy.phrases import Phrases
from penstock.content.taxonomy.rule import Rule


@dataclass(frozen=True, slots=True, eq=False)
class WordRules:
    """Rules with words that are asked together. rules: their numbers in the book; phrases: their automaton."""

    rules: tuple[int, ...]
    phrases: Phrases


@dataclass(frozen=True, slots=True, eq=False)
class PatternRules:
    """Pattern rules on one field under one condition. rules: numbers in the book, by their place in the set."""

    source: str
    held: Held
    number: int
    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Rules of one sort, in their order of precedence; a rule's number is its place.

    held      what must hold of the event's fields, per rule
    atoms     the questions those ask
    words     rules with words: those of some fields, then those of the whole record
    patterns  the pattern rules
    """

    rules: tuple[Rule, ...]
    held: tuple[Held, ...]
    atoms: tuple[Atom, ...]
    words: tuple[WordRules, ...]
    patterns: tuple[PatternRules, ...]

    @property
    def reads(self) -> frozenset[str]:
        """The fields that the rules look at."""
        texts = (name for group in self.words for name in group.phrases.fields)
        return frozenset((*(a.field for a in self.atoms), *texts, *(p.source for p in self.patterns)))


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a category rule says of its events: as a row shows it, and where it stands in the blob, by field."""

    shown: Mapping[str, object]
    places: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """Rules for codes, what each says; rules of contexts; where `unknown.uncategorized` stands in the blob."""

    codes: Book
    said: tuple[Said, ...]
    contexts: Book
    undecided: tuple[int, int]
