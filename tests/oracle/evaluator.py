r"""What a rule says of one event: pySigma's tree, walked. After the Sigma specification 2.1 and docs/reference/sigma.md.

Regular expressions are run by Python's `re`, spelt so that it agrees with RE2: `\\d \\w \\s \\b` are ASCII's (RE2's
`\\s` has no vertical tab), `$` is the very end. Where the two still differ (without regard to case, the four characters
ı İ ſ and the Kelvin sign) `Undecided` is raised: such a pair is left out and counted.
"""

# ruff: noqa: E501  tables and sentences stand as they are

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaDetections
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

from oracle.fields import Event, Place, Undecided, listed

Lists = Mapping[str, Sequence[str]]
Holds = Callable[[Event, Place], bool]
Fits = Callable[[str, str], bool]
"""Of a value as it is, and in lower case."""


def fold(text: str) -> str:
    """Text without regard to case: each character of the basic plane by itself, by Unicode's simple mapping."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


@lru_cache(maxsize=1 << 17)
def _lower(character: str) -> str:
    if ord(character) > 0xFFFF:
        return character
    return {"\u0130": "i", "\u017f": "s"}.get(character, character.lower())


def rule_holds(detections: SigmaDetections, lists: Lists) -> Holds:
    """Whether a rule's detections hold for an event; of several conditions one must."""
    trees = [_tree(c.parsed, lists) for c in detections.parsed_condition]
    return lambda event, place: any(t(event, place) for t in trees)


def in_place(place: Place) -> Callable[[Event], bool]:
    """Whether an event has what a log source says its events must have."""
    return lambda event: _occasion(place.where, event, place)


def _occasion(node: Any, event: Event, place: Place) -> bool:
    """`{field: value or values}`, `{field: {exists, not, begins, ends, contains}}`, `{not: …}`, a list of which one."""
    if isinstance(node, list):
        return any(_occasion(n, event, place) for n in node)
    for name, test in node.items():
        if name == "not":
            if _occasion(test, event, place):
                return False
            continue
        held = [fold(v) for v in place.values(event, name)]
        for how, wanted in test.items() if isinstance(test, dict) else [("is", test)]:
            if how == "exists":
                fine = bool(held) == wanted
            else:
                texts = [fold(t) for t in listed(wanted)]
                compare = {"begins": str.startswith, "ends": str.endswith, "contains": str.__contains__}
                found = any(compare.get(how, str.__eq__)(v, t) for v in held for t in texts)
                fine = found != (how == "not")
            if not fine:
                return False
    return True


def _tree(node: Any, lists: Lists) -> Holds:
    match node:
        case ConditionAND():
            parts = [_tree(a, lists) for a in node.args]
            return lambda event, place: all(p(event, place) for p in parts)
        case ConditionOR():
            parts = [_tree(a, lists) for a in node.args]
            return lambda event, place: any(p(event, place) for p in parts)
        case ConditionNOT():
            inner = _tree(node.args[0], lists)
            return lambda event, place: not inner(event, place)
        case ConditionFieldEqualsValueExpression():
            return _test(node.field, node.value, lists)
        case ConditionValueExpression():
            return _test(None, node.value, lists)
    raise TypeError(node)


def _test(name: str | None, value: Any, lists: Lists) -> Holds:
    if isinstance(value, SigmaExpansion):
        several = [_test(name, v, lists) for v in value.values]
        return lambda event, place: any(t(event, place) for t in several)
    if isinstance(value, SigmaNull):
        return lambda event, place: not _values(event, place, name)
    if isinstance(value, SigmaExists):
        return lambda event, place: bool(_values(event, place, name)) == value.exists
    if isinstance(value, SigmaFieldReference):
        return lambda event, place: any(
            _refers(fold(one), fold(other), value)
            for one in _values(event, place, name)
            for other in place.values(event, value.field)
        )
    if name is None and isinstance(value, SigmaBool):
        value = SigmaString("true" if value.boolean else "false")
    if name is None and isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
        value = SigmaString(str(value.number))
    fits = _inside(value, lists) if name is None and isinstance(value, SigmaString) else _fits(value, lists)
    return lambda event, place: any(fits(raw, low) for raw, low in _both(event, place, name))


def _values(event: Event, place: Place, name: str | None) -> tuple[str, ...]:
    return event.keywords if name is None else place.values(event, name)


def _both(event: Event, place: Place, name: str | None) -> list[tuple[str, str]]:
    """A field's values, as they are and in lower case."""
    key = "both", id(place), name
    found: list[tuple[str, str]] | None = event.known.get(key)
    if found is None:
        found = event.known[key] = [(v, fold(v)) for v in _values(event, place, name)]
    return found


def _refers(one: str, other: str, how: SigmaFieldReference) -> bool:
    if how.starts_with and how.ends_with:
        return other in one
    if how.starts_with:
        return one.startswith(other)
    if how.ends_with:
        return one.endswith(other)
    return one == other


def _fits(value: Any, lists: Lists) -> Fits:
    if isinstance(value, SigmaString):
        return _one_of([_glob(s, value) for s in _filled(value, lists)])
    if isinstance(value, SigmaRegularExpression):
        return _regex(value, lists)
    if isinstance(value, SigmaTimestampPart):
        unit, number = value.timestamp_part.name.lower(), int(value.number)
        return lambda raw, _low: _part(raw, unit) == number
    if isinstance(value, SigmaBool):
        return lambda _raw, low: low == ("true" if value.boolean else "false")
    if isinstance(value, SigmaNumber):
        return lambda _raw, low: low == str(value.number)
    if isinstance(value, SigmaCIDRExpression):
        return lambda raw, _low: _address_in(raw, value.network)
    if isinstance(value, SigmaCompareExpression):
        if isinstance(value.number, SigmaTimestampPart):
            return _compare_part(value.op.name, value.number.timestamp_part.name.lower(), int(value.number.number))
        return _compare(value.op.name, float(value.number.number))
    raise TypeError(value)


def _one_of(several: list[Fits]) -> Fits:
    return several[0] if len(several) == 1 else lambda raw, low: any(f(raw, low) for f in several)


# ---- texts


def _filled(value: SigmaString, lists: Lists) -> list[list[Any]]:
    """A text's parts, once for each way to fill its placeholders."""
    ways = [
        [SigmaString(text).s for text in lists[part.name]] if isinstance(part, Placeholder) else [[part]]
        for part in value.s
    ]
    return [[part for way in chosen for part in way] for chosen in itertools.product(*ways)]


def _glob(parts: list[Any], value: SigmaString) -> Fits:
    cased = isinstance(value, SigmaCasedString)
    pieces = _pieces(parts, cased=cased)
    return lambda raw, low: fits_whole(raw if cased else low, pieces)


def _inside(value: SigmaString, lists: Lists) -> Fits:
    """A keyword: the text is somewhere in the value."""
    cased = isinstance(value, SigmaCasedString)
    any_text = SpecialChars.WILDCARD_MULTI
    several = [_pieces([any_text, *parts, any_text], cased=cased) for parts in _filled(value, lists)]
    return lambda raw, low: any(fits_whole(raw if cased else low, p) for p in several)


Piece = list[str | None]
"""Characters that stand side by side, None for any one."""


def _pieces(parts: list[Any], *, cased: bool) -> list[Piece]:
    """What stands between the asterisks: n of them make n + 1 pieces."""
    out: list[Piece] = [[]]
    for part in parts:
        if part == SpecialChars.WILDCARD_MULTI:
            out.append([])
        elif part == SpecialChars.WILDCARD_SINGLE:
            out[-1].append(None)
        else:
            out[-1].extend(part if cased else fold(part))
    return out


def fits_whole(text: str, pieces: list[Piece]) -> bool:
    """Whether a text is these pieces in order, any characters between them."""
    if len(pieces) == 1:
        return len(text) == len(pieces[0]) and _stands(text, 0, pieces[0])
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not _stands(text, 0, first):
        return False
    if not _stands(text, len(text) - len(last), last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:  # the leftmost place is as good as any
        at = _find(text, at, end, piece)
        if at < 0:
            return False
        at += len(piece)
    return True


def _stands(text: str, at: int, piece: Piece) -> bool:
    return all(c is None or text[at + k] == c for k, c in enumerate(piece))


def _find(text: str, begin: int, end: int, piece: Piece) -> int:
    if None not in piece:
        return text.find("".join(c for c in piece if c is not None), begin, end)
    return next((at for at in range(begin, end - len(piece) + 1) if _stands(text, at, piece)), -1)


# ---- regular expressions

_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
    SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
    SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
}
_WORD = "0-9A-Za-z_"
_SETS = {"d": "0-9", "w": _WORD, "s": r"\t\n\f\r "}
_EDGE = f"(?<![{_WORD}])(?=[{_WORD}])|(?<=[{_WORD}])(?![{_WORD}])"
_PECULIAR = re.compile("[\u0130\u0131\u017f\u212a]")


def spelt_for_python(pattern: str, *, multiline: bool) -> str:
    """RE2's expression as Python must have it."""
    out: list[str] = []
    inside = False  # of [ ]
    k = 0
    while k < len(pattern):
        c = pattern[k]
        if c == "\\" and k + 1 < len(pattern):
            letter = pattern[k + 1]
            k += 2
            if letter in _SETS:
                out.append(_SETS[letter] if inside else f"[{_SETS[letter]}]")
            elif letter.lower() in _SETS:
                if inside:
                    raise Undecided(pattern)
                out.append(f"[^{_SETS[letter.lower()]}]")
            elif letter == "b" and not inside:
                out.append(f"(?:{_EDGE})")
            elif letter == "B" and not inside:
                out.append(f"(?!{_EDGE})")
            else:
                out.append(c + letter)
            continue
        if inside:
            inside = c != "]"
        elif c == "[":
            inside = True
            if pattern.startswith("[:", k + 1):
                raise Undecided(pattern)
            extra = re.compile(r"\^?\]?").match(pattern, k + 1)
            assert extra
            out.append(c + extra[0].replace("]", r"\]"))
            k = extra.end()
            continue
        elif c == "$" and not multiline:
            c = r"\Z"
        out.append(c)
        k += 1
    return "".join(out)


def _regex(value: SigmaRegularExpression, lists: Lists) -> Fits:
    filled = [value]
    if value.contains_placeholder():
        filled = value.replace_placeholders(lambda p: iter(lists[p.name]))
    return _one_of([_expression(str(v.regexp), value.flags) for v in filled])


def _expression(pattern: str, wanted: set[SigmaRegularExpressionFlag]) -> Fits:
    flags = sum(_FLAGS[f] for f in wanted)
    multiline = bool(flags & re.MULTILINE) or "(?m" in pattern
    caseless = bool(flags & re.IGNORECASE) or "(?i" in pattern
    try:
        compiled = re.compile(spelt_for_python(pattern, multiline=multiline), flags)
    except Undecided:
        compiled = None

    def found(raw: str, _low: str) -> bool:
        if compiled is None or (caseless and (_PECULIAR.search(raw) or _PECULIAR.search(pattern))):
            raise Undecided(pattern)
        return compiled.search(raw) is not None

    return found


# ---- addresses, numbers, times

_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")


def _address_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text and address.version == network.version and address in network


def _compare(how: str, other: float) -> Fits:
    """As doubles."""

    def compares(raw: str, _low: str) -> bool:
        if not _NUMBER.match(raw):
            return False
        number = float(raw)
        return {
            "LT": number < other,
            "LTE": number <= other,
            "GT": number > other,
            "GTE": number >= other,
            "NEQ": number != other,
        }[how]

    return compares


def _compare_part(how: str, unit: str, other: int) -> Fits:
    """A part of a time, as numbers are."""
    compares = _compare(how, float(other))

    def holds(raw: str, _low: str) -> bool:
        part = _part(raw, unit)
        return part is not None and compares(str(part), "")

    return holds


def _part(text: str, unit: str) -> int | None:
    """A part of an ISO 8601 time, in UTC."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when.isocalendar().week if unit == "week" else int(getattr(when, unit))
