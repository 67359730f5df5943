"""What the service counts, wrapped around stages and sinks, which know nothing of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import numpy as np

from penstock.content.deciding import CATEGORY
from penstock.core import Batch, Sink, Source, Stage
from penstock.errors import OutsideError
from penstock.stages.categorise import uncategorised
from penstock.telemetry import Metrics

ABOUT = {
    "penstock_up_seconds": "Seconds since the service began",
    "penstock_ready": "Whether it takes records and writes them",
    "penstock_batches_total": "Batches written, by source",
    "penstock_records_total": "Records received, by source",
    "penstock_record_bytes_total": "Bytes of records received, by source",
    "penstock_events_total": "Events written, by source and dataset",
    "penstock_categories_total": "Events written, by category; `*.rate_exceeded` are those that tell of capacity",
    "penstock_uncategorised_total": "Events that neither a pack nor a rule has categorised, by source and dataset",
    "penstock_rejects_total": "Rejects written, by source and category",
    "penstock_filtered_total": "Records left out by name, by source and filter",
    "penstock_accounting_difference": "Records received and neither event nor reject nor filtered: must be 0",
    "penstock_stage_seconds": "Seconds a batch took, by stage",
    "penstock_write_seconds": "Seconds from a batch read to a batch written, by source",
    "penstock_sink_commits_total": "Writes that succeeded, by sink",
    "penstock_sink_retries_total": "Writes that failed and were tried again, by sink",
    "penstock_sink_seconds": "Seconds a write took, by sink",
    "penstock_sink_failing": "Whether the last write failed, by sink",
    "penstock_lake_rows_total": "Rows offered to the lake, by table and result (written, or dropped as known)",
    "penstock_queue_batches": "Batches read and not yet written",
    "penstock_watermark_lag_seconds": "Seconds from the newest @timestamp to now, by source",
    "penstock_source_problems": "Files that cannot be read, by source",
    "penstock_reloads_total": "Reloads, by result",
    "penstock_rules": "Rules and correlations, by result (used, or refused)",
    "penstock_rule_matches_total": "Events that matched, by rule",
    "penstock_rule_evaluations_total": "How often its condition was looked at (64 rows at a time), by rule: its cost",
    "penstock_rule_silenced_total": "Events that matched and were silenced, by rule and filter",
    "penstock_event_time_lag_seconds": "Seconds from the watermark to now",
    "penstock_alerts_total": "Alerts stored, by what became of them",
    "penstock_alerts_waiting": "Alerts that wait for the watermark",
    "penstock_alerts_early_total": "Alerts that did not wait, for want of room",
    "penstock_correlation_alerts_total": "Alerts raised, by correlation",
    "penstock_correlation_groups": "Groups with events in a window, by correlation",
    "penstock_correlation_rows_waiting": "Rows that wait for the watermark, by correlation",
    "penstock_correlation_rows_total": "Rows left out, groups put on disk and read again, by correlation and result",
    "penstock_correlation_bytes": "Bytes of correlations' state, by where it lies",
    "penstock_incidents_open": "Incidents that are open",
    "penstock_notices_total": "Notices to be sent to those who want them",
    "penstock_notifications_total": "Attempts to send, by channel and result",
    "penstock_outbox_messages": "Messages, by channel and state",
    "penstock_upkeep_total": "Rounds of the lake's upkeep, by kind and result",
    "penstock_upkeep_seconds": "Seconds of the lake's upkeep, by kind",
}


def timed(name: str, stage: Stage, metrics: Metrics) -> Stage:
    """The stage, its time taken."""

    def measured(batch: Batch) -> Batch:
        began = time.perf_counter()
        done = stage(batch)
        metrics.took("penstock_stage_seconds", time.perf_counter() - began, stage=name)
        return done

    return measured


def stage_name(stage: Stage, number: int) -> str:
    """What a stage is called: the function, or the function that made it."""
    found: str = getattr(stage, "__qualname__", "") or f"stage{number}"
    return found.partition(".")[0]


class MeasuredSink:
    """A sink, its commits, failures and time counted."""

    def __init__(self, sink: Sink, metrics: Metrics) -> None:
        self.name = sink.name
        self._sink = sink
        self._metrics = metrics

    async def __aenter__(self) -> Self:
        await self._sink.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._sink.__aexit__(*exc)

    async def write(self, batches: Sequence[Batch]) -> None:
        """See `Sink`."""
        began = time.perf_counter()
        try:
            await self._sink.write(batches)
        except OutsideError:
            self._metrics.set("penstock_sink_failing", 1, sink=self.name)
            self._metrics.add("penstock_sink_retries_total", sink=self.name)
            raise
        self._metrics.set("penstock_sink_failing", 0, sink=self.name)
        self._metrics.add("penstock_sink_commits_total", sink=self.name)
        self._metrics.took("penstock_sink_seconds", time.perf_counter() - began, sink=self.name)


class Counting:
    """Counts batches once they are written. `watermarks`: newest `@timestamp` in seconds, by source."""

    def __init__(self, metrics: Metrics) -> None:
        self.watermarks: dict[str, float] = {}
        self._metrics = metrics

    def __call__(self, source: Source, batch: Batch) -> None:
        """One more."""
        add, name = self._metrics.add, source.name
        events = sum(map(len, batch.events))
        filtered = sum(batch.filtered.values())
        add("penstock_batches_total", source=name)
        add("penstock_records_total", batch.received, source=name)
        add("penstock_record_bytes_total", int(batch.lines.length.sum()), source=name)
        for frame in batch.events:
            add("penstock_events_total", len(frame), source=name, dataset=frame.dataset)
            add("penstock_uncategorised_total", len(uncategorised(frame)), source=name, dataset=frame.dataset)
            for family, count in enumerate(np.bincount(frame.family, minlength=len(frame.constants)).tolist()):
                category = frame.constants[family].get(CATEGORY)
                if count and category is not None:
                    add("penstock_categories_total", count, category=str(category))
        for category, count in Counter(batch.rejects.category).items():
            add("penstock_rejects_total", count, source=name, category=str(category))
        for filter_, count in batch.filtered.items():
            add("penstock_filtered_total", count, source=name, filter=filter_)
        add("penstock_accounting_difference", batch.received - events - len(batch.rejects) - filtered, source=name)
        waited = time.time() - batch.lines.arrived / 1e6
        if len(batch.lines) and waited >= 0:  # not when the clock is fixed
            self._metrics.took("penstock_write_seconds", waited, source=name)
        newest = max(_newest(batch), default=None)
        if newest is not None:
            self.watermarks[name] = max(newest, self.watermarks.get(name, newest))


def _newest(batch: Batch) -> list[float]:
    """The last row's `@timestamp` of each frame, in seconds: rows come about in order."""
    out = []
    for frame in batch.events:
        if "@timestamp" in frame.names and len(frame):
            c = frame.place[frame.names.index("@timestamp")]
            raw = frame.text.slice(int(frame.start[c, -1]), int(frame.length[c, -1]))
            try:
                out.append(datetime.fromisoformat(raw.decode()).timestamp())
            except ValueError:
                continue
    return out
