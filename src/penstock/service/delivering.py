"""Messages of the outbox sent while the service runs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from penstock.errors import OutsideError
from penstock.notify.channel import Channel
from penstock.notify.delivery import deliver, only_deliverer
from penstock.notify.outbox import Outbox
from penstock.telemetry import Metrics
from penstock.triage.desk import OUTBOX

_log = logging.getLogger(__name__)

LOOK = 0.2
"""Seconds between two looks into the outbox."""

PAUSE = 5.0
"""Seconds until the outbox is tried again when it cannot be used, or another process sends."""


async def keep_sending(state: Path, channels: Mapping[str, Channel], metrics: Metrics) -> None:
    """Until cancelled. A thread of its own sends, so nobody waits for a slow receiver."""
    loop = asyncio.get_running_loop()
    sender = _Sender(state, channels, metrics)
    pool = ThreadPoolExecutor(1, thread_name_prefix="penstock-notify")
    told = ""
    try:
        while True:
            try:
                pause = await loop.run_in_executor(pool, sender)
                told = ""
            except OutsideError as error:
                pause = PAUSE
                if str(error) != told:
                    told = str(error)
                    _log.warning("%s", told)
            await asyncio.sleep(pause)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Sender:
    """One look: send what is due; give the seconds until the next."""

    def __init__(self, state: Path, channels: Mapping[str, Channel], metrics: Metrics) -> None:
        self._state = state
        self._channels = channels
        self._metrics = metrics

    def __call__(self) -> float:
        path = self._state / OUTBOX
        if not path.exists():
            return LOOK
        with only_deliverer(path.with_suffix(".lock")) as ours, Outbox(path) as outbox:
            if not ours:
                return PAUSE
            deliver(outbox, self._channels, time.time, counted=self._counted)
            for (channel, state), count in outbox.counts().items():
                self._metrics.set("penstock_outbox_messages", count, channel=channel, state=state)
        return LOOK

    def _counted(self, channel: str, result: str) -> None:
        self._metrics.add("penstock_notifications_total", channel=channel, result=result)
