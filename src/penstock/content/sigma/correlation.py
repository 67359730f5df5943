"""Sigma correlations, compiled: what `penstock.correlate` steps, and in which order.

One document is read by `correlation_document`. Every problem of every correlation is told at once, with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

SECOND = 1_000_000
HOUR = 3600 * SECOND


class Measure(IntEnum):
    """What a window is measured by (the numbers are those of `kernels.window_layout`)."""

    COUNT = 0
    DISTINCT = 1
    SUM = 2
    AVERAGE = 3
    PERCENTILE = 4
    RULES = 5
    ORDERED = 6
    EXPRESSION = 7


class Window(IntEnum):
    """Which events belong together."""

    SLIDING = 0
    TUMBLING = 1
    SESSION = 2
    ABSENCE = 3


class Op(IntEnum):
    """A comparison (numbers as above)."""

    LT = 0
    LTE = 1
    GT = 2
    GTE = 3
    EQ = 4
    NEQ = 5


AND, OR, NOT = -1, -2, -3


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a group's own past decides. warmup in microseconds."""

    weeks: int = 4
    deviations: float = 4.0
    warmup: int = 7 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class Regular:
    """How regularly a window's events must come.

    interval  the least median of the intervals between them, microseconds
    spread    the greatest median distance of the intervals from it, in hundredths of it
    """

    interval: int
    spread: int = 10


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation, ready to be stepped. Times in microseconds.

    id, title, level, tags  as in the document (id: else its name, else its title)
    version      hash of its text: state of another version is not taken over
    rules        ids of what it refers to, each once; a signal's `rule` is the place here
    group_by     names of what groups have in common, as the document and its alerts have them
    carried      further fields of the opening event that those who refer to it want in its alerts
    aliases      {name: {rule: the field that it is in that rule's events}}; see `field_of`
    measure, counted  what is measured, of which fields
    comparisons  all of them must hold; bounds in millionths
    percentile   0 to 100
    window, timespan, gap
    order        ordered rules: places in `rules`, in the order wanted
    closers      absence: rules that must not follow; ordered: rules that must not be there (places in `rules`)
    expression   over places in `rules`, operands first, AND OR NOT; empty without one
    baseline     or None
    regular      or None
    generate     whether alerts of what it refers to are shown as well
    lag          how far behind the source's watermark it works, as what it refers to raises alerts that late
    delay        how long after its opening event an alert may be raised
    """

    id: str
    title: str
    version: str
    level: str | None
    tags: tuple[str, ...]
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    measure: Measure
    counted: tuple[str, ...]
    comparisons: tuple[tuple[Op, int], ...]
    timespan: int
    percentile: int = 50
    window: Window = Window.SLIDING
    gap: int = 0
    order: tuple[int, ...] = ()
    closers: tuple[int, ...] = ()
    expression: tuple[int, ...] = ()
    baseline: Baseline | None = None
    regular: Regular | None = None
    generate: bool = False
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    lag: int = 0

    def field_of(self, name: str, rule: str) -> str:
        """The field that `name` (of group_by, counted, carried) is in events of that rule (or alerts, if it is one)."""
        return self.aliases.get(name, {}).get(rule, name)

    @property
    def delay(self) -> int:
        """How long after its opening event an alert may be raised."""
        return {
            Window.SLIDING: 0,
            Window.TUMBLING: self.timespan,
            Window.SESSION: self.timespan + self.gap,
            Window.ABSENCE: self.timespan,
        }[self.window]
