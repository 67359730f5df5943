"""Values: wildcards that were forgotten or stand for nothing, escapes, regular expressions, what costs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet, Stated

SHORTEST = 3
"""Bytes of a text that, looked for inside values, tells them apart."""

PATHS = frozenset(
    "Image ParentImage SourceImage TargetImage ImageLoaded TargetFilename CurrentDirectory NewProcessName "
    "ParentProcessName ProcessName Application FileName".split()
)
"""Fields of Windows that hold whole paths: a value that begins with a backslash is never all of one."""

_LISTS = frozenset({"Hashes"})
"""Fields that hold several things in one text."""

_INSIDE = frozenset({"contains", "startswith", "endswith"})
_OTHER = frozenset(
    "re cidr base64 base64offset wide utf16 utf16le utf16be fieldref exists lt lte gt gte neq expand windash minute "
    "hour day week month year".split()
)
_CASED = frozenset("re cased base64 base64offset".split())
_REGEX = re.compile(r"\^.*\$\Z|\(\?[a-z:]|\\[dws][+*]|\[[a-z0-9]-[a-z0-9]\][+*{]|\.\*\\", re.IGNORECASE)
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\([*?])")
"""A wildcard with an odd number of backslashes before it: the wildcard itself, literally."""


def check_values(sheet: Sheet) -> Iterator[Finding]:
    """Of one document."""
    seen: dict[int, dict[str, int]] = {}
    short: dict[int, list[Stated]] = {}
    for stated in sheet.stated():
        if not isinstance(stated.value, str):
            continue
        modifiers = set(stated.modifiers)
        if "re" in modifiers:
            yield from _regex(sheet, stated, stated.value)
        elif not modifiers & _OTHER:
            yield from _text(sheet, stated, stated.value, modifiers)
            if "contains" in modifiers and 0 < len(stated.value.strip("*").encode()) < SHORTEST:
                short.setdefault(stated.together, []).append(stated)
        yield from _twice(sheet, stated, seen)
    for several in short.values():
        words = ", ".join(_shown(str(s.value)) for s in several[:5]) + (", …" if len(several) > 5 else "")
        message = f"{several[0].field or 'a keyword'} contains {words}: short texts stand in many values"
        yield sheet.finding("value.short", several[0].line, message, "longer ones cost less and say more")


def _regex(sheet: Sheet, stated: Stated, value: str) -> Iterator[Finding]:
    edges = [e for e, there in (("begins", value.startswith(".*")), ("ends", _open_end(value))) if there]
    if edges and value.strip(".*"):
        hint = "an expression is looked for anywhere in the value"
        yield sheet.finding("regex.edges", stated.line, f"/{_cut(value)}/ {' and '.join(edges)} in .*", hint)


def _open_end(value: str) -> bool:
    return value.endswith(".*") and not value.endswith("\\.*")


def _text(sheet: Sheet, stated: Stated, value: str, modifiers: set[str]) -> Iterator[Finding]:
    field = stated.field
    plain = value.strip("*")
    if "contains" in modifiers and not plain:
        yield sheet.finding(
            "value.empty", stated.line, f"every {field or 'value'} holds {_shown(value)}", f"{field}|exists: true"
        )
        return
    if _REGEX.search(value) and not modifiers & _INSIDE:
        hint = f"{field}|re makes it one" if field else "a keyword is a text"
        yield sheet.finding("value.regex", stated.line, f"{_shown(value)} looks like a regular expression", hint)
    elif _doubtful_escape(value):
        hint = r"a backslash and a wildcard are written \\*"
        yield sheet.finding("value.escape", stated.line, f"{_shown(value)} asks for a literal * or ?", hint)
    if modifiers & _INSIDE:
        yield from _wildcards(sheet, stated, value, modifiers)
    elif field in PATHS and re.match(r"\\[^\\*]", value) and not set("*?") & set(value):
        hint = f"{field}|endswith, or a * before it"
        yield sheet.finding("value.path", stated.line, f"{field} is never just {_shown(value)}", hint)
    elif field in _LISTS and value and not set("*?") & set(value):
        hint = f"{field}|contains"
        yield sheet.finding("value.path", stated.line, f"{field} holds several hashes, and never just one", hint)


def _doubtful_escape(value: str) -> bool:
    r"""Whether it ends in a literal wildcard after a path, `C:\Windows\*`: the folder's content may be meant."""
    last = _ESCAPED.search(value)
    return last is not None and last.end() == len(value) and re.search(r"\\\w", value[: last.start()]) is not None


def _wildcards(sheet: Sheet, stated: Stated, value: str, modifiers: set[str]) -> Iterator[Finding]:
    begins = bool(modifiers & {"contains", "endswith"}) and value.startswith("*")
    ends = bool(modifiers & {"contains", "startswith"}) and value.endswith("*") and not value.endswith("\\*")
    if (begins or ends) and value.strip("*"):
        how = next(iter(modifiers & _INSIDE))
        yield sheet.finding(
            "value.wildcards", stated.line, f"{_shown(value)} has wildcards that {how} puts there", "leave them out"
        )


def _twice(sheet: Sheet, stated: Stated, seen: dict[int, dict[str, int]]) -> Iterator[Finding]:
    value = str(stated.value)
    same = value if _CASED & set(stated.modifiers) else value.lower()
    before = seen.setdefault(stated.together, {})
    if same in before:
        message = f"{_shown(value)} stands in line {before[same]} already"
        yield sheet.finding("value.twice", stated.line, message, "take one out")
    before.setdefault(same, stated.line)


def _shown(text: str) -> str:
    """In quotes, as it is written between single ones in YAML."""
    return f"'{_cut(text)}'"


def _cut(text: str, room: int = 60) -> str:
    return text if len(text) <= room else text[:room] + "…"
