"""One Sigma correlation document, as pySigma read it, to a `Correlation`.

What pySigma has no word for stands under a top-level key `penstock:` of the document (`KEYS`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaCorrelationTimespan,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from penstock.content.sigma.correlation import (
    AND,
    NOT,
    OR,
    SECOND,
    Baseline,
    Correlation,
    Measure,
    Op,
    Regular,
    Window,
)

MOST_RULES, MOST_ORDERED, MOST_BOUNDS, MOST_WEEKS = 64, 10, 3, 8

KEYS = {
    "window": "sliding (as Sigma has it), tumbling or session",
    "gap": "session windows: the longest time between two events of one window",
    "absence": "the rule, or rules, of which none must follow within the timespan",
    "baseline": "compare with the group's own past: a map of weeks, deviations, warmup",
    "regular": "events must come at regular intervals: a map of interval, spread",
}
BASELINE_KEYS = {
    "weeks": "how long is remembered, 1 to 8 (4)",
    "deviations": "how far from what is expected is too far (4)",
    "warmup": "how long a group is watched before anything is raised (1w)",
}
REGULAR_KEYS = {
    "interval": "the least interval from one event to the next, in the median",
    "spread": "how far intervals may be from the median, in the median, in percent of it, 0 to 100 (10)",
}


MEASURES = {
    "event_count": Measure.COUNT,
    "value_count": Measure.DISTINCT,
    "value_sum": Measure.SUM,
    "value_avg": Measure.AVERAGE,
    "value_percentile": Measure.PERCENTILE,
    "value_median": Measure.PERCENTILE,
    "temporal": Measure.RULES,
    "temporal_ordered": Measure.ORDERED,
}
NUMBERS = frozenset({Measure.SUM, Measure.AVERAGE, Measure.PERCENTILE})
OVER_RULES = frozenset({Measure.RULES, Measure.ORDERED, Measure.EXPRESSION})


@dataclass(frozen=True, slots=True)
class Document:
    """One correlation document: as pySigma read it, where it stands, the hash of its text."""

    rule: SigmaCorrelationRule
    file: str
    line: int
    version: str

    @property
    def id(self) -> str:
        """What it is known by."""
        return str(self.rule.id or self.rule.name or self.rule.title)


class WrongError(Exception):
    """A problem in one document: message and hint."""


def for_pysigma(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as pySigma takes it: a condition of several comparisons (`gt: 100`, `lte: 200`) is more than it
    knows, so it is moved under `penstock:`, and pySigma gets the first.
    """
    correlation = document.get("correlation")
    condition = correlation.get("condition") if isinstance(correlation, Mapping) else None
    ours = document.get("penstock") or {}
    if not isinstance(correlation, Mapping) or not isinstance(condition, Mapping) or not isinstance(ours, Mapping):
        return dict(document)
    ops = [key for key in condition if str(key).upper() in Op.__members__]
    if len(ops) < 2:
        return dict(document)
    first = {key: value for key, value in condition.items() if key not in ops[1:]}
    moved = {**ours, "condition": {key: condition[key] for key in ops}}
    return {**document, "correlation": {**correlation, "condition": first}, "penstock": moved}


def read(document: Document, known: Mapping[str, str]) -> Correlation:
    """One correlation by itself. Raises `WrongError`."""
    rule = document.rule
    ours = _ours(rule)
    rules, order = _rules(rule, known)
    condition = rule.condition
    window, gap, closers = _window(ours, rules, known)
    measure = MEASURES[rule.type.name.lower()]
    counted = _counted(condition, measure)
    expression: tuple[int, ...] = ()
    if isinstance(condition, SigmaExtendedCorrelationCondition):
        places = {name: rules.index(known[name]) for name in condition.get_referenced_rules()}
        if measure is Measure.ORDERED:
            order, closers = _ordered_expression(condition.parsed, places, order)
        else:
            measure = Measure.EXPRESSION
            expression = tuple(_postfix(condition.parsed, places))
        comparisons: tuple[tuple[Op, int], ...] = ((Op.GTE, len(order) * SECOND),)
    else:
        comparisons = _comparisons(condition, ours)
    if measure is not Measure.ORDERED:
        order = ()
    elif len(order) > MOST_ORDERED:
        raise WrongError(f"at most {MOST_ORDERED} rules can be in order", "chain two correlations")
    if window is Window.ABSENCE:
        _check_absence(measure, comparisons, len(rules))
        measure, order, comparisons = Measure.RULES, (), ()
    baseline = _baseline(ours, rule.timespan.seconds, window, measure)
    regular = _regular(ours, window, measure)
    if baseline is not None or (regular is not None and window is Window.SLIDING):
        window = Window.TUMBLING
    return Correlation(
        id=document.id,
        title=rule.title or document.id,
        version=document.version,
        level=rule.level.name.lower() if rule.level else None,
        tags=tuple(map(str, rule.tags)),
        rules=rules,
        group_by=tuple(rule.group_by or ()),
        aliases={a.alias: {known.get(r.reference, ""): name for r, name in a.mapping.items()} for a in rule.aliases},
        measure=measure,
        counted=counted,
        comparisons=comparisons,
        timespan=rule.timespan.seconds * SECOND,
        percentile=_percentile(condition, rule.type.name.lower()),
        window=window,
        gap=gap,
        order=order,
        closers=closers,
        expression=expression,
        baseline=baseline,
        regular=regular,
        generate=rule.generate,
    )


def _ours(rule: SigmaCorrelationRule) -> dict[str, Any]:
    """What stands under `penstock:`."""
    ours = rule.custom_attributes.get("penstock") or {}
    if not isinstance(ours, dict):
        raise WrongError("penstock must be a map", "of " + ", ".join(KEYS))
    for key in ours:
        if key not in KEYS and key != "condition":
            raise WrongError(f"penstock has no {key!r}", "one of " + ", ".join(KEYS))
    return ours


def _rules(rule: SigmaCorrelationRule, known: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """What is referred to, each once; and the list as it stands, as places among these."""
    references = [r.reference for r in rule.rules or ()]
    if isinstance(rule.condition, SigmaExtendedCorrelationCondition) and not references:
        references = rule.condition.get_referenced_rules()
    if not references:
        raise WrongError("refers to no rule", "name at least one under rules")
    unknown = [r for r in references if r not in known]
    if unknown:
        raise WrongError(f"there is no rule {', '.join(unknown)}", "a rule is referred to by its name or its id")
    listed = [known[r] for r in references]
    rules = tuple(dict.fromkeys(listed))
    if len(rules) > MOST_RULES:
        raise WrongError(f"refers to {len(rules)} rules; it may to {MOST_RULES}")
    return rules, tuple(map(rules.index, listed))


def _window(
    ours: Mapping[str, Any], rules: Sequence[str], known: Mapping[str, str]
) -> tuple[Window, int, tuple[int, ...]]:
    """Window, gap, and for an absence which rules must not follow."""
    absence = ours.get("absence")
    name = str(ours.get("window", "sliding"))
    if name.upper() not in Window.__members__ or name == "absence":
        raise WrongError(f"penstock.window must be sliding, tumbling or session, and is {name!r}")
    window = Window[name.upper()]
    if (window is Window.SESSION) != ("gap" in ours):
        raise WrongError("a session window needs penstock.gap, and only a session window does", "gap: 10m")
    gap = SigmaCorrelationTimespan(ours["gap"]).seconds * SECOND if "gap" in ours else 0
    if absence is None:
        return window, gap, ()
    missing = [str(r) for r in absence] if isinstance(absence, list) else [str(absence)]
    wrong = [r for r in missing if known.get(r) not in rules]
    if wrong or len({known[r] for r in missing}) == len(rules):
        raise WrongError("penstock.absence must be some of the rules, but not all", "the others are waited after")
    if window is not Window.SLIDING:
        raise WrongError("penstock.absence has a window of its own: each of the other rules' events begins one")
    return Window.ABSENCE, 0, tuple(rules.index(known[r]) for r in missing)


def _check_absence(measure: Measure, comparisons: tuple[tuple[Op, int], ...], rules: int) -> None:
    if measure not in {Measure.RULES, Measure.ORDERED} or comparisons != ((Op.GTE, rules * SECOND),):
        raise WrongError("an absence is of type temporal or temporal_ordered and has no condition")


def _counted(condition: object, measure: Measure) -> tuple[str, ...]:
    """The fields that are counted or added up."""
    wanted = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
    fields = tuple(map(str, wanted)) if isinstance(wanted, list) else (str(wanted),) if wanted else ()
    if measure in NUMBERS and len(fields) != 1:
        raise WrongError(f"condition.field must be one field, and is {wanted!r}")
    if measure is Measure.DISTINCT and not fields:
        raise WrongError("condition.field says what to count", "condition: {field: source.ip, gte: 10}")
    return fields if measure in NUMBERS or measure is Measure.DISTINCT else ()


def _percentile(condition: object, kind: str) -> int:
    """0 to 100. The specification has no key for it and pySigma's is optional: without one, it is the median."""
    asked = condition.percentile if isinstance(condition, SigmaCorrelationCondition) else None
    if asked is None or kind != "value_percentile":
        return 50
    if not 0 <= asked <= 100:
        raise WrongError(f"condition.percentile must be 0 to 100, and is {asked}")
    return int(asked)


def _comparisons(condition: SigmaCorrelationCondition, ours: Mapping[str, Any]) -> tuple[tuple[Op, int], ...]:
    """Comparisons with bounds in millionths."""
    raw = ours.get("condition") or {condition.op.name.lower(): condition.count}
    found = []
    for name, bound in raw.items():
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or not abs(bound) < 1 << 62:
            raise WrongError(f"condition.{name} must be a number, and is {bound!r}")
        found.append((Op[str(name).upper()], round(Decimal(str(bound)) * SECOND)))
    if len(found) > MOST_BOUNDS:
        raise WrongError(f"a condition has at most {MOST_BOUNDS} comparisons")
    return tuple(found)


def _baseline(ours: Mapping[str, Any], seconds: int, window: Window, measure: Measure) -> Baseline | None:
    raw = ours.get("baseline")
    if raw is None:
        return None
    if not isinstance(raw, dict) or raw.keys() - BASELINE_KEYS.keys():
        raise WrongError("penstock.baseline must be a map", "of " + ", ".join(BASELINE_KEYS))
    if window not in {Window.SLIDING, Window.TUMBLING} or (window is Window.SLIDING and "window" in ours):
        raise WrongError("a baseline compares tumbling windows", "leave penstock.window out, or say tumbling")
    if measure in OVER_RULES:
        raise WrongError("a baseline needs a count or a number", "one of the types event_count and value_…")
    if (3600 % seconds if seconds < 3600 else 24 * 3600 % seconds or seconds % 3600) != 0:
        raise WrongError("a baseline's timespan must fit into an hour, or hours into a day, a whole number of times")
    weeks, deviations = raw.get("weeks", 4), raw.get("deviations", 4)
    if not isinstance(weeks, int) or not 1 <= weeks <= MOST_WEEKS:
        raise WrongError(f"penstock.baseline.weeks must be 1 to {MOST_WEEKS}, and is {weeks!r}")
    if isinstance(deviations, bool) or not isinstance(deviations, (int, float)) or not 0 <= deviations <= 1000:
        raise WrongError(f"penstock.baseline.deviations must be 0 to 1000, and is {deviations!r}")
    warmup = SigmaCorrelationTimespan(str(raw.get("warmup", "1w"))).seconds * SECOND
    return Baseline(weeks, float(deviations), warmup)


def _regular(ours: Mapping[str, Any], window: Window, measure: Measure) -> Regular | None:
    raw = ours.get("regular")
    if raw is None:
        return None
    if not isinstance(raw, dict) or raw.keys() - REGULAR_KEYS.keys() or "interval" not in raw:
        raise WrongError("penstock.regular must be a map with an interval", "of " + ", ".join(REGULAR_KEYS))
    if measure is not Measure.COUNT:
        raise WrongError("regular events are counted", "the type is event_count")
    if window is Window.ABSENCE or (window is Window.SLIDING and "window" in ours):
        raise WrongError("whether events are regular is judged at a window's end", "window: tumbling, or session")
    if "baseline" in ours:
        raise WrongError("penstock.regular and penstock.baseline cannot go together", "make two correlations")
    interval = SigmaCorrelationTimespan(str(raw["interval"])).seconds * SECOND
    spread = raw.get("spread", 10)
    if interval < SECOND:
        raise WrongError(f"penstock.regular.interval must be a second or more, and is {raw['interval']!r}")
    if isinstance(spread, bool) or not isinstance(spread, int) or not 0 <= spread <= 100:
        raise WrongError(f"penstock.regular.spread must be a whole number, 0 to 100, and is {spread!r}")
    return Regular(interval, spread)


def _postfix(node: CorrelationConditionItem | SigmaRuleReference, places: Mapping[str, int]) -> Iterator[int]:
    """An expression with its operands first."""
    if isinstance(node, SigmaRuleReference):
        yield places[node.reference]
        return
    for number, operand in enumerate(node.args):
        yield from _postfix(operand, places)
        if isinstance(node, CorrelationConditionNOT):
            yield NOT
        elif number:
            yield AND if isinstance(node, CorrelationConditionAND) else OR


def _ordered_expression(
    node: CorrelationConditionItem | SigmaRuleReference, places: Mapping[str, int], listed: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of `a and b and not c`: the rules wanted, in the order of the list; and those that must not be there."""
    terms: list[CorrelationConditionItem | SigmaRuleReference] = [node]
    while any(isinstance(t, CorrelationConditionAND) for t in terms):
        terms = [a for t in terms for a in (t.args if isinstance(t, CorrelationConditionAND) else [t])]
    wanted: set[int] = set()
    unwanted: set[int] = set()
    for term in terms:
        inner = term.args[0] if isinstance(term, CorrelationConditionNOT) else term
        if not isinstance(inner, SigmaRuleReference):
            raise WrongError("in temporal_ordered only `a and b and not c` says which order is meant", "chain two")
        (unwanted if inner is not term else wanted).add(places[inner.reference])
    if not wanted or wanted & unwanted:
        raise WrongError("the condition can never hold, or names no rule to wait for")
    return tuple(p for p in listed if p in wanted), tuple(sorted(unwanted))
