"""Records with their format's escapes undone, and globs by characters: for the few that passed the first look."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import orjson

from penstock.content.sigma.expressions import ANY, Glob

DEEPEST = 64


def values_of(record: bytes) -> list[str]:
    """The values of a record as text: of JSON its strings, numbers and truth values, else the record itself."""
    begin = record.find(b"{")
    if begin >= 0:
        try:
            return list(_leaves(orjson.loads(record[begin:])))
        except orjson.JSONDecodeError:
            pass
    text = record.decode("utf-8", "replace")
    plain = [text]
    if "&" in text and "<" in text:
        plain.append(html.unescape(text))
    if "\\" in text:
        plain.append(_unescaped(text))
    return plain


def _leaves(value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401  any JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values() if depth < DEEPEST else ():
            yield from _leaves(one, depth + 1)
    elif isinstance(value, list):
        for one in value if depth < DEEPEST else ():
            yield from _leaves(one, depth + 1)
    elif value is not None:
        yield orjson.dumps(value).decode()


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
    return _fits(value, match.parts)


def _fits(value: str, parts: tuple[str | int, ...]) -> bool:
    """Glob matching by characters: what follows the last `ANY` seen is tried ever further on."""
    units: list[str | int] = [c for p in parts for c in (p if isinstance(p, str) else (p,))]
    i = j = mark = 0
    star = -1
    while i < len(value):
        unit = units[j] if j < len(units) else None
        if unit == ANY and not isinstance(unit, str):
            star, mark = j, i
            j += 1
        elif unit is not None and (unit == value[i] or (not isinstance(unit, str) and unit != ANY)):
            i += 1
            j += 1
        elif star >= 0:
            mark += 1
            i, j = mark, star + 1
        else:
            return False
    return all(not isinstance(u, str) and u == ANY for u in units[j:])
