"""All corpora in one stream, in bursts: a sender's lines come a few at a time, as collectors deliver them."""

from __future__ import annotations

import numpy as np

from corpora import apache, asa, cef, cloudtrail, openssh, windows
from corpora.draw import I64, Draw

SHARES = ((openssh, 18), (asa, 26), (apache, 18), (cef, 12), (cloudtrail, 12), (windows, 14))
BURST = 12
"""Lines of a burst, on average."""


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    bursts = draw.rng.geometric(1 / BURST, n // BURST * 2 + 64)
    which = np.repeat(draw.kinds([w for _, w in SHARES], len(bursts)), bursts)
    while len(which) < n:
        which = np.concatenate([which, which])
    which = which[:n]
    found: list[str] = [""] * n
    for k, (corpus, _) in enumerate(SHARES):
        where = np.flatnonzero(which == k)
        for at, line in zip(where.tolist(), corpus.lines(draw, micros[where]), strict=True):
            found[at] = line
    return found
