"""Where the arrays of all states lie: in memory up to a bound, in files beyond it.

A file's array is used like any other: the operating system reads a page when it is touched. Now and then all of them
are put out of memory (`rest`), and what is not touched again lies on disk only. So the groups that were active longest
ago are those that are not in memory, they are found again when an event comes, and no kernel knows.

Of the bound, six eighths are for arrays, one more for indexes, whose every place is as likely to be touched as any
other, and one for pages of files.
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

PART = 1 << 20
"""Rows that are moved at a time."""

LOOK = 1 << 10
"""Rows between two looks at how much of files is in memory."""


class Spill(Protocol):
    """Gives arrays whose memory is a file, which goes when the array does. All of it may raise `OutsideError`."""

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """An array of zeros."""
        ...

    def written(self, parts: Sequence[AnyArray]) -> AnyArray:
        """uint8: the bytes of these arrays, one after the other."""
        ...

    def grown(self, only: list[AnyArray], shape: tuple[int, ...]) -> AnyArray:
        """A larger array in the same file: all of another's rows, then zeros. `only`: as `Memory.grown`."""
        ...

    def release(self, array: AnyArray) -> None:
        """Take what was touched of its file out of memory; what it holds stays. Nothing, if it lies in none."""
        ...

    def resident(self) -> int:
        """Bytes of files that are in this process's memory, at most."""
        ...


class Memory:
    """Arrays for states, at most `bound` bytes of them in memory."""

    def __init__(self, bound: int = 256 << 20, spill: Spill | None = None) -> None:
        self.bound = bound
        self.spill = spill
        self.used = 0
        self._filed: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._rows = 0
        self._floor = 0

    @property
    def filed(self) -> int:
        """Bytes of arrays that lie in files."""
        return sum(array.nbytes for array in list(self._filed.values()))

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike, *, first: bool = False) -> AnyArray:
        """An array of zeros, in memory while there is room. `first`: it is to be there before others.

        Raises `OutsideError` where there is no room, and no spill either.
        """
        size = _size(shape, dtype)
        if not self.has_room(size, first=first):
            return self._noted(self.files().zeros(shape, dtype))
        if size >= LARGE:
            return self._counted(_over(mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), shape, dtype))
        raw = np.zeros(size + LINE, np.uint8)
        begin = -raw.ctypes.data % LINE
        return self._counted(raw[begin : begin + size].view(dtype).reshape(shape))

    def grown(self, only: list[AnyArray], shape: tuple[int, ...]) -> AnyArray:
        """A larger array that begins with all of another's rows, then zeros.

        `only`: the other one, in a list of one element and nowhere else, which is emptied: its pages are then not
        copied, but get more of their kind.
        """
        if id(only[0]) in self._filed:
            return self._noted(self.files().grown(only, shape))
        array = only.pop()
        dtype, count, old = array.dtype, array.size, array.nbytes
        more = _size(shape, dtype)
        pages = pages_of(array)
        if pages is None or not self.has_room(more - old):
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

    def is_over(self, rows: int) -> bool:
        """So many rows were taken; whether more of files is in memory than should be, and it is time to `rest`."""
        self._rows += rows
        if not self._filed or self.spill is None or self._rows < LOOK:
            return False
        self._rows = 0
        return self.spill.resident() - self._floor > self.bound // 8

    def rest(self) -> None:
        """Take what lies in files out of memory."""
        self.release(*self._filed.values())
        if self.spill is not None:
            self._floor = self.spill.resident()

    def release(self, *arrays: AnyArray) -> None:
        """Take these, which will not be wanted soon, out of memory if they lie in files."""
        if self.spill is not None:
            for array in arrays:
                self.spill.release(array)

    def has_room(self, size: int, *, first: bool = False) -> bool:
        """Whether an array of so many bytes would be in memory."""
        return self.used + size <= self.bound // 8 * (7 if first else 6)

    def is_filed(self, array: AnyArray) -> bool:
        """Whether it lies in a file."""
        return id(array) in self._filed

    def moved_out(self, array: AnyArray) -> AnyArray:
        """The same array in a file."""
        new = self._noted(self.files().zeros(array.shape, array.dtype))
        for begin in range(0, len(array), PART):
            new[begin : begin + PART] = array[begin : begin + PART]
            self.release(new)
        return new

    def _counted(self, array: AnyArray) -> AnyArray:
        self.used += array.nbytes
        weakref.finalize(array, self._gone, array.nbytes)
        return array

    def _noted(self, array: AnyArray) -> AnyArray:
        if not self._filed:
            self._floor = self.files().resident()
        self._filed[id(array)] = array
        return array

    def _gone(self, size: int) -> None:
        self.used -= size


def pages_of(array: AnyArray) -> mmap.mmap | None:
    """The pages of memory, or of a file, that an array lies in, if these are its own."""
    held: Any = array
    while isinstance(held, np.ndarray):
        held = held.base
    if isinstance(held, memoryview):
        held = held.obj
    return held if isinstance(held, mmap.mmap) else None


def _size(shape: tuple[int, ...], dtype: DTypeLike) -> int:
    return int(np.prod(shape)) * np.dtype(dtype).itemsize


def _over(pages: mmap.mmap, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
    return np.frombuffer(pages, dtype, int(np.prod(shape))).reshape(shape)
