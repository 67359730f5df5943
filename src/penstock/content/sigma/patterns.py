"""Regular expressions, in linear time: RE2, which has neither look-around nor back-references."""

from __future__ import annotations

import re
import re._constants as codes
import re._parser as parser
from functools import lru_cache
from typing import Any

import re2

from penstock.content.sigma.expressions import Regex

MEMORY = 64 << 20
"""Bytes that one expression's automaton may take; past it RE2 is slower, never wrong."""

LARGEST = 10_000
"""Steps of one expression's program. Where the automaton does not fit, all may be taken at each byte of a value."""

_SHOWN = 200


_LONG = re.compile(r"\.\{(\d{1,9}),\}")
"""So many characters of a line, or more: RE2's automaton for a thousand has a thousand states (0.15 s to make)."""


class PatternError(ValueError):
    """An expression that cannot be matched in linear time, or is none, or too large."""


@lru_cache(maxsize=20_000)
def compiled(match: Regex) -> Any:  # noqa: ANN401  re2 publishes no types
    """The compiled expression. Raises `PatternError`, with a hint where there is one."""
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    options.never_capture = True  # nobody asks what a group holds, and finding out takes a thousand times as long
    flags = f"(?{match.flags})" if match.flags else ""
    try:
        found = re2.compile(flags + match.pattern, options)
    except re2.error as error:
        raise PatternError(
            f"{_said(error)} in the regular expression {_short(match.pattern)}{_hint(match.pattern)}"
        ) from error
    if found.programsize > LARGEST:
        raise PatternError(
            f"the regular expression {_short(match.pattern)} is too large: {found.programsize:,} steps of its program, "
            f"{LARGEST:,} at most; count fewer repetitions, or say it in several"
        )
    return found


def _short(pattern: str) -> str:
    return repr(pattern if len(pattern) <= _SHOWN else pattern[:_SHOWN] + "…")


def found(match: Regex, value: bytes) -> bool:
    """Whether the expression is found in a value (UTF-8)."""
    long = _LONG.fullmatch(match.pattern)
    if long is not None:
        text = value.decode("utf-8", "replace")
        return any(len(line) >= int(long[1]) for line in ([text] if "s" in match.flags else text.split("\n")))
    return compiled(match).search(value) is not None


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_EDGES = (codes.AT_BOUNDARY, codes.AT_NON_BOUNDARY)


@lru_cache(maxsize=20_000)
def joinable(match: Regex) -> bool:
    """Whether what matches in a value does so too where others stand before and behind it, a line's end between.

    Not where it asks for a value's begin or end; nor where Python, which says so, reads the expression otherwise than
    RE2, or not at all. `.{1000,}` is not looked for at all, see `found`.
    """
    if "[:" in match.pattern or _LONG.fullmatch(match.pattern):
        return False
    try:
        tree = parser.parse(match.pattern, sum(_FLAGS[f] for f in match.flags))
    except (parser.error, RecursionError, OverflowError):
        return False
    return not _anchored(tree)


def _anchored(tree: Any) -> bool:  # noqa: ANN401  re's own
    """Whether an anchor stands in a parsed expression. Edges of words are none: a line's end makes one too."""
    if isinstance(tree, parser.SubPattern):
        return any(_anchored(part) for part in tree)
    if isinstance(tree, tuple) and len(tree) == 2 and tree[0] is codes.AT:
        return tree[1] not in _EDGES
    return isinstance(tree, tuple | list) and any(_anchored(part) for part in tree)


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _hint(pattern: str) -> str:
    if any(sign in pattern for sign in ("(?=", "(?!", "(?<=", "(?<!")):
        return ": look-around cannot be matched in linear time; say what must not be there in a filter of its own"
    if any(f"\\{digit}" in pattern for digit in "123456789") or "(?P=" in pattern:
        return ": back-references cannot be matched in linear time; compare fields with `fieldref`"
    return ""
