"""From a configuration to sources, stages and sinks."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import numpy as np

from penstock.columns import Text
from penstock.config.load import Loaded
from penstock.config.model import LakeSettings, NdjsonSettings, SourceSettings, StdinSettings, minutes
from penstock.content.catalogue import Catalogue
from penstock.content.sigma.rule_set import RuleSet
from penstock.core import Batch, Lines, Sink, Source, Stage, fold
from penstock.detecting import load_rules
from penstock.errors import ContentError, OutsideError, Problem
from penstock.pipeline import fields_of, load_catalogue, stages
from penstock.service.remembering import Done, Remembered, Remembering, read_secret
from penstock.sinks.lake import LakeSink
from penstock.sinks.ndjson import NdjsonFile
from penstock.sources.directory import DirectorySource
from penstock.sources.multiline import Multiline
from penstock.sources.stdin import StdinSource
from penstock.stages.detect import Tally, detect
from penstock.store.tables import FORBIDDEN
from penstock.triage.channels import make_channels
from penstock.triage.desk import Desk


def threads(wanted: int) -> int:
    """How many threads fold: as many as this process may use cores, unless said otherwise."""
    return wanted if wanted > 0 else max(1, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Packs and rules, compiled: the stages, and what detection by them counts."""

    chain: tuple[Stage, ...]
    rules: RuleSet | None
    tally: Tally


def load_content(loaded: Loaded) -> Content:
    """Packs and rules as stages. Raises `ContentError` with every problem, sources whose pack there is not too.

    Rules that cannot be used are in `rules.problems`; the others work.
    """
    catalogue = load_catalogue(loaded.packs)
    problems = [*unknown_packs(loaded, catalogue), *unfit_names(catalogue)]
    if problems:
        raise ContentError(problems)
    chain = stages(catalogue, context=loaded.settings.context)
    tally = Tally()
    if not loaded.rules:
        return Content(chain, None, tally)
    rules = load_rules(loaded.rules, catalogue, loaded.packs, loaded.placeholders)
    return Content((*chain, detect(rules, tally, read_secret(loaded.state))), rules, tally)


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
    for name, source, place in _placed(loaded):
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
        made.append(
            DirectorySource(
                loaded.place(place), name=name, bounds=source.bounds(), pack=source.pack, zone=zone,
                multiline=multiline, poll=source.poll, settle=source.settle, once=source.once, reference=reference,
            )
        )  # fmt: skip
    return made


def _placed(loaded: Loaded) -> Iterator[tuple[str, SourceSettings, str]]:
    """Each source by its full name, with its settings and its place (none: "")."""
    for name, source in loaded.settings.sources.items():
        places = () if isinstance(source, StdinSettings) else source.places
        for place in places or ("",):
            yield name if len(places) <= 1 else f"{name}:{place}", source, place


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


def make_memory(loaded: Loaded, rules: RuleSet | None, done: Done | None = None) -> Remembering:
    """What remembers: with rules, or somebody to tell, incidents too."""
    settings = loaded.settings
    durable = lake_settings(loaded).durable
    desk = None
    if rules is not None or settings.notify:
        most = {} if rules is None else {rule.id: rule.most for rule in rules.rules if rule.most is not None}
        policy = replace(settings.incidents.policy(), rates=most)
        desk = Desk(loaded.lake, loaded.state, policy, make_channels(settings), durable=durable, shared=True)
    spill = settings.correlation.spill
    return Remembering(
        Remembered(
            state=loaded.state,
            lateness={name: round(source.lateness * 1e6) for name, source, _ in _placed(loaded)},
            chain=() if rules is None else rules.chain,
            desk=desk,
            # standard input: no start can go on with it
            fresh=frozenset(n for n, s in settings.sources.items() if isinstance(s, StdinSettings)),
            fixed=settings.reference_time is not None,
            memory=settings.correlation.memory,
            spill=None if spill is None else loaded.place(spill),
            durable=durable,
        ),
        done,
    )


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
