"""The text that every match of a regular expression must hold: only values that hold it are given to the expression."""

from __future__ import annotations

import re._constants as codes
import re._parser as parser
from typing import Any

from penstock.content.sigma.expressions import Regex

SHORTEST = 3
"""Bytes of a text that is worth looking for."""

_FLAGS = {"i": 2, "m": 8, "s": 16}  # re.IGNORECASE, re.MULTILINE, re.DOTALL


def literal_in(match: Regex) -> bytes:
    """The longest such text, in lower case ASCII; empty where there is none, or Python cannot read the expression."""
    if "[:" in match.pattern:  # [[:alpha:]] of POSIX, in which Python sees a class and a bracket
        return b""
    try:
        tree = parser.parse(match.pattern, sum(_FLAGS[f] for f in match.flags))
    except (re_error, RecursionError, OverflowError):
        return b""
    best = max(_runs(tree), key=len, default="")
    return best.encode() if len(best) >= SHORTEST else b""


re_error = parser.error


def _runs(tree: Any) -> list[str]:  # noqa: ANN401  re's own
    """Texts that a sequence must hold, one after the other."""
    found: list[str] = []
    run: list[str] = []

    def end() -> None:
        if run:
            found.append("".join(run))
            run.clear()

    for code, argument in tree:
        letter = _letter(code, argument)
        if letter is not None:
            run.append(letter)
            continue
        if code is codes.SUBPATTERN:
            inner = argument[3]
            whole = [_letter(c, a) for c, a in inner]
            if None not in whole:
                run.extend(w for w in whole if w is not None)
                continue
            end()
            found.extend(_runs(inner))
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and argument[0] >= 1:
            inner = argument[2]
            whole = [_letter(c, a) for c, a in inner]
            end()
            if None not in whole and argument[0] == argument[1]:
                run.extend([w for w in whole if w is not None] * min(argument[0], 16))
                if argument[0] > 16:
                    end()
                continue
            found.extend(_runs(inner))
        elif code is codes.AT:
            continue  # anchors and word boundaries take nothing
        else:
            end()
    end()
    return found


def _letter(code: Any, argument: Any) -> str | None:  # noqa: ANN401  as above
    """The one character, in lower case, that this part takes; None if it may take others."""
    if code is codes.LITERAL and argument < 128:
        return chr(argument).lower()
    if code is codes.IN:  # [Aa]
        letters = {_letter(c, a) for c, a in argument}
        if len(letters) == 1:
            return letters.pop()
    return None
