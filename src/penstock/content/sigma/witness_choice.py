"""How likely a value is to fit a test: a rough order, to choose by which of its tests a rule is looked up."""

from __future__ import annotations

from functools import cache

from penstock.content.sigma.expressions import Glob, Match, Regex

RAREST = 1e-6


@cache
def likelihood(match: Match) -> float:
    """Between `RAREST` and 1. Longer texts are rarer; what ends a path is more common than what stands in a command."""
    if isinstance(match, Glob):
        texts = [p for p in match.parts if isinstance(p, str)]
        if not texts:
            return 1.0
        longest = max(map(len, texts))
        ends = isinstance(match.parts[-1], str)
        return float(max(RAREST, (0.3 if ends else 0.15) * 0.75 ** max(0, longest - 3)))
    return 0.05 if isinstance(match, Regex) else 0.3
