"""The service itself: a run of the pipeline, its upkeep, its reloads.

A reload reads configuration and packs anew, beside what runs. If they are sound, new packs are taken from the next
batch on; a changed configuration drains the run and begins another where it stopped. If not, all stays as it was.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from penstock.config.load import Loaded, load, missing_places
from penstock.config.model import StdinSettings
from penstock.core import Batch, Source, Stage, fold
from penstock.errors import ContentError, PenstockError
from penstock.runners.local import Run
from penstock.service.measure import ABOUT, Counting, MeasuredSink, stage_name, timed
from penstock.service.parts import (
    Cursors,
    lake_settings,
    load_stages,
    make_sinks,
    make_sources,
    only_one,
    threads,
    warm,
)
from penstock.service.upkeep import keep_fit
from penstock.store.lake import Lake
from penstock.store.writing import write
from penstock.telemetry import Metrics

_log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at sources for files that cannot be read."""


class Service:
    """What `penstock run` runs. `stop()` and `reload()` are for signal handlers, on the event loop's thread."""

    def __init__(self, path: Path) -> None:
        self.metrics = Metrics(ABOUT)
        self.loaded = read(path)
        self._path = path
        self._began = time.time()
        self._counting = Counting(self.metrics)
        self._chain: tuple[Stage, ...] = ()
        self._lake = Lake(self.loaded.lake, durable=lake_settings(self.loaded).durable)
        self._sources: list[Source] = []
        self._run: Run | None = None
        self._next: Loaded | None = None
        self._stopping = False
        self._reloading: asyncio.Task[None] | None = None
        self._again = False

    async def __call__(self) -> None:
        """Run until `stop()`, or until every source has ended.

        Raises `ContentError` for packs that cannot be used, `OutsideError` for an outside that fails for good.
        """
        with only_one(self.loaded.state):
            self._take(await asyncio.to_thread(_ready_stages, self.loaded))
            while not self._stopping:
                await self._once(self.loaded)
                if self._next is None:
                    break
                self.loaded, self._next = self._next, None
            if self._reloading is not None:
                self._reloading.cancel()

    def stop(self) -> None:
        """Drain, then end."""
        self._stopping = True
        if self._run is not None:
            self._run.stop()

    def reload(self) -> None:
        """Read configuration and packs anew."""
        if self._reloading is not None and not self._reloading.done():
            self._again = True
            return
        self._reloading = asyncio.get_running_loop().create_task(self._reload())

    @property
    def ready(self) -> bool:
        """It takes records, and no sink fails."""
        return (
            self._run is not None
            and not self._stopping
            and not any(self.metrics.sums("penstock_sink_failing").values())
        )

    def render(self) -> str:
        """The metrics as text."""
        now, metrics = time.time(), self.metrics
        metrics.set("penstock_up_seconds", round(now - self._began, 3))
        metrics.set("penstock_ready", self.ready)
        metrics.set("penstock_queue_batches", self._run.counts.waiting if self._run is not None else 0)
        for name, newest in self._counting.watermarks.items():
            metrics.set("penstock_watermark_lag_seconds", round(now - newest, 3), source=name)
        return metrics.render()

    def _take(self, chain: Sequence[Stage]) -> None:
        self._chain = tuple(timed(stage_name(s, i), s, self.metrics) for i, s in enumerate(chain))

    def _fold(self, batch: Batch) -> Batch:
        """The stages as they are when the batch comes."""
        return fold(self._chain, batch)

    async def _once(self, loaded: Loaded) -> None:
        """One run, of one configuration."""
        settings = loaded.settings
        if loaded.lake != self._lake.root or lake_settings(loaded).durable != self._lake.durable:
            self._lake = Lake(loaded.lake, durable=lake_settings(loaded).durable)
        await asyncio.to_thread(self._lake.log, "events")  # a lake that cannot be written to is told of now
        sources = self._sources = make_sources(loaded)
        for source in sources:
            self.metrics.add("penstock_records_total", 0, source=source.name)
            self.metrics.add("penstock_accounting_difference", 0, source=source.name)
        sinks = [MeasuredSink(s, self.metrics) for s in make_sinks(loaded, self._write)]
        run = self._run = Run(
            sources, [self._fold], sinks, threads=threads(settings.threads), queue=settings.queue,
            checkpoints=Cursors(loaded), on_batch=self._counting,
        )  # fmt: skip
        if self._stopping:
            return
        beside = [
            asyncio.create_task(keep_fit(self._lake, lake_settings(loaded), self.metrics)),
            asyncio.create_task(self._look(sources)),
        ]
        _log.info("ready: %d sources, lake %s", len(sources), loaded.lake)
        try:
            await run()
        finally:
            self._run = None
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def _write(self, batches: Sequence[Batch]) -> None:
        for table, done in zip(("events", "rejects"), write(self._lake, batches), strict=True):
            self.metrics.add("penstock_lake_rows_total", done.written, table=table, result="written")
            self.metrics.add("penstock_lake_rows_total", done.dropped, table=table, result="dropped")

    async def _look(self, sources: Sequence[Source]) -> None:
        """Tell of files that cannot be read, each once."""
        told: dict[tuple[str, str], str] = {}
        while True:
            for source in sources:
                problems: dict[str, str] = dict(getattr(source, "problems", {}))
                self.metrics.set("penstock_source_problems", len(problems), source=source.name)
                for path, why in problems.items():
                    if told.get((source.name, path)) != why:
                        _log.warning("source %s: %s: %s", source.name, path, why)
                        told[source.name, path] = why
            await asyncio.sleep(LOOK)

    async def _reload(self) -> None:
        self._again = True
        while self._again and not self._stopping:
            self._again = False
            try:
                loaded = await asyncio.to_thread(read, self._path)
                chain = await asyncio.to_thread(_ready_stages, loaded)
            except PenstockError as error:
                self.metrics.add("penstock_reloads_total", result="refused")
                for line in str(error).splitlines():
                    _log.error("%s", line)
                _log.error("reload refused: everything stays as it was")
                continue
            self._apply(loaded, chain)

    def _apply(self, loaded: Loaded, chain: Sequence[Stage]) -> None:
        old, new = self.loaded, loaded
        if _but_packs(old) == _but_packs(new):
            self._take(chain)
            self.loaded = new
            _log.info("reloaded: packs are taken from the next batch on")
        elif any(isinstance(s, StdinSettings) for s in old.settings.sources.values()):
            self.metrics.add("penstock_reloads_total", result="refused")
            _log.error("reload refused: with stdin among the sources only packs can change; start anew")
            return
        elif old.state != new.state or old.settings.console != new.settings.console:
            self.metrics.add("penstock_reloads_total", result="refused")
            _log.error("reload refused: `state` and `console` change at a start only")
            return
        else:
            self._take(chain)
            self._next = new
            if self._run is not None:
                self._run.stop()
            _log.info("reloaded: draining, then on with the new configuration")
        self.metrics.add("penstock_reloads_total", result="done")


def read(path: Path) -> Loaded:
    """A configuration whose places are there. Raises `ContentError` with every problem."""
    loaded = load(path)
    missing = list(missing_places(loaded))
    if missing:
        raise ContentError(missing)
    return loaded


def _ready_stages(loaded: Loaded) -> tuple[Stage, ...]:
    chain = load_stages(loaded)
    warm(chain)
    return chain


def _but_packs(loaded: Loaded) -> object:
    return loaded.settings.model_copy(update={"packs": ()})
