"""The values that rules look at, taken out of a frame: one run of cells a slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import orjson

from penstock.columns import I32, Frame, Written
from penstock.content.sigma.slots import Slot, columns_in, parts_of
from penstock.formats.json import json_tape
from penstock.formats.keys import KeyTable, Path
from penstock.formats.unescape import unescape
from penstock.kernels.cells import list_cells
from penstock.kernels.json_scan import ELEMENT
from penstock.kernels.views import split_lists
from penstock.stages.arrays import elements

MOST_PARTS = 6
"""Parts of a path between which everything is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Values of V slots, those of a slot one after the other, in the order of rows; an array has a cell an element.

    start, length int32[m]: slices of the frame's text; row int32[m]; begin int32[V + 1]; longest: bytes.
    """

    start: I32
    length: I32
    row: I32
    begin: I32
    longest: int


_Part = tuple[I32, I32, I32]
_NOTHING: _Part = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))


class _Asked(NamedTuple):
    """What a slot looks at: its parts, the columns of those that are added up, and of those that stand inside JSON."""

    parts: frozenset[str]
    added: frozenset[str]
    inside: frozenset[str]

    @classmethod
    def of(cls, slot: Slot) -> _Asked:
        parts = parts_of(slot)
        added = columns_in(slot) if any("+" in c for c in slot) else ()
        return cls(frozenset(parts), frozenset(added), frozenset(p.partition("#")[0] for p in parts if "#" in p))

    def apart(self, place: Mapping[str, int], fixed: frozenset[str]) -> bool:
        """Whether values of it may stand inside a column's JSON, in several columns at once, or in constants."""
        names = place.keys()
        return not (self.added.isdisjoint(names) and self.inside.isdisjoint(names) and self.parts.isdisjoint(fixed))


class SlotReader:
    """Reads the slots of one dataset's frames."""

    def __init__(self, slots: tuple[Slot, ...]) -> None:
        self._slots = slots
        self._asked = [_Asked.of(slot) for slot in slots]
        self._widest = max([1, *(len(slot) for slot in slots)])
        self._of: dict[str, list[int]] = {}  # the slots that something of this name may have to do with
        for v, (slot, asked) in enumerate(zip(slots, self._asked, strict=True)):
            for name in asked.parts.union(slot, asked.added, asked.inside):
                self._of.setdefault(name, []).append(v)
        self._memory: dict[tuple[tuple[str, ...], frozenset[str]], tuple[I32, list[int]]] = {}
        self._tables: dict[str, tuple[KeyTable, list[str], I32]] = {}

    def read(self, frame: Frame) -> Cells:
        """The cells of a frame."""
        picks, special = self._plan(frame)
        n = len(frame)
        room = int((picks[:, 0] >= 0).sum()) * n
        start, length, row = (np.empty(room, np.int32) for _ in range(3))
        begin = np.zeros(len(self._slots) + 1, np.int32)
        longest = int(list_cells(frame.start, frame.length, picks, n, start, length, row, begin))
        if not special:
            used = int(begin[-1])
            return Cells(start[:used], length[:used], row[:used], begin, longest)
        parts = [(start[a:b], length[a:b], row[a:b]) for a, b in pairwise(begin.tolist())]
        scanned: dict[str, dict[str, _Part]] = {}
        for v in special:
            parts[v] = self._special(frame, v, scanned)
        ends = np.cumsum([0, *(len(p[0]) for p in parts)]).astype(np.int32)
        whole = [np.concatenate([p[k] for p in parts]) for k in range(3)]
        longest = max([longest, *(int(parts[v][1].max(initial=0)) for v in special)])
        return Cells(whole[0], whole[1], whole[2], ends, longest)

    def _plan(self, frame: Frame) -> tuple[I32, list[int]]:
        """Which rows of the frame's matrix each slot is read from, and the slots that need more than that."""
        fixed = frozenset[str]().union(*frame.constants).difference(frame.names)
        known = frame.names, fixed  # constants are those of the families that are there, another time others
        found = self._memory.get(known)
        if found is not None:
            return found
        place = {name: i for i, name in enumerate(frame.names)}
        picks = np.full((len(self._slots), self._widest), -1, np.int32)
        special = []
        for v in sorted({v for name in (*frame.names, *fixed) for v in self._of.get(name, ())}):
            slot = self._slots[v]
            there = [c for c in slot if c in place]
            if any(frame.many[place[c]] for c in there) or self._asked[v].apart(place, fixed):
                special.append(v)
                continue
            picks[v, : len(there)] = [frame.place[place[c]] for c in there]
        if len(self._memory) < 10_000:
            self._memory[known] = picks, special
        return picks, special

    def _special(self, frame: Frame, v: int, scanned: dict[str, dict[str, _Part]]) -> _Part:
        """A slot some of whose values are arrays, constants or stand inside JSON: the first choice a row has."""
        taken = np.zeros(len(frame), np.bool_)
        found: list[_Part] = []
        for choice in self._slots[v]:
            part = _side_by_side([self._part(frame, c, scanned) for c in choice.split("+")])
            fresh = ~taken[part[2]]
            if not fresh.all():
                part = part[0][fresh], part[1][fresh], part[2][fresh]
            taken[part[2]] = True
            found.append(part)
        return _side_by_side(found)

    def _part(self, frame: Frame, choice: str, scanned: dict[str, dict[str, _Part]]) -> _Part:
        """The cells of one column, or of one path in it."""
        name, _, path = choice.partition("#")
        if path:
            return self._inside(frame, name, scanned).get(path, _NOTHING)
        return self._column(frame, name) if name in frame.names else self._constant(frame, name)

    @staticmethod
    def _column(frame: Frame, name: str) -> _Part:
        c = frame.names.index(name)
        start, length = frame.start[frame.place[c]], frame.length[frame.place[c]]
        rows = np.flatnonzero(length >= 0).astype(np.int32)
        start, length = start[rows], length[rows]
        return _elements(frame, start, length, rows) if frame.many[c] else (start, length, rows)

    @staticmethod
    def _constant(frame: Frame, name: str) -> _Part:
        """Cells of a field that every row of a family has."""
        parts: list[_Part] = []
        for family in np.unique(frame.family):
            value = frame.constants[family].get(name)
            if value is None:
                continue
            rows = np.flatnonzero(frame.family == family).astype(np.int32)
            for one in value if isinstance(value, list | tuple) else [value]:
                raw = one.encode() if isinstance(one, str) else orjson.dumps(one)
                at = frame.text.append(raw)
                parts.append((np.full(len(rows), at, np.int32), np.full(len(rows), len(raw), np.int32), rows))
        if not parts:
            return _NOTHING
        start, length, row = (np.concatenate([p[k] for p in parts]) for k in range(3))
        order = np.argsort(row, kind="stable")
        return start[order], length[order], row[order]

    def _inside(self, frame: Frame, name: str, scanned: dict[str, dict[str, _Part]]) -> dict[str, _Part]:
        """The cells of all paths that slots have in a column's JSON text, by one scan."""
        if name not in scanned:
            scanned[name] = self._scanned(frame, name) if name in frame.names else {}
        return scanned[name]

    def _scanned(self, frame: Frame, name: str) -> dict[str, _Part]:
        c = frame.names.index(name)
        start, length = frame.start[frame.place[c]], frame.length[frame.place[c]]
        rows = np.flatnonzero(length > len("{}")).astype(np.int32)
        if not len(rows):
            return {}
        table, paths, of_key = self._table(name)
        tape, _bad = json_tape(frame.text, rows, start[rows], length[rows], table)
        owner = np.repeat(rows, np.diff(tape.begin))
        path = np.where(tape.key >= 0, of_key[tape.key], -1)
        entries = np.flatnonzero((path >= 0) & (tape.written != Written.NULL))
        v_start, v_length, written = tape.start[entries], tape.length[entries], tape.written[entries]
        unescape(frame.text, v_start, v_length, written)
        # an array is there once more by its elements
        keep = (written != Written.NESTED) | (frame.text.data[v_start] != ord("["))
        part = v_start[keep], v_length[keep], owner[entries][keep]
        path = path[entries][keep]
        found = {}
        for k in np.unique(path).tolist():
            mine = path == k
            found[paths[k]] = part[0][mine], part[1][mine], part[2][mine]
        return found

    def _table(self, name: str) -> tuple[KeyTable, list[str], I32]:
        """The key table of a column's paths, the paths, and int32[keys]: which of them a key is, -1 for a way to one.

        The scan enters an array only where somebody asks for its elements: those are the ways.
        """
        found = self._tables.get(name)
        if found is None:
            parts = (part for slot in self._slots for part in parts_of(slot))
            paths = list(dict.fromkeys(p.partition("#")[2] for p in parts if p.startswith(f"{name}#")))
            keys: dict[Path, int] = {}
            for k, path in enumerate(paths):
                for form in path_forms(path):
                    keys.setdefault(form, k)
            for form in list(keys):
                for k, part in enumerate(form):
                    if part == ELEMENT:
                        keys.setdefault(form[: k + 1], -1)
            found = KeyTable.of(list(keys)), paths, np.array(list(keys.values()), np.int32)
            self._tables[name] = found
        return found


def _side_by_side(parts: list[_Part]) -> _Part:
    """The cells of all parts, in the order of rows."""
    if len(parts) == 1:
        return parts[0]
    start, length, row = (np.concatenate([p[k] for p in parts]) for k in range(3))
    order = np.argsort(row, kind="stable")
    return start[order], length[order], row[order]


def path_forms(path: str) -> list[Path]:
    """The paths that a rule's `a.b` may mean: at each dot nested, one flat name, or through an array.

    (What nobody declared is kept under flat names, `a.b`, and what stands in arrays is nested.) Of long paths the
    beginning is one flat name, the rest nested, with arrays where they meet and at the end.
    """
    parts = [p.encode() for p in path.split(".")]
    if len(parts) > MOST_PARTS:
        cuts = [[b".".join(parts[:k]), *parts[k:]] for k in range(1, len(parts) + 1)]
        ways = [(*cut[:1], *middle, *cut[1:], *end) for cut in cuts for middle in _ARRAY for end in _ARRAY]
        return list(dict.fromkeys(ways))
    forms: list[Path] = [(parts[0],)]
    for part in parts[1:]:
        forms = [form for f in forms for form in ((*f, part), (*f, ELEMENT, part), (*f[:-1], f[-1] + b"." + part))]
    return list(dict.fromkeys((*form, *end) for form in forms for end in _ARRAY))


_ARRAY: tuple[Path, ...] = ((), (ELEMENT,))


def _elements(frame: Frame, start: I32, length: I32, rows: I32) -> _Part:
    """The elements of arrays (JSON texts), each a cell."""
    start, length = np.ascontiguousarray(start), np.ascontiguousarray(length)
    n = len(start)
    begin, hard = np.zeros(n + 1, np.int32), np.empty(n, np.uint8)
    room = int(length.sum(dtype=np.int64)) // 3 + n + 1
    item_start, item_length = np.empty(room, np.int32), np.empty(room, np.int32)
    split_lists(frame.text.data, start, length, 0, begin, item_start, item_length, 0, hard)
    m = int(begin[n])
    part = item_start[:m], item_length[:m], np.repeat(rows, np.diff(begin)).astype(np.int32)
    if not hard.any():
        return part
    values: list[bytes] = []
    owners: list[int] = []
    for i in np.flatnonzero(hard).tolist():
        held = elements(frame.text.slice(int(start[i]), int(length[i]))) or ()
        values.extend(held)
        owners.extend([int(rows[i])] * len(held))
    sizes = np.array([len(v) for v in values], np.int32)
    starts = (frame.text.append(b"".join(values)) + np.cumsum(sizes) - sizes).astype(np.int32)
    more = (starts, sizes, np.array(owners, np.int32))
    s, length, row = (np.concatenate([part[k], more[k]]) for k in range(3))
    order = np.argsort(row, kind="stable")
    return s[order], length[order], row[order]
