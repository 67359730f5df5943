"""From the text of a line pattern to a dissect program (see `kernels.patterns` for the instructions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.columns import I32, U8
from penstock.kernels import patterns as op

CLASSES: dict[str, Callable[[int], bool]] = {
    "word": lambda b: b not in b" \t\r\n",
    "int": lambda b: 48 <= b <= 57,
    "num": lambda b: 48 <= b <= 57 or b in b".-",
    "hex": lambda b: chr(b) in "0123456789abcdefABCDEF",
    "ip": lambda b: chr(b) in "0123456789abcdefABCDEF.:%",
    "ident": lambda b: b < 128 and (chr(b).isalnum() or b in b"_.-"),
    "space": lambda b: b in b" \t",
}
"""Byte classes of `{field:class}`."""

LONGEST_RUN = 16_000
"""The longest run of bytes that `{field:class=n-m}` may ask for."""

_CAPTURE = re.compile(r"\{([A-Za-z_@][\w.@+-]*)?(?::([a-z]+)(?:=(\d+)(?:-(\d+))?)?)?\}")


class PatternError(ValueError):
    """What is wrong in a pattern's text."""


@dataclass
class Program:
    """A pattern as instructions with symbolic names.

    code: (op, x, y, names); literals are bytes in x until `Assembler` places them. names: all fields it can capture.
    """

    code: list[list[Any]] = field(default_factory=list)

    @property
    def names(self) -> Iterator[str]:
        """Captured fields, in order, some perhaps twice."""
        for _, _, _, names in self.code:
            yield from names

    @property
    def captures(self) -> int:
        """How many tape entries a match can make."""
        return sum(len(c[3]) for c in self.code)


def _tokens(text: str) -> list[tuple[str, Any]]:
    """Literals, captures and brackets of the pattern, in order."""
    out: list[tuple[str, Any]] = []
    literal = ""
    i = depth = 0

    def flush() -> None:
        nonlocal literal
        if literal:
            out.append(("literal", literal.encode()))
            literal = ""

    while i < len(text):
        two, three = text[i : i + 2], text[i : i + 3]
        if two in ("{{", "}}"):
            literal += text[i]
            i += 2
        elif three == "{|}":
            flush()
            out.append(("or", None))
            i += 3
        elif two in ("{?", "{("):
            flush()
            depth += 1
            out.append(("open", two))
            i += 2
        elif two in ("?}", ")}") and depth:
            flush()
            depth -= 1
            out.append(("close", two))
            i += 2
        elif text[i] == "{":
            found = _CAPTURE.match(text, i)
            if not found:
                raise PatternError(f"no capture: {text[i : i + 30]!r}; write {{{{ for a brace")
            flush()
            names, spec, least, most = found.groups()
            out.append(("capture", (tuple(names.split("+")) if names else (), spec or "", least, most)))
            i = found.end()
        elif text[i] == "}":
            raise PatternError(f"a closing brace too many at {text[: i + 1]!r}; write }}}} for a brace")
        else:
            literal += text[i]
            i += 1
    flush()
    return out


def compile_pattern(text: str) -> Program:
    """The program of a pattern. Raises `PatternError`."""
    tokens = _tokens(text)
    code: list[list[Any]] = []
    _sequence(tokens, 0, code, None, b"")
    code.append([op.END, 0, 0, ()])
    _bound(tokens, code)
    return Program(code)


def _bound(tokens: list[tuple[str, Any]], code: list[list[Any]]) -> None:
    """What the kernel has room for."""
    depth = deepest = 0
    for kind, _ in tokens:
        depth += (kind == "open") - (kind == "close")
        deepest = max(deepest, depth)
    if deepest > op.MAX_BACK:
        raise PatternError(f"groups nest {deepest} deep; {op.MAX_BACK} are allowed")
    captures = sum(len(c[3]) for c in code)
    if captures > op.MAX_CAPTURES:
        raise PatternError(f"{captures} captures; {op.MAX_CAPTURES} are allowed in a pattern")


def _next_literal(tokens: list[tuple[str, Any]], i: int) -> bytes | None:
    """The literal that follows token i at once, if one does."""
    if i + 1 < len(tokens) and tokens[i + 1][0] == "literal":
        literal: bytes = tokens[i + 1][1]
        return literal
    return None


def _sequence(
    tokens: list[tuple[str, Any]], i: int, code: list[list[Any]], closing: str | None, follow: bytes | None
) -> int:
    """Compile tokens from i to the end of the group; give where it ends (at `or` or `close`, or past the end).

    follow: the literal after the group; b"" when the pattern ends there, None when something else follows.
    """
    while i < len(tokens):
        kind, value = tokens[i]
        if kind in ("or", "close"):
            if closing is None:
                raise PatternError("`{|}`, `?}` or `)}` outside of a group")
            return i
        if kind == "literal":
            code.append([op.LITERAL, value, 0, ()])
            i += 1
        elif kind == "open":
            i = _group(tokens, i, code, str(value), follow)
        else:
            i = _capture(tokens, i, code, value, follow)
    if closing is not None:
        raise PatternError("a group is not closed")
    return i


def _group(tokens: list[tuple[str, Any]], i: int, code: list[list[Any]], opening: str, outer: bytes | None) -> int:
    want = "?}" if opening == "{?" else ")}"
    follow = _after(tokens, i, outer)
    commits: list[int] = []
    while True:
        choice = len(code)
        code.append([op.CHOICE, -1, 0, ()])
        i = _sequence(tokens, i + 1, code, want, follow)
        kind, value = tokens[i]
        commits.append(len(code))
        code.append([op.COMMIT, -1, 0, ()])
        code[choice][1] = len(code)
        if kind == "close":
            if value != want:
                raise PatternError(f"a group that begins with {opening} ends with {value}")
            break
    if opening == "{(":
        code.append([op.FAIL, 0, 0, ()])
    for at in commits:
        code[at][1] = len(code)
    return i + 1


def _after(tokens: list[tuple[str, Any]], i: int, outer: bytes | None) -> bytes | None:
    """The literal that follows the group which opens at token i: b"" at the pattern's end, None for anything else."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += (tokens[k][0] == "open") - (tokens[k][0] == "close")
        if depth == 0:
            if k + 1 >= len(tokens) or tokens[k + 1][0] in ("or", "close"):
                return outer
            return _next_literal(tokens, k)
    return None


def _capture(
    tokens: list[tuple[str, Any]],
    i: int,
    code: list[list[Any]],
    value: tuple[tuple[str, ...], str, str, str],
    follow: bytes | None,
) -> int:
    names, spec, least, most = value
    if spec in CLASSES:
        low = int(least) if least else (0 if spec == "space" else 1)
        high = int(most) if most else (int(least) if least else op.MOST)
        if not low <= high or low > LONGEST_RUN or (least and high > LONGEST_RUN):
            raise PatternError(f"a run of {low} to {high} bytes: write the smaller number first, at most {LONGEST_RUN}")
        code.append([op.CLASS, spec, (low << 16) | high, names])
        return i + 1
    if spec == "quoted":
        code.append([op.QUOTED, 0, 0, names])
        return i + 1
    if spec not in ("", "last", "maybe", "rest"):
        raise PatternError(f"unknown class {spec!r}: use {', '.join([*CLASSES, 'quoted', 'last', 'maybe', 'rest'])}")
    empty = op.ALLOW_EMPTY if spec in ("maybe", "rest") or not names else 0
    literal = _next_literal(tokens, i)
    inside = i + 1 < len(tokens) and tokens[i + 1][0] in ("or", "close")
    if inside and follow and spec != "rest":
        # the last thing of a group: up to the literal after the group, which stays for it
        code.append([op.LAST if spec == "last" else op.UNTIL, follow, empty | op.LEAVE, names])
        return i + 1
    if spec == "rest" or i + 1 >= len(tokens) or (inside and follow == b""):
        if spec == "last":
            raise PatternError("`last` needs a literal after it")
        code.append([op.REST, 0, empty, names])
        return i + 1
    if literal is None:
        raise PatternError("a capture without a class must be followed by a literal or the end")
    code.append([op.LAST if spec == "last" else op.UNTIL, literal, empty, names])
    return i + 2


class Assembler:
    """Collects programs of all packs into the arrays that the kernel runs."""

    def __init__(self, key_of: Callable[[str], int]) -> None:
        self._key_of = key_of
        self._code: list[tuple[int, int, int, int]] = []
        self._literals = bytearray()
        self._places: dict[bytes, int] = {}
        self._classes = list(CLASSES)

    def add(self, program: Program) -> int:
        """Append a program; give its first instruction."""
        base = len(self._code)
        # a capture into several fields takes instructions of its own, so places inside the program move
        moved: list[int] = []
        at = base
        for _, _, _, names in program.code:
            moved.append(at)
            at += max(1, len(names))
        for kind, x, y, names in program.code:
            a, b = self._operands(kind, x, y, moved, at)
            first, *others = names or (None,)
            key = -1 if first is None else self._key_of(first)
            self._code.append((kind, a, b, key))
            self._code.extend((op.AGAIN, 0, 0, self._key_of(other)) for other in others)
        return base

    def _operands(self, kind: int, x: Any, y: int, moved: list[int], end: int) -> tuple[int, int]:  # noqa: ANN401  by kind
        if kind in (op.LITERAL, op.UNTIL, op.LAST):
            literal: bytes = x
            if literal not in self._places:
                self._places[literal] = len(self._literals)
                self._literals += literal
            return self._places[literal], len(literal) | y
        if kind == op.CLASS:
            return self._classes.index(str(x)), y
        if kind in (op.CHOICE, op.COMMIT):
            target: int = x
            return (moved[target] if target < len(moved) else end), 0
        return 0, y

    def arrays(self) -> tuple[I32, U8, U8]:
        """(code int32[4 n], literals uint8 with slack, classes uint8[256 k])."""
        code = np.array(self._code or [(op.FAIL, 0, 0, -1)], np.int32).reshape(-1)
        literals = np.frombuffer(bytes(self._literals) + bytes(64), np.uint8).copy()
        classes = np.zeros(256 * len(self._classes), np.uint8)
        for k, name in enumerate(self._classes):
            for b in range(256):
                classes[256 * k + b] = CLASSES[name](b)
        return code, literals, classes
