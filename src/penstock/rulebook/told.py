"""An explanation as text: what was asked, of what, the condition as a tree, and the parts to blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from penstock.content.sigma.expressions import Present
from penstock.content.sigma.slots import RECORD
from penstock.rulebook.explaining import Explanation, Silencer
from penstock.rulebook.verdicts import Looked, Verdict, wanted

YES, NO = "✓", "✗"
_LISTED = 3
"""Values of a long list that are shown when none fits."""
_ROOM = 120
_JOINED = {"and": "all of", "or": "one of"}


def told(found: Explanation, *, whole: bool = False) -> Iterator[str]:
    """The lines. `whole`: of lists every value, of values every character."""
    room = 1 << 30 if whole else _ROOM
    if found.when is None:
        yield f"log source  {NO} the rule is for {found.rule.source}; no events of {found.dataset} are of it"
    for place in found.served:
        yield f"log source  {_sign(place.where.holds)} {place.source}"
        if list(place.where.tests()):
            yield from _tree(place.where, "            ", whole=whole)
    if found.when is not None:
        yield "fields"
        yield from _fields(found, room)
        yield "condition"
        yield from _tree(found.when, "  ", whole=whole)
    for one in found.filters:
        yield f"filter      {one.filter.title!r}: {_filtered(one)}"
        if not one.expired:
            yield from _tree(one.keeps, "  ", whole=whole)
    yield ""
    yield verdict(found)
    if not found.agrees:
        fires, by = found.detected
        said = f"is silenced by {by.title!r}" if by else "fires" if fires else "does not fire"
        yield f"BUG: detection says that it {said}. Please report this rule and this event."


def verdict(found: Explanation) -> str:
    """The short of it, in a sentence."""
    if found.when is None:
        return f"does not fire: it looks at no events of {found.dataset}"
    if found.silenced:
        names = ", ".join(repr(f.filter.title) for f in found.filters if f.silences)
        return f"fires, and is silenced by {names}"
    if found.holds:
        return "fires"
    if not found.of_source:
        also = "; its condition would hold" if found.when.holds else ""
        return f"does not fire: the event is not of its log source{also}"
    return f"does not fire: {blame(found.when)}"


def blame(of: Verdict) -> str:
    """Why a knot is what it is, in a few words."""
    if of.how == "test":
        return f"{_line(of)[2:]} ({_found(of.looked, _ROOM)})"
    if of.how == "detection":
        holds = "holds" if of.holds else "does not hold"
        return f"{of.name} {holds}: {blame(of.parts[0])}"
    if of.how == "not":
        return blame(of.parts[0])
    if of.how == "or" and not of.holds and all(p.how == "test" for p in of.parts):
        fields = dict.fromkeys(_field(p.looked) for p in of.parts)
        firsts = [next(p for p in of.parts if _field(p.looked) == f) for f in fields]
        return " and ".join(
            f"{_field(p.looked)} fits none of its values ({_found(p.looked, _ROOM)})" if len(of.parts) > 1 else blame(p)
            for p in firsts
        )
    guilty = [p for p in of.parts if p.holds == of.holds]
    if len(guilty) == 1:
        return blame(guilty[0])
    names = [_name(p) for p in guilty]
    return f"{', '.join(names[:-1])} and {names[-1]} {'hold' if of.holds else 'do not hold'}"


def _name(of: Verdict) -> str:
    """What a knot is called in a list of them."""
    if of.how == "detection":
        return of.name
    if of.how == "not":
        return f"not {_name(of.parts[0])}"
    if of.how == "test":
        return f"({_line(of)[2:]})"
    inner = list(dict.fromkeys(_name(p) for p in of.parts))
    shown = ", ".join(inner[:_LISTED]) + (", …" if len(inner) > _LISTED else "")
    return f"{_JOINED[of.how]} ({shown})"


def _filtered(one: Silencer) -> str:
    if one.expired:
        return "expired, silences no longer"
    return "silences this event" if one.silences else "lets this event through"


def _fields(found: Explanation, room: int) -> Iterator[str]:
    """Where each field was looked for, and what was there."""
    roots = [found.when, *(p.where for p in found.served), *(f.keeps for f in found.filters)]
    looked: dict[str, Looked | None] = {}
    for root in roots:
        for test in root.tests() if root is not None else ():
            looked.setdefault(_field(test.looked), test.looked)
            if test.other is not None:
                looked.setdefault(_field(test.other), test.other)
    widest = min(30, max((len(name) for name in looked), default=0))
    for name, one in looked.items():
        several = one is not None and len(one.columns) > 1 and bool(one.values)
        choices = f"   (the first there of {', '.join(one.columns)})" if one is not None and several else ""
        yield f"  {name:{widest}}  {_found(one, room)}{choices}"


def _tree(top: Verdict, indent: str, *, whole: bool) -> Iterator[str]:
    """A tree's lines."""
    yield indent + _line(top)
    yield from _below(top, indent, whole=whole)


def _below(of: Verdict, indent: str, *, whole: bool) -> Iterator[str]:
    knots = list(_knots(of, whole=whole))
    for k, (line, under) in enumerate(knots):
        last = k == len(knots) - 1
        yield f"{indent}{'└─' if last else '├─'} {line}"
        if under is not None:
            yield from _below(under, indent + ("   " if last else "│  "), whole=whole)


def _knots(of: Verdict, *, whole: bool) -> Iterator[tuple[str, Verdict | None]]:
    """The lines under a knot, each with the knot whose parts come under it. Values of one field are drawn together."""
    inner = of.parts[0] if of.how in ("detection", "not") and of.parts else None
    if inner is not None and (inner.how in _JOINED or (of.how == "not" and inner.parts)):
        yield from _knots(inner, whole=whole)
        return
    if of.how == "not":
        return
    for key, group in groupby(of.parts, key=lambda p: (p.how == "test", _field(p.looked))):
        parts = list(group)
        if of.how == "or" and key[0] and len(parts) > 1:
            yield _list(parts, whole=whole), None
        else:
            yield from ((_line(p), p if p.how != "test" else None) for p in parts)


def _list(parts: Sequence[Verdict], *, whole: bool) -> str:
    """Tests of one field, of which one must hold."""
    fit = [p for p in parts if p.holds]
    found = fit or parts
    shown = found if whole else found[:_LISTED]
    words = " or ".join(_wanted(p) for p in shown)
    more = f" or … ({len(found) - len(shown)} more)" if len(found) > len(shown) else ""
    head = _field(parts[0].looked)
    return f"{YES} {head} {words}{more} ({len(fit)} of {len(parts)})" if fit else f"{NO} {head} {words}{more}"


def _line(of: Verdict) -> str:
    sign = _sign(of.holds)
    if of.how == "test":
        return f"{sign} {_field(of.looked)} {_wanted(of)}"
    if of.how == "detection":
        joined = _JOINED.get(of.parts[0].how)
        return f"{sign} {of.name}" + (f" ({joined})" if joined else "")
    if of.how == "not":
        inner = of.parts[0]
        if isinstance(inner.match, Present):
            return f"{sign} {_field(inner.looked)} is not there"
        return f"{sign} not {_line(inner)[2:]}"
    return f"{sign} {_JOINED[of.how]}"


def _sign(holds: bool) -> str:  # noqa: FBT001  it is the value itself
    return YES if holds else NO


def _field(looked: Looked | None) -> str:
    if looked is None:
        return ""
    return looked.field if looked.field is not None else "a value of the event"


def _wanted(of: Verdict) -> str:
    return "" if of.match is None else wanted(of.match)


def _found(looked: Looked | None, room: int) -> str:
    """Where it was looked for, and what was there."""
    if looked is None or not looked.columns:
        return "no event of this dataset has it"
    if not looked.values:
        return f"not there: {', '.join(looked.columns)}"
    if looked.columns == (RECORD,):
        return "the record"
    return f"{looked.column} = " + ", ".join(_cut(v, room) for v in looked.values)


def _cut(value: str, room: int) -> str:
    shown = "".join(c if c.isprintable() else "·" for c in value)
    return f"'{shown}'" if len(shown) <= room else f"'{shown[:room]}…'"
