"""Our own event rows as input: back into frames of the datasets they name, as they were.

`parse` leaves such records alone (the pack `penstock_events` recognises them). Here their members become columns by
name; their ids, times and categories stay. A row that names a dataset no pack has, or holds a value of the wrong type,
is a reject.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from penstock.columns import I32, Frame, Kind, Tape, Text, Written
from penstock.content.catalogue import Catalogue
from penstock.content.deciding import DECIDED
from penstock.content.plan import Column
from penstock.core import Batch, Rejects, Stage
from penstock.errors import Category
from penstock.formats.json import json_tape
from penstock.formats.keys import KeyTable, Path
from penstock.formats.unescape import unescape
from penstock.kernels.addresses import IP_ROOM, to_ip
from penstock.kernels.numbers import BOOLEAN_ROOM, LONG_ROOM, to_boolean, to_double, to_long
from penstock.kernels.render import TIME_ROOM, render_times
from penstock.kernels.tape import pick
from penstock.kernels.times import parse_times
from penstock.stages.arrays import arrays_in
from penstock.stages.refuse import refuse

DATASET = "event.dataset"
LONGEST_SHOWN = 80
"""Bytes of a wrong value that a message shows."""

_NEEDED = ("@timestamp", "event.id", "event.original")
_WANTED = {
    Kind.LONG: "a whole number of 64 bits",
    Kind.DOUBLE: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.IP: "an IP address",
    Kind.DATE: "a time",
}


@dataclass(frozen=True, eq=False)
class _Names:
    """Every field that some dataset has."""

    catalogue: Catalogue

    @cached_property
    def fields(self) -> tuple[str, ...]:
        found: dict[str, None] = dict.fromkeys((*_NEEDED, DATASET, "event.ingested", *DECIDED))
        for plan in self.catalogue.plans:
            found.update(dict.fromkeys(c.name for c in plan.columns if not c.name.startswith("_")))
            found.update(dict.fromkeys(n for constants in plan.constants for n in constants))
        return tuple(found)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Each field's type."""
        schema = self.catalogue.schema
        declared = {c.name: c for plan in self.catalogue.plans for c in plan.columns}
        made = []
        for name in self.fields:
            known = schema.get(name)
            kind = Kind[known.kind] if known else Kind.KEYWORD
            made.append(declared.get(name) or Column(name, kind, bool(known and known.many)))
        return tuple(made)

    @cached_property
    def keys(self) -> KeyTable:
        """A field by its name with dots; nested, where that is another path. Two ids a field: 2 i and 2 i + 1."""
        paths: list[Path] = []
        for i, name in enumerate(self.fields):
            nested = tuple(name.encode().split(b"."))
            paths += [(name.encode(),), nested if len(nested) > 1 else (b"\x00nested", str(i).encode())]
        return KeyTable.of(paths)

    @cached_property
    def local(self) -> I32:
        """int32: key id -> number of the field."""
        return np.append(np.arange(2 * len(self.fields)) // 2, -1).astype(np.int32)


def reread(catalogue: Catalogue) -> Stage:
    """The stage that takes what `parse` left: records that are event rows."""
    names = _Names(catalogue)

    def stage(batch: Batch) -> Batch:
        return _Rereading(names, batch).run() if len(batch.pending) else batch

    return stage


class _Rereading:
    """One batch's event rows."""

    def __init__(self, names: _Names, batch: Batch) -> None:
        self._names = names
        self._batch = batch
        self._text: Text = batch.lines.text
        self._rejects: list[Rejects] = []

    def run(self) -> Batch:
        """The batch with frames of them."""
        batch, names = self._batch, self._names
        rows = batch.pending
        tape, _ = json_tape(self._text, rows, batch.lines.start[rows], batch.lines.length[rows], names.keys)
        start, length = self._columns(tape, len(rows))
        missing = np.zeros(len(rows), np.bool_)
        for name in _NEEDED:
            lacking = length[names.fields.index(name)] < 0
            self._refuse(
                rows[lacking & ~missing],
                Category.SCHEMA_VIOLATION,
                f"schema.required:{name}",
                f"{name}: wanted, found nothing",
            )
            missing |= lacking
        good = np.flatnonzero(~missing).astype(np.int32)
        good = good[self._typed(rows, start, length, good)]
        frames = []
        column = names.fields.index(DATASET)
        datasets = [
            self._text.slice(int(s), max(0, int(n)))
            for s, n in zip(start[column][good], length[column][good], strict=True)
        ]
        by_name: dict[bytes, list[int]] = {}
        for row, raw in zip(good.tolist(), datasets, strict=True):
            by_name.setdefault(raw, []).append(row)
        for raw, members in sorted(by_name.items()):
            dataset = raw.decode("utf-8", "replace")
            if dataset not in names.catalogue.by_name:
                message = f"{DATASET}: wanted a dataset of a pack there is, found {dataset!r}"
                self._refuse(rows[members], Category.UNKNOWN_FORMAT, "dataset.unknown", message)
                continue
            frames.append(self._frame(dataset, rows, np.array(members, np.int32), start, length))
        done = replace(
            batch,
            events=(*batch.events, *frames),
            pending=np.setdiff1d(rows, np.concatenate([f.rows for f in frames]) if frames else rows[:0]).astype(
                np.int32
            ),
        )
        for rejects in self._rejects:
            done = done.reject(rejects)
        return done

    def _columns(self, tape: Tape, n: int) -> tuple[I32, I32]:
        """Every field's slices, escapes undone."""
        names = self._names
        escaped = np.flatnonzero((tape.written == 1) & (tape.key >= 0))
        s, m, w = tape.start[escaped], tape.length[escaped], tape.written[escaped]
        unescape(self._text, s, m, w)
        tape.start[escaped], tape.length[escaped], tape.written[escaped] = s, m, w
        arrays = (tape.written == Written.NESTED) & (self._text.data[tape.start] == ord("["))
        tape.written[arrays] = Written.PLAIN  # a value as it stands; objects are ways to further members
        start = np.zeros((len(names.fields), n), np.int32)
        length = np.full((len(names.fields), n), -1, np.int32)
        every = np.arange(n, dtype=np.int32)
        pick(tape.begin, tape.key, tape.start, tape.length, tape.written, every, names.local, start, length)
        return start, length

    def _typed(self, rows: I32, start: I32, length: I32, good: I32) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Hold values to their types; which of the rows are fine."""
        fine = np.ones(len(good), np.bool_)
        for i, column in enumerate(self._names.columns):
            s, m = start[i][good], length[i][good]
            if not (m >= 0).any():
                continue
            before = s.copy(), m.copy()
            if column.many:
                lists = arrays_in(self._text, s, m)
                bad = (m >= 0).astype(np.uint8)
                if lists is not None:
                    bad[lists.rows] = 0
                wanted = "a JSON array"
            elif column.kind in _WANTED:
                bad, wanted = self._convert(column.kind, s, m), _WANTED[column.kind]
                start[i][good], length[i][good] = s, m
            else:
                continue
            for k in np.flatnonzero(bad & fine).tolist():
                found = self._text.slice(int(before[0][k]), min(LONGEST_SHOWN, int(before[1][k])))
                message = f"{column.name}: wanted {wanted}, found {found.decode('utf-8', 'replace')!r}"
                code = f"type.{column.kind.name.lower()}:{column.name}"
                self._refuse(rows[good[k : k + 1]], Category.TYPE_MISMATCH, code, message)
            fine &= bad == 0
        return fine

    def _convert(self, kind: Kind, start: I32, length: I32) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        text, n = self._text, len(start)
        bad = np.zeros(n, np.uint8)
        if kind == Kind.DATE:
            micros, rule = np.empty(n, np.int64), np.empty(n, np.uint8)
            parse_times(text.data, start, length, 0, self._batch.lines.reference, micros, rule, bad)  # type: ignore[no-untyped-call]
            data = text.reserve(TIME_ROOM * n + 64)
            text.used = int(render_times(data, text.used, micros, start, length))
            return bad
        convert, room = _CONVERSIONS[kind]
        data = text.reserve(room * n + int(np.maximum(length, 0).sum(dtype=np.int64)) + n + 64)
        text.used = int(convert(data, text.used, start, length, bad))
        return bad

    def _frame(self, dataset: str, rows: I32, members: I32, start: I32, length: I32) -> Frame:
        names = self._names
        there = [i for i in range(len(names.fields)) if (length[i][members] >= 0).any() and names.fields[i] != DATASET]
        columns = [names.columns[i] for i in there]
        return Frame(
            dataset,
            self._text,
            rows[members],
            tuple(c.name for c in columns),
            tuple(c.kind for c in columns),
            tuple(c.many for c in columns),
            np.ascontiguousarray(start[there][:, members]),
            np.ascontiguousarray(length[there][:, members]),
            np.arange(len(there), dtype=np.int32),
            np.zeros(len(members), np.int32),
            ({DATASET: dataset},),
        )

    def _refuse(self, rows: I32, category: Category, code: str, message: str) -> None:
        if len(rows):
            self._rejects.append(refuse(rows, "reread", category, code, message))


_CONVERSIONS = {
    Kind.LONG: (to_long, LONG_ROOM),
    Kind.DOUBLE: (to_double, 0),
    Kind.BOOLEAN: (to_boolean, BOOLEAN_ROOM),
    Kind.IP: (to_ip, IP_ROOM),
}
