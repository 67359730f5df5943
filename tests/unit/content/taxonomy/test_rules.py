"""Rules as data: what an author is told, and that the bundled ones keep their own order."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.content.blob import Blob
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.taxonomy.book import Taxonomy
from penstock.content.taxonomy.compiling import compile_taxonomy
from penstock.content.taxonomy.rule import KINDS
from penstock.content.taxonomy.rules import category_rules, context_rules
from penstock.pipeline import load_catalogue
from penstock.schema.categories import codes
from penstock.schema.contexts import contexts
from penstock.schema.registry import schema

GOOD = "- rule: one\n  code: auth.unknown_user\n  confidence: 60\n  words: [no such soul]\n"


def compiled(root: Path, text: str, name: str = "own.yaml") -> tuple[Taxonomy, list[str]]:
    """The taxonomy with one further file, and `line: message` of each problem in it."""
    (root / "categories").mkdir(exist_ok=True)
    path = root / "categories" / name
    path.write_text(text)
    problems: list = []
    made = compile_taxonomy(schema(), Blob(), PatternSetsBuilder(), [root], problems)
    assert all(p.file == str(path) for p in problems)
    return made, [f"{p.line}: {p.message}" for p in problems]


def test_a_file_of_ones_own(tmp_path):
    made, problems = compiled(tmp_path, GOOD)
    assert problems == []
    [rule] = [r for r in made.codes.rules if r.name == "taxonomy.own/one"]
    assert (rule.kind, rule.target, rule.confidence) == ("words", "auth.unknown_user", 60)


def test_a_later_file_replaces_its_namesake(tmp_path):
    made, _ = compiled(tmp_path, GOOD, "network.yaml")
    assert [r.name for r in made.codes.rules if r.name.startswith("taxonomy.network/")] == ["taxonomy.network/one"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("- rule: Bad-Name\n  code: auth.none\n  confidence: 1\n  words: [aaa]\n", "1: rule name 'Bad-Name' must be lower-case letters, digits and _"),
        ("- rule: r\n  code: auth.nonsense\n  confidence: 1\n  words: [aaa]\n", "2: no code 'auth.nonsense'"),
        ("- rule: r\n  code: unknown.uncategorized\n  confidence: 1\n  words: [aaa]\n", "2: no code 'unknown.uncategorized'"),
        ("- rule: r\n  code: auth.none\n  confidence: 100\n  words: [aaa]\n", "1: r: confidence must be 1 to 99"),
        ("- rule: r\n  code: auth.none\n  words: [aaa]\n", "1: r: confidence must be 1 to 99"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n", "1: r looks at nothing"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  last: true\n", "1: r looks at nothing"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [aaa]\n  last: true\n", "1: r: one of words, pattern and last: true"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [Aaa]\n", "4: words: 'Aaa' is no phrase"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: ['a*b']\n", "4: words: 'a*b' is no phrase"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: ['a-b c']\n", "4: words: 'a-b c' is no phrase"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [ab]\n", "4: words: 'ab' is no phrase"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [abc, abc]\n", "4: words: 'abc' stands here twice"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: []\n", "1: a set of words is empty"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  when: {user.name: x}\n  and: [[abc]]\n", "1: `and` needs `words`"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  when: {user.name: x}\n  unless: [abc]\n", "1: `unless` needs `words`"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  when: {user.name: x}\n  in: [message]\n", "1: `in` needs `words`"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  when: {user.nme: x}\n", "1: taxonomy.own/r: no field 'user.nme'"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [abc]\n  in: [mesage]\n", "1: taxonomy.own/r: no field 'mesage'"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  when: {user.name: {begin: x}}\n", "4: no test 'begin' in `when`: exists, not, begins, ends, contains"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  pattern: '{'\n", "1: pattern '{': no capture: '{'; write {{ for a brace"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  pattern: '{user.name}'\n", "1: pattern '{user.name}' captures user.name"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [abc]\n  set: {user.name: x}\n", "5: set: user.name is not for a rule to say"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  words: [abc]\n  set: {event.type: [nonsense]}\n", "5: set: event.type: 'nonsense' is not allowed"),
        ("- rule: r\n  code: auth.none\n  confidence: 9\n  wods: [abc]\n", "4: a rule has no 'wods'"),
        (GOOD + GOOD, "5: taxonomy.own/one stands here twice"),
        ("rule: r\n", "1: a file of rules must be a list"),
        ("- rule: [\n", "2: not YAML: did not find expected node content"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path, text, wanted):
    assert wanted in compiled(tmp_path, text)[1]


def test_every_problem_at_once(tmp_path):
    text = (
        "- rule: X\n  code: nonsense\n  confidence: many\n  words: [A]\n- rule: y\n  code: auth.none\n  confidence: 9\n"
    )
    assert len(compiled(tmp_path, text)[1]) == 5


def test_the_bundled_rules_are_sound_and_in_order():
    rules, problems = category_rules()
    assert problems == []
    assert [r.order for r in rules] == sorted(r.order for r in rules)
    assert len({r.order for r in rules}) == len(rules), "no two have the same place"
    assert {r.kind for r in rules} == set(KINDS)
    assert all(r.confidence < 70 for r in rules if r.kind == "last" or r.looks_at_all)
    assert all(rule.target in codes() for rule in rules)


def test_every_context_has_a_rule():
    rules, problems = context_rules()
    assert problems == []
    assert {r.target for r in rules} == contexts().keys()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("- context: nonsense\n  codes: [auth.none]\n", "no context 'nonsense'"),
        ("- context: default_account\n", "default_account: the rule looks at nothing"),
        ("- context: default_account\n  codes: [auth.nonsense]\n", "no code 'auth.nonsense'"),
        ("- context: default_account\n  codes: [nonsense.*]\n", "no code 'nonsense.*'"),
        ("- context: default_account\n  code: auth.none\n", "a rule has no 'code'"),
        ("- context: default_account\n  codes: [auth.none]\n", "no rule says when there is privileged_account"),
    ],
)
def test_what_is_wrong_with_contexts_is_told(tmp_path, text, wanted):
    path = tmp_path / "contexts.yaml"
    path.write_text(text)
    assert wanted in [p.message for p in context_rules(path)[1]]


def test_codes_of_a_context_may_be_a_domain_or_a_mode(tmp_path):
    path = tmp_path / "contexts.yaml"
    path.write_text("- context: default_account\n  codes: [auth.*, '*.rate_exceeded']\n")
    [rule] = context_rules(path)[0]
    assert {"auth.none", "auth.rate_exceeded", "cloud.rate_exceeded"} < rule.codes
    assert "cloud.none" not in rule.codes


def test_the_kept_catalogue_has_the_rules():
    """They are compiled with the packs, and pickled with them."""
    taxonomy = load_catalogue().taxonomy
    assert [r.name for r in taxonomy.codes.rules] == [r.name for r in category_rules()[0]]
    assert len(taxonomy.said) == len(taxonomy.codes.rules)
