"""What a pack's `fields.yaml` may say: the fields that ECS lacks, under the pack's own prefix.

    cisco_asa.rule_hash: keyword
    cisco_asa.denied_flags: {type: keyword, many: true, about: TCP flags of a denied packet}
    cisco_asa.action: {type: keyword, allowed: [permitted, denied]}

Reading YAML is the caller's; here the document is judged, all problems at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from penstock.errors import Problem
from penstock.schema.registry import KINDS, Field

NAME = re.compile(r"[A-Za-z0-9_@-]+(\.[A-Za-z0-9_@ -]+)+")
KEYS = ("type", "many", "allowed", "about")


class Declared(NamedTuple):
    """What a document declares: `fields`, `about` {name: short text}, and `problems`, the entries that do not count."""

    fields: tuple[Field, ...]
    about: Mapping[str, str]
    problems: tuple[Problem, ...]


def declare(pack: str, document: object, file: str, lines: Mapping[str, int] | None = None) -> Declared:
    """Judge a parsed `fields.yaml`. `lines` gives the line of each name, where the caller knows it."""
    if document is None:
        return Declared((), {}, ())
    if not isinstance(document, Mapping):
        problem = Problem(file, 1, "a fields file is a mapping of names", "write `name: type`, one a line")
        return Declared((), {}, (problem,))
    fields, about, problems = [], {}, []
    for name, said in document.items():
        entry = said if isinstance(said, Mapping) else {"type": said}
        wrong = list(_wrong(pack, str(name), entry))
        if wrong:
            line = (lines or {}).get(str(name), 1)
            problems += [Problem(file, line, f"{name}: {what}", hint) for what, hint in wrong]
            continue
        allowed = tuple(map(str, entry.get("allowed", ())))
        fields.append(Field(str(name), str(entry["type"]), entry.get("many", False), allowed, source=pack))
        if "about" in entry:
            about[str(name)] = entry["about"]
    return Declared(tuple(fields), about, tuple(problems))


def _wrong(pack: str, name: str, entry: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    if not name.startswith(f"{pack}."):
        yield f"a pack's own fields begin with {pack}.", "rename it, or map to an ECS field in pack.yaml"
    elif not NAME.fullmatch(name):
        yield "not a field name", "parts of letters, digits, _, - and @ with dots between"
    for key in entry:
        if key not in KEYS:
            yield f"unknown key {key!r}", f"known are {', '.join(KEYS)}"
    if str(entry.get("type")) not in KINDS:
        yield f"unknown type {entry.get('type')!r}", f"known are {', '.join(KINDS)}"
    if not isinstance(entry.get("many", False), bool):
        yield f"many is true or false, not {entry['many']!r}", ""
    if not isinstance(entry.get("allowed", []), list):
        yield "allowed is a list of values", ""
    if not isinstance(entry.get("about", ""), str):
        yield "about is a short text", ""
