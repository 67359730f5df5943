"""pySigma's values as matches.

A text is compared without regard to case (`fold`), unless the rule says `cased`. A number or a truth value is
compared as the text that JSON has for it, which is how columns hold them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from penstock.content.sigma.expressions import (
    ANY,
    ONE,
    Cidr,
    Compare,
    Expression,
    Glob,
    Match,
    Part,
    Present,
    Reference,
    Regex,
    Test,
    either,
    negated,
)
from penstock.content.sigma.folding import fold
from penstock.content.sigma.lists import Lists
from penstock.content.sigma.patterns import PatternError, compiled

MOST_EXPANDED = 100_000
"""Texts that one value with placeholders may become."""

_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "NEQ": "!="}
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: ANY, SpecialChars.WILDCARD_SINGLE: ONE}


class RefusedError(ValueError):
    """A rule that cannot be evaluated; the message says why and what to do."""


def glob(parts: Sequence[str | int], *, cased: bool = False) -> Glob:
    """A glob in its plain form."""
    out: list[str | int] = []
    for part in parts:
        if isinstance(part, str):
            text = part if cased else fold(part)
            if out and isinstance(out[-1], str):
                out[-1] += text
            elif text:
                out.append(text)
        elif part != ANY or not out or out[-1] != ANY:
            out.append(part)
    return Glob(tuple(out), cased)


def test(field: str | None, value: Any, lists: Lists) -> Expression:  # noqa: ANN401  pySigma's types share no base
    """What a field must satisfy for one of pySigma's values. Raises `RefusedError`."""
    if isinstance(value, SigmaString):
        globs = _globs(value, lists)
        return Test(field, globs[0]) if len(globs) == 1 else either([Test(field, m) for m in globs])
    if isinstance(value, SigmaExpansion):
        return either([test(field, v, lists) for v in value.values])
    if isinstance(value, SigmaNull):
        return negated(Test(field, Present()))
    if isinstance(value, SigmaExists):
        there = Test(field, Present())
        return there if value.exists else negated(there)
    if isinstance(value, SigmaRegularExpression):
        if value.contains_placeholder():
            flags = {f.name for f in value.flags}
            patterns = value.replace_placeholders(lambda p: iter(_values(p, lists)))
            return either([Test(field, _checked(Regex(str(p.regexp), _spelt(flags)))) for p in patterns])
        return Test(field, _checked(Regex(str(value.regexp), "".join(sorted(_FLAGS[f] for f in value.flags)))))
    return Test(field, _single(value))


def _single(value: Any) -> Match:  # noqa: ANN401  as above
    if isinstance(value, SigmaTimestampPart):
        return Part(value.timestamp_part.name.lower(), int(value.number))
    if isinstance(value, SigmaBool):
        return Glob(("true" if value.boolean else "false",))
    if isinstance(value, SigmaNumber):
        return Glob((str(value.number),))
    if isinstance(value, SigmaCIDRExpression):
        return Cidr(str(value.network))
    if isinstance(value, SigmaCompareExpression):
        if isinstance(value.number, SigmaTimestampPart):  # hour|gte: modifiers hold in their order
            part = value.number
            return Part(part.timestamp_part.name.lower(), int(part.number), _OPERATORS[value.op.name])
        return Compare(_OPERATORS[value.op.name], float(value.number.number))
    if isinstance(value, SigmaFieldReference):
        return Reference(value.field, value.starts_with, value.ends_with)
    raise RefusedError(f"values of the kind {type(value).__name__} are not known")


def _checked(match: Regex) -> Regex:
    try:
        compiled(match)
    except PatternError as error:
        raise RefusedError(str(error)) from error
    return match


def _spelt(flags: set[str]) -> str:
    return "".join(sorted(_FLAGS[SigmaRegularExpressionFlag[name]] for name in flags))


def _values(placeholder: Placeholder, lists: Lists) -> Sequence[str]:
    found = lists.get(placeholder.name)
    if found is None:
        raise RefusedError(
            f"the placeholder %{placeholder.name}% has no values: give them in a placeholder file (--placeholders)"
        )
    return found


def _globs(value: SigmaString, lists: Lists) -> list[Glob]:
    """The globs of a text: one, or one a combination of what its placeholders stand for."""
    cased = isinstance(value, SigmaCasedString)
    parts = value.s
    if len(parts) == 1 and isinstance(parts[0], str):
        return [Glob((parts[0] if cased else fold(parts[0]),), cased)]
    if not any(isinstance(part, Placeholder) for part in parts):
        return [glob([_WILDCARDS[p] if isinstance(p, SpecialChars) else p for p in parts], cased=cased)]  # type: ignore[misc]
    several: list[list[str | int]] = [[]]
    for part in value.s:
        if isinstance(part, Placeholder):
            texts = _values(part, lists)
            if len(several) * len(texts) > MOST_EXPANDED:
                raise RefusedError(f"placeholders stand for more than {MOST_EXPANDED:,} texts: name fewer in one value")
            several = [[*one, *SigmaString(text).s] for one in several for text in texts]  # type: ignore[list-item]
        else:
            for one in several:
                one.append(_WILDCARDS[part] if isinstance(part, SpecialChars) else part)
    return [
        glob([_WILDCARDS[p] if isinstance(p, SpecialChars) else p for p in parts], cased=cased) for parts in several
    ]
