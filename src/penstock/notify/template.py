"""Texts with `{field}` placeholders: fields are put in, nothing is evaluated. `{{` and `}}` are plain braces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from penstock.errors import UsageError

_PART = re.compile(r"\{\{|\}\}|\{([a-z_.]+)\}|[{}]")


def problem(template: str) -> str | None:
    """What is wrong with a template; None if nothing is."""
    for match in _PART.finditer(template):
        if match[0] in {"{", "}"}:
            return (
                f"a lone {match[0]} at {match.start()}: write {match[0] * 2}, or a placeholder like {{incident.title}}"
            )
    return None


def fill(template: str, fields: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """The text; a field that is not there is empty. Raises `UsageError` for a template that is wrong."""
    if wrong := problem(template):
        raise UsageError(wrong)

    def put(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else escape(fields.get(match[1], ""))

    return _PART.sub(put, template)


def in_json(value: str) -> str:
    """A value as it stands between the quotes of a JSON text."""
    return json.dumps(value)[1:-1]


def one_line(value: str) -> str:
    """A value without line breaks and other controls: for headers."""
    return "".join(c if c.isprintable() else " " for c in value)
