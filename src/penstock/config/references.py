"""`${NAME}` and `file:/path` in place of a value: so that secrets stand elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from penstock.content.yaml_tree import Node
from penstock.errors import Problem

REFERENCE = re.compile(r"\$(\$\{|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})")
"""`${NAME}`, `${NAME:-what else}`, and `$${` for a plain `${`."""

LONGEST = 64 * 1024
"""Bytes that a file referred to may have."""


class References:
    """Puts values in place of references; those that cannot be resolved become `problems`, which never name a value."""

    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._folder = Path(file).parent
        self._environment = environment

    def resolve(self, node: Node) -> Node:
        """The tree with its values."""
        if isinstance(node.value, dict):
            return Node({k: self.resolve(v) for k, v in node.value.items()}, node.line)
        if isinstance(node.value, list):
            return Node([self.resolve(v) for v in node.value], node.line)
        if isinstance(node.value, str):
            return Node(self._text(node.value, node.line), node.line)
        return node

    def _text(self, text: str, line: int) -> str:
        if text.startswith("file:"):
            return self._content(text.removeprefix("file:"), line)

        def found(match: re.Match[str]) -> str:
            if match[1] == "${":
                return "${"
            name, otherwise = match[2], match[3]
            value = self._environment.get(name, otherwise)
            if value is None:
                hint = f"set it, or write ${{{name}:-…}} with what holds without it"
                self._wrong(line, f"the environment has no {name}", hint)
                return ""
            return value

        return REFERENCE.sub(found, text)

    def _content(self, name: str, line: int) -> str:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                raw = file.read(LONGEST + 1)
            if len(raw) > LONGEST:
                self._wrong(line, f"{path} has more than {LONGEST} bytes", "a reference takes a file's whole content")
                return ""
            return raw.decode().rstrip("\r\n")
        except OSError as error:
            self._wrong(line, f"cannot read {path}: {error.strerror}", "file: takes the content of a file as the value")
        except UnicodeDecodeError:
            self._wrong(line, f"{path} is no UTF-8 text")
        return ""

    def _wrong(self, line: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self._file, line, message, hint))
