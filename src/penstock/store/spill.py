"""Arrays whose memory is a file: what is not touched lies on disk only (see `correlate.memory.Spill`).

A file is gone from its folder as soon as it is open, so nothing is left behind by a crash: it is memory, not a store.
"""

from __future__ import annotations

import mmap
import os
import tempfile
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
        size = max(count * np.dtype(dtype).itemsize, mmap.PAGESIZE)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                # a hole that cannot be filled later would be a signal in the middle of a kernel, not an error
                os.posix_fallocate(file.fileno(), 0, size)
                memory = mmap.mmap(file.fileno(), size)
        except OSError as e:
            raise OutsideError(f"cannot spill {size >> 20} MiB to {self.folder}: {e}") from e
        return np.frombuffer(memory, dtype, count).reshape(shape)

    def release(self, array: NDArray[Any]) -> None:
        """Take its file's pages out of memory; they are read again when touched. Nothing, if it lies in no file."""
        held: Any = array
        while isinstance(held, np.ndarray):
            held = held.base
        if isinstance(held, memoryview):
            held = held.obj
        if isinstance(held, mmap.mmap):
            held.madvise(mmap.MADV_DONTNEED)
