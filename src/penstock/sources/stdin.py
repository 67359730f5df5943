"""Standard input, read to its end; a pipe that is slow gives what it has every so often."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Self

from penstock.core import Batch
from penstock.sources.framing import Bounds
from penstock.sources.multiline import Multiline
from penstock.sources.opening import open_stream
from penstock.sources.reading import Clock, Cursor, Descriptor, Stamp, now, ordinal_stream


class StdinSource:
    """The records of a descriptor (0: standard input). Same bytes, same ids as a file with the same ordinal.

    reference  microseconds UTC that fix the clock; without it a missing year is inferred from the arrival
    """

    def __init__(
        self,
        ordinal: int = 0,
        *,
        fd: int = 0,
        name: str = "stdin",
        bounds: Bounds | None = None,
        pack: str | None = None,
        zone: int = 0,
        multiline: Multiline | None = None,
        reference: int | None = None,
        clock: Clock = now,
    ) -> None:
        self.name = name
        self._fd = fd
        self._bounds = bounds or Bounds()
        self._stamp = Stamp(name, ordinal_stream(ordinal), pack, zone, reference, reference, clock, multiline)
        self._closed = threading.Event()

    def close(self) -> None:
        """Stop reading: what has arrived so far is all."""
        self._closed.set()

    def read(self, cursor: bytes = b"") -> Iterator[Batch]:
        """Its batches, in order. A cursor skips what it covers, for input that is fed again from its beginning."""
        live = not stat.S_ISREG(os.fstat(self._fd).st_mode)
        at = 0 if live else os.lseek(self._fd, 0, os.SEEK_CUR)
        reader = Descriptor(self._fd, self.name, live=live, at=at)
        with open_stream(reader, self._stamp, self._bounds, Cursor.load(cursor), closed=self._closed.is_set) as batches:
            for batch, after in batches:
                yield replace(batch, cursor=after.dump())

    async def __aenter__(self) -> Self:
        """Nothing to prepare."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop reading."""
        self.close()

    async def batches(self, cursor: bytes) -> AsyncIterator[Batch]:
        """See `Source`."""
        import asyncio  # noqa: PLC0415  who reads by `read` starts without it

        reading = self.read(cursor)
        while (batch := await asyncio.to_thread(next, reading, None)) is not None:
            yield batch

    async def ack(self, batch: Batch) -> None:
        """A pipe need not be told."""
