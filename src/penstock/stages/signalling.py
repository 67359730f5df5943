"""Matches to signals: what correlations are told of the events that matched rules they refer to."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, I64, NULL, Frame
from penstock.content.sigma.correlation import Correlation, Measure
from penstock.content.sigma.dataset_rules import DatasetRules
from penstock.content.sigma.roles import asked
from penstock.content.sigma.rule_set import RuleSet
from penstock.correlate.numbers import numbers_of
from penstock.correlate.plan import NUMERIC
from penstock.correlate.signals import F64, U64, Secret, Signals, hashes
from penstock.kernels.identity import read_ids
from penstock.stages.event_times import event_times
from penstock.stages.slot_cells import SlotReader


class Signaller:
    """Makes signals of one dataset's frames."""

    def __init__(self, rules: DatasetRules, rule_set: RuleSet, secret: Secret) -> None:
        self._rule_set = rule_set
        self._secret = secret
        self._spots = rules.told
        self._reader = SlotReader(rules.told_slots)
        self._slots = len(rules.told_slots)
        places: dict[int, I32] = {}
        for number in rules.told:
            for role in rule_set.roles[number]:
                table = places.setdefault(role.correlation, np.full(len(rule_set.rules), -1, np.int32))
                table[number] = role.place
        self._places = sorted(places.items())

    def __call__(self, frame: Frame, rule: I32, row: I32, silenced: I32) -> dict[str, Signals]:
        """By the correlation's id. rule, row, silenced int32[k]: as detection found them."""
        kept = silenced < 0
        rule, row = rule[kept], row[kept]
        chosen = [(c, at, mine) for c, at in self._places if len(mine := np.flatnonzero(at[rule] >= 0))]
        if not chosen:
            return {}
        start, length = self._dense(frame)
        time, ids = event_times(frame), _ids(frame)
        return {
            self._rule_set.chain[c].id: self._signals(
                self._rule_set.chain[c], frame, start, length, rule[mine], row[mine], at[rule[mine]], time, ids
            )
            for c, at, mine in chosen
        }

    def _dense(self, frame: Frame) -> tuple[I32, I32]:
        """int32[V, n] each: the slots' slices, of an array the first element; length -1 where there is none."""
        cells = self._reader.read(frame)
        start = np.zeros((self._slots, len(frame)), np.int32)
        length = np.full((self._slots, len(frame)), NULL, np.int32)
        for v in range(self._slots):
            run = slice(int(cells.begin[v]), int(cells.begin[v + 1]))
            rows = cells.row[run][::-1]  # the last that is written stays
            start[v, rows], length[v, rows] = cells.start[run][::-1], cells.length[run][::-1]
        return start, length

    def _signals(
        self,
        correlation: Correlation,
        frame: Frame,
        start: I32,
        length: I32,
        rule: I32,
        row: I32,
        place: I32,
        time: I64,
        ids: U64,
    ) -> Signals:
        """Those of one correlation."""
        grouped = len(correlation.group_by)
        carried = grouped + len(correlation.carried)
        many = carried + len(correlation.counted)
        own_start, own_length = np.zeros((many, len(row)), np.int32), np.full((many, len(row)), NULL, np.int32)
        for number in np.unique(rule).tolist():
            mine = np.flatnonzero(rule == number)
            names = asked(correlation, self._rule_set.rules[number].id)
            for k, name in enumerate(names):
                slot = self._spots[number].get(name, -1)
                if slot >= 0:
                    own_start[k, mine], own_length[k, mine] = start[slot, row[mine]], length[slot, row[mine]]
        data = frame.text.data
        value: U64 | F64 | None = None
        if correlation.measure in NUMERIC:
            value = numbers_of(data, own_start[carried], own_length[carried])
        elif correlation.measure is Measure.DISTINCT:
            value = hashes(data, own_start[carried:], own_length[carried:], self._secret)[:, 1].copy()
        return Signals(
            data=data,
            key_start=own_start[:carried],
            key_length=own_length[:carried],
            key=hashes(data, own_start[:grouped], own_length[:grouped], self._secret),
            rule=place,
            time=time[row],
            id=ids[row],
            value=value,
        )


def _ids(frame: Frame) -> U64:
    """uint64[n, 2]: event ids, high half first."""
    at = frame.place[frame.names.index("event.id")]
    out = np.empty((len(frame), 2), np.uint64)
    read_ids(frame.text.data, frame.start[at], out)
    return out
