"""From a configuration to sources, stages and sinks."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import numpy as np

from penstock.columns import Text
from penstock.config.load import Loaded
from penstock.config.model import LakeSettings, NdjsonSettings, StdinSettings, minutes
from penstock.content.catalogue import Catalogue
from penstock.core import Batch, Lines, Sink, Source, Stage, fold
from penstock.errors import ContentError, OutsideError, Problem
from penstock.pipeline import fields_of, load_catalogue, stages
from penstock.runners.checkpoints import Committed, FileCheckpoints
from penstock.sinks.lake import LakeSink
from penstock.sinks.ndjson import NdjsonFile
from penstock.sources.directory import DirectorySource
from penstock.sources.multiline import Multiline
from penstock.sources.stdin import StdinSource
from penstock.store.tables import FORBIDDEN


def threads(wanted: int) -> int:
    """How many threads fold: as many as this process may use cores, unless said otherwise."""
    return wanted if wanted > 0 else max(1, len(os.sched_getaffinity(0)))


def load_stages(loaded: Loaded) -> tuple[Stage, ...]:
    """The compiled packs as stages. Raises `ContentError` with every problem, sources whose pack there is not too."""
    catalogue = load_catalogue(loaded.packs)
    problems = [*unknown_packs(loaded, catalogue), *unfit_names(catalogue)]
    if problems:
        raise ContentError(problems)
    return stages(catalogue, context=loaded.settings.context)


def unknown_packs(loaded: Loaded, catalogue: Catalogue) -> list[Problem]:
    """Sources that name a pack there is not."""
    hint = f"one of {', '.join(catalogue.packs)}"
    return [
        loaded.problem(("sources", name, "pack"), "names no pack there is", hint)
        for name, source in loaded.settings.sources.items()
        if source.pack is not None and source.pack not in catalogue.packs
    ]


def unfit_names(catalogue: Catalogue) -> list[Problem]:
    """Fields whose names no column of the lake can have."""
    hint = "no space, tab or line break, none of ,;{}()="
    return [
        Problem(f"{plan.pack}/pack.yaml", 1, f"{plan.name}: no column can be {name!r}", hint)
        for plan in catalogue.plans
        for name in fields_of(catalogue, plan.name)
        if FORBIDDEN.search(name)
    ]


def make_sources(loaded: Loaded) -> list[Source]:
    """One source a place: the source's own name, and `name:place` where it has several."""
    fixed = loaded.settings.reference_time
    reference = None if fixed is None else int((fixed if fixed.tzinfo else fixed.replace(tzinfo=UTC)).timestamp() * 1e6)
    made: list[Source] = []
    for name, source in loaded.settings.sources.items():
        multiline = None if source.multiline is None else Multiline[source.multiline.upper()]
        zone = minutes(source.zone)
        if isinstance(source, StdinSettings):
            # its bytes of an earlier start are other bytes: a stream of its own each time
            ordinal = time.time_ns()
            made.append(
                StdinSource(
                    ordinal, name=name, bounds=source.bounds(), pack=source.pack, zone=zone, multiline=multiline,
                    reference=reference,
                )
            )  # fmt: skip
            continue
        made += [
            DirectorySource(
                loaded.place(place), name=name if len(source.places) == 1 else f"{name}:{place}",
                bounds=source.bounds(), pack=source.pack, zone=zone, multiline=multiline, poll=source.poll,
                settle=source.settle, once=source.once, reference=reference,
            )
            for place in source.places
        ]  # fmt: skip
    return made


def make_sinks(loaded: Loaded, write: Callable[[Sequence[Batch]], object]) -> list[Sink]:
    """The sinks; `write` is the lake's."""
    made: list[Sink] = []
    for name, sink in loaded.settings.sinks.items():
        if isinstance(sink, LakeSettings):
            made.append(LakeSink(write, name=name))
        elif isinstance(sink, NdjsonSettings):
            made.append(NdjsonFile(loaded.place(sink.path), name=name))
    return made


def lake_settings(loaded: Loaded) -> LakeSettings:
    """Those of the lake: there is always one."""
    return next(s for s in loaded.settings.sinks.values() if isinstance(s, LakeSettings))


class Cursors:
    """Checkpoints in files, but for standard input, which no start can go on with."""

    def __init__(self, loaded: Loaded) -> None:
        self._files = FileCheckpoints(loaded.state)
        self._fresh = {n for n, s in loaded.settings.sources.items() if isinstance(s, StdinSettings)}

    def load(self, source: str) -> bytes:
        """See `Checkpoints`."""
        return b"" if source in self._fresh else self._files.load(source)

    def commit(self, batches: Committed) -> None:
        """See `Checkpoints`."""
        self._files.commit([(source, batch) for source, batch in batches if source not in self._fresh])

    def idle(self) -> None:
        """See `Checkpoints`."""


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the state's folder: a second service on it would read the same files. Raises `OutsideError`."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutsideError(f"cannot write to {state}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "stop it, or name another `state`"
            raise OutsideError(f"another `penstock run` works with {state}: {hint}") from error
        yield
    finally:
        os.close(handle)


def warm(chain: Sequence[Stage]) -> None:
    """Take two records through the stages, so that no kernel is loaded when the first real one waits."""
    raw = b'<38>Nov 23 10:00:01 host app[1]: message\n{"a":"b"}'
    start, length = np.array([0, 42], np.int32), np.array([41, 9], np.int32)
    lines = Lines(Text.of(raw), start, length, start.astype(np.int64), bytes(16), "warm", 0, 0)
    fold(chain, Batch.of(lines))
