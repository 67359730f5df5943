"""Files of Sigma documents: rules, correlations, filters; several in one file, old rule collections among them.

A document is plain data and where it stands. What is wrong with a file is a problem of that file: the others are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.content import yaml_tree
from penstock.errors import ContentError, Problem

SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document.

    file, line  where it begins
    data        its content
    lines       the line of each of its top keys, and of each key of `detection`, `correlation`, `filter` (`a.b`)
    """

    file: str
    line: int
    data: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, message: str, hint: str = "", at: str = "") -> Problem:
        """Something wrong with it; `at`: the key that is to blame."""
        return Problem(self.file, self.lines.get(at, self.line), message, hint)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return str(self.data.get("title") or self.data.get("name") or self.data.get("id") or self.file)


def rule_files(places: Iterable[Path]) -> Iterator[Path]:
    """The rule files among files and below folders, each once, in the order of their paths."""
    seen: set[str] = set()
    for place in places:
        real = str(place.resolve())
        for path, shown in sorted(_below(real, str(place))) if place.is_dir() else [(real, str(place))]:
            if path not in seen:
                seen.add(path)
                yield Path(shown)


def _below(real: str, shown: str) -> Iterator[tuple[str, str]]:
    """Rule files of a folder: where they really are, and as they are called. Hidden ones are left out."""
    for folder, inner, names in os.walk(real):
        inner[:] = [n for n in inner if not n.startswith(".")]
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                path = f"{folder}/{name}"
                yield path, shown + path[len(real) :]


def read_documents(files: Iterable[tuple[Path, bytes]], problems: list[Problem]) -> list[Document]:
    """The documents of these files; what cannot be read is added to `problems`."""
    found: list[Document] = []
    for path, raw in files:
        try:
            nodes = yaml_tree.parse_all(raw, str(path))
        except ContentError as error:
            problems.extend(error.problems)
            continue
        found.extend(_collected(path, nodes, problems))
    return found


def _collected(path: Path, nodes: list[yaml_tree.Node], problems: list[Problem]) -> Iterator[Document]:
    """The documents of one file. `action: global`, `repeat`, `reset` are those of Sigma's old rule collections."""
    base: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for node in nodes:
        if node.value is None:
            continue
        if not isinstance(node.value, dict):
            problems.append(Problem(str(path), node.line, "a Sigma document must be a map"))
            continue
        data = node.plain()
        action = data.pop("action", None)
        if action == "global":
            base = data
            continue
        if action == "reset":
            base = {}
        whole = _merged(base, _merged(last, data) if action == "repeat" else data)
        last = whole
        yield Document(str(path), node.line, whole, _lines(node))


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Both, the second one's values where both have one, maps merged."""
    out = dict(under)
    for key, value in over.items():
        there = out.get(key)
        out[key] = _merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return out


def _lines(node: yaml_tree.Node) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, value in node.value.items():
        found[key] = value.line
        if key in ("detection", "correlation", "filter") and isinstance(value.value, dict):
            found.update({f"{key}.{inner}": v.line for inner, v in value.value.items()})
    return found
