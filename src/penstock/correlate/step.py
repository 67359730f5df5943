"""Step a correlation: rows and a watermark in, alerts out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from penstock.content.sigma.correlation import Correlation, Window
from penstock.correlate.blocks import Block, block_of
from penstock.correlate.drain import drain
from penstock.correlate.memory import LOOK
from penstock.correlate.raised import Raised, in_order
from penstock.correlate.signals import Signals, nothing
from penstock.correlate.state import State
from penstock.errors import Bug
from penstock.kernels.absences import advance_absences
from penstock.kernels.row_order import rows_until
from penstock.kernels.session_windows import advance_sessions
from penstock.kernels.sliding_windows import advance_sliding
from penstock.kernels.tumbling_windows import advance_tumbling
from penstock.kernels.window_layout import DONE, FOREVER, FULL, HISTORY_FULL, IDS, NEVER, OUT, PAIRS_FULL, SCRATCH_FULL

PIECE = 1 << 14
"""Rows that a kernel is given at a time: there must be room for as many groups."""

END = int(FOREVER)

ADVANCE = {
    Window.TUMBLING: advance_tumbling,
    Window.SESSION: advance_sessions,
    Window.ABSENCE: advance_absences,
}


def step(correlation: Correlation, state: State, signals: Signals, watermark: int) -> tuple[State, Raised]:
    """Take in events; process, in order of time and event.id, all at the watermark or before; give what was raised.

    watermark: microseconds UTC; no event of the source is expected at it or before. It never goes back.
    """
    if (correlation.id, correlation.version) != (state.correlation.id, state.correlation.version):
        raise Bug(f"state of {state.correlation.id} {state.correlation.version}, stepped with {correlation.version}")
    block = block_of(signals, len(correlation.group_by), state.plan.what, state.passed, state.counts)
    pieces = list(take(state, block, max(state.passed, watermark - correlation.lag)))
    return state, in_order(pieces, state.keys)


def finish(correlation: Correlation, state: State) -> Iterator[Raised]:
    """Process all that waits, and end all windows: no event will come. Alerts come in pieces, each in order."""
    block = block_of(nothing(state.keys), len(correlation.group_by), state.plan.what, state.passed, state.counts)
    for piece in take(state, block, END):
        yield in_order([piece], state.keys)


def take(state: State, block: Block, until: int) -> Iterator[Raised]:
    """Rows in order come in, and the watermark moves to `until`."""
    if state.plan.texts:
        block = block.packed()
    if state.pending.is_ready(until):
        block = block.packed()
        state.write_down(block, 0, until)
        state.pending.add(block)
        blocks = state.pending.until(until)
    else:
        through = int(rows_until(block.rows, until))
        waits = block.part(through, len(block)).packed()
        state.write_down(Block(block.rows, waits.texts), 0 if state.plan.texts else through, until)
        # a few rows must not hold a whole batch's
        state.pending.add(Block(waits.rows.copy(), waits.texts) if through else waits)
        blocks = iter([block.part(0, through)])
    for ready in blocks:
        size = LOOK if state.memory.filed else PIECE
        for begin in range(0, len(ready), size):
            yield from _advance(state, ready.part(begin, min(begin + size, len(ready))), int(NEVER))
    state.passed = until
    yield from _advance(state, Block(block.rows[:0]), until + 1)


def _advance(state: State, block: Block, until: int) -> Iterator[Raised]:
    """Rows go through their windows; then what is over at `until` ends."""
    tables = state.tables
    tables.make_room(len(block), block.texts_size if state.plan.texts else 0)
    why, begin = FULL, np.uint64(0)
    while why != DONE:
        why, begin = _call(state, block, begin, until)
        if state.silent:
            tables.held.registers[[OUT, IDS]] = 0
        elif tables.held.registers[OUT]:
            yield drain(state, block)
        if why == PAIRS_FULL:
            tables.more_pairs()
        elif why == SCRATCH_FULL:
            tables.more_scratch()
        elif why == HISTORY_FULL:
            tables.more_history()
    state.took(len(block))


def _call(state: State, block: Block, begin: np.uint64, until: int) -> tuple[int, np.uint64]:
    held, out = state.tables.held, state.tables.out
    rule = state.plan.rule
    if state.correlation.window is Window.SLIDING:
        why, begin, _ = advance_sliding(held, rule, block.rows, begin, until, out)
    else:
        advance = ADVANCE[state.correlation.window]
        why, begin, _ = advance(held, rule, block.rows, begin, block.texts, until, out)
    return int(why), np.uint64(begin)
