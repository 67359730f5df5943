"""The taxonomy, compiled: rules as tables that `stages.judging` runs over columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.columns import Kind
from penstock.content.blob import Blob, render
from penstock.content.constants import as_kind
from penstock.content.model import Constant
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.pattern_text import compile_pattern
from penstock.content.taxonomy.atoms import Atom, Atoms, Held
from penstock.content.taxonomy.phrases import Phrases, compile_phrases
from penstock.content.taxonomy.rule import PATTERN, SETS, WORDS, Rule
from penstock.content.taxonomy.rules import category_rules, context_rules, unknown_fields
from penstock.errors import Problem
from penstock.schema.categories import UNCATEGORIZED, codes
from penstock.schema.contexts import MOST, contexts
from penstock.schema.registry import Schema


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


def compile_taxonomy(
    schema: Schema, blob: Blob, sets: PatternSetsBuilder, roots: Iterable[Path], problems: list[Problem]
) -> Taxonomy:
    """Read and compile all rules; what is wrong goes to `problems`."""
    rules, wrong = category_rules(roots)
    of_contexts, wrong_there = context_rules()
    wrong = [*wrong, *wrong_there, *unknown_fields([*rules, *of_contexts], schema)]
    problems += wrong
    if wrong:
        rules, of_contexts = [], []
    bits = {name: i for i, name in enumerate(contexts())}
    if len(bits) > MOST:
        problems.append(Problem("schema/contexts.tsv", 1, f"{len(bits)} contexts; {MOST} are the most there can be"))
    return Taxonomy(
        _book(rules, [-1] * len(rules), schema, sets),
        tuple(_said(rule, schema, blob) for rule in rules),
        _book(of_contexts, [bits[rule.target] for rule in of_contexts], schema, sets),
        blob.place(UNCATEGORIZED.encode()),
    )


def _book(rules: Sequence[Rule], bits: Sequence[int], schema: Schema, sets: PatternSetsBuilder) -> Book:
    atoms = Atoms(schema)
    held = tuple(atoms.add(rule.when) for rule in rules)
    worded = [i for i, rule in enumerate(rules) if rule.kind == WORDS]
    words = []
    for whole in (False, True):
        own = [i for i in worded if rules[i].looks_at_all == whole]
        if own:
            words.append(WordRules(tuple(own), compile_phrases([rules[i] for i in own], [bits[i] for i in own])))
    groups: dict[tuple[str, Held], list[int]] = {}
    for i, rule in enumerate(rules):
        if rule.kind == PATTERN:
            groups.setdefault((rule.source, held[i]), []).append(i)
    patterns = []
    for (source, condition), numbers in groups.items():
        of_line = [(i, line) for i in numbers for line in rules[i].lines]
        number = sets.add([(compile_pattern(line), k, ()) for k, (_, line) in enumerate(of_line)])
        patterns.append(PatternRules(source, condition, number, tuple(i for i, _ in of_line)))
    return Book(tuple(rules), held, atoms.compiled(), tuple(words), tuple(patterns))


def _said(rule: Rule, schema: Schema, blob: Blob) -> Said:
    """What the rule says more exactly, else what its code stands for.

    Of work that went as asked no outcome follows: a log that does not say how it went has none.
    """
    code = codes()[rule.target]
    own: dict[str, Constant] = {"event.category": code.category, "event.type": code.type}
    if code.failure:
        own["event.outcome"] = code.outcome
    shown: dict[str, object] = {}
    places = {}
    for name, value in {**own, **rule.set}.items():
        many = bool((known := schema.get(name)) and known.many)
        values = value if isinstance(value, tuple) else (value,)
        shown[name] = list(values) if many else as_kind(values[0], Kind.KEYWORD)
        places[name] = blob.place(render(value, many=many))
    return Said(shown, {name: places[name] for name in SETS if name in places})
