"""A correlation as kernels read it, and how wide its state is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.content.sigma.correlation import HOUR, SECOND, Correlation, Measure, Op, Window
from penstock.kernels.absences import ABSENCE_WORDS
from penstock.kernels.baselines import BASELINE_WORDS
from penstock.kernels.int128 import UNIT
from penstock.kernels.measures import measure_words
from penstock.kernels.signal_rows import HASH, NO_VALUE, NUMBER
from penstock.kernels.window_layout import (
    ENTRY,
    L_DEQUES,
    LOG,
    P_CLOSERS,
    P_DAY,
    P_DEVIATIONS,
    P_EVERY,
    P_GAP,
    P_MEASURE,
    P_NEED,
    P_OPENERS,
    P_PERCENT,
    P_RULES,
    P_SLOT,
    P_SPAN,
    P_SPREAD,
    P_WARMUP,
    P_WEEKS,
    P_ZEROS,
    PLAN,
    Rule,
)

NUMERIC = frozenset({Measure.SUM, Measure.AVERAGE, Measure.PERCENTILE})
NEVER_ENOUGH = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What steps need of a correlation.

    rule    for kernels
    entry   uint64 words a group
    log     uint64 words an event
    what    NO_VALUE, HASH or NUMBER: what `Signals.value` is
    texts   whether groups' texts are kept with the state: alerts are raised long after the event
    """

    rule: Rule
    entry: int
    log: int
    what: int
    texts: bool


def plan(correlation: Correlation) -> Plan:
    """The plan of a correlation."""
    c = correlation
    words = np.zeros(PLAN, np.int64)
    words[P_MEASURE] = c.measure
    words[P_SPAN], words[P_GAP] = c.timespan, c.gap
    words[P_NEED] = _need(c)
    words[P_PERCENT] = c.percentile
    words[P_RULES] = len(c.rules)
    closers = _bits(c.closers)
    words[P_CLOSERS] = closers
    words[P_OPENERS] = _bits(tuple(r for r in range(len(c.rules)) if r not in c.closers))
    if c.baseline is not None:
        slot = max(c.timespan, HOUR)
        words[P_WEEKS], words[P_SLOT], words[P_DAY] = c.baseline.weeks, slot, 24 * HOUR // slot
        words[P_WARMUP] = -(-c.baseline.warmup // slot)
        words[P_DEVIATIONS] = round(c.baseline.deviations * UNIT)
        words[P_ZEROS] = c.measure in {Measure.COUNT, Measure.DISTINCT, Measure.SUM}
    if c.regular is not None:
        words[P_EVERY], words[P_SPREAD] = c.regular.interval, c.regular.spread
    bounds = [divmod(bound & ((1 << 128) - 1), 1 << 64) for _, bound in c.comparisons]
    rule = Rule(
        plan=words,
        ops=np.array([op for op, _ in c.comparisons], np.uint8),
        bounds=np.array(bounds, np.uint64).reshape(-1, 2),
        order=np.array(c.order, np.int32),
        program=np.array(c.expression, np.int32),
    )
    kept = measure_words(c.measure, len(c.rules), len(c.order), closers, len(bounds))
    if c.window is Window.ABSENCE:
        kept = ABSENCE_WORDS
    sliding = c.window is Window.SLIDING
    deques = L_DEQUES + len(bounds) if c.measure is Measure.PERCENTILE else LOG
    return Plan(
        rule=rule,
        # one that fits is made as long as a cache line, so that no entry lies across two
        entry=max(8, ENTRY + kept + (BASELINE_WORDS if c.baseline is not None else 0)),
        log=deques if sliding else LOG + 2,
        what=HASH if c.measure is Measure.DISTINCT else NUMBER if c.measure in NUMERIC else NO_VALUE,
        texts=not sliding,
    )


def _bits(places: tuple[int, ...]) -> int:
    """Bits as the int64 that holds them."""
    bits = sum(1 << p for p in places)
    return bits - (1 << 64) if bits >> 63 else bits


def _need(c: Correlation) -> int:
    """The least number of distinct values of which the condition can hold."""
    near = {1}
    for _, bound in c.comparisons:
        near |= {max(1, bound // SECOND + k) for k in (-1, 0, 1, 2)}
    for n in sorted(near):
        if all(_is_so(op, n * SECOND, bound) for op, bound in c.comparisons):
            return n
    return NEVER_ENOUGH


def _is_so(op: Op, value: int, bound: int) -> bool:
    return {
        Op.LT: value < bound,
        Op.LTE: value <= bound,
        Op.GT: value > bound,
        Op.GTE: value >= bound,
        Op.EQ: value == bound,
        Op.NEQ: value != bound,
    }[op]
