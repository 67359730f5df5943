"""The taxonomy's rules to a `Taxonomy`. Imported only where none is kept, as what reads and checks rules is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from penstock.columns import Kind
from penstock.content.blob import Blob, render
from penstock.content.constants import as_kind
from penstock.content.model import Constant
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.pattern_text import compile_pattern
from penstock.content.taxonomy.atoms import Atoms, Held
from penstock.content.taxonomy.book import Book, PatternRules, Said, Taxonomy, WordRules
from penstock.content.taxonomy.phrases import compile_phrases
from penstock.content.taxonomy.rule import PATTERN, SETS, WORDS, Rule
from penstock.content.taxonomy.rules import category_rules, context_rules, unknown_fields
from penstock.errors import Problem
from penstock.schema.categories import UNCATEGORIZED, codes
from penstock.schema.contexts import MOST, contexts
from penstock.schema.registry import Schema


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
