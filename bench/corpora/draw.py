"""Seeded drawing from pools, a whole column at a time.

Life is skewed: few users, addresses and hosts make most lines, with a long tail. `pick` draws by Zipf's law,
`even` evenly. Everything comes from one numpy generator, so the same seed and block give the same bytes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
T = TypeVar("T")

BEGIN = 1_794_902_400
"""Epoch seconds of the first line: 2026-11-17 08:00:00 UTC."""

PER_SECOND = 80
"""Events a second, on average."""


@lru_cache(maxsize=64)
def _cumulative(size: int, skew: float) -> NDArray[np.float64]:
    weights = 1.0 / np.arange(1, size + 1) ** skew
    return np.cumsum(weights / weights.sum())


class Draw:
    """One block's source of chance."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def index(self, size: int, n: int, skew: float = 1.05) -> list[int]:
        """n indices below `size`, Zipf."""
        found = np.searchsorted(_cumulative(size, skew), self.rng.random(n))
        return np.minimum(found, size - 1).tolist()  # type: ignore[no-any-return]

    def pick(self, pool: Sequence[T], n: int, skew: float = 1.05) -> list[T]:
        """n values of the pool, the first most often."""
        return [pool[i] for i in self.index(len(pool), n, skew)]

    def even(self, pool: Sequence[T], n: int) -> list[T]:
        """n values of the pool, each as likely."""
        return [pool[i] for i in self.rng.integers(0, len(pool), n).tolist()]

    def ints(self, low: int, high: int, n: int) -> list[int]:
        """n integers, low <= x < high."""
        return self.rng.integers(low, high, n).tolist()  # type: ignore[no-any-return]

    def sizes(self, mean: float, n: int) -> list[int]:
        """n byte counts or durations: log-normal about `mean`, as in life."""
        return self.rng.lognormal(np.log(mean), 1.6, n).astype(np.int64).tolist()  # type: ignore[no-any-return]

    def hexes(self, digits: int, n: int) -> list[str]:
        """n hexadecimal strings."""
        whole = self.rng.bytes((digits + 1) // 2 * n).hex()
        step = (digits + 1) // 2 * 2
        return [whole[i : i + digits] for i in range(0, step * n, step)]

    def kinds(self, weights: Sequence[float], n: int) -> I64:
        """n indices of `weights`, by weight."""
        cumulative = np.cumsum(np.asarray(weights, float))
        return np.searchsorted(cumulative / cumulative[-1], self.rng.random(n)).astype(np.int64)


def clock(draw: Draw, first: int, n: int) -> I64:
    """Times of n lines of which the first is the corpus's `first`th: microseconds UTC, ascending."""
    step = 1_000_000 // PER_SECOND
    jitter = np.sort(draw.rng.integers(0, n * step, n))
    return (BEGIN * 1_000_000 + first * step + jitter).astype(np.int64)


def render(micros: I64, form: str) -> list[str]:
    """Each time by `strftime`, once a distinct second."""
    seconds, where = np.unique(micros // 1_000_000, return_inverse=True)
    texts = [time.strftime(form, time.gmtime(s)) for s in seconds.tolist()]
    return [texts[i] for i in where.tolist()]


def rfc3164(micros: I64) -> list[str]:
    """`Nov  3 08:00:01` (the day padded by a space)."""
    return render(micros, "%b %e %H:%M:%S")


def iso(micros: I64, digits: int = 3) -> list[str]:
    """`2025-11-17T08:00:00.123Z` with so many digits of the second's fraction (up to 7; Windows has 7)."""
    heads = render(micros, "%Y-%m-%dT%H:%M:%S")
    if not digits:
        return [h + "Z" for h in heads]
    parts = (micros % 1_000_000).tolist()
    return [f"{h}.{f'{p:06d}0'[:digits]}Z" for h, p in zip(heads, parts, strict=True)]
