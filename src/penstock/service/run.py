"""The service itself: a run of the pipeline, its upkeep, its reloads.

A reload reads configuration, packs and rules anew, beside what runs. If they are sound, new packs are taken from the
next batch on; a changed configuration, or anything if there are rules, drains the run and begins another where it
stopped. If not, all stays as it was.
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
from penstock.service.delivering import keep_sending
from penstock.service.figures import RuleFigures, tell_memory
from penstock.service.measure import ABOUT, Counting, MeasuredSink, stage_name, timed
from penstock.service.parts import (
    Content,
    lake_settings,
    load_content,
    make_memory,
    make_sinks,
    make_sources,
    only_one,
    threads,
    warm,
)
from penstock.service.remembering import Done, Remembering
from penstock.service.upkeep import keep_fit
from penstock.store.lake import Lake
from penstock.store.writing import write
from penstock.telemetry import Metrics
from penstock.triage.channels import make_channels

_log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at sources for files that cannot be read."""

IDLE = 0.5
"""Seconds without a batch after which time passes by itself, if every source is quiet."""


class Service:
    """What `penstock run` runs. `stop()` and `reload()` are for signal handlers, on the event loop's thread."""

    def __init__(self, path: Path) -> None:
        self.metrics = Metrics(ABOUT)
        self.loaded = read(path)
        self._path = path
        self._began = time.time()
        self._counting = Counting(self.metrics)
        self._chain: tuple[Stage, ...] = ()
        self._content: Content | None = None
        self._figures = RuleFigures()
        self._done = Done()
        self._memory: Remembering | None = None
        self._lake = Lake(self.loaded.lake, durable=lake_settings(self.loaded).durable)
        self._sources: list[Source] = []
        self._run: Run | None = None
        self._next: Loaded | None = None
        self._following: Content | None = None
        self._stopping = False
        self._reloading: asyncio.Task[None] | None = None
        self._again = False

    async def __call__(self) -> None:
        """Run until `stop()`, or until every source has ended.

        Raises `ContentError` for packs that cannot be used, `OutsideError` for an outside that fails for good.
        """
        with only_one(self.loaded.state):
            content = await asyncio.to_thread(_ready_content, self.loaded)
            _tell_of(content)
            self._take(content)
            while not self._stopping:
                await self._once(self.loaded)
                if self._next is None:
                    break
                self.loaded, self._next = self._next, None
                if self._following is not None:
                    self._take(self._following)
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
        self._figures.tell(metrics)
        if self._memory is not None:
            tell_memory(self._memory, metrics, now)
        for name, newest in self._counting.watermarks.items():
            metrics.set("penstock_watermark_lag_seconds", round(now - newest, 3), source=name)
        return metrics.render()

    def _take(self, content: Content) -> None:
        self._content = content
        self._figures.take(content)
        self._chain = tuple(timed(stage_name(s, i), s, self.metrics) for i, s in enumerate(content.chain))

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
        memory = make_memory(loaded, None if self._content is None else self._content.rules, self._done)
        await asyncio.to_thread(memory.__enter__)
        for text in memory.began:
            _log.warning("%s", text)
        run = self._run = Run(
            sources, [self._fold], sinks, threads=threads(settings.threads), queue=settings.queue,
            checkpoints=memory, on_batch=self._counting, idle=IDLE,
        )  # fmt: skip
        self._memory = memory
        beside = [
            asyncio.create_task(keep_fit(self._lake, lake_settings(loaded), self.metrics)),
            asyncio.create_task(self._look(sources)),
        ]
        channels = {channel.name: channel for channel in make_channels(settings)}
        if memory.desk is not None:
            beside.append(asyncio.create_task(keep_sending(loaded.state, channels, self.metrics)))
        failure: BaseException | None = None
        try:
            if not self._stopping:
                _log.info("ready: %d sources, lake %s", len(sources), loaded.lake)
                await run()
        except BaseException as error:
            failure = error
            raise
        finally:
            self._run = None
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.to_thread(memory.__exit__, None if failure is None else type(failure), failure, None)

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
                content = await asyncio.to_thread(_ready_content, loaded)
                _refuse_worse(self._content, content)
            except PenstockError as error:
                self.metrics.add("penstock_reloads_total", result="refused")
                for line in str(error).splitlines():
                    _log.error("%s", line)
                _log.error("reload refused: everything stays as it was")
                continue
            self._apply(loaded, content)

    def _apply(self, loaded: Loaded, content: Content) -> None:
        old, new = self.loaded, loaded
        if _but_packs(old) == _but_packs(new) and not (old.rules or new.rules):
            self._take(content)
            self.loaded = new
            _log.info("reloaded: packs are taken from the next batch on")
        elif any(isinstance(s, StdinSettings) for s in old.settings.sources.values()):
            self.metrics.add("penstock_reloads_total", result="refused")
            _log.error("reload refused: with stdin among the sources only packs can change, without rules; start anew")
            return
        elif old.state != new.state or old.settings.console != new.settings.console:
            self.metrics.add("penstock_reloads_total", result="refused")
            _log.error("reload refused: `state` and `console` change at a start only")
            return
        else:
            _tell_of(content)
            self._following = content
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


def _ready_content(loaded: Loaded) -> Content:
    content = load_content(loaded)
    warm(content.chain)
    return content


def _tell_of(content: Content) -> None:
    """Say which rules are used, and which cannot be."""
    if content.rules is None:
        return
    for problem in content.rules.problems:
        _log.error("%s", problem)
    used, refused = len(content.rules.rules) + len(content.rules.chain), len(content.rules.problems)
    _log.info("%d rules and correlations, %d refused", used, refused)


def _refuse_worse(old: Content | None, new: Content) -> None:
    """A reload must not lose a rule: raises `ContentError` for rules that are refused now and were not before."""
    if old is None or old.rules is None or new.rules is None:
        return
    before = {str(problem) for problem in old.rules.problems}
    worse = [problem for problem in new.rules.problems if str(problem) not in before]
    if worse:
        raise ContentError(worse)


def _but_packs(loaded: Loaded) -> object:
    return loaded.settings.model_copy(update={"packs": ()})
