"""Folding the stages over batches on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from penstock.core import Batch, Stage, check_accounting, fold


def fold_one(stages: Sequence[Stage], batch: Batch) -> Batch:
    """The batch after all stages, its accounting checked."""
    done = fold(stages, batch)
    check_accounting(done)
    return done


def fold_all(batches: Iterable[Batch], stages: Sequence[Stage], *, threads: int = 2) -> Iterator[Batch]:
    """The batches after all stages, in their order; at most `threads` + 1 of them are in memory.

    With one thread everything happens in the caller's. Raises what a stage raises, at the batch's turn.
    """
    if threads <= 1:
        for batch in batches:
            yield fold_one(stages, batch)
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fold")
    waiting: deque[Future[Batch]] = deque()
    try:
        for batch in batches:
            done = waiting.popleft().result() if len(waiting) == threads else None
            waiting.append(pool.submit(fold_one, stages, batch))
            del batch
            if done is not None:
                yield done
                del done
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
