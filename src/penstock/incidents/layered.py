"""A mapping as changes over another: a step that changes ten of a million entries copies thousands, not a million."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isqrt
from typing import TypeVar

T = TypeVar("T")

LEAST = 256
"""Changes that are never too many."""


class Layered(Mapping[str, T]):
    """`below`, but for `above`: other values, or None for what is no more. Neither is changed by anybody."""

    __slots__ = ("_size", "above", "below")

    def __init__(self, below: dict[str, T], above: dict[str, T | None], size: int) -> None:
        self.below = below
        self.above = above
        self._size = size

    def __getitem__(self, key: str) -> T:
        found = self.above[key] if key in self.above else self.below.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        for key, _ in pairs(self):
            yield key


def changed(base: Mapping[str, T], changes: Mapping[str, T | None], size: int) -> Mapping[str, T]:
    """The base with these changes (None: no more), which then has `size` entries.

    Above more changes than 16 times the root of what is below, all are made one: an entry costs as much either way.
    """
    if not changes:
        return base
    below = base.below if isinstance(base, Layered) else base if isinstance(base, dict) else dict(base)
    above = {**base.above, **changes} if isinstance(base, Layered) else dict(changes)
    whole = Layered(below, above, size)
    return dict(pairs(whole)) if len(above) > max(LEAST, 16 * isqrt(len(below))) else whole


def pairs(mapping: Mapping[str, T]) -> Iterator[tuple[str, T]]:
    """Keys and values."""
    if not isinstance(mapping, Layered):
        yield from mapping.items()
        return
    above = mapping.above
    for key, value in mapping.below.items():
        now = above.get(key, value)
        if now is not None:
            yield key, now
    for key, fresh in above.items():
        if fresh is not None and key not in mapping.below:
            yield key, fresh
