"""YAML with line numbers, and no more than plain data: no tags, no anchors, no duplicate keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from penstock.errors import ContentError, Problem

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it stands on. `value` is a str, int, float, bool, None, list[Node] or dict[str, Node]."""

    value: Any
    line: int

    def plain(self) -> Any:
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
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return Node({}, 1)
            return _node(root, loader, file, 0)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ContentError([Problem(file, line, f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError([Problem(file, 1, f"not YAML: {error}")]) from error


def _node(node: Any, loader: Any, file: str, depth: int) -> Node:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise ContentError([Problem(file, line, f"nested deeper than {MAX_DEPTH} levels")])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ContentError([Problem(file, key.start_mark.line + 1, "a key must be text")])
            if key.value in found:
                raise ContentError([Problem(file, key.start_mark.line + 1, f"{key.value!r} stands here twice")])
            found[key.value] = _node(value, loader, file, depth + 1)
        return Node(found, line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(v, loader, file, depth + 1) for v in node.value], line)
    if not node.tag.startswith("tag:yaml.org,2002:"):
        raise ContentError([Problem(file, line, f"tag {node.tag} is not allowed")])
    if node.tag == "tag:yaml.org,2002:timestamp":
        return Node(node.value, line)
    return Node(loader.construct_object(node), line)
