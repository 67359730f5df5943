"""Batches folded in threads and given in their order. Of the event loop it knows nothing: a verb starts without it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from penstock.core import Batch, Stage, check_accounting, fold

T = TypeVar("T")


def fold_one(stages: Sequence[Stage], batch: Batch) -> Batch:
    """The batch after all stages, its accounting checked."""
    done = fold(stages, batch)
    check_accounting(done)
    return done


def fold_all(batches: Iterable[Batch], stages: Sequence[Stage], *, threads: int = 2) -> Iterator[Batch]:
    """The batches after all stages, in their order; at most `threads` + 2 of them are in memory.

    With one thread everything happens in the caller's. Raises what a stage raises, at the batch's turn.
    """
    return each(batches, partial(fold_one, stages), threads=threads)


def each(batches: Iterable[Batch], work: Callable[[Batch], T], *, threads: int = 2) -> Iterator[T]:
    """What `work` makes of the batches, in their order: as `fold_all`, with more than the fold done in the threads."""
    if threads <= 1:
        for batch in batches:
            yield work(batch)
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fold")
    waiting: deque[Future[T]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            del batch
            # one more than there are threads: none waits for us to read
            while waiting and (len(waiting) > threads + 1 or waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
