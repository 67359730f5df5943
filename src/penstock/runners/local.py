"""This machine: sources and sinks on the event loop, stages in threads.

    source ─ read ─▶ fold (threads) ─ in order ─▶ one writer ─▶ sinks ─▶ cursor, ack

Batches of a source are folded in any order and written in theirs. The writer takes whatever has become ready since
its last commit, of all sources, so that many small batches make one commit. At most `threads + queue` batches are
between a source and an acknowledgement.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from penstock.core import Batch, Sink, Source, Stage
from penstock.errors import OutsideError
from penstock.runners.checkpoints import Checkpoints, NoCheckpoints
from penstock.runners.folding import fold_one

_log = logging.getLogger(__name__)

GROUP = 64
"""Most batches in one commit."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds between the tries of a sink: doubled each time, each drawn at random below."""


PATIENCE = 5.0
"""Seconds that a failure elsewhere waits for a commit that has begun."""


@dataclass(slots=True)
class Count:
    """What became of one source's records, so far. `received == events + rejects + filtered`."""

    batches: int = 0
    received: int = 0
    events: int = 0
    rejects: int = 0
    filtered: int = 0

    def add(self, batch: Batch) -> None:
        """One more batch, safely written."""
        self.batches += 1
        self.received += batch.received
        self.events += sum(map(len, batch.events))
        self.rejects += len(batch.rejects)
        self.filtered += sum(batch.filtered.values())


@dataclass(slots=True)
class Counts:
    """Counters of a run; read them at any time. `waiting`: batches read and not yet acknowledged."""

    sources: dict[str, Count] = field(default_factory=dict)
    commits: int = 0
    retries: dict[str, int] = field(default_factory=dict)
    waiting: int = 0


Ready = tuple[Source, Batch]


class Run:
    """One run of a pipeline. `counts` may be read while it goes on; `stop()` drains it and may be called by anyone."""

    def __init__(
        self,
        sources: Sequence[Source],
        stages: Sequence[Stage],
        sinks: Sequence[Sink],
        *,
        threads: int = 2,
        queue: int = 4,
        checkpoints: Checkpoints | None = None,
        on_batch: Callable[[Source, Batch], None] | None = None,
        grace: float = 30.0,
        idle: float | None = None,
    ) -> None:
        """idle: seconds without a batch after which `checkpoints` is told that time passes; None: never."""
        self.counts = Counts({s.name: Count() for s in sources}, retries={s.name: 0 for s in sinks})
        self._between = dict.fromkeys(self.counts.sources, 0)
        self._over: set[str] = set()
        self._sources = sources
        self._stages = stages
        self._sinks = sinks
        self._threads = threads
        self._most = threads + queue
        self._checkpoints = checkpoints or NoCheckpoints()
        self._on_batch = on_batch
        self._grace = grace
        self._idle = idle
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Stop reading; what was read is still finished, written and acknowledged. Safe from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        else:
            self._stopping.set()

    async def __call__(self) -> Counts:
        """Run until every source has ended or `stop()`.

        Raises `OutsideError` when a source fails, or when a sink still fails `grace` seconds after `stop()`; and
        whatever a stage raises, which is a bug. In either case nothing unwritten is acknowledged.
        """
        self._loop = asyncio.get_running_loop()
        ready: asyncio.Queue[Ready | None] = asyncio.Queue(self._most)
        slots = asyncio.Semaphore(self._most)
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="fold")
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(ready, slots))
                closer = group.create_task(self._close())
                readers = [group.create_task(self._read(source, pool, ready, slots)) for source in self._sources]
                await asyncio.gather(*readers)
                closer.cancel()
                await ready.put(None)
                await writer
        except BaseExceptionGroup as several:
            raise _first(several) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return self.counts

    def quiet(self) -> frozenset[str]:
        """Sources that have given all they have for now, and none of whose batches is on its way."""
        return frozenset(
            s.name
            for s in self._sources
            if not self._between[s.name] and (s.name in self._over or getattr(s, "resting", True))
        )

    async def _close(self) -> None:
        """Once told to stop, close the sources: their iterators then end by themselves."""
        await self._stopping.wait()
        await asyncio.gather(*(source.__aexit__(None, None, None) for source in self._sources))

    async def _read(
        self, source: Source, pool: ThreadPoolExecutor, ready: asyncio.Queue[Ready | None], slots: asyncio.Semaphore
    ) -> None:
        """Read one source, fold each batch in a thread, hand them on in order."""
        loop = asyncio.get_running_loop()
        folding: asyncio.Queue[asyncio.Future[Batch] | None] = asyncio.Queue()

        async def hand_on() -> None:
            while (future := await folding.get()) is not None:
                await ready.put((source, await future))

        async with source, asyncio.TaskGroup() as group:
            group.create_task(hand_on())
            cursor = await asyncio.to_thread(self._checkpoints.load, source.name)
            async for batch in source.batches(cursor):
                await slots.acquire()
                self.counts.waiting += 1
                self._between[source.name] += 1
                future = loop.run_in_executor(pool, fold_one, self._stages, batch)
                future.add_done_callback(_seen)
                folding.put_nowait(future)
            folding.put_nowait(None)
        self._over.add(source.name)

    async def _write(self, ready: asyncio.Queue[Ready | None], slots: asyncio.Semaphore) -> None:
        """Write what is ready, commit its cursors, acknowledge it; until None comes."""
        async with _all(self._sinks):
            ended = False
            while not ended:
                try:
                    first = await asyncio.wait_for(ready.get(), self._idle)
                except TimeoutError:
                    if len(self.quiet()) == len(self._sources):
                        await self._retried("checkpoints", lambda: asyncio.to_thread(self._checkpoints.idle))
                    continue
                group = [] if first is None else [first]
                ended = first is None
                while not ended and len(group) < GROUP and not ready.empty():
                    more = ready.get_nowait()
                    ended = more is None
                    group += [] if more is None else [more]
                if group:
                    await self._undivided(self._commit(group))
                    for _ in group:
                        slots.release()
            if not self._stopping.is_set():
                await self._retried("checkpoints", lambda: asyncio.to_thread(self._checkpoints.ended))

    async def _undivided(self, commit: Coroutine[None, None, None]) -> None:
        """A commit that has begun is not torn by what fails elsewhere, unless it takes too long."""
        task = asyncio.ensure_future(commit)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task], timeout=min(self._grace, PATIENCE))
            task.cancel()
            raise

    async def _commit(self, group: Sequence[Ready]) -> None:
        batches = [batch for _, batch in group]
        await asyncio.gather(*(self._offer(sink, batches) for sink in self._sinks))
        committed = [(source.name, batch) for source, batch in group]
        for source, _ in group:
            self._between[source.name] -= 1
        quiet = self.quiet()
        await self._retried("checkpoints", lambda: asyncio.to_thread(self._checkpoints.commit, committed, quiet))
        self.counts.commits += 1
        for source, batch in group:
            await source.ack(batch)
            self.counts.sources[source.name].add(batch)
            self.counts.waiting -= 1
            if self._on_batch is not None:
                self._on_batch(source, batch)

    async def _offer(self, sink: Sink, batches: Sequence[Batch]) -> None:
        await self._retried(sink.name, lambda: sink.write(batches))

    async def _retried(self, name: str, action: Callable[[], Awaitable[None]]) -> None:
        """Do it until it works. An outside that fails is told of at its first failure and every minute or so."""
        pause = FIRST_PAUSE
        failed = 0
        loop = asyncio.get_running_loop()
        give_up: float | None = None
        told = 0.0
        while True:
            try:
                await action()
            except OutsideError as error:
                failed += 1
                self.counts.retries[name] = self.counts.retries.get(name, 0) + 1
                if self._stopping.is_set():
                    give_up = give_up or loop.time() + self._grace
                    if loop.time() >= give_up:
                        raise
                if failed == 1 or loop.time() - told > 60:
                    told = loop.time()
                    _log.warning("%s: %s; trying again (failed %d times)", name, error, failed)
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311  jitter is no secret
                pause = min(2 * pause, LONGEST_PAUSE, self._grace / 4 if self._stopping.is_set() else LONGEST_PAUSE)
            else:
                if failed:
                    _log.info("%s: works again after %d failures", name, failed)
                return


async def run(
    sources: Sequence[Source],
    stages: Sequence[Stage],
    sinks: Sequence[Sink],
    *,
    threads: int = 2,
    queue: int = 4,
    checkpoints: Checkpoints | None = None,
    on_batch: Callable[[Source, Batch], None] | None = None,
    grace: float = 30.0,
) -> Counts:
    """Run a pipeline until its sources end or SIGTERM or SIGINT comes; then drain it. See `Run`."""
    running = Run(
        sources, stages, sinks, threads=threads, queue=queue, checkpoints=checkpoints, on_batch=on_batch, grace=grace
    )
    loop = asyncio.get_running_loop()
    mine = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGTERM, signal.SIGINT) if mine else ()
    for one in signals:
        loop.add_signal_handler(one, running.stop)
    try:
        return await running()
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


@asynccontextmanager
async def _all(sinks: Sequence[Sink]) -> AsyncIterator[None]:
    """All sinks, open."""
    async with AsyncExitStack() as stack:
        for sink in sinks:
            await stack.enter_async_context(sink)
        yield


def _seen(future: asyncio.Future[Batch]) -> None:
    """Its exception is raised at the batch's turn, or not at all when another was first."""
    if not future.cancelled():
        future.exception()


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single exception in a group of groups."""
    inner = several.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
