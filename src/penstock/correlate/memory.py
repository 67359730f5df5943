"""Where the arrays of all states lie: in memory up to a bound, in files beyond it.

A file's array is used like any other: the operating system reads a page when it is touched. What was not touched since
the last `rest` lies on disk only. So the groups that were active longest ago are those that are not in memory, they are
found again when an event comes, and no kernel knows.
"""

from __future__ import annotations

import mmap
import weakref
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from penstock.errors import OutsideError

AnyArray = NDArray[Any]

LINE = 64
"""Bytes of a cache line, at whose beginning every array begins."""

LARGE = 1 << 20
"""Bytes from which on an array is pages of its own, which can grow without being copied."""

PAGE = 4096
PAGES_A_ROW = 3
"""Pages of files that one event touches: its group's entry, that of one that leaves, now and then the log."""


class Spill(Protocol):
    """Gives arrays whose memory is a file."""

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """An array of zeros in a file, which goes when the array does. Raises `OutsideError`."""
        ...

    def written(self, parts: Sequence[AnyArray]) -> AnyArray:
        """uint8: the bytes of these, one after the other, in a file; else as `zeros`, and faster than filling one."""
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
        size = _size(shape, dtype)
        if self.used + size > self.bound:
            array = self.files().zeros(shape, dtype)
            self._filed[id(array)] = array
            return array
        if size >= LARGE:
            return self._counted(_over(mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), shape, dtype))
        raw = np.zeros(size + LINE, np.uint8)
        begin = -raw.ctypes.data % LINE
        return self._counted(raw[begin : begin + size].view(dtype).reshape(shape))

    def grown(self, only: list[AnyArray], shape: tuple[int, ...]) -> AnyArray:
        """A larger array that begins with all of another's rows, then zeros.

        `only`: the other one, in a list of one element and nowhere else, which is emptied: pages of memory are then
        not copied but get more of their kind.
        """
        array = only.pop()
        dtype, count, old = array.dtype, array.size, array.nbytes
        more = _size(shape, dtype)
        pages = _pages(array)
        if id(array) in self._filed or pages is None or self.used - old + more > self.bound:
            new = self.zeros(shape, dtype)
            new[: len(array)] = array
            return new
        del array
        try:
            pages.resize(more)
        except (BufferError, OSError, SystemError):  # it is held somewhere else, or cannot grow here: copy after all
            new = self.zeros(shape, dtype)
            new.reshape(-1)[:count] = np.frombuffer(pages, dtype, count)
            return new
        return self._counted(_over(pages, shape, dtype))

    def files(self) -> Spill:
        """Where to put what is too much. Raises `OutsideError` if there is no such place."""
        if self.spill is None:
            raise OutsideError(f"correlation needs more than {self.bound} bytes of memory, and has nowhere to spill")
        return self.spill

    def _counted(self, array: AnyArray) -> AnyArray:
        self.used += array.nbytes
        weakref.finalize(array, self._gone, array.nbytes)
        return array

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


def _size(shape: tuple[int, ...], dtype: DTypeLike) -> int:
    return int(np.prod(shape)) * np.dtype(dtype).itemsize


def _over(pages: mmap.mmap, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
    return np.frombuffer(pages, dtype, int(np.prod(shape))).reshape(shape)


def _pages(array: AnyArray) -> mmap.mmap | None:
    """The pages of memory that an array is of its own, if it is."""
    held: Any = array
    while isinstance(held, np.ndarray):
        held = held.base
    if isinstance(held, memoryview):
        held = held.obj
    return held if isinstance(held, mmap.mmap) else None
