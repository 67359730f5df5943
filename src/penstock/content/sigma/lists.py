"""What a site fills a rule's placeholders (`%name%`) with: files that map a name to its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from penstock.content import yaml_tree
from penstock.content.reader import Reader
from penstock.errors import ContentError, Problem

Lists = Mapping[str, Sequence[str]]


def read_lists(files: Sequence[Path]) -> dict[str, tuple[str, ...]]:
    """The lists of YAML files (`name: [value, …]`). Raises `ContentError` with every problem."""
    found: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for path in files:
        reader = Reader(str(path))
        try:
            found |= {n: reader.texts(v, n) for n, v in reader.mapping(yaml_tree.load(path), "the file").items()}
        except ContentError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(Problem(str(path), 1, f"cannot be read: {error.strerror}"))
        problems.extend(reader.problems)
    if problems:
        raise ContentError(problems)
    return found
