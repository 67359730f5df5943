"""Rows of a correlation, in order of time, with the texts of their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from penstock.columns import U8
from penstock.correlate.signals import U64, Signals
from penstock.kernels.row_order import order_ties, take_rows, unite
from penstock.kernels.signal_rows import MIXED, SORTED, gather_texts, pack_texts, sift, texts_size
from penstock.kernels.window_layout import R_TEXT, R_TIME, ROW

TEXT_SLACK = 64
LENGTH = np.uint64(0xFFFFFF)
NO_TEXTS: U8 = np.zeros(TEXT_SLACK, np.uint8)


@dataclass(slots=True)
class Counts:
    """What was left out, and what lies on disk, since the state began.

    late       at or below the watermark that had passed
    ungrouped  a group-by value was missing
    unvalued   the value to be counted or added was missing
    repeated   the same event of the same group once more
    spilled    groups put out of memory, each time they were
    recalled   groups of these that an event came to again
    """

    late: int = 0
    ungrouped: int = 0
    unvalued: int = 0
    repeated: int = 0
    spilled: int = 0
    recalled: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """rows uint64[n, 8] in order, each event of a group once. R_TEXT leads into `texts`, or is a row of `signals`."""

    rows: U64
    texts: U8 = field(default_factory=lambda: NO_TEXTS)
    signals: Signals | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, begin: int, end: int) -> Block:
        """Some of its rows."""
        return Block(self.rows[begin:end], self.texts, self.signals)

    @property
    def texts_size(self) -> int:
        """Bytes of its rows' texts, if it is packed."""
        return int((self.rows[:, R_TEXT] & LENGTH).sum())

    def packed(self) -> Block:
        """With texts of its own, so that the batch they came from can go. Changes this one's rows."""
        if self.signals is None:
            return self
        s = self.signals
        texts = np.empty(int(texts_size(s.key_length, self.rows)) + TEXT_SLACK, np.uint8)
        end = int(pack_texts(s.data, s.key_start, s.key_length, self.rows, texts))
        return Block(self.rows, texts[: end + TEXT_SLACK])


def block_of(signals: Signals, grouped: int, what: int, passed: int, counts: Counts) -> Block:
    """The signals that count, in order."""
    rows = np.empty((len(signals), ROW), np.uint64)
    left = np.zeros(3, np.int64)
    value = np.empty(0, np.uint64) if signals.value is None else signals.value.view(np.uint64)
    n, lie = sift(
        signals.time, signals.id, signals.key, signals.key_length, grouped, signals.rule, value, what, passed, rows,
        left,
    )  # fmt: skip
    counts.late += int(left[0])
    counts.ungrouped += int(left[1])
    counts.unvalued += int(left[2])
    rows = rows[: int(n)]
    if lie != SORTED:
        rows = in_order(rows, counts, mixed=lie == MIXED)
    return Block(rows, signals=signals)


def in_order(rows: U64, counts: Counts, *, mixed: bool = True) -> U64:
    """The rows in order, each event of a group once. `mixed`: they are not even in order of time."""
    spare = np.empty((max(2, len(rows)), ROW), np.uint64)
    if mixed:
        order = np.argsort(np.ascontiguousarray(rows[:, R_TIME]).view(np.int64)).astype(np.int64, copy=False)
        taken = np.empty_like(rows)
        take_rows(rows, order, taken)
        rows = taken
    order_ties(rows, spare, np.empty(1 << 16, np.int64))
    n, repeated = unite(rows)
    counts.repeated += int(repeated)
    return rows[: int(n)]


def merged(blocks: Sequence[Block], counts: Counts) -> Block:
    """Several blocks, all of them packed, as one; an event that is in two of them is in it once."""
    if len(blocks) == 1:
        return blocks[0]
    rows = np.concatenate([b.rows for b in blocks])
    texts = np.empty(sum(b.texts_size for b in blocks) + TEXT_SLACK, np.uint8)
    at = begin = 0
    for b in blocks:
        end = begin + len(b)
        at = int(gather_texts(b.texts, rows[begin:end], texts, at))
        begin = end
    return Block(in_order(rows, counts), texts)
