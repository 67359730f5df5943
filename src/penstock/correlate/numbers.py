"""Texts as the numbers that are summed up."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8
from penstock.correlate.signals import F64
from penstock.kernels.numbers import ABSENT, HARD, values_double


def numbers_of(data: U8, start: I32, length: I32) -> F64:
    """float64[n] of these slices, NaN where there is no number."""
    out = np.empty(len(start))
    valid = np.empty(len(start), np.uint8)
    values_double(data, start, length, out, valid)
    out[valid == ABSENT] = np.nan
    for row in np.flatnonzero(valid == HARD):
        try:
            out[row] = float(data[start[row] :][: length[row]].tobytes())
        except ValueError:
            out[row] = np.nan
    return out
