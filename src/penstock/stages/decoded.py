"""Records with their format's escapes undone, and globs by characters: for the few that passed the first look."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from typing import Any

from penstock.content.sigma.expressions import ANY, ONE, Glob


def values_of(record: bytes) -> list[str]:
    """The values of a record as text.

    Of JSON its strings, numbers and truth values as they are written, those of a member that comes twice too, and what
    stands before the object (a syslog header); else the record itself.
    """
    text = record.decode("utf-8", "replace")
    begin = text.find("{")
    if begin >= 0:
        try:
            values = _leaves(_JSON.decode(text[begin:]))
        except (ValueError, RecursionError):
            return _plain(text)
        return [*values, *(_plain(text[:begin]) if begin else ())]
    return _plain(text)


_JSON = json.JSONDecoder(object_pairs_hook=lambda members: [m for _, m in members], parse_float=str, parse_int=str)


def _leaves(value: Any) -> list[str]:  # noqa: ANN401  any JSON, its objects as lists of what they hold
    """Every string, number and truth value in it, in no order."""
    out, waiting = [], [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            out.append(value)
        elif value is not None:
            out.append("true" if value else "false")
    return out


def _plain(text: str) -> list[str]:
    """A text, and what it is where its escapes are XML's or backslashes."""
    plain = [text]
    if "&" in text and "<" in text:
        plain.append(html.unescape(text))
    if "\\" in text:
        plain.append(_unescaped(text))
    return plain


def _unescaped(text: str) -> str:
    """Backslash escapes undone, as CEF, LEEF and quoted text have them."""
    out = []
    waiting = False
    for c in text:
        if waiting:
            out.append({"n": "\n", "r": "\r", "t": "\t"}.get(c, c))
            waiting = False
        elif c == "\\":
            waiting = True
        else:
            out.append(c)
    return "".join(out)


def fits(value: str, match: Glob) -> bool:
    """Whether a whole value fits a glob (both in lower case, unless it is cased)."""
    if len(match.parts) == 3 and match.parts[0] == ANY == match.parts[2] and isinstance(match.parts[1], str):
        return match.parts[1] in value
    return _fits(value, match.parts) if ONE in match.parts else _fits_texts(value, match.parts)


def _fits_texts(value: str, parts: tuple[str | int, ...]) -> bool:
    """A glob of texts and `ANY` alone: each text where it first stands after the one before."""
    texts = [p for p in parts if isinstance(p, str)]
    at, end = 0, len(value)
    if parts[:1] != (ANY,) and texts:
        first = texts.pop(0)
        if not value.startswith(first):
            return False
        at = len(first)
    if parts[-1:] != (ANY,):
        if not texts:  # one text, or none, and nothing that takes more
            return at == end
        last = texts.pop()
        end -= len(last)
        if end < at or not value.endswith(last):
            return False
    for text in texts:
        at = value.find(text, at, end)
        if at < 0:
            return False
        at += len(text)
    return True


def _fits(value: str, parts: tuple[str | int, ...]) -> bool:
    """Glob matching by characters: the first piece at the begin, the last at the end, each between where it first is.

    Expressions of pieces only step from character to character, so none of this goes back on its tracks.
    """
    first, *middle, last = _pieces(parts)
    if last is None:
        return first.fullmatch(value) is not None
    begin = first.match(value)
    if begin is None:
        return False
    at, size = begin.end(), last[1]
    end = len(value) - size
    if end < at or last[0].fullmatch(value, end) is None:
        return False
    for expression, _ in middle:
        found = expression.search(value, at, end)
        if found is None:
            return False
        at = found.end()
    return True


@lru_cache(maxsize=10_000)
def _pieces(parts: tuple[str | int, ...]) -> list[Any]:
    """What stands between the `ANY`s: an expression for the first, (expression, characters) for each further one;
    where there is but one piece, None follows it.
    """
    pieces: list[list[str | int]] = [[]]
    for part in parts:
        if part == ANY and not isinstance(part, str):
            pieces.append([])
        else:
            pieces[-1].append(part)
    made = [
        (
            re.compile("".join(re.escape(p) if isinstance(p, str) else "." for p in piece), re.DOTALL),
            sum(len(p) if isinstance(p, str) else 1 for p in piece),
        )
        for piece in pieces
    ]
    return [made[0][0], None] if len(made) == 1 else [made[0][0], *made[1:]]
