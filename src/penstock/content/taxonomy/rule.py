"""One rule of the taxonomy, and where it stands among the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.content.conditions import Condition
from penstock.content.model import Constant

FIELDS, WORDS, PATTERN, LAST = "fields", "words", "pattern", "last"
KINDS = (FIELDS, WORDS, PATTERN, LAST)
"""What a rule looks at, in the order in which they are asked."""

TEXTS = ("message", "error.message", "event.reason", "event.action", "rule.name")
"""Where words are looked for unless a rule says `in`."""

WHOLE = "event.original"
"""The whole record. Words are looked for in it only where those of other fields have not decided."""

SETS = ("event.category", "event.type", "event.outcome")
"""What a rule may say more exactly than its code."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    name        `taxonomy.<file>/<rule>`; of a context's rule the context
    target      the category code, or the context
    confidence  1 to 99; 100 is a pack's own word
    when        what must hold of the event's fields
    words       sets of phrases, of each of which one must be there
    unless      phrases of which none may be there
    within      the fields that words are looked for in
    lines       patterns, of which one must match `source`
    set         ECS fields that it says more exactly than the code
    codes       of a context's rule: the category codes that it wants; empty: any
    """

    name: str
    kind: str
    target: str
    confidence: int
    file: str
    line: int
    when: Condition | None = None
    words: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    within: tuple[str, ...] = TEXTS
    lines: tuple[str, ...] = ()
    source: str = "message"
    set: Mapping[str, Constant] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()

    @property
    def order(self) -> tuple[int, int, str]:
        """Its place among all: by kind, then the surest first, then by name. No two have the same."""
        return KINDS.index(self.kind), -self.confidence, self.name

    @property
    def looks_at_all(self) -> bool:
        """It looks for words in the whole record."""
        return bool(self.words) and WHOLE in self.within
