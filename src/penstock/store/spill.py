"""Arrays whose memory is a file: what is not touched lies on disk only (see `correlate.memory.Spill`).

A file is gone from its folder as soon as it is open, so nothing is left behind by a crash: it is memory, not a store.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from penstock.errors import OutsideError


class FileSpill:
    """Files in a folder, which is made if it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros in a new file. Raises `OutsideError` where the disk has no room for it."""
        count = int(np.prod(shape))
        return np.frombuffer(self._file(count * np.dtype(dtype).itemsize, ()), dtype, count).reshape(shape)

    def written(self, parts: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
        """The bytes of these arrays, one after the other, in a new file. Raises `OutsideError`."""
        size = sum(part.nbytes for part in parts)
        return np.frombuffer(self._file(size, parts), np.uint8, size)

    def _file(self, size: int, parts: Sequence[NDArray[Any]]) -> mmap.mmap:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                for part in parts:
                    file.write(np.ascontiguousarray(part).data)
                file.flush()
                # a hole that cannot be filled later would be a signal in the middle of a kernel, not an error
                whole = max(size, mmap.PAGESIZE)
                os.posix_fallocate(file.fileno(), 0, whole)
                return mmap.mmap(file.fileno(), whole)
        except OSError as e:
            raise OutsideError(f"cannot spill {size >> 20} MiB to {self.folder}: {e}") from e

    def release(self, array: NDArray[Any]) -> None:
        """Take its file's pages out of memory; they are read again when touched. Nothing, if it lies in no file."""
        held: Any = array
        while isinstance(held, np.ndarray):
            held = held.base
        if isinstance(held, memoryview):
            held = held.obj
        if isinstance(held, mmap.mmap):
            held.madvise(mmap.MADV_DONTNEED)
