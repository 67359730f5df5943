"""JSON, read slowly and whole: numbers as they are written, every member as often as it came, the text of each value."""

# ruff: noqa: E501  tables and sentences stand as they are

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


@dataclass(slots=True)
class Node:
    """One value. kind: string, number, bool, null, object, array; raw: as it stands; text: a string's own."""

    kind: str
    raw: str
    text: str = ""
    members: list[tuple[str, Node]] = field(default_factory=list)
    elements: list[Node] = field(default_factory=list)


def read(text: str) -> Node:
    """The value that a text is. Raises ValueError."""
    node, end = _value(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise ValueError(f"text follows the value at {end}")
    return node


def as_text(node: Node) -> str:
    """What a rule compares with: a string's own text, else the value as it is written."""
    return node.text if node.kind == "string" else node.raw


def scalars(node: Node) -> Iterator[str]:
    """Strings, numbers and truth values at any depth."""
    if node.kind in ("string", "number", "bool"):
        yield as_text(node)
    for _, member in node.members:
        yield from scalars(member)
    for element in node.elements:
        yield from scalars(element)


def at_path(node: Node, parts: list[str]) -> Iterator[Node]:
    """What stands at a path: names with dots count as several parts; arrays on the way are gone through.

    An array at its end counts by its elements. Neither goes into arrays within arrays.
    """
    if not parts:
        for found in node.elements if node.kind == "array" else [node]:
            if found.kind not in ("null", "array"):
                yield found
        return
    for inner in node.elements if node.kind == "array" else [node]:
        for name, member in inner.members:
            for k in range(1, len(parts) + 1):
                if name == ".".join(parts[:k]):
                    yield from at_path(member, parts[k:])


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found
    return found.end()


def _value(text: str, at: int) -> tuple[Node, int]:
    first = text[at : at + 1]
    if first == '"':
        own, end = scanstring(text, at + 1)
        return Node("string", text[at:end], own), end
    if first == "{":
        return _object(text, at)
    if first == "[":
        return _array(text, at)
    for word, kind in (("true", "bool"), ("false", "bool"), ("null", "null")):
        if text.startswith(word, at):
            return Node(kind, word), at + len(word)
    found = _NUMBER.match(text, at)
    if not found:
        raise ValueError(f"no value at {at}")
    return Node("number", found[0]), found.end()


def _object(text: str, begin: int) -> tuple[Node, int]:
    members: list[tuple[str, Node]] = []
    at = _skip(text, begin + 1)
    while text[at : at + 1] != "}":
        if members:
            if text[at : at + 1] != ",":
                raise ValueError(f"no comma at {at}")
            at = _skip(text, at + 1)
        if text[at : at + 1] != '"':
            raise ValueError(f"no name at {at}")
        name, at = scanstring(text, at + 1)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError(f"no colon at {at}")
        member, at = _value(text, _skip(text, at + 1))
        members.append((name, member))
        at = _skip(text, at)
    return Node("object", text[begin : at + 1], members=members), at + 1


def _array(text: str, begin: int) -> tuple[Node, int]:
    elements: list[Node] = []
    at = _skip(text, begin + 1)
    while text[at : at + 1] != "]":
        if elements:
            if text[at : at + 1] != ",":
                raise ValueError(f"no comma at {at}")
            at = _skip(text, at + 1)
        element, at = _value(text, at)
        elements.append(element)
        at = _skip(text, at)
    return Node("array", text[begin : at + 1], elements=elements), at + 1
