"""Read nodes of a content file and gather what is wrong with them, each with its line."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.content.model import Constant
from penstock.content.yaml_tree import Node
from penstock.errors import Problem


class Reader:
    """Typed access to the nodes of one file; wrong ones become `problems` and give a harmless default."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, line: int, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, line, message, hint))

    def mapping(self, node: Node | None, what: str, known: Iterable[str] | None = None) -> dict[str, Node]:
        """A map, whose keys must be among `known`."""
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(node.line, f"{what} must be a map")
            return {}
        if known is not None:
            allowed = list(known)
            for key, value in node.value.items():
                if key not in allowed:
                    self.wrong(value.line, f"{what} has no {key!r}", f"one of {', '.join(allowed)}")
        return node.value

    def sequence(self, node: Node | None, what: str) -> list[Node]:
        """A list."""
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list):
            self.wrong(node.line, f"{what} must be a list")
            return []
        return node.value

    def text(self, node: Node | None, what: str, default: str = "") -> str:
        """A text (numbers are taken as they are written)."""
        if node is None or node.value is None:
            return default
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        if isinstance(node.value, (dict, list)):
            self.wrong(node.line, f"{what} must be text")
            return default
        return str(node.value)

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """A text or a list of them."""
        if node is None or node.value is None:
            return ()
        if isinstance(node.value, list):
            return tuple(self.text(n, what) for n in node.value)
        return (self.text(node, what),)

    def flag(self, node: Node | None, what: str) -> bool:
        """true or false."""
        if node is None:
            return False
        if not isinstance(node.value, bool):
            self.wrong(node.line, f"{what} must be true or false")
            return False
        return node.value

    def constants(self, node: Node | None, what: str) -> dict[str, Constant]:
        """A map of fields to values."""
        out: dict[str, Constant] = {}
        for name, value in self.mapping(node, what).items():
            if isinstance(value.value, list):
                out[name] = self.texts(value, f"{what}.{name}")
            elif value.value is None or isinstance(value.value, dict):
                self.wrong(value.line, f"{what}: {name} must be a value or a list of values")
            else:
                out[name] = value.value
        return out
