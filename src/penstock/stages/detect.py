"""Hold every event against every rule that looks at its dataset; give alerts.

frame ─ cells of the slots ─ literals, each distinct value once ─┬─ conditions, 64 rows at a time ─ alerts
                              └ regular expressions, keywords ───┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np

from penstock.columns import I32, Frame, Mask, Text
from penstock.content.sigma.dataset_rules import DatasetRules
from penstock.content.sigma.rule_set import RuleSet
from penstock.core import Batch, Stage, fold
from penstock.correlate.signals import Secret, Signals, together
from penstock.kernels.conditions import BLOCK, DEEPEST, match_rows
from penstock.kernels.identity import ID_LENGTH
from penstock.kernels.slices import gather_rows
from penstock.stages.alerts import AlertMaker
from penstock.stages.certainty import Certainty, Seen
from penstock.stages.literal_search import LiteralSearch
from penstock.stages.signalling import Signaller


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Which rules hold for which rows of one frame, in the order of rows, then of rules.

    rule int32[n]: places in the rule set; row int32[n]: of the frame; filter int32[n]: the filter that silenced it, -1.
    """

    rule: I32
    row: I32
    filter: I32


@dataclass(slots=True)
class Tally:
    """What detection did, by rule (places in the rule set), whatever the threads.

    matched    events that matched
    evaluated  64 rows at a time: how often its condition was looked at, which is what it costs
    silenced   (rule, filter) -> events that matched and were silenced
    """

    matched: dict[int, int] = field(default_factory=dict)
    evaluated: dict[int, int] = field(default_factory=dict)
    silenced: dict[tuple[int, int], int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


def detect(rule_set: RuleSet, tally: Tally | None = None, secret: Secret = (0, 0)) -> Stage:
    """The stage that adds alerts to a batch, and signals for correlations, hashed under `secret`."""
    detectors = {name: Detector(rules, rule_set) for name, rules in rule_set.datasets.items()}
    signallers = _signallers(rule_set, secret)
    maker, shown = AlertMaker(rule_set), _showing(rule_set.muted)

    def stage(batch: Batch) -> Batch:
        alerts = list(batch.alerts)
        signals: dict[str, list[Signals]] = {}
        for frame in batch.events:
            detector = detectors.get(frame.dataset)
            if detector is None or not len(frame):
                continue
            matches = detector(frame, batch.lines.arrived, tally)
            _signal(signals, signallers, frame, matches)
            matches = shown(matches)
            if len(matches.rule):
                alerts.append(maker.make(frame, matches.rule, matches.row, matches.filter))
        return replace(batch, alerts=tuple(alerts), signals=_as_one(signals))

    return stage


def detect_only(
    rule_set: RuleSet,
    narrow: Sequence[Stage],
    whole: Sequence[Stage],
    tally: Tally | None = None,
    secret: Secret = (0, 0),
) -> Stage:
    """The stage from raw records to alerts, for when nothing else is wanted of the events.

    narrow  stages that make of a record only what rules look at (`content.narrowing`)
    whole   the same stages that make what alerts show: for the few records that raise one
    """
    detectors = {name: Detector(rules, rule_set) for name, rules in rule_set.datasets.items()}
    signallers = _signallers(rule_set, secret)
    maker, shown = AlertMaker(rule_set), _showing(rule_set.muted)

    def stage(batch: Batch) -> Batch:
        batch = fold(narrow, batch)
        found: dict[str, tuple[Frame, Matches]] = {}
        signals: dict[str, list[Signals]] = {}
        for frame in batch.events:
            detector = detectors.get(frame.dataset)
            if detector is not None and len(frame):
                matches = detector(frame, batch.lines.arrived, tally)
                _signal(signals, signallers, frame, matches)
                matches = shown(matches)
                if len(matches.rule):
                    found[frame.dataset] = frame, matches
        batch = replace(batch, signals=_as_one(signals))
        if not found:
            return batch
        rows = np.unique(np.concatenate([frame.rows[m.row] for frame, m in found.values()]))
        frames = {f.dataset: f for f in fold(whole, _only(batch, rows)).events}
        alerts = []
        for name, (frame, m) in found.items():
            seen = replace(frames[name], rows=rows[frames[name].rows])  # rows of the batch again
            alerts.append(maker.make(seen, m.rule, _at(seen.rows, frame.rows[m.row]), m.filter))
        return replace(batch, alerts=(*batch.alerts, *alerts))

    return stage


def _signallers(rule_set: RuleSet, secret: Secret) -> dict[str, Signaller]:
    return {name: Signaller(rules, rule_set, secret) for name, rules in rule_set.datasets.items() if rules.told}


def _signal(
    into: dict[str, list[Signals]], signallers: Mapping[str, Signaller], frame: Frame, matches: Matches
) -> None:
    """Add what correlations are told of a frame's matches."""
    if len(matches.rule) and frame.dataset in signallers:
        made = signallers[frame.dataset](frame, matches.rule, matches.row, matches.filter)
        for name, signals in made.items():
            into.setdefault(name, []).append(signals)


def _as_one(signals: Mapping[str, list[Signals]]) -> dict[str, Signals]:
    return {name: together(several) for name, several in signals.items()}


def _showing(muted: frozenset[int]) -> Callable[[Matches], Matches]:
    """Leaves out matches of rules whose own alerts are not shown."""
    hidden = np.array(sorted(muted), np.int32)

    def shown(matches: Matches) -> Matches:
        if not len(hidden) or not len(matches.rule):
            return matches
        kept = ~np.isin(matches.rule, hidden)
        return matches if kept.all() else Matches(matches.rule[kept], matches.row[kept], matches.filter[kept])

    return shown


def _only(batch: Batch, rows: I32) -> Batch:
    """A fresh batch of some of a batch's records, in a text of its own."""
    lines = batch.lines
    start, length = lines.start[rows], lines.length[rows]
    ends = np.cumsum(length, dtype=np.int64)
    data = np.empty(2 * int(ends[-1]) + ID_LENGTH * len(rows) + 4096, np.uint8)
    used = int(gather_rows(lines.text.data, start.astype(np.int64), start.astype(np.int64) + length, data))
    ids = None
    if lines.ids is not None:
        ids = (used + ID_LENGTH * np.arange(len(rows))).astype(np.int32)
        each = lines.text.data[lines.ids[rows][:, None] + np.arange(ID_LENGTH)]
        data[used : used + each.size] = each.ravel()
        used += each.size
    return Batch.of(
        replace(
            lines,
            text=Text(data, used),
            start=(ends - length).astype(np.int32),
            length=length,
            position=lines.position[rows],
            ids=ids,
            oversize={},
        )
    )


def _at(rows: I32, wanted: I32) -> I32:
    """Where the wanted ones stand among ascending rows."""
    return np.searchsorted(rows, wanted).astype(np.int32)


class Detector:
    """Matches one dataset's frames."""

    def __init__(self, rules: DatasetRules, rule_set: RuleSet) -> None:
        self._rules = rules
        self._search = LiteralSearch(rules)
        self._expires = [f.expires for f in rule_set.filters]
        self._repeated = len(np.unique(rules.rules)) < len(rules.rules)

    def __call__(self, frame: Frame, arrived: int, tally: Tally | None = None) -> Matches:
        """What holds; `arrived` (microseconds UTC) says which filters have expired."""
        return self._conditions(frame, self._search(frame), arrived, tally)

    def _conditions(self, frame: Frame, seen: Seen, arrived: int, tally: Tally | None) -> Matches:
        rules = self._rules
        row, value, begin, value_begin, hits = seen.joined()
        on = np.array([e is None or arrived < e for e in self._expires] or [False], np.uint8)
        n = len(rules.rules)
        room = n * BLOCK + 4 * len(frame)
        out = [np.empty(room, np.int32) for _ in range(3)]
        evaluated = np.zeros(n, np.int64)
        state = np.zeros(2, np.int64)
        scratch = (
            np.zeros(rules.leaves, np.uint64), np.empty(rules.leaves, np.int32), np.full(n, -1, np.int32),
            begin[:-1].copy(), np.empty(len(rules.guard_begin), np.uint64), np.empty(DEEPEST, np.uint64),
        )  # fmt: skip
        while not match_rows(
            len(frame), row, value, begin, value_begin, hits, rules.witness_begin, rules.witness_rule,
            rules.free_rules, rules.rule_guard, rules.program_begin, rules.program, rules.guard_begin,
            rules.filter_begin, rules.filter_of, rules.filter_program, on, *scratch, *out, evaluated, state,
        ):  # fmt: skip
            out = [np.concatenate([o, np.empty(len(o), np.int32)]) for o in out]
        used = int(state[1])
        rule, at, silenced = (o[:used] for o in out)
        if (rules.exact or rules.keeps) and used:
            certainty = Certainty(rules, frame, seen)
            fine = certainty.holds(rule, at)
            rule, at = rule[fine], at[fine]
            silenced = certainty.silenced(rule, at, silenced[fine], on)
        if self._repeated:  # of a rule that is there twice the first that holds counts
            order = np.lexsort((rule, rules.rules[rule], at))
            rule, at, silenced = rule[order], at[order], silenced[order]
            first = np.ones(len(rule), np.bool_)
            first[1:] = (np.diff(rules.rules[rule]) != 0) | (np.diff(at) != 0)
            rule, at, silenced = rule[first], at[first], silenced[first]
        if tally is not None:
            _count(tally, rules, rule, silenced, evaluated)
        order = np.lexsort((rule, at))
        return Matches(rules.rules[rule[order]], at[order], silenced[order])


def _count(tally: Tally, rules: DatasetRules, rule: I32, silenced: I32, evaluated: np.ndarray[Any, Any]) -> None:
    kept: Mask = silenced < 0
    with tally.lock:
        _add(tally.matched, rules.rules, np.bincount(rule[kept], minlength=len(rules.rules)))
        _add(tally.evaluated, rules.rules, evaluated)
        for r, f in zip(rules.rules[rule[~kept]].tolist(), silenced[~kept].tolist(), strict=True):
            tally.silenced[r, f] = tally.silenced.get((r, f), 0) + 1


def _add(into: dict[int, int], names: I32, counts: np.ndarray[Any, Any]) -> None:
    for i in np.flatnonzero(counts).tolist():
        name = int(names[i])
        into[name] = into.get(name, 0) + int(counts[i])
