"""The reorder buffer: rows that wait for the watermark.

Rows lie in runs. A run is blocks, each in order and after the one before; what comes in order makes one run however
long it gets, and costs no more than its place. What comes out of order begins a run, and runs are merged when rows
leave, a piece of each at a time (or before, when there are too many). When there are more rows than may be in memory,
they are written to a file as one block. So a file of any size is read to its end in bounded memory, and one that was
in order is never sorted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from penstock.correlate.blocks import Block, Counts, merged
from penstock.correlate.memory import Memory
from penstock.kernels.row_order import follows, rows_until, rows_upto
from penstock.kernels.window_layout import R_TEXT, ROW

MOST_RUNS = 24
"""In memory: when there are more, the smaller half of them become one."""

PIECE = 1 << 16
"""Rows that leave at a time, at most of each run."""

LEAST_PIECE = 1 << 10


@dataclass(slots=True, eq=False)
class Run:
    """Blocks, in order. `filed` of them, the first ones, lie in files."""

    blocks: deque[Block] = field(default_factory=deque)
    filed: int = 0

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def drop(self, rows: int) -> None:
        """Forget the first rows of the first block."""
        first = self.blocks[0]
        if rows < len(first):
            self.blocks[0] = first.part(rows, len(first))
            return
        self.blocks.popleft()
        self.filed -= self.filed > 0


class Pending:
    """Rows that wait. `bound` bytes of them are held in memory; more raise `OutsideError` if there is no spill."""

    def __init__(self, memory: Memory, counts: Counts, bound: int) -> None:
        self.runs: list[Run] = []
        self.waiting = 0
        self._memory = memory
        self._counts = counts
        self._bound = bound
        self._size = 0

    def add(self, block: Block) -> None:
        """Take in a block that is in order and packed."""
        if not len(block):
            return
        self.waiting += len(block)
        self._size += block.rows.nbytes + block.texts.nbytes
        for run in self.runs:
            last = run.blocks[-1].rows
            if follows(last, np.uint64(len(last) - 1), block.rows, np.uint64(0)):
                run.blocks.append(block)
                break
        else:
            self.runs.append(Run(deque([block])))
        if self._size > self._bound:
            self._file()
        elif len(inside := [run for run in self.runs if not run.filed]) > MOST_RUNS:
            self._merge(sorted(inside, key=len)[: max(2, len(inside) // 2)])

    def is_ready(self, time: int) -> bool:
        """Whether there are rows at this time or before."""
        return any(rows_until(run.blocks[0].rows[:1], time) for run in self.runs)

    def until(self, time: int) -> Iterator[Block]:
        """Let go of the rows at this time and before, in order."""
        while ready := [run for run in self.runs if rows_until(run.blocks[0].rows[:1], time)]:
            if len(ready) == 1:
                run = ready[0]
                yield self._take(run, min(PIECE, int(rows_until(run.blocks[0].rows, time))))
                if run.filed:
                    self._memory.release(run.blocks[0].rows, run.blocks[0].texts)
                self.runs = [run for run in self.runs if run.blocks]
                continue
            piece = max(LEAST_PIECE, PIECE // len(ready))
            heads = [run.blocks[0].rows for run in ready]
            last = None
            for rows in heads:
                end = min(piece, int(rows_until(rows, time)))
                candidate = rows[end - 1 : end]
                if last is None or follows(candidate, np.uint64(0), last, np.uint64(0)):
                    last = candidate
            parts = []
            for run, rows in zip(ready, heads, strict=True):
                if n := int(rows_upto(rows, last, np.uint64(0))):
                    parts.append(self._take(run, n))
            whole = merged(parts, self._counts)
            for run in ready:
                if run.filed:
                    self._memory.release(run.blocks[0].rows, run.blocks[0].texts)
            self.runs = [run for run in self.runs if run.blocks]
            yield whole

    def all_blocks(self) -> Iterator[Block]:
        """What waits, block by block, to be written down."""
        for run in self.runs:
            yield from run.blocks

    def _take(self, run: Run, rows: int) -> Block:
        block = run.blocks[0].part(0, rows)
        if not run.filed:
            self._size -= block.rows.nbytes + (block.texts.nbytes if rows == len(run.blocks[0]) else 0)
        run.drop(rows)
        self.waiting -= rows
        return block

    def _merge(self, some: list[Run]) -> None:
        """These runs, all of them in memory, become one."""
        before = self._counts.repeated
        block = merged([b for run in some for b in run.blocks], self._counts)
        self.waiting -= self._counts.repeated - before
        self.runs = [run for run in self.runs if run not in some]
        self.runs.append(Run(deque([block])))
        self._measure()

    def _file(self) -> None:
        """Put what is in memory into a file: behind the blocks of its run if it is one, else merged to a run."""
        inside = [run for run in self.runs if len(run.blocks) > run.filed]
        if len(inside) == 1:
            run = inside[0]
            blocks = [run.blocks.pop() for _ in range(len(run.blocks) - run.filed)][::-1]
        else:
            run = Run()
            loose = [b for other in inside for b in list(other.blocks)[other.filed :]]
            before = self._counts.repeated
            blocks = [merged(loose, self._counts)]
            self.waiting -= self._counts.repeated - before
            for other in inside:
                while len(other.blocks) > other.filed:
                    other.blocks.pop()
            self.runs = [other for other in self.runs if other.blocks]
            self.runs.append(run)
        run.blocks.append(self._filed(blocks))
        run.filed += 1
        self._size = 0

    def _filed(self, blocks: list[Block]) -> Block:
        """One block, in a file, of several in order."""
        spill = self._memory.files()
        moved = []
        base = 0
        for b in blocks:
            rows = b.rows.copy()  # the journal has them too
            rows[:, R_TEXT] += np.uint64(base << 24)
            moved.append(rows)
            base += len(b.texts)
        rows = spill.written(moved).view(np.uint64).reshape(-1, ROW)
        texts = spill.written([b.texts for b in blocks])
        self._memory.release(rows, texts)
        return Block(rows, texts)

    def _measure(self) -> None:
        self._size = sum(b.rows.nbytes + b.texts.nbytes for run in self.runs for b in list(run.blocks)[run.filed :])
