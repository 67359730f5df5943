"""Arrays whose memory is a file: what is not touched lies on disk only (see `correlate.memory.Spill`).

A file is gone from its folder as soon as it is open, so nothing is left behind by a crash: it is memory, not a store.
Its room on the disk is taken at once: a hole that cannot be filled later would be a signal in the middle of a kernel,
not an error.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from penstock.errors import OutsideError

STATM = Path("/proc/self/statm")


class _Pages(mmap.mmap):
    """Pages of a file, and the file."""

    file: IO[bytes]

    def __new__(cls, file: IO[bytes], size: int) -> Self:
        pages = super().__new__(cls, file.fileno(), size)
        pages.file = file
        return pages


class FileSpill:
    """Files in a folder, which is made if it is not there. Everything here may raise `OutsideError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros in a new file."""
        count = int(np.prod(shape))
        return np.frombuffer(self._new(count * np.dtype(dtype).itemsize, ()), dtype, count).reshape(shape)

    def written(self, parts: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
        """The bytes of these arrays, one after the other, in a new file."""
        size = sum(part.nbytes for part in parts)
        return np.frombuffer(self._new(size, parts), np.uint8, size)

    def grown(self, only: list[NDArray[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
        """A larger array in the same file: another's rows, then zeros. `only` holds the other, and is emptied."""
        array = only.pop()
        dtype, count = array.dtype, int(np.prod(shape))
        pages = _pages(array)
        if pages is None:
            raise OutsideError(f"an array that is to grow lies in no file of {self.folder}")
        self._take_room(pages.file, count * dtype.itemsize)
        del array
        try:
            pages.resize(count * dtype.itemsize)
        except (BufferError, OSError, SystemError):  # held somewhere else, or cannot grow here: the file seen once more
            pages = self._seen(pages.file, count * dtype.itemsize)
        return np.frombuffer(pages, dtype, count).reshape(shape)

    def release(self, array: NDArray[Any]) -> None:
        """Take its file's pages out of memory; they are read again when touched. Nothing, if it lies in no file."""
        pages = _pages(array)
        if pages is not None:
            pages.madvise(mmap.MADV_DONTNEED)

    def resident(self) -> int:
        """Bytes of files that are in this process's memory: its libraries are among them."""
        try:
            return int(STATM.read_bytes().split()[2]) * mmap.PAGESIZE
        except (OSError, ValueError, IndexError):  # no Linux: as if there were always too much
            return 1 << 62

    def _new(self, size: int, parts: Sequence[NDArray[Any]]) -> _Pages:
        size = max(size, mmap.PAGESIZE)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115  it is closed with its pages
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
            file.flush()
            self._take_room(file, size)
            return _Pages(file, size)
        except OSError as e:
            raise OutsideError(f"cannot spill {size >> 20} MiB to {self.folder}: {e}") from e

    def _seen(self, file: IO[bytes], size: int) -> _Pages:
        try:
            return _Pages(file, size)
        except OSError as e:
            raise OutsideError(f"cannot spill {size >> 20} MiB to {self.folder}: {e}") from e

    def _take_room(self, file: IO[bytes], size: int) -> None:
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as e:
            raise OutsideError(f"cannot spill {size >> 20} MiB to {self.folder}: {e}") from e


def _pages(array: NDArray[Any]) -> _Pages | None:
    held: Any = array
    while isinstance(held, np.ndarray):
        held = held.base
    if isinstance(held, memoryview):
        held = held.obj
    return held if isinstance(held, _Pages) else None
