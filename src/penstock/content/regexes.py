r"""The regular expressions of packs' `regex` steps: RE2's, hence in linear time.

`\s`, `\d` and `\w` mean what Unicode takes for white space, digits and letters; RE2 takes ASCII only, so they are
written out. (Polars, whose Rust expressions these were once, takes a quarter of a second to import: a tenth of what
half a million lines of ASA take.)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_CLASSES = {"s": r"\t-\r\x{85}\pZ", "d": r"\p{Nd}", "w": r"\pL\p{Nl}\pM\p{Nd}\p{Pc}\x{200c}\x{200d}"}
_PIECE = re.compile(r"\\.|\[\^?\]?|\]|[^\\\[\]]+", re.DOTALL)


class RegexError(ValueError):
    """What RE2 does not take: no expression, one that is too large, or not matched in linear time."""


@lru_cache(maxsize=1024)
def compiled(text: str) -> Any:  # noqa: ANN401  re2 publishes no types
    """The compiled expression: `search` takes bytes, and its spans are of bytes. Raises `RegexError`."""
    import re2  # noqa: PLC0415  few packs have expressions, and a line of another need not wait for it

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_in_unicode(text), options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        raise RegexError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


def groups(text: str) -> list[str]:
    """The names of its groups, in order; a number for one without a name. Raises `RegexError`."""
    found = compiled(text)
    names = {number: name for name, number in found.groupindex.items()}
    return [names.get(i, str(i)) for i in range(1, found.groups + 1)]


def _in_unicode(text: str) -> str:
    r"""The expression with the classes of letters (`\s`, …) written out."""
    out = []
    inside = False
    for piece in _PIECE.findall(text):
        if piece[0] == "[" and not inside:
            inside = True
        elif piece == "]":
            inside = False
        named = _CLASSES.get(piece[1:].lower()) if piece[0] == "\\" else None
        if named is None or (inside and piece[1:].isupper()):
            out.append(piece)
        else:
            out.append(named if inside else f"[{'^' if piece[1:].isupper() else ''}{named}]")
    return "".join(out)
