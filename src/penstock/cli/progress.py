"""How far a long piece of work is: one line on stderr, on a terminal only."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.core import Batch


EVERY = 0.25
"""Seconds between two lines."""


class Progress:
    """Counts batches and shows them."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._began = self._last = time.monotonic()
        self.records = self.events = self.rejects = self.filtered = 0

    def add(self, batch: Batch) -> None:
        """Count a batch; show the line when it is time."""
        self.records += batch.received
        self.events += sum(map(len, batch.events))
        self.rejects += len(batch.rejects)
        self.filtered += sum(batch.filtered.values())
        now = time.monotonic()
        if self._shown and now - self._last >= EVERY:
            self._last = now
            rate = self.records / max(now - self._began, 1e-9)
            line = f"{self.records:,} records  {self.events:,} events  {self.rejects:,} rejects  {rate:,.0f}/s"
            print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line; tell of rejects, which must never pass unseen."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr)
        if self.rejects or self._shown:
            total = f"{self.records:,} records: {self.events:,} events, {self.rejects:,} rejects"
            print(f"penstock: {total}, {self.filtered:,} filtered", file=sys.stderr)


class Counter:
    """Counts one kind of thing and shows it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()
        self._began = self._last = time.monotonic()
        self._count = 0

    def add(self, count: int) -> None:
        """So many more; show the line when it is time."""
        self._count += count
        now = time.monotonic()
        if self._shown and now - self._last >= EVERY:
            self._last = now
            rate = self._count / max(now - self._began, 1e-9)
            print(f"\r{self._count:,} {self._what}  {rate:,.0f}/s\033[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr)
