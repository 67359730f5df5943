"""What a correlation remembers between steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from penstock.content.sigma.correlation import Correlation
from penstock.correlate.blocks import Block, Counts
from penstock.correlate.memory import Memory
from penstock.correlate.pending import Pending
from penstock.correlate.plan import plan
from penstock.correlate.signals import Secret
from penstock.correlate.tables import Tables
from penstock.kernels.window_layout import AWAY, BACK, FRESH, LIVE, NEVER, TAIL

BEGINNING = int(NEVER)
"""The watermark before anything was seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What one step took in: rows in order; the watermark, less the lag; and what was left out by then.

    Rows before `told` have no texts: their alerts are raised, and nothing else will ask.
    """

    block: Block
    told: int
    until: int
    counts: Counts


class State:
    """State of one correlation. `step` changes it in place and gives it back.

    passed     the watermark that has passed, less the correlation's lag
    counts     what was left out, and what lies on disk
    journal    what came in since the last `delta`, if one is kept
    deltas     how many deltas were made before
    silent     while what was raised already is gone through once more
    began      why it began empty, if there was something to restore
    """

    def __init__(
        self,
        correlation: Correlation,
        memory: Memory | None = None,
        *,
        secret: Secret = (0, 0),
        journal: bool = False,
    ) -> None:
        self.correlation = correlation
        self.memory = memory or Memory()
        self.plan = plan(correlation)
        self.secret = secret
        self.counts = Counts()
        self.tables = Tables(self.plan, self.memory)
        self.pending = Pending(self.memory, self.counts, max(1, self.memory.bound // 4))
        self.passed = BEGINNING
        self.journal: list[Taken] | None = [] if journal else None
        self.deltas = 0
        self.silent = False
        self.began = ""

    @property
    def keys(self) -> int:
        """Group-by values and values carried along."""
        return len(self.correlation.group_by) + len(self.correlation.carried)

    @property
    def live(self) -> int:
        """Groups that have events in a window, or a past that is remembered."""
        return int(self.tables.held.registers[LIVE])

    def write_down(self, block: Block, told: int, until: int) -> None:
        """Put what a step takes in into the journal, if one is kept."""
        if self.journal is not None:
            self.journal.append(Taken(block, told, until, replace(self.counts)))

    def took(self, rows: int) -> None:
        """So many rows went through: now and then files are to be taken out of memory, and what is there counted."""
        if not self.memory.is_over(rows):
            return
        self.memory.rest()
        registers = self.tables.held.registers
        self.counts.recalled += int(registers[BACK])
        self.counts.spilled += min(int(registers[LIVE]), int(registers[BACK] + registers[FRESH]))
        registers[AWAY] = registers[TAIL]
        registers[[BACK, FRESH]] = 0
