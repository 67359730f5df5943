"""Read the taxonomy's rules: plain YAML, every problem with file and line.

    - rule: wrong_password                 # in auth.yaml: taxonomy.auth/wrong_password
      code: auth.credential_mismatch
      confidence: 80
      words: [invalid password, wrong password]
      unless: [password reset]
      when: {event.outcome: failure}

docs/how-to/add-a-category-rule.md says all of it.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from penstock.content.conditions import Condition, compile_condition
from penstock.content.model import Constant
from penstock.content.pattern_text import PatternError, compile_pattern
from penstock.content.places import packs_dir
from penstock.content.reader import Reader
from penstock.content.taxonomy.rule import FIELDS, LAST, PATTERN, SETS, TEXTS, WORDS, Rule
from penstock.content.yaml_tree import Node, load
from penstock.errors import ContentError, Problem
from penstock.schema.categories import codes
from penstock.schema.contexts import contexts
from penstock.schema.registry import Schema, schema

HERE = Path(__file__).parent
CATEGORIES = "categories"
"""The folder of rules in a further folder of packs."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PHRASE = re.compile(r"[a-z0-9]+( [a-z0-9]+)*\*?")
_BODY = ("when", "words", "and", "unless", "in")
_CATEGORY = ("rule", "code", "confidence", *_BODY, "pattern", "from", "last", "set", "about")
_CONTEXT = ("context", "codes", *_BODY, "about")

Found = tuple[list[Rule], list[Problem]]


def category_rules(roots: Iterable[Path] = ()) -> Found:
    """The rules for codes in their order of precedence, and what is wrong with them.

    The bundled ones, and those in `categories/` below further folders of packs; a later file replaces its namesake.
    """
    folders = [HERE / "rules", *(root / CATEGORIES for root in roots)]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}
    found = [_read(path, path.stat().st_mtime_ns, _category_rule) for path in files.values()]
    rules = sorted((rule for one, _ in found for rule in one), key=lambda r: r.order)
    return rules, [problem for _, problems in found for problem in problems]


def context_rules(path: Path = HERE / "contexts.yaml") -> Found:
    """The rules of contexts, and what is wrong with them."""
    rules, problems = _read(path, path.stat().st_mtime_ns, _context_rule)
    missing = [c for c in contexts() if c not in {r.target for r in rules}]
    return rules, problems + [Problem(str(path), 1, f"no rule says when there is {c}") for c in missing]


def unknown_fields(rules: Iterable[Rule], known: Schema) -> list[Problem]:
    """Fields that these rules look at and that there are not. (A bundled pack's, which is not loaded, may be.)"""
    problems = []
    for rule in rules:
        for name in dict.fromkeys((*(rule.when.fields() if rule.when else ()), *rule.within, rule.source)):
            if name not in known and not (packs_dir() / name.partition(".")[0]).is_dir():
                close = difflib.get_close_matches(name, list(known.fields), 1)
                hint = f"did you mean {close[0]}?" if close else ""
                problems.append(Problem(rule.file, rule.line, f"{rule.name}: no field {name!r}", hint))
    return problems


@lru_cache(64)
def _read(path: Path, _changed: int, make: Callable[[Node, _Reading], Rule]) -> Found:
    """The rules of a file; `_changed` is when it was."""
    read = _Reading(path)
    try:
        root = load(path)
    except ContentError as error:
        return [], list(error.problems)
    rules = [make(node, read) for node in read.sequence(root, "a file of rules")]
    if make is _category_rule:
        for name, count in Counter(r.name for r in rules).items():
            if count > 1:
                line = [r.line for r in rules if r.name == name][-1]
                read.wrong(line, f"{name} stands here twice")
    return rules, read.problems


class _Reading(Reader):
    """Typed access to a file of rules."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.stem = path.stem

    def one_of(self, node: Node | None, what: str, known: Iterable[str], line: int) -> str:
        """A text that must be on a list."""
        text = self.text(node, what)
        listed = list(known)
        if text not in listed:
            close = difflib.get_close_matches(text, listed, 1)
            self.wrong(node.line if node else line, f"no {what} {text!r}", f"did you mean {close[0]}?" if close else "")
        return text

    def when(self, node: Node | None) -> Condition | None:
        """A condition on fields."""
        if node is None:
            return None
        try:
            return compile_condition(node.plain())
        except ValueError as error:
            self.wrong(node.line, str(error))
            return None

    def phrases(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Phrases: words in small letters, one blank between them; a last `*` takes any end of the last word."""
        found = self.texts(node, what)
        line = node.line if node else 1
        for phrase in found:
            if not _PHRASE.fullmatch(phrase) or len(phrase) < 3:
                hint = "small letters and digits, one blank between words; they match whatever stands between"
                self.wrong(line, f"{what}: {phrase!r} is no phrase", hint)
        for phrase in {p for p in found if found.count(p) > 1}:
            self.wrong(line, f"{what}: {phrase!r} stands here twice")
        return found

    def sets(self, node: Node | None) -> Mapping[str, Constant]:
        """What is said more exactly than the code says it."""
        found = self.constants(node, "set")
        for name, value in found.items():
            known = schema().get(name)
            if name not in SETS or known is None:
                self.wrong(
                    node.line if node else 1, f"set: {name} is not for a rule to say", f"one of {', '.join(SETS)}"
                )
                continue
            for one in value if isinstance(value, tuple) else (value,):
                if one not in known.allowed:
                    hint = f"one of {', '.join(known.allowed)}"
                    self.wrong(node.line if node else 1, f"set: {name}: {one!r} is not allowed", hint)
        return found


class _Body(NamedTuple):
    """What both sorts of rules have: see `Rule`."""

    when: Condition | None
    words: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    within: tuple[str, ...]


def _body(top: Mapping[str, Node], read: _Reading, line: int) -> _Body:
    """What both sorts of rules have."""
    words = [read.phrases(top["words"], "words")] if "words" in top else []
    more = read.sequence(top.get("and"), "and")
    if more and not words:
        read.wrong(line, "`and` needs `words`")
    words += [read.phrases(node, "and") for node in more]
    if "in" in top and not words:
        read.wrong(line, "`in` needs `words`")
    if "unless" in top and not words:
        read.wrong(line, "`unless` needs `words`", "for fields: when: {not: …}")
    if any(not group for group in words):
        read.wrong(line, "a set of words is empty")
    return _Body(
        read.when(top.get("when")),
        tuple(words),
        read.phrases(top.get("unless"), "unless"),
        read.texts(top.get("in"), "in") or TEXTS,
    )


def _category_rule(node: Node, read: _Reading) -> Rule:
    top = read.mapping(node, "a rule", _CATEGORY)
    name = read.text(top.get("rule"), "rule")
    if not _NAME.fullmatch(name):
        read.wrong(node.line, f"rule name {name!r} must be lower-case letters, digits and _")
    code = read.one_of(top.get("code"), "code", (c for c in codes() if codes()[c].category), node.line)
    confidence = top["confidence"].value if "confidence" in top else 0
    if not isinstance(confidence, int) or not 1 <= confidence <= 99:
        read.wrong(node.line, f"{name}: confidence must be 1 to 99", "100 is a pack's own word")
        confidence = 1
    body = _body(top, read, node.line)
    lines = read.texts(top.get("pattern"), "pattern")
    last = read.flag(top.get("last"), "last")
    kind = WORDS if body.words else PATTERN if lines else LAST if last else FIELDS
    if sum((bool(body.words), bool(lines), last)) > 1:
        read.wrong(node.line, f"{name}: one of words, pattern and last: true")
    if kind in (FIELDS, LAST) and body.when is None:
        read.wrong(node.line, f"{name} looks at nothing", "when, words or pattern")
    source = read.text(top.get("from"), "from", "message")
    for line in lines:
        _check_pattern(line, node.line, read)
    return Rule(
        f"taxonomy.{read.stem}/{name}",
        kind,
        code,
        confidence,
        read.file,
        node.line,
        *body,
        lines,
        source,
        read.sets(top.get("set")),
    )


def _check_pattern(text: str, line: int, read: _Reading) -> None:
    """A pattern of a rule tells; it captures nothing."""
    try:
        program = compile_pattern(text)
    except PatternError as error:
        read.wrong(line, f"pattern {text!r}: {error}")
        return
    if any(program.names):
        read.wrong(line, f"pattern {text!r} captures {next(program.names)}", "a rule decides, it fills no field: {}")


def _context_rule(node: Node, read: _Reading) -> Rule:
    top = read.mapping(node, "a rule", _CONTEXT)
    context = read.one_of(top.get("context"), "context", contexts(), node.line)
    wanted: set[str] = set()
    for text in read.texts(top.get("codes"), "codes"):
        fit = {c for c in codes() if c == text or (text.endswith(".*") and c.startswith(text[:-1]))}
        fit |= {c for c in codes() if text.startswith("*.") and c.endswith(text[1:])}
        if not fit:
            read.wrong(top["codes"].line, f"no code {text!r}", "a code, auth.*, or *.rate_exceeded")
        wanted |= fit
    body = _body(top, read, node.line)
    if not wanted and not body.words and body.when is None:
        read.wrong(node.line, f"{context}: the rule looks at nothing", "codes, when or words")
    kind = WORDS if body.words else FIELDS
    return Rule(context, kind, context, 100, read.file, node.line, *body, codes=frozenset(wanted))
