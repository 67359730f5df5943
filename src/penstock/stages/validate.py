"""The schema gate: a closed list's value that is not on the list sends its record out, with field, wanted and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import orjson

from penstock.columns import Frame, Mask
from penstock.content.catalogue import Catalogue
from penstock.content.hashing import HashTable
from penstock.content.plan import Plan
from penstock.core import Batch, Rejects, Stage
from penstock.errors import Category
from penstock.formats.keys import hash_part
from penstock.kernels.slices import find_values

_ZERO = np.zeros(1, np.int32)


def validate(catalogue: Catalogue) -> Stage:
    """The stage that holds events to the schema's lists of allowed values.

    Types were made true by `normalise`; constants were checked when the packs were loaded. What is left to judge is
    what a record itself brought to a field that allows only some values.
    """
    gates: dict[int, _Gates] = {}

    def stage(batch: Batch) -> Batch:
        frames: list[Frame] = []
        rejects = batch.rejects
        for frame in batch.events:
            number = catalogue.by_name[frame.dataset]
            if number not in gates:
                gates[number] = _gates(catalogue, catalogue.plans[number])
            kept, refused = _gate(frame, catalogue, gates[number])
            frames.append(kept)
            if refused is not None:
                rejects = rejects.plus(refused)
        return replace(batch, events=tuple(f for f in frames if len(f)), rejects=rejects)

    return stage


@dataclass(frozen=True, slots=True, eq=False)
class _Gates:
    """The columns of a plan that allow only some values.

    gated bool[C]: which. lists: of these by number the name, whether it is an array, the values, and their table.
    """

    gated: Mask
    lists: Mapping[int, tuple[str, bool, frozenset[str], HashTable]]


def _gates(catalogue: Catalogue, plan: Plan) -> _Gates:
    lists: dict[int, tuple[str, bool, frozenset[str], HashTable]] = {}
    for c, column in enumerate(plan.columns):
        known = catalogue.schema.get(column.name)
        if known and known.allowed:
            # values of array fields stand as JSON text
            spelt = [f'["{a}"]' if known.many else a for a in known.allowed]
            table = HashTable.of({hash_part(v.encode()): 1 for v in spelt})
            lists[c] = column.name, column.many, frozenset(known.allowed), table
    return _Gates(np.array([c in lists for c in range(len(plan.columns))], np.bool_), lists)


def _gate(frame: Frame, catalogue: Catalogue, gates: _Gates) -> tuple[Frame, Rejects | None]:
    """The rows that hold to the lists. A value whose pack says `on_error: drop` goes alone; the default stands in."""
    faults: dict[int, tuple[str, str]] = {}
    plan = catalogue.plans[catalogue.by_name[frame.dataset]]
    blob = frame.text.constants
    codes, box = np.empty(len(frame), np.int32), np.empty(264, np.uint8)
    for c in frame.place[gates.gated[frame.place]].tolist():
        name, many, listed, allowed = gates.lists[c]
        start, length = frame.start[c], frame.length[c]
        find_values(
            frame.text.data,
            start[None],
            length[None],
            _ZERO,
            False,
            allowed.slot_hash,
            allowed.slot_value,
            -2,
            codes,
            box,
        )
        wrong = codes == -2
        if not wrong.any():
            continue
        if many:  # arrays of several values that packs set were checked when they were loaded
            wrong &= (start < blob) | (start >= blob + len(catalogue.blob))
        drops = plan.on_error.get(name, plan.on_error.get("*")) == "drop"
        for row in np.flatnonzero(wrong).tolist():
            found = frame.text.slice(int(start[row]), int(length[row]))
            if many and _all_of(found, listed):
                continue
            if drops:
                offset, size = plan.defaults.get(name, (0, -1))
                start[row], length[row] = blob + offset, size
                continue
            shown = found.decode("utf-8", "replace")
            said = f"{name}: wanted one of its list of values, found {shown!r}"
            faults.setdefault(row, (f"schema.allowed:{name}", said))
    if not faults:
        return frame, None
    rows = np.array(sorted(faults), np.int32)
    good = np.ones(len(frame), np.bool_)
    good[rows] = False
    n = len(rows)
    refused = Rejects(
        frame.rows[rows],
        ("validate",) * n,
        (Category.SCHEMA_VIOLATION.value,) * n,
        tuple(faults[int(r)][0] for r in rows),
        tuple(faults[int(r)][1] for r in rows),
        (frame.dataset,) * n,
    )
    kept = replace(
        frame,
        rows=frame.rows[good],
        start=frame.start[:, good],
        length=frame.length[:, good],
        family=frame.family[good],
    )
    return kept, refused


def _all_of(array: bytes, listed: frozenset[str]) -> bool:
    """Whether a JSON array holds only values of the list."""
    try:
        found = orjson.loads(array)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, list) and all(isinstance(v, str) and v in listed for v in found)
