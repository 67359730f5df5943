"""A frame in the making: the columns of one dataset's rows, which steps fill."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from penstock.columns import I32, U8, Frame, Kind, Text
from penstock.content.plan import Plan


class Draft:
    """Rows of one dataset with room for every column its plan can have; a column exists once something was put there.

    start, length int32[C, n] by the plan's column numbers. `used` uint8[C] says which exist.
    """

    def __init__(self, plan: Plan, text: Text, rows: I32, family: I32) -> None:
        self.plan = plan
        self.text = text
        self.rows = rows
        self.family = family
        self.blob = text.constants
        self.start: I32 = np.empty((len(plan.columns), len(rows)), np.int32)
        self.length: I32 = np.empty((len(plan.columns), len(rows)), np.int32)
        self.used: U8 = np.zeros(len(plan.columns), np.uint8)
        self._fixed: dict[str, tuple[I32, I32]] = {}

    @classmethod
    def of(cls, frame: Frame, plan: Plan) -> Draft:
        """The draft that a frame was frozen from."""
        draft = cls.__new__(cls)
        draft.plan, draft.text, draft.rows, draft.family = plan, frame.text, frame.rows, frame.family
        draft.blob = frame.text.constants
        draft.start, draft.length = frame.start, frame.length
        draft.used = np.zeros(len(plan.columns), np.uint8)
        draft.used[frame.place] = 1
        draft._fixed = {}  # noqa: SLF001  of its own kind
        return draft

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, name: str) -> bool:
        """Whether the column exists (it may still be empty in every row)."""
        place = self.plan.place.get(name)
        return place is not None and bool(self.used[place])

    def get(self, name: str) -> tuple[I32, I32] | None:
        """A column's slices, or None; constants of the families count as columns."""
        place = self.plan.place.get(name)
        if place is not None and self.used[place]:
            return self.start[place], self.length[place]
        if name in self.plan.places and place is None:
            if name not in self._fixed:
                offset, size = self.plan.places[name]
                self._fixed[name] = ((offset[self.family] + self.blob).astype(np.int32), size[self.family])
            return self._fixed[name]
        return None

    def put(self, name: str) -> tuple[I32, I32]:
        """A column to write to; empty if it did not exist."""
        place = self.plan.place[name]
        if not self.used[place]:
            self.length[place] = -1
            self.used[place] = 1
        return self.start[place], self.length[place]

    def fill(self, values: Mapping[str, tuple[int, int]]) -> None:
        """Give constants (offset, length in the blob) to the rows that have nothing yet."""
        for name, (offset, size) in values.items():
            start, length = self.put(name)
            empty = length < 0
            start[empty] = self.blob + offset
            length[empty] = size

    def keep(self, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Draft:
        """This draft without the rows where mask is false."""
        draft = Draft.__new__(Draft)
        draft.plan, draft.text, draft.blob = self.plan, self.text, self.blob
        draft.rows, draft.family = self.rows[mask], self.family[mask]
        draft.start, draft.length = self.start[:, mask], self.length[:, mask]
        draft.used = self.used
        draft._fixed = {}  # noqa: SLF001  of its own kind
        return draft

    def freeze(self, *, private: bool) -> Frame:
        """The frame. `private`: keep columns whose names begin with `_` (between parse and normalise)."""
        names, kinds, many, place = _described(self.plan, self.used.tobytes(), private=private)
        return Frame(
            self.plan.name,
            self.text,
            self.rows,
            names,
            kinds,
            many,
            self.start,
            self.length,
            place,
            self.family,
            self.plan.constants,
        )


@lru_cache(4096)
def _described(
    plan: Plan, used: bytes, *, private: bool
) -> tuple[tuple[str, ...], tuple[Kind, ...], tuple[bool, ...], I32]:
    """Names, kinds, whether arrays, places of the columns that are used. Batch after batch they are the same few."""
    held = np.flatnonzero(np.frombuffer(used, np.uint8)).tolist()
    kept = [i for i in held if private or not plan.columns[i].name.startswith("_")]
    columns = [plan.columns[i] for i in kept]
    place = np.array(kept, np.int32)
    place.flags.writeable = False
    return tuple(c.name for c in columns), tuple(c.kind for c in columns), tuple(c.many for c in columns), place
