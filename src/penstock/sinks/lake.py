"""The lake as a sink. What writes is handed to it, so that sinks need not know the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from penstock.core import Batch


class LakeSink:
    """Writes batches with `write` (see `penstock.store.writing`), one call at a time, in a thread of its own."""

    def __init__(self, write: Callable[[Sequence[Batch]], object], *, name: str = "lake") -> None:
        self.name = name
        self._write = write
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"penstock-{name}")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._thread.shutdown()

    async def write(self, batches: Sequence[Batch]) -> None:
        """Write these batches, all or nothing a table, and return when they are durable.

        Not to be given up half way: when cancelled it still ends what it began, and the lake knows how far it came.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, batches)
