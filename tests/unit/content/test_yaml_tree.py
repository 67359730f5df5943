"""YAML of strangers: plain data with line numbers, or a message that says where."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.yaml_tree import MAX_DEPTH, parse
from penstock.errors import ContentError


def problem(text: str) -> str:
    with pytest.raises(ContentError) as caught:
        parse(text, "p.yaml")
    [found] = caught.value.problems
    return str(found)


def test_lines():
    root = parse("a: 1\nb:\n  - x\n  - {c: true}\n", "p.yaml")
    assert root.plain() == {"a": 1, "b": ["x", {"c": True}]}
    assert root.value["b"].value[1].value["c"].line == 4


def test_empty_is_an_empty_map():
    assert parse("", "p.yaml").plain() == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 1\na: 2\n", "p.yaml:2: 'a' stands here twice"),
        ("a: &x [1]\nb: *x\n", "p.yaml:1: anchors and aliases are not allowed (write it out)"),
        ("a: &x [*x]\n", "p.yaml:1: anchors and aliases are not allowed (write it out)"),
        ("a:\n  b: !!python/name:os.system ''\n", "p.yaml:2: tag tag:yaml.org,2002:python/name:os.system is not allowed"),
        ("a: !mine {b: 1}\n", "p.yaml:1: tag !mine is not allowed"),
        ("a: !!binary aGk=\n", "p.yaml:1: tag tag:yaml.org,2002:binary is not allowed"),
        ("a: !!set {b}\n", "p.yaml:1: tag tag:yaml.org,2002:set is not allowed"),
        ("{[a]: b}\n", "p.yaml:1: a key must be text"),
        ("a: [\n", "p.yaml:2: not YAML"),
        ("\na: b: c\n", "p.yaml:2: not YAML"),
        ("--- a\n--- b\n", "p.yaml:2: not YAML"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "p.yaml:1: nested deeper than 40 levels"),
        ("[" * 200_000, "p.yaml:1: n"),  # or in libyaml's words, which has a bound of its own: not YAML
        ("- " * 200_000, "p.yaml:1: nested deeper than 40 levels"),
        ("? " * 200_000, "p.yaml:1: nested deeper than 40 levels"),
        ("{a: " * 200_000, "p.yaml:1: nested deeper than 40 levels"),
        ("a: \x00", "p.yaml:1: not YAML"),
    ],
)  # fmt: skip
def test_refused(text, wanted):
    assert problem(text).startswith(wanted)


def test_a_billion_laughs_cost_nothing():
    text = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
    assert "anchors and aliases" in problem(text)


@given(st.one_of(st.binary(max_size=60), st.text("ab:-[]{}&*!|>\n \t'\"#%@?", max_size=60)))
def test_any_bytes_are_data_or_a_problem(text):
    try:
        parse(text, "p.yaml").plain()
    except ContentError as error:
        assert all(p.file == "p.yaml" and p.line >= 1 for p in error.problems)  # noqa: PT017  many may pass
