"""Read `penstock.yaml`: every problem at once, each with its line."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from penstock.config.model import Configuration, DirectorySettings, FileSettings
from penstock.config.options import KINDS, choices
from penstock.config.references import References
from penstock.content import yaml_tree
from penstock.content.places import rules_dir
from penstock.content.yaml_tree import Node
from penstock.errors import ContentError, Problem, UsageError

Where = Sequence[str | int]

BUNDLED = "bundled"
"""What stands for the rules that come with Penstock."""

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no setting here",
    "union_tag_not_found": "needs a `type`",
    "union_tag_invalid": "has a `type` that does not exist",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, the file it came from, and where in it each setting stands."""

    settings: Configuration
    file: Path
    tree: Node

    def place(self, text: str) -> Path:
        """A place, relative to the file's folder."""
        return (self.file.parent / Path(text).expanduser()).absolute()

    @property
    def lake(self) -> Path:
        """The lake's folder."""
        return self.place(self.settings.lake)

    @property
    def state(self) -> Path:
        """The folder of cursors."""
        return self.lake / "state" if self.settings.state is None else self.place(self.settings.state)

    @property
    def packs(self) -> list[Path]:
        """Further folders of packs."""
        return [self.place(p) for p in self.settings.packs]

    @property
    def rules(self) -> list[Path]:
        """Files and folders of rules."""
        return [rules_dir() if p == BUNDLED else self.place(p) for p in self.settings.rules]

    @property
    def placeholders(self) -> list[Path]:
        """Files of placeholders."""
        return [self.place(p) for p in self.settings.placeholders]

    def problem(self, where: Where, message: str, hint: str = "") -> Problem:
        """A problem with a setting."""
        return Problem(str(self.file), _line(self.tree, where), f"{_said(where)} {message}", hint)


def load(path: Path, environment: Mapping[str, str] | None = None) -> Loaded:
    """The configuration in a file. Raises `ContentError` with every problem, `UsageError` when it cannot be read."""
    try:
        tree = yaml_tree.load(path)
    except OSError as error:
        hint = "; -c FILE names another" if path.name == "penstock.yaml" else ""
        raise UsageError(f"cannot read {path}: {error.strerror}{hint}") from error
    references = References(str(path), os.environ if environment is None else environment)
    tree = references.resolve(tree)
    problems = list(references.problems)
    try:
        settings = Configuration.model_validate(tree.plain())
    except ValidationError as error:
        unresolved = {p.line for p in problems}
        found = [_problem(str(path), tree, dict(e)) for e in error.errors(include_input=False, include_url=False)]
        problems += [p for p in found if p.line not in unresolved]
        raise ContentError(sorted(problems, key=lambda p: p.line)) from None
    if problems:
        raise ContentError(problems)
    return Loaded(settings, path, tree)


def missing_places(loaded: Loaded) -> Iterator[Problem]:
    """Folders that must be there and are not."""
    for i, folder in enumerate(loaded.packs):
        if not folder.is_dir():
            yield loaded.problem(("packs", i), "is no folder", "make it, or take the line out")
    for section, places in (("rules", loaded.rules), ("placeholders", loaded.placeholders)):
        for i, path in enumerate(places):
            if not path.exists():
                yield loaded.problem((section, i), "is not there", "make it, or take the line out")
    for name, source in loaded.settings.sources.items():
        if isinstance(source, DirectorySettings) and not loaded.place(source.path).is_dir():
            yield loaded.problem(("sources", name, "path"), "is no folder", "make it, or name another")
        if isinstance(source, FileSettings):
            for i, text in enumerate(source.places):
                place = loaded.place(text)
                folder = place.parent
                where: Where = ("sources", name, *(("paths", i) if source.paths else ("path",)))
                if not set("*?[") & set(str(folder)) and not folder.is_dir():
                    hint = "the file may come later, its folder not"
                    yield loaded.problem(where, "lies in a folder that does not exist", hint)
                elif place.is_dir():
                    yield loaded.problem(where, "is a folder", "write type: directory")


def _problem(file: str, tree: Node, error: Mapping[str, Any]) -> Problem:
    """One of pydantic's, in our words; never with the value."""
    where = _true(tree, error["loc"])
    kind = error["type"]
    hint = ""
    message = _WORDS.get(kind, "")
    if kind == "extra_forbidden":
        known = choices(where[:-1], tree.plain())
        close = difflib.get_close_matches(str(where[-1]), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"one of {', '.join(known)}" if known else ""
    elif kind in {"union_tag_not_found", "union_tag_invalid"}:
        hint = f"one of {', '.join(KINDS.get(str(where[0]), {}))}"
    elif kind == "value_error":
        message = "is wrong: " + str(error["ctx"]["error"])
    elif kind == "string_pattern_mismatch" and "[key]" in map(str, error["loc"]):
        message, hint = "is no name", "letters, digits, _ . -, at most 64"
    return Problem(file, _line(tree, where), f"{_said(where)} {message or _lower(error['msg'])}", hint)


def _lower(text: str) -> str:
    text = text.removeprefix("Input ")
    return text[:1].lower() + text[1:]


def _true(tree: Node, where: Where) -> list[str | int]:
    """The way in the file: pydantic's without the names of types that it puts between."""
    out: list[str | int] = []
    node: Node | None = tree
    for i, part in enumerate(where):
        last = i == len(where) - 1
        below = None if node is None else _child(node, part)
        if below is None and not (last and part != "[key]"):
            continue
        node = below
        out.append(part)
    return out


def _line(tree: Node, where: Where) -> int:
    """The line of the deepest part of the way that is there."""
    node, line = tree, tree.line
    for part in where:
        below = _child(node, part)
        if below is None:
            break
        node, line = below, below.line
    return line


def _child(node: Node, part: str | int) -> Node | None:
    """The node under a key or at a place."""
    value = node.value
    there = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
    found: Node | None = value[part] if there else None
    return found


def _said(where: Where) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the configuration"
