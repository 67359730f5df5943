"""Text without regard to case: what `kernels.folding` does to a value, done to a rule's text."""

from __future__ import annotations


def fold(text: str) -> str:
    """A text without regard to case: each character of the basic plane in lower case by itself, one for one (
    `str.lower` looks at neighbours, a final sigma, and makes two of U+0130).
    """
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def _lower(character: str) -> str:
    if character == "\u017f":  # long s: what a pattern takes for an s without regard to case
        return "s"
    return character.lower()[0] if character < "\U00010000" else character
