"""Where a step's condition holds, for all rows at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.content.conditions import Condition
from penstock.kernels import slices
from penstock.stages.draft import Draft

Where = NDArray[np.uint8]
"""uint8[n]: 1 where something holds."""

_ZERO = np.zeros(1, np.int32)


def holds(draft: Draft, condition: Condition, where: Where | None = None) -> Where:
    """uint8[n]: where the condition holds, of the rows in `where`. An absent field equals nothing."""
    n = len(draft)
    mask = np.ones(n, np.uint8) if where is None else where
    match condition.kind:
        case "all":
            for inner in condition.parts:
                mask = holds(draft, inner, mask)
                if not mask.any():
                    break
            return mask
        case "any":
            found = np.zeros(n, np.uint8)
            for inner in condition.parts:
                found |= holds(draft, inner, (mask & ~found & 1).astype(np.uint8))
            return found
        case "not":
            return (mask & ~holds(draft, condition.parts[0], mask)).astype(np.uint8)
    column = draft.get(condition.field)
    if condition.kind == "exists":
        there = np.zeros(n, np.uint8) if column is None else (column[1] >= 0).astype(np.uint8)
        return mask & (there if condition.wanted else 1 - there)
    if column is None:
        return np.zeros(n, np.uint8)
    start, length = column
    if condition.kind == "in" and condition.table is not None:
        codes = np.empty(n, np.int32)
        table = condition.table
        slices.find_values(
            draft.text.data,
            start[None],
            length[None],
            _ZERO,
            False,
            table.slot_hash,
            table.slot_value,
            -1,
            codes,
            np.empty(264, np.uint8),
        )
        return mask & (codes >= 0)
    out = np.empty(n, np.uint8)
    slices.test_texts(draft.text.data, start, length, *condition.packed, condition.how, mask, out)
    return out
