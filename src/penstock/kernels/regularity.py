"""Whether a window's events came at regular intervals: what a program does that calls home, and people do not.

Of the intervals between one event and the next the median says how often, and the median distance from it how exactly
(median and median absolute deviation hold out against half of the values being anything: a beat that was missed, a
connection of somebody else in between; F. R. Hampel, "The Influence Curve and Its Role in Robust Estimation", 1974).

All of it is whole microseconds, and multiples instead of halves: no result depends on how a machine rounds. The values
lie in the scratch of float64, which holds integers up to 2^53 exactly: 285 years. The events are those of the log, so a
window keeps nothing for this.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import part
from penstock.kernels.percentiles import sort_values
from penstock.kernels.window_layout import E_COUNT, E_LAST, L_LINK, L_TIME, LOW32, P_EVERY, P_SPREAD
from penstock.kernels.words import U

LEAST_EVENTS = 3
"""With two there is a single interval, which is as regular as can be and says nothing."""


@part
def is_regular(held, rule, slot, scratch):  # type: ignore[no-untyped-def]
    """Whether the median interval of the group's window is at least P_EVERY, and the median distance of its intervals
    from it at most P_SPREAD hundredths of it. Needs room for its events in `scratch`.
    """
    n = held.entries[slot, E_COUNT]
    if n < U(LEAST_EVENTS):
        return False
    _intervals(held, slot, scratch)
    n -= U(1)
    middle = _twice_median(scratch, n)
    if middle < 2 * rule.plan[P_EVERY]:
        return False
    for j in range(n):
        scratch[U(j)] = abs(2.0 * scratch[U(j)] - middle)
    spread = _twice_median(scratch, n)  # four times the median distance
    return spread * 100 <= 2 * rule.plan[P_SPREAD] * middle


@part
def _intervals(held, slot, scratch):  # type: ignore[no-untyped-def]
    """Write the intervals between the events of the group's window, the latest first."""
    log = held.log
    mask = U(len(log)) - U(1)
    number = held.entries[slot, E_LAST] - U(1)
    later = np.int64(log[number & mask, L_TIME])
    for j in range(held.entries[slot, E_COUNT] - U(1)):
        number -= log[number & mask, L_LINK] & LOW32
        time = np.int64(log[number & mask, L_TIME])
        scratch[U(j)] = later - time
        later = time


@part
def _twice_median(values, n):  # type: ignore[no-untyped-def]
    """Two times the median of values[0:n], a whole number as they are. Sorts them."""
    sort_values(values, U(0), n)
    return np.int64(values[(n - U(1)) // U(2)]) + np.int64(values[n // U(2)])
