"""YAML with line numbers, and no more than plain data: no tags, no anchors, no duplicate keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from penstock.errors import ContentError, Problem

MAX_DEPTH = 40
MAX_BYTES = 16 << 20
OPENINGS = 10_000
TAGS = frozenset(f"tag:yaml.org,2002:{t}" for t in "map seq str int float bool null timestamp merge value".split())
"""What a node may be: what YAML makes of plain data without being told."""

_TEXT = "tag:yaml.org,2002:str"
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_IMPLICIT = yaml.SafeLoader.yaml_implicit_resolvers


class _Loader(_BASE):  # type: ignore[misc]  # one of two
    """Finds what a node is as its base does, which asks anew each time whether somebody added rules of their own."""

    def resolve(self, kind: type, value: str, implicit: tuple[bool, bool]) -> str:
        """The tag of a node that has none."""
        if kind is not yaml.ScalarNode:
            return _MAP if kind is yaml.MappingNode else _SEQUENCE
        if implicit[0]:
            for tag, pattern in _IMPLICIT.get(value[:1], ()):
                if pattern.match(value):
                    return str(tag)
        return _TEXT

    def descend_resolver(self, node: object, index: object) -> None:
        """Rules that depend on where a node stands: there are none."""

    def ascend_resolver(self) -> None:
        """As above."""


class Node(NamedTuple):
    """A value and the line it stands on. `value` is a str, int, float, bool, None, list[Node] or dict[str, Node]."""

    value: Any
    line: int

    def plain(self) -> Any:  # noqa: ANN401  plain data
        """The value without lines."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value


def load(path: Path) -> Node:
    """The one document of a YAML file. Raises `ContentError` with file and line."""
    return parse(path.read_bytes(), str(path))


def parse(text: bytes | str, file: str) -> Node:
    """The one document of a YAML text; `file` is its name in messages."""
    nodes = _documents(text, file, several=False)
    return nodes[0] if nodes else Node({}, 1)


def parse_all(text: bytes | str, file: str) -> list[Node]:
    """The documents of a YAML text."""
    return _documents(text, file, several=True)


def _documents(text: bytes | str, file: str, *, several: bool) -> list[Node]:
    raw = text.encode() if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise ContentError([Problem(file, 1, f"{len(raw)} bytes; a content file has at most {MAX_BYTES}")])
    try:
        deep = _too_deep(raw)
        if deep:
            raise ContentError([Problem(file, deep, f"nested deeper than {MAX_DEPTH} levels")])
        loader = _Loader(raw)
        try:
            if several:
                found = []
                while loader.check_node():
                    found.append(_node(loader.get_node(), loader, file, 0, set()))
                return found
            root = loader.get_single_node()
            return [] if root is None else [_node(root, loader, file, 0, set())]
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ContentError([Problem(file, line, f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError([Problem(file, 1, f"not YAML: {error}")]) from error


def _too_deep(raw: bytes) -> int:
    """The line where nodes nest too deep, or 0. Composing them would take the machine's stack (PyYAML crashes).

    Only a text with very many opening signs can, and only that is parsed once more for it.
    """
    if raw.count(b"[") + raw.count(b"{") + 2 * raw.count(b"- -") + raw.count(b"? ") < OPENINGS:
        return 0
    depth = 0
    for event in yaml.parse(raw, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return int(getattr(event.start_mark, "line", 0)) + 1
    return 0


def _node(node: Any, loader: Any, file: str, depth: int, seen: set[int]) -> Node:  # noqa: ANN401  PyYAML's own
    line = node.start_mark.line + 1
    if id(node) in seen:  # only an alias leads to the same node twice
        raise ContentError([Problem(file, line, "anchors and aliases are not allowed", "write it out")])
    seen.add(id(node))
    if node.tag == _TEXT:
        return Node(node.value, line)
    if node.tag not in TAGS:
        raise ContentError([Problem(file, line, f"tag {node.tag} is not allowed")])
    if depth > MAX_DEPTH:
        raise ContentError([Problem(file, line, f"nested deeper than {MAX_DEPTH} levels")])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ContentError([Problem(file, key.start_mark.line + 1, "a key must be text")])
            if key.value in found:
                raise ContentError([Problem(file, key.start_mark.line + 1, f"{key.value!r} stands here twice")])
            found[key.value] = _node(value, loader, file, depth + 1, seen)
        return Node(found, line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(v, loader, file, depth + 1, seen) for v in node.value], line)
    if node.tag == "tag:yaml.org,2002:timestamp":
        return Node(node.value, line)
    return Node(loader.construct_object(node), line)
