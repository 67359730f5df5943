"""What rules ask, kept as one text until somebody wants to know.

Events are matched by tables; what a rule asks is for who compiles, checks or explains it. So rules that were compiled
earlier are there without it (3,752 rules: 0.13 s of 0.17).
"""

from __future__ import annotations

import pickle
from typing import Any

from penstock.content.sigma.expressions import Expression


class Whens:
    """Expressions by the order in which they were added. Pickled as one text."""

    __slots__ = ("_known", "_text")

    def __init__(self, text: bytes = b"") -> None:
        self._text = text
        self._known: list[Expression] | None = None if text else []

    def add(self, when: Expression) -> int:
        """One more; gives its place."""
        known = self._all()
        known.append(when)
        return len(known) - 1

    def __getitem__(self, place: int) -> Expression:
        """The one at a place."""
        return self._all()[place]

    def _all(self) -> list[Expression]:
        if self._known is None:
            self._known = pickle.loads(self._text)  # noqa: S301  part of what `content.kept` has read
        return self._known

    def __reduce__(self) -> tuple[Any, ...]:
        """Its text; what was never looked at is not made for that."""
        return Whens, (pickle.dumps(self._all(), pickle.HIGHEST_PROTOCOL) if self._known is not None else self._text,)
