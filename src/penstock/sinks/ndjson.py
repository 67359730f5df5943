"""Events added to a file as NDJSON, each once and only once.

The file alone cannot tell how far a crash let it come. So `<path>.positions` beside it says, after every write, how
long the file then was and how far each stream had been written; it is replaced in one step once the events are on
disk. At start what the file has beyond that length is cut off, and rows up to those positions are left out.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from penstock.columns import Frame
from penstock.core import Batch
from penstock.errors import OutsideError
from penstock.formats.ndjson import to_ndjson


class NdjsonFile:
    """A file of events. One process may write to it. Raises `OutsideError` when it cannot be written."""

    def __init__(self, path: Path, *, name: str = "ndjson") -> None:
        self.name = name
        self._path = path
        self._noted = path.with_name(path.name + ".positions")
        self._fd = -1
        self._size = 0
        self._positions: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"penstock-{name}")

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._thread.shutdown()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    async def write(self, batches: Sequence[Batch]) -> None:
        """See `Sink`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, batches)

    def _open(self) -> None:
        try:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
            there = os.fstat(self._fd).st_size
            try:
                noted = json.loads(self._noted.read_bytes())
                self._positions, written = dict(noted["positions"]), int(noted["size"])
            except FileNotFoundError:
                written = there
            # shorter than noted: somebody took it away to keep it elsewhere, and it begins anew
            self._size = min(written, there)
            os.ftruncate(self._fd, self._size)
        except OSError as error:
            raise OutsideError(f"cannot write {self._path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise OutsideError(f"{self._noted} is damaged: move it and {self._path.name} away") from error

    def _write(self, batches: Sequence[Batch]) -> None:
        positions = dict(self._positions)
        pieces = []
        for batch in batches:
            lines = batch.lines
            if not len(lines):
                continue
            stream = lines.stream.hex()
            high = positions.get(stream, -1)
            frames = [_after(frame, lines.position[frame.rows] > high) for frame in batch.events]
            pieces.append(to_ndjson([f for f in frames if len(f)]))
            positions[stream] = max(high, int(lines.position.max()))
        try:
            at = self._size
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    n = os.pwrite(self._fd, left, at)
                    at, left = at + n, left[n:]
            os.fsync(self._fd)
            self._note(at, positions)
        except OSError as error:
            raise OutsideError(f"cannot write {self._path}: {error.strerror}") from error
        self._size, self._positions = at, positions

    def _note(self, size: int, positions: dict[str, int]) -> None:
        fresh = self._noted.with_name(self._noted.name + ".new")
        with fresh.open("wb") as out:
            out.write(json.dumps({"size": size, "positions": positions}).encode())
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._noted)


def _after(frame: Frame, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Frame:
    """The rows to keep."""
    if keep.all():
        return frame
    return replace(
        frame,
        rows=frame.rows[keep],
        start=np.ascontiguousarray(frame.start[:, keep]),
        length=np.ascontiguousarray(frame.length[:, keep]),
        family=frame.family[keep],
    )
