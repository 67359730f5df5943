"""Where the arrays of all states lie: in memory up to a bound, in files beyond it.

A file's array is used like any other: the operating system reads a page when it is touched. What was not touched since
the last `rest` lies on disk only. So the groups that were active longest ago are those that are not in memory, they are
found again when an event comes, and no kernel knows.
"""

from __future__ import annotations

import weakref
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from penstock.errors import OutsideError

AnyArray = NDArray[Any]

PAGE = 4096
PAGES_A_ROW = 3
"""Pages of files that one event touches: its group's entry, that of one that leaves, now and then the log."""


class Spill(Protocol):
    """Gives arrays whose memory is a file."""

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """An array of zeros in a file, which goes when the array does. Raises `OutsideError`."""
        ...

    def release(self, array: AnyArray) -> None:
        """Take what was touched of its file out of memory; what it holds stays. Nothing, if it lies in none."""
        ...


class Memory:
    """Arrays for states, at most `bound` bytes of them in memory."""

    def __init__(self, bound: int = 256 << 20, spill: Spill | None = None) -> None:
        self.bound = bound
        self.spill = spill
        self.used = 0
        self._filed: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._touched = 0

    @property
    def filed(self) -> int:
        """Bytes of arrays that lie in files."""
        return sum(array.nbytes for array in list(self._filed.values()))

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """An array of zeros, in memory while there is room. Raises `OutsideError` where there is no spill either."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if self.used + size <= self.bound:
            array = np.zeros(shape, dtype)
            self.used += size
            weakref.finalize(array, self._gone, size)
            return array
        array = self.files().zeros(shape, dtype)
        self._filed[id(array)] = array
        return array

    def files(self) -> Spill:
        """Where to put what is too much. Raises `OutsideError` if there is no such place."""
        if self.spill is None:
            raise OutsideError(
                f"correlation needs more than its {self.bound} bytes of memory, and has nowhere to spill"
            )
        return self.spill

    def _gone(self, size: int) -> None:
        self.used -= size

    def touched(self, rows: int) -> bool:
        """So many rows were taken; whether to `rest`: files' pages in memory may have reached half the bound."""
        self._touched += rows
        return bool(self._filed) and self._touched * PAGES_A_ROW * PAGE > self.bound // 2

    def rest(self) -> None:
        """Take what lies in files out of memory."""
        self._touched = 0
        if self.spill is not None:
            for array in list(self._filed.values()):
                self.spill.release(array)

    def release(self, *arrays: AnyArray) -> None:
        """Take these, which will not be wanted soon, out of memory if they lie in files."""
        if self.spill is not None:
            for array in arrays:
                self.spill.release(array)
