"""Is it text? Records that are not UTF-8, or hold a NUL, leave as `ENCODING_ERROR` with their bytes."""

from __future__ import annotations

import numpy as np

from penstock.core import Batch
from penstock.errors import Category
from penstock.kernels.utf8 import INVALID, NUL, check_text
from penstock.stages.refuse import refuse

_FAULTS = {
    INVALID: ("encoding.utf8", "the record is not UTF-8 text"),
    NUL: ("encoding.nul", "the record holds a NUL byte: binary data, or UTF-16 without its mark"),
}


def decode(batch: Batch) -> Batch:
    """The batch without records that are no text."""
    rows = batch.pending
    if not len(rows):
        return batch
    lines = batch.lines
    found = np.empty(len(rows), np.uint8)
    check_text(lines.text.data, lines.start[rows], lines.length[rows], found)
    if not found.any():
        return batch
    for fault, (code, message) in _FAULTS.items():
        wrong = rows[found == fault]
        if len(wrong):
            batch = batch.reject(refuse(wrong, "decode", Category.ENCODING_ERROR, code, message))
    return batch
