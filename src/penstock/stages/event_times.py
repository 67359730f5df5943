"""When the events of a frame happened."""

from __future__ import annotations

import numpy as np

from penstock.columns import I64, Frame
from penstock.kernels.views import values_time


def event_times(frame: Frame) -> I64:
    """int64[n]: `@timestamp`, microseconds UTC."""
    at = frame.place[frame.names.index("@timestamp")]
    out, valid = np.empty(len(frame), np.int64), np.empty(len(frame), np.uint8)
    values_time(frame.text.data, frame.start[at], frame.length[at], out, valid)
    return out
