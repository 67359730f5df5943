"""Name, type and date: a pack's steps, canonical values, times in UTC, the fields every event has.

A value that is not of its field's type goes where the pack's `on_error` says; where it says nothing, the record
leaves as `TYPE_MISMATCH` with the field, what was wanted and what was there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from penstock.columns import I32, I64, U8, Frame, Kind, Mask
from penstock.content.catalogue import Catalogue
from penstock.content.plan import Plan
from penstock.core import Batch, Lines, Rejects, Stage
from penstock.errors import Category
from penstock.kernels.addresses import IP_ROOM, to_ip
from penstock.kernels.family_constants import place_families
from penstock.kernels.identity import ID_LENGTH, LANES, write_ids
from penstock.kernels.numbers import BOOLEAN_ROOM, LONG_ROOM, to_boolean, to_double, to_long
from penstock.kernels.render import MISSING, TIME_ROOM, render_times
from penstock.kernels.slices import as_arrays, place_constants, room_of_arrays
from penstock.kernels.times import parse_times
from penstock.stages.arrays import arrays_in, quote_brackets
from penstock.stages.draft import Draft
from penstock.stages.steps import run_steps
from penstock.stages.wire import HEADER_TIME

ARRIVAL = 32
"""Bit of a time's rule: there was no time, the record's arrival stands in."""

UNQUOTED = (Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN)
_WANTED = {
    Kind.LONG: "a whole number of 64 bits",
    Kind.DOUBLE: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.IP: "an IP address",
    Kind.DATE: "a time",
}
LONGEST_SHOWN = 80
"""Bytes of a wrong value that a message shows."""


def normalise(catalogue: Catalogue) -> Stage:
    """The stage that names, types and dates what `parse` took apart."""

    def stage(batch: Batch) -> Batch:
        frames: list[Frame] = []
        done = batch
        for frame in batch.events:
            made = _Normalising(catalogue, frame, batch.lines)
            frames.append(made.run())
            if made.faults:
                # the record left its frame, so it is neither pending nor an event any more
                done = replace(done, rejects=done.rejects.plus(made.rejects(frame)))
        return replace(done, events=tuple(f for f in frames if len(f)))

    return stage


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What there is to do for any frame of a plan.

    constants: columns int32[K] that families have constants for, their offset and size int32[K, F] in the blob.
    typed uint8[C]: the columns whose values have a type to be held to.
    """

    constants: tuple[I32, I32, I32]
    typed: U8


@lru_cache(4096)
def _work(plan: Plan) -> _Work:
    names = [name for name in plan.places if name in plan.place and plan.wants(name)]
    offset, size = (
        np.array([plan.places[name][i] for name in names], np.int32).reshape(len(names), len(plan.families))
        for i in (0, 1)
    )
    typed = [
        (c.kind in _CONVERSIONS or c.kind == Kind.DATE) and c.name != "@timestamp" and not c.name.startswith("_")
        for c in plan.columns
    ]
    return _Work(
        (np.array([plan.place[name] for name in names], np.int32), offset, size),
        np.array(typed, np.uint8),
    )


class _Normalising:
    """One dataset's rows of one batch."""

    def __init__(self, catalogue: Catalogue, frame: Frame, lines: Lines) -> None:
        self.catalogue = catalogue
        self.plan = catalogue.plans[catalogue.by_name[frame.dataset]]
        self.draft = Draft.of(frame, self.plan)
        self.lines = lines
        self.faults: dict[int, tuple[str, str]] = {}
        self.zone = lines.zone if self.plan.zone is None else self.plan.zone

    def run(self) -> Frame:
        """The finished frame."""
        draft, plan = self.draft, self.plan
        work = _work(plan)
        if len(work.constants[0]):
            present = np.zeros(len(plan.families), np.uint8)
            place_families(draft.family, draft.blob, *work.constants, draft.start, draft.length, draft.used, present)
        run_steps(draft, self.catalogue)
        self._time()
        draft.used &= plan.wanted_columns
        for c in (draft.used & work.typed).nonzero()[0].tolist():
            column = plan.columns[c]
            self._type(c, column.name, column.kind, many=column.many)
        draft.fill(plan.defaults)
        for c in (draft.used & plan.many).nonzero()[0].tolist():
            self._array(c, quoted=plan.columns[c].kind not in UNQUOTED)
        self._always()
        if self.faults:
            good = np.ones(len(draft), np.bool_)
            good[list(self.faults)] = False
            self.draft = draft = draft.keep(good)
        ingested = str(np.datetime64(self.lines.arrived, "us")) + "Z"
        frame = draft.freeze(private=False)
        constants = tuple([{"event.ingested": ingested, **c} for c in frame.constants])
        return replace(frame, constants=constants)

    @cached_property
    def every(self) -> I32:
        """All rows of the draft, before some leave."""
        return np.arange(len(self.draft), dtype=np.int32)

    def rejects(self, before: Frame) -> Rejects:
        """What left."""
        rows = np.array(sorted(self.faults), np.int32)
        faults = [self.faults[int(r)] for r in rows]
        n = len(rows)
        return Rejects(
            before.rows[rows],
            ("normalise",) * n,
            (Category.TYPE_MISMATCH.value,) * n,
            tuple(f[0] for f in faults),
            tuple(f[1] for f in faults),
            (before.dataset,) * n,
        )

    def _bad(self, name: str, kind: Kind, bad: U8, rows: I32, start: I32, length: I32) -> None:
        """Deal with values of the wrong type, by the pack's policy; `rows`: whose each is."""
        wrong = np.flatnonzero(bad)
        policy = self.plan.on_error.get(name, self.plan.on_error.get("*"))
        if policy is None:
            for i in wrong.tolist():
                shown = self.draft.text.slice(int(start[i]), min(int(length[i]), LONGEST_SHOWN))
                found = shown.decode("utf-8", "replace")
                message = f"{name}: wanted {_WANTED[kind]}, found {found!r}"
                self.faults.setdefault(int(rows[i]), (f"type.{kind.name.lower()}:{name}", message))
        elif policy != "drop":
            own_start, own_length = self.draft.put(policy)
            free = wrong[own_length[rows[wrong]] < 0]
            own_start[rows[free]], own_length[rows[free]] = start[free], length[free]
        length[wrong] = -1

    def _type(self, c: int, name: str, kind: Kind, *, many: bool) -> None:
        """Make a column's values canonical."""
        draft = self.draft
        start, length = draft.start[c], draft.length[c]
        every = self.every
        lists = arrays_in(draft.text, start, length) if many else None
        if lists is None:
            self._convert(name, kind, every, start, length)
            return
        # the elements one by one, then arrays of what is left of them
        length[lists.rows] = -1
        self._convert(name, kind, every, start, length)
        self._convert(name, kind, lists.owner, lists.start, lists.length)
        lists.write(draft.text, start, length, quoted=kind not in UNQUOTED)

    def _convert(self, name: str, kind: Kind, rows: I32, start: I32, length: I32) -> None:
        """Make values canonical, in place; `rows`: whose each is."""
        text = self.draft.text
        n = len(start)
        bad = np.zeros(n, np.uint8)
        if kind == Kind.DATE:
            micros: I64 = np.empty(n, np.int64)
            rule = np.empty(n, np.uint8)
            parse_times(  # type: ignore[no-untyped-call]
                text.data, start, length, self.zone, self.lines.reference, micros, rule, bad
            )
            if _some(bad):
                self._bad(name, kind, bad, rows, start, length)
                micros[bad != 0] = MISSING
            data = text.reserve(TIME_ROOM * n)
            text.used = int(render_times(data, text.used, micros, start, length))
            return
        convert, room = _CONVERSIONS[kind]
        data = text.reserve(self._room(room, length))
        text.used = int(convert(data, text.used, start, length, bad))
        if _some(bad):
            self._bad(name, kind, bad, rows, start, length)

    def _room(self, room: int, length: I32) -> int:
        return room * len(length) + (0 if room else int(np.maximum(length, 0).sum(dtype=np.int64)) + len(length)) + 64

    def _array(self, c: int, *, quoted: bool) -> None:
        draft = self.draft
        start, length = draft.start[c], draft.length[c]
        if quoted:
            constants_end = draft.blob + len(self.catalogue.blob)
            lists = arrays_in(draft.text, start, length, draft.blob, constants_end, quoted=True)
            if lists is not None:  # each must be one of texts, and no text may pass for an array
                lists.write(draft.text, start, length, quoted=True)
                quote_brackets(draft.text, start, length, lists.others)
        blob, blob_end = draft.blob, draft.blob + len(self.catalogue.blob)
        room = int(room_of_arrays(draft.text.data, start, length, blob, blob_end))
        data = draft.text.reserve(room + 64)
        draft.text.used = int(as_arrays(data, draft.text.used, start, length, quoted, blob, blob_end))

    def _time(self) -> None:
        """`@timestamp`: the first of the pack's time fields that a row has, the header's, the arrival."""
        draft = self.draft
        n = len(draft)
        micros, rules = np.empty(n, np.int64), np.empty(n, np.uint8)
        missing: Mask | None = None  # before the first column all are
        for name in (*self.plan.time, HEADER_TIME):
            column = draft.get(name)
            if column is None:
                continue
            start, length = column
            wanted = length if missing is None else np.where(missing, length, np.int32(-1)).astype(np.int32)
            found, rule, bad = np.empty(n, np.int64), np.empty(n, np.uint8), np.zeros(n, np.uint8)
            parse_times(  # type: ignore[no-untyped-call]
                draft.text.data, start, wanted, self.zone, self.lines.reference, found, rule, bad
            )
            if _some(bad):
                self._bad("@timestamp", Kind.DATE, bad, self.every, start, length.copy())
                found[bad != 0] = MISSING
            if missing is None:
                micros, rules = found, rule
            else:
                np.copyto(micros, found, where=missing)
                np.copyto(rules, rule, where=missing)
            missing = micros == MISSING
            if not missing.any():
                break
        else:
            left = slice(None) if missing is None else missing
            micros[left] = self.lines.arrived
            rules[left] = ARRIVAL
        start, length = draft.put("@timestamp")
        data = draft.text.reserve(TIME_ROOM * n + 64)
        draft.text.used = int(render_times(data, draft.text.used, micros, start, length))
        if _some(rules):
            offset, size = self.catalogue.wire.time_rule
            own_start, own_length = draft.put("penstock.time.rule")
            everywhere = np.ones(n, np.uint8)
            place_constants(rules.astype(np.int32), draft.blob, offset, size, 0, everywhere, own_start, own_length)

    def _always(self) -> None:
        """`event.id` and `event.original`."""
        draft, lines = self.draft, self.lines
        rows = draft.rows
        r_start, r_length = lines.start[rows], lines.length[rows]
        start, length = draft.put("event.original")
        start[:] = r_start
        length[:] = r_length
        if not self.plan.wants("event.id"):
            return
        start, length = draft.put("event.id")
        if lines.ids is not None:
            start[:], length[:] = lines.ids[rows], ID_LENGTH
            return
        data = draft.text.reserve((ID_LENGTH + 1) * len(draft) + 64)
        low, high = np.frombuffer(lines.stream, np.uint64)
        draft.text.used = int(
            write_ids(
                data,
                draft.text.used,
                r_start,
                r_length,
                lines.position[rows],
                low,
                high,
                start,
                length,
                np.empty(LANES, np.uint64),
            )
        )


def _some(flags: U8) -> bool:
    """Whether any is not 0. (`flags.any()` looks at one byte after the other unless they are bool.)"""
    return flags.tobytes() != bytes(len(flags))


_CONVERSIONS: dict[Kind, tuple[Callable[..., int], int]] = {
    Kind.LONG: (to_long, LONG_ROOM),
    Kind.DOUBLE: (to_double, 0),
    Kind.BOOLEAN: (to_boolean, BOOLEAN_ROOM),
    Kind.IP: (to_ip, IP_ROOM),
}
