"""Sigma documents as they are written: every key and value with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.content import yaml_tree
from penstock.content.yaml_tree import Node
from penstock.errors import ContentError, Problem
from penstock.rulebook.lint.findings import Finding


@dataclass(frozen=True, slots=True)
class Stated:
    """A value of a detection.

    field: as written, None for a keyword; modifiers: in their order; together: the same for values of one list
    """

    detection: str
    field: str | None
    modifiers: tuple[str, ...]
    value: object
    line: int
    together: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document."""

    file: str
    line: int
    root: dict[str, Node]

    @property
    def kind(self) -> str:
        """`rule`, `correlation`, `filter`, or empty."""
        return next(
            (k for k in ("correlation", "filter") if k in self.root), "rule" if "detection" in self.root else ""
        )

    def text(self, key: str) -> str:
        """A key's value as text; empty where there is none."""
        node = self.root.get(key)
        return "" if node is None or isinstance(node.value, dict | list | None) else str(node.value)

    def line_of(self, key: str) -> int:
        """The line of a key, of the document where it has none."""
        node = self.root.get(key)
        return self.line if node is None else node.line

    def items(self, key: str) -> list[Node]:
        """A list's elements; one value is a list of one."""
        node = self.root.get(key)
        if node is None or node.value is None:
            return []
        return node.value if isinstance(node.value, list) else [node]

    def below(self, key: str) -> dict[str, Node]:
        """A map's members."""
        node = self.root.get(key)
        return node.value if node is not None and isinstance(node.value, dict) else {}

    def detections(self) -> dict[str, Node]:
        """The named detections of a rule or a filter."""
        there = self.below("filter" if self.kind == "filter" else "detection")
        return {k: v for k, v in there.items() if k not in ("condition", "timeframe", "rules")}

    def conditions(self) -> list[Node]:
        """The conditions of a rule or a filter."""
        node = self.below("filter" if self.kind == "filter" else "detection").get("condition")
        if node is None:
            return []
        return node.value if isinstance(node.value, list) else [node]

    def stated(self) -> Iterator[Stated]:
        """Every value of every detection."""
        for name, node in self.detections().items():
            yield from _stated(name, None, (), node, 0)

    def finding(self, code: str, line: int, message: str, hint: str = "") -> Finding:
        """Something found in it."""
        return Finding(code, Problem(self.file, line, message, hint))


def _stated(
    detection: str, field: str | None, modifiers: tuple[str, ...], node: Node, together: int
) -> Iterator[Stated]:
    if isinstance(node.value, dict):
        for key, value in node.value.items():
            name, *more = key.split("|")
            yield from _stated(detection, name or None, tuple(more), value, id(value))
    elif isinstance(node.value, list):
        for value in node.value:
            yield from _stated(detection, field, modifiers, value, id(node))
    else:
        yield Stated(detection, field, modifiers, node.value, node.line, together)


def read_sheets(files: Iterable[tuple[Path, bytes]]) -> Iterator[Sheet]:
    """The documents of these files, those of old rule collections whole. What is no YAML is told of elsewhere."""
    for path, raw in files:
        try:
            nodes = yaml_tree.parse_all(raw, str(path))
        except ContentError:
            continue
        base: dict[str, Node] = {}
        last: dict[str, Node] = {}
        for node in nodes:
            if not isinstance(node.value, dict):
                continue
            root = dict(node.value)
            action = root.pop("action", None)
            what = None if action is None else action.value
            if what == "global":
                base = root
                continue
            base = {} if what == "reset" else base
            last = _merged(base, _merged(last, root) if what == "repeat" else root)
            yield Sheet(str(path), node.line, last)


def _merged(under: dict[str, Node], over: dict[str, Node]) -> dict[str, Node]:
    out = dict(under)
    for key, node in over.items():
        there = out.get(key)
        both = there is not None and isinstance(there.value, dict) and isinstance(node.value, dict)
        out[key] = Node(_merged(there.value, node.value), node.line) if there is not None and both else node
    return out
