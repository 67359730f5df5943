"""Correlations over a stream that ends: everything is ordered by event time, whatever the order it came in.

Who knows that nothing older will come may say so: what is before that time need not wait for the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.roles import muted_correlations
from penstock.correlate.chain import finish_all, step_all
from penstock.correlate.memory import Memory
from penstock.correlate.raised import Raised
from penstock.correlate.rows import alert_rows
from penstock.correlate.signals import Secret, Signals
from penstock.correlate.state import BEGINNING, State


class Stream:
    """Correlations, each with its state. `take` what batches signal, in any order; then `rows` are the alerts.

    memory: shared by all states; beyond its bound they lie in its files
    every: also the alerts that are not shown, as only others refer to their correlation
    """

    def __init__(
        self,
        correlations: Sequence[Correlation],
        secret: Secret = (0, 0),
        memory: Memory | None = None,
        *,
        every: bool = False,
    ) -> None:
        shared = memory or Memory()
        self._chained = [(c, State(c, shared, secret=secret)) for c in correlations]
        self._by_id = {c.id: c for c in correlations}
        self._muted = frozenset() if every else muted_correlations(correlations)

    def take(self, signals: Mapping[str, Signals], watermark: int = BEGINNING) -> list[dict[str, object]]:
        """What one batch signals, by the correlation's id; give the alerts that need not wait for the end."""
        if not signals and watermark == BEGINNING:
            return []
        stepped = step_all(self._chained, signals, watermark)
        return [row for name, raised in stepped.items() for row in self._shown(name, raised)]

    def rows(self) -> Iterator[dict[str, object]]:
        """The alerts, when no more will come."""
        for name, raised in finish_all(self._chained):
            yield from self._shown(name, raised)

    def _shown(self, name: str, raised: Raised) -> Iterator[dict[str, object]]:
        if name not in self._muted and len(raised):
            yield from alert_rows(self._by_id[name], raised)
