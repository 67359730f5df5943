"""The lake kept fit while it is written to: small files put together, files that nothing names deleted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from penstock.config.model import LakeSettings
from penstock.errors import OutsideError
from penstock.store.lake import Lake
from penstock.store.upkeep import compact, vacuum
from penstock.telemetry import Metrics

_log = logging.getLogger(__name__)

TABLES = ("events", "rejects", "alerts", "incidents")


async def keep_fit(lake: Lake, settings: LakeSettings, metrics: Metrics) -> None:
    """Until cancelled. A round that fails is told of and tried again at the next."""

    async def every(seconds: float, kind: str, work: Callable[[str], object]) -> None:
        while seconds:
            await asyncio.sleep(seconds)
            for table in TABLES:
                began = time.monotonic()
                try:
                    await asyncio.to_thread(work, table)
                    metrics.add("penstock_upkeep_total", kind=kind, result="done")
                except OutsideError as error:
                    metrics.add("penstock_upkeep_total", kind=kind, result="failed")
                    _log.warning("%s of %s: %s", kind, table, error)
                metrics.took("penstock_upkeep_seconds", time.monotonic() - began, kind=kind)

    await asyncio.gather(
        every(settings.compact, "compact", lambda table: compact(lake, table)),
        every(settings.vacuum, "vacuum", lambda table: vacuum(lake, table, hours=settings.keep)),
    )
