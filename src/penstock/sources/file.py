"""A file, read once from its beginning (or a cursor) to its end."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from pathlib import Path
from typing import Self

from penstock.core import Batch
from penstock.errors import OutsideError
from penstock.sources.framing import Bounds
from penstock.sources.multiline import Multiline
from penstock.sources.opening import open_stream
from penstock.sources.reading import Clock, Cursor, Descriptor, Stamp, now, ordinal_stream


class FileSource:
    """The records of one file, whatever its compression, encoding and framing.

    ordinal    which input of the command it is: gives the stream's identity
    reference  microseconds UTC that fix the clock; without it a missing year is inferred from the file's mtime
    Raises `OutsideError` when the file cannot be read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        ordinal: int = 0,
        *,
        name: str | None = None,
        bounds: Bounds | None = None,
        pack: str | None = None,
        zone: int = 0,
        multiline: Multiline | None = None,
        reference: int | None = None,
        clock: Clock = now,
    ) -> None:
        self.path = Path(path)
        self.name = name or str(path)
        self._bounds = bounds or Bounds()
        self._stamp = Stamp(self.name, ordinal_stream(ordinal), pack, zone, reference, reference, clock, multiline)
        self._closed = False

    def read(self, cursor: bytes = b"") -> Generator[Batch, None, None]:
        """Its batches after `cursor`, in order."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise OutsideError(f"cannot open {self.path}: {error.strerror}") from error
        try:
            stamp = self._stamp
            info = os.fstat(fd)
            plain = stat.S_ISREG(info.st_mode)
            path = self.path if plain else None
            if stamp.reference is None and plain:
                stamp = replace(stamp, reference=info.st_mtime_ns // 1000)
            with open_stream(
                Descriptor(fd, str(self.path), live=not plain),
                stamp,
                self._bounds,
                Cursor.load(cursor),
                path=path,
            ) as batches:
                for batch, after in batches:
                    yield replace(batch, cursor=after.dump())
        finally:
            os.close(fd)

    async def __aenter__(self) -> Self:
        """Nothing to prepare."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop after the batch being read."""
        self._closed = True

    async def batches(self, cursor: bytes) -> AsyncIterator[Batch]:
        """See `Source`."""
        import asyncio  # noqa: PLC0415  who reads by `read` starts without it

        reading = self.read(cursor)
        try:
            while not self._closed and (batch := await asyncio.to_thread(next, reading, None)) is not None:
                yield batch
        finally:
            reading.close()

    async def ack(self, batch: Batch) -> None:
        """A file need not be told."""
