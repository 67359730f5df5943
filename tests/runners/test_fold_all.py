"""Folding in threads changes nothing but the time it takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from penstock.columns import Text
from penstock.core import Batch, Lines
from penstock.errors import Bug
from penstock.runners.folding import fold_all


def batch(sequence: int) -> Batch:
    """One record."""
    lines = Lines(
        Text.of(b"x"), np.zeros(1, np.int32), np.ones(1, np.int32), np.array([sequence], np.int64), bytes(16), "t", 0, 0
    )
    return Batch.of(lines, sequence=sequence)


def drop(given: Batch) -> Batch:
    """A stage that filters everything, each batch in its own time."""
    time.sleep(random.random() / 500)
    return replace(given, pending=given.pending[:0], filtered={"drop": len(given.pending)})


def keep_count(given: Batch) -> Batch:
    """As `drop`, with the accounting in order."""
    done = drop(given)
    return replace(done, lines=replace(done.lines, start=done.lines.start[:0], length=done.lines.length[:0]))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_order_is_kept_and_memory_bounded(threads: int) -> None:
    """Batches come out in their order; never more than threads + 2 are alive."""
    alive = 0

    def source() -> Iterator[Batch]:
        nonlocal alive
        for i in range(40):
            alive += 1
            yield batch(i)

    seen = []
    for done in fold_all(source(), [keep_count], threads=threads):
        assert alive <= threads + 2
        seen.append(done.sequence)
        alive -= 1
    assert seen == list(range(40))


@pytest.mark.parametrize("threads", [1, 2])
def test_accounting_is_checked(threads: int) -> None:
    """A stage that loses a record is a bug, and loud."""
    with pytest.raises(Bug, match="accounting: received 2"):
        list(fold_all((batch(i) for i in range(9)), [drop], threads=threads))


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_stage_raises_comes_at_its_turn(threads: int) -> None:
    """Batches before the failing one are delivered, none after it."""

    def fail(given: Batch) -> Batch:
        if given.sequence == 5:
            raise ZeroDivisionError
        return keep_count(given)

    seen: list[int] = []
    with pytest.raises(ZeroDivisionError):
        seen.extend(done.sequence for done in fold_all((batch(i) for i in range(9)), [fail], threads=threads))
    assert seen == list(range(5))
