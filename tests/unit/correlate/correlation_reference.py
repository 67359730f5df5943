"""Correlations straight from their definitions: slow, obvious, over the whole list of events. Only the model is ours.

`expected(correlation, steps)` says what must come of a stream that is stepped in batches, whatever the batches.
"""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from penstock.content.sigma.correlation import HOUR, Correlation, Measure, Op, Window

END = 1 << 62
MICRO = 1_000_000


@dataclass(frozen=True)
class Row:
    """A signal: an event that matched a rule."""

    time: int
    id: int
    group: tuple[str | None, ...]
    rule: int = 0
    value: float | str | None = None


@dataclass(frozen=True)
class Step:
    """Rows that come together, and the watermark behind them."""

    rows: tuple[Row, ...]
    watermark: int


@dataclass(frozen=True)
class Event:
    """An event of a group, with all rules it matched."""

    time: int
    id: int
    rules: frozenset[int]
    value: float | str | None


@dataclass(frozen=True)
class Alert:
    """What must be raised. step: in which step, the number of steps for what only the end brings."""

    group: tuple[str | None, ...]
    opening: int
    time: int
    first: int
    last: int
    count: int
    ids: tuple[int, ...]
    value: float
    step: int = field(compare=False, default=0)
    baseline: tuple[float, float, int, int] | None = None


@dataclass
class Accepted:
    """Rows that count; and how many did not."""

    rows: list[Row] = field(default_factory=list)
    late: int = 0
    ungrouped: int = 0
    unvalued: int = 0


def accept(c: Correlation, steps: Iterable[Step]) -> Accepted:
    out = Accepted()
    passed = -END
    for step in steps:
        for row in step.rows:
            if row.time <= passed:
                out.late += 1
            elif None in row.group[: len(c.group_by)]:
                out.ungrouped += 1
            elif c.counted and row.value is None:
                out.unvalued += 1
            else:
                out.rows.append(row)
        passed = max(passed, step.watermark - c.lag)
    return out


def events_of(rows: Iterable[Row]) -> dict[tuple[str | None, ...], list[Event]]:
    """Per group, each event once, in order."""
    seen: dict[tuple[str | None, ...], dict[tuple[int, int], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        seen[row.group][row.time, row.id].append(row)
    return {
        group: [
            Event(time, ident, frozenset(r.rule for r in same), min(same, key=lambda r: r.rule).value)
            for (time, ident), same in sorted(events.items())
        ]
        for group, events in seen.items()
    }


def micro(v: float) -> int:
    return round(Fraction(str(v)) * MICRO)


def measure(c: Correlation, window: Sequence[Event]) -> Fraction:
    """What a window measures."""
    if c.measure is Measure.COUNT:
        return Fraction(len(window))
    if c.measure is Measure.DISTINCT:
        return Fraction(len({e.value for e in window}))
    if c.measure in {Measure.RULES, Measure.EXPRESSION}:
        return Fraction(len({r for e in window for r in e.rules}))
    if c.measure is Measure.ORDERED:
        return Fraction(longest(c, window))
    numbers = [Fraction(micro(e.value), MICRO) for e in window]
    if c.measure is Measure.SUM:
        return sum(numbers, Fraction(0))
    if c.measure is Measure.AVERAGE:
        return sum(numbers, Fraction(0)) / len(numbers)
    numbers.sort()
    rank = Fraction((len(numbers) - 1) * c.percentile, 100)
    below = int(rank)
    above = min(below + 1, len(numbers) - 1)
    return numbers[below] + (rank - below) * (numbers[above] - numbers[below])


def longest(c: Correlation, window: Sequence[Event]) -> int:
    """Events of the longest chain in the order of the list; 0 if a rule that must not be there is."""
    if any(r in e.rules for e in window for r in c.closers):
        return 0
    best: list[list[int]] = []
    for i, e in enumerate(window):
        best.append([0] * len(c.order))
        for p, rule in enumerate(c.order):
            if rule in e.rules:
                best[i][p] = 1 + max((best[j][q] for j in range(i) for q in range(p)), default=0)
    return max((n for row in best for n in row), default=0)


def holds(c: Correlation, window: Sequence[Event]) -> bool:
    if c.measure is Measure.EXPRESSION:
        there = {r for e in window for r in e.rules}
        stack: list[bool] = []
        for x in c.expression:
            if x >= 0:
                stack.append(x in there)
            elif x == -3:
                stack.append(not stack.pop())
            else:
                b, a = stack.pop(), stack.pop()
                stack.append((a and b) if x == -1 else (a or b))
        return stack.pop()
    if c.regular is not None and not regular(c, window):
        return False
    value = measure(c, window)
    compare = {
        Op.LT: value.__lt__, Op.LTE: value.__le__, Op.GT: value.__gt__, Op.GTE: value.__ge__, Op.EQ: value.__eq__,
        Op.NEQ: value.__ne__,
    }  # fmt: skip
    return all(compare[op](Fraction(bound, MICRO)) for op, bound in c.comparisons)


def regular(c: Correlation, window: Sequence[Event]) -> bool:
    """Whether the median interval is long enough, and the median distance of intervals from it short enough."""
    times = [e.time for e in window]
    intervals = [Fraction(b - a) for a, b in itertools.pairwise(times)]
    if len(intervals) < 2:
        return False
    middle = statistics.median(intervals)
    distance = statistics.median(abs(i - middle) for i in intervals)
    return middle >= c.regular.interval and distance <= middle * c.regular.spread / 100


def alert(group, opening: Event, window: Sequence[Event], value: float, due: int, baseline=None) -> tuple[int, Alert]:
    return due, Alert(
        group=group, opening=opening.id, time=opening.time, first=window[0].time, last=window[-1].time,
        count=len(window), ids=tuple(e.id for e in window[:1000]), value=value, baseline=baseline,
    )  # fmt: skip


def sliding(c: Correlation, group, events: Sequence[Event]):
    held = None
    for i, e in enumerate(events):
        window = [w for w in events[: i + 1] if w.time >= e.time - c.timespan]
        if holds(c, window):
            if held is None or e.time - held > c.timespan:
                yield alert(group, e, window, float(measure(c, window)), e.time)
            held = e.time


def absence(c: Correlation, group, events: Sequence[Event]):
    held = None
    waiting = [(i, e) for i, e in enumerate(events) if e.rules - set(c.closers)]
    for i, e in waiting:
        end = e.time + c.timespan
        if any(w.rules & set(c.closers) for w in events[i + 1 :] if w.time <= end):
            continue
        if held is None or e.time - held > c.timespan:
            yield alert(group, e, [w for j, w in waiting if j >= i and w.time <= end], 0.0, end)
        held = e.time


def tumbling(c: Correlation, group, events: Sequence[Event]):
    windows: dict[int, list[Event]] = defaultdict(list)
    for e in events:
        windows[e.time // c.timespan].append(e)
    past: dict[int, float] = {}
    first = 0
    for number, window in sorted(windows.items()):
        value = float(measure(c, window))
        judged, base = holds(c, window), None
        if c.baseline is not None:
            slot = number * c.timespan // max(c.timespan, HOUR)
            reach = c.baseline.weeks * 7 * 24 * HOUR // max(c.timespan, HOUR)
            past = {s: v for s, v in past.items() if s >= slot - reach}
            if not past:  # nothing of it is remembered: it is as if it had never been seen
                first = slot
            base = usual(c, past, first, slot) if judged and past else None
            judged = base is not None and value > base[1]
            past[slot] = max(value, past.get(slot, value))
        if judged:
            yield alert(group, window[0], window, value, (number + 1) * c.timespan - 1, base)


def usual(c: Correlation, past: dict[int, float], first: int, slot: int):
    """(median, threshold, slots, which) of what is usual in a slot, or None."""
    length = max(c.timespan, HOUR)
    day = 24 * HOUR // length
    if slot - first < -(-c.baseline.warmup // length):
        return None
    reach = c.baseline.weeks * 7 * day
    zeros = c.measure in {Measure.COUNT, Measure.DISTINCT, Measure.SUM}
    for which, step in ((1, 7 * day), (2, day), (3, 1)):
        slots = [s for s in range(slot - step, slot - reach - 1, -step) if s >= first]
        values = [past.get(s, 0.0) for s in slots if zeros or s in past]
        if len(values) >= 3:
            middle = statistics.median(values)
            spread = max(1.4826 * statistics.median(abs(v - middle) for v in values), 0.1 * abs(middle))
            return middle, middle + c.baseline.deviations * spread, len(values), which
    return None


def sessions(c: Correlation, group, events: Sequence[Event]):
    window: list[Event] = []
    for e in [*events, None]:
        if window and (
            e is None or e.time - window[-1].time > c.gap or e.time - window[0].time > c.timespan
        ):  # fmt: skip
            if holds(c, window):
                due = window[-1].time + c.gap
                if e is not None:
                    due = min(due, e.time)
                yield alert(group, window[0], window, float(measure(c, window)), due)
            window = []
        if e is not None:
            window.append(e)


KINDS = {Window.SLIDING: sliding, Window.ABSENCE: absence, Window.TUMBLING: tumbling, Window.SESSION: sessions}


def expected(c: Correlation, steps: Sequence[Step]) -> tuple[list[Alert], Accepted]:
    """All alerts, in order of the steps in which they must be raised and then of time, opening event and group."""
    accepted = accept(c, steps)
    out: list[Alert] = []
    ends = []
    high = -END
    for step in steps:
        high = max(high, step.watermark - c.lag)
        ends.append(high)
    for group, events in events_of(accepted.rows).items():
        for due, one in KINDS[c.window](c, group, events):
            at = next((i for i, end in enumerate(ends) if end >= due), len(steps))
            out.append(Alert(**{**one.__dict__, "step": at}))
    return out, accepted
