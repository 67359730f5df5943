"""What stands at the head of a document: ids, level, status, tags."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from penstock.content.sigma.model import TACTICS
from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet

KEYS = frozenset(
    "title id name related taxonomy status description license references author date modified tags scope logsource "
    "detection fields falsepositives level correlation filter generate aliases penstock regression_tests_path "
    "simulation".split()
)
"""Top keys of Sigma's documents, and of SigmaHQ's repository."""

NAMESPACES = frozenset("attack car cve d3fend detection stp tlp".split())
"""Namespaces of tags: Sigma specification, appendix on tags."""

_ATTACK = re.compile(r"(?:t\d{4}(?:\.\d{3})?|[gsmc]\d{4}|d[sc]\d{4})\Z")
"""ATT&CK's identifiers in tags: techniques, groups, software, mitigations, campaigns, data sources and components."""


def check_metadata(sheet: Sheet) -> Iterator[Finding]:
    """Of one document."""
    if not sheet.kind:
        return
    if not sheet.text("id"):
        hint = 'python3 -c "import uuid; print(uuid.uuid4())" makes one'
        yield sheet.finding("id.missing", sheet.line, f"{sheet.kind} without an id", hint)
    if sheet.kind != "filter":
        if not sheet.text("level"):
            yield sheet.finding("level.missing", sheet.line, "no level: it is taken for medium")
        if not sheet.text("status"):
            yield sheet.finding("status.missing", sheet.line, "no status", "experimental, until it has proved itself")
    for key, node in sheet.root.items():
        close = [] if key in KEYS else difflib.get_close_matches(key.lower(), KEYS, 1, 0.8)
        if close:
            yield sheet.finding("key.unknown", node.line, f"no key of Sigma's: {key}", f"did you mean {close[0]}?")
    for node in sheet.items("tags"):
        yield from _tag(sheet, str(node.value), node.line)


def _tag(sheet: Sheet, tag: str, line: int) -> Iterator[Finding]:
    space, _, name = tag.partition(".")
    lower = space.lower()
    if lower not in NAMESPACES:
        close = difflib.get_close_matches(lower, NAMESPACES, 1)
        hint = f"did you mean {close[0]}?" if close else f"one of {', '.join(sorted(NAMESPACES))}"
        yield sheet.finding("tag.unknown", line, f"tag {tag}: no namespace {space!r}", hint)
        return
    if lower == "attack" and not _ATTACK.match(name.lower()):
        plain = name.lower().replace("_", "-")
        if plain not in TACTICS:
            close = difflib.get_close_matches(plain, TACTICS, 1)
            hint = f"did you mean attack.{close[0]}?" if close else "a tactic's name, or like attack.t1059.001"
            yield sheet.finding("tag.unknown", line, f"tag {tag}: ATT&CK has nothing called so", hint)
            return
        if plain != name:
            yield sheet.finding("tag.spelling", line, f"tag {tag}", f"Sigma has attack.{plain}")
            return
    if tag != tag.lower():
        yield sheet.finding("tag.spelling", line, f"tag {tag}", f"Sigma has tags in small letters: {tag.lower()}")


def check_twins(sheets: Iterable[Sheet]) -> Iterator[Finding]:
    """Ids and titles that several documents have."""
    ids: dict[str, Sheet] = {}
    titles: dict[str, Sheet] = {}
    for sheet in sheets:
        same = ids.setdefault(sheet.text("id").lower(), sheet)
        if sheet.text("id") and same is not sheet:
            where = f"{same.file}:{same.line}"
            yield sheet.finding(
                "id.twice", sheet.line_of("id"), f"id {sheet.text('id')} is that of {where}", "give it one of its own"
            )
            continue
        same = titles.setdefault(sheet.text("title").lower(), sheet)
        if sheet.text("title") and same is not sheet:
            yield sheet.finding("title.twice", sheet.line_of("title"), f"the title is that of {same.file}:{same.line}")
