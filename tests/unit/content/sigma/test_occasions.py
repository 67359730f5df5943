"""What `events` of a log source may say: the language of a step's `when`, as an expression over fields."""

from __future__ import annotations

import pytest

from penstock.content.reader import Reader
from penstock.content.sigma.expressions import ANY, And, Expression, Glob, Not, Or, Present, always
from penstock.content.sigma.expressions import Test as Asked
from penstock.content.sigma.occasions import read_occasion
from penstock.content.yaml_tree import parse


def read(text: str) -> tuple[Expression, list[str]]:
    reader = Reader("sigma.yaml")
    return read_occasion(reader, parse(text, "sigma.yaml"), "events"), [str(p) for p in reader.problems]


def whole(name: str, value: str) -> Asked:
    return Asked(name, Glob((value,) if value else ()))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{event.code: 1}", whole("event.code", "1")),
        ("{event.code: ['1', X]}", Or((whole("event.code", "1"), whole("event.code", "x")))),
        ("{a: x, b: y}", And((whole("a", "x"), whole("b", "y")))),
        ("{a: {exists: true}}", Asked("a", Present())),
        ("{a: {exists: false}}", Not(Asked("a", Present()))),
        ("{a: {not: X}}", Not(whole("a", "x"))),
        ("{a: {not: ''}}", Not(whole("a", ""))),
        ("{a: {begins: X}}", Asked("a", Glob(("x", ANY)))),
        ("{a: {ends: x}}", Asked("a", Glob((ANY, "x")))),
        ("{a: {contains: [x, y]}}", Or((Asked("a", Glob((ANY, "x", ANY))), Asked("a", Glob((ANY, "y", ANY)))))),
        ("{a: {exists: true, not: x}}", And((Asked("a", Present()), Not(whole("a", "x"))))),
        ("{not: {a: x}}", Not(whole("a", "x"))),
        ("{a: x, not: {not: {a: y}}}", And((whole("a", "x"), whole("a", "y")))),
        ("[{a: x}, {b: y}]", Or((whole("a", "x"), whole("b", "y")))),
        ("{p.unmapped#a.b: x}", whole("p.unmapped#a.b", "x")),
    ],
)
def test_means(text: str, wanted: Expression):
    assert read(text) == (wanted, [])


def test_nothing_asked_is_every_event():
    found, problems = read("{}")
    assert always(found)
    assert problems == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{a: {is: x}}", "a has no 'is' (one of exists, not, begins, ends, contains)"),
        ("{a: {exists: maybe}}", "a: exists must be true or false"),
        ("{a: []}", "a needs a value, or a list of values (`exists: false` asks for absence)"),
        ("{a: }", "a needs a value, or a list of values (`exists: false` asks for absence)"),
        ("[]", "events: an empty list holds for nothing ({} holds for every event)"),
        ("[x]", "events must be a map"),
    ],
)
def test_refuses(text: str, wanted: str):
    _, problems = read(text)
    assert problems == [f"sigma.yaml:1: {wanted}"]
