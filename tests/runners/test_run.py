"""The local runner: everything read is written once, in order, and acknowledged only then."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from penstock.columns import Text
from penstock.core import Batch, Lines, Rejects
from penstock.errors import Bug, OutsideError
from penstock.runners.checkpoints import FileCheckpoints
from penstock.runners.local import Run, run


class Crash(Exception):  # noqa: N818
    """What a scripted source or stage raises."""


@dataclass
class ScriptedSource:
    """Batches of one record each; the cursor is the number of the next. `endless` goes on until closed."""

    name: str
    batches_to_give: int
    crash_at: int | None = None
    endless: bool = False
    acked: list[int] = field(default_factory=list)
    closed: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.closed = True
        self.closing.set()

    async def batches(self, cursor: bytes) -> AsyncIterator[Batch]:
        for i in range(int(cursor or b"0"), self.batches_to_give):
            if i == self.crash_at:
                raise Crash
            if self.endless and i == self.batches_to_give - 1:
                await self.closing.wait()
                return
            one = np.ones(1, np.int32)
            lines = Lines(
                Text.of(b"x"), one - 1, one, np.array([i], np.int64), self.name.ljust(16).encode(), self.name, 0, 0
            )
            yield Batch.of(lines, sequence=i, cursor=str(i + 1).encode())

    async def ack(self, batch: Batch) -> None:
        self.acked.append(batch.sequence)


@dataclass
class ListSink:
    """Keeps (source, position); fails as often as told first."""

    name: str = "list"
    failures: int = 0
    written: list[tuple[str, int]] = field(default_factory=list)
    open: bool = False

    async def __aenter__(self) -> Self:
        self.open = True
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.open = False

    async def write(self, batches: Sequence[Batch]) -> None:
        assert self.open
        if self.failures:
            self.failures -= 1
            raise OutsideError("the sink is away")
        await asyncio.sleep(0)
        self.written += [(b.lines.source, int(p)) for b in batches for p in b.lines.position]


def reject_all(batch: Batch) -> Batch:
    """A stage that takes every record, some slowly, so that batches finish out of turn."""
    time.sleep(random.random() / 1000)
    n = len(batch.pending)
    return batch.reject(Rejects(batch.pending, ("s",) * n, ("c",) * n, ("c",) * n, ("m",) * n, (None,) * n))


def test_two_sources_each_in_order() -> None:
    a, b, sink = ScriptedSource("a", 50), ScriptedSource("b", 30), ListSink()
    counts = asyncio.run(run([a, b], [reject_all], [sink], threads=3))
    assert [p for s, p in sink.written if s == "a"] == a.acked == list(range(50))
    assert [p for s, p in sink.written if s == "b"] == b.acked == list(range(30))
    assert counts.sources["a"].received == counts.sources["a"].rejects == 50
    assert counts.waiting == 0


def test_a_bug_stops_loudly_and_is_not_acknowledged(tmp_path: Path) -> None:
    """Whatever was committed is before the failing batch; going on from the cursor gives the rest, nothing twice."""
    sink = ListSink()

    def fail(batch: Batch) -> Batch:
        if batch.sequence == 20:
            raise Crash
        return batch

    with pytest.raises(Crash):
        asyncio.run(run([ScriptedSource("a", 50)], [reject_all, fail], [sink], checkpoints=FileCheckpoints(tmp_path)))
    assert sink.written == [("a", i) for i in range(len(sink.written))]
    assert len(sink.written) <= 20
    asyncio.run(run([ScriptedSource("a", 50)], [reject_all], [sink], checkpoints=FileCheckpoints(tmp_path)))
    assert sink.written == [("a", i) for i in range(50)]


def test_lost_records_are_a_bug() -> None:
    with pytest.raises(Bug, match="never taken"):
        asyncio.run(run([ScriptedSource("a", 3)], [], [ListSink()]))


def test_a_source_that_crashes_is_told(tmp_path: Path) -> None:
    sink = ListSink()
    for crash_at in (7, 19, None):
        source = ScriptedSource("a", 30, crash_at=crash_at)
        try:
            asyncio.run(run([source], [reject_all], [sink], checkpoints=FileCheckpoints(tmp_path)))
        except Crash:
            assert crash_at is not None
    assert sink.written == [("a", i) for i in range(30)]


def test_a_sink_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.runners.local.FIRST_PAUSE", 0.001)
    sink, other = ListSink(failures=3), ListSink("other")
    source = ScriptedSource("a", 5)
    counts = asyncio.run(run([source], [reject_all], [sink, other]))
    assert sink.written == other.written == [("a", i) for i in range(5)]
    assert counts.retries == {"list": 3, "other": 0}
    assert source.acked == list(range(5))


def test_a_sink_that_stays_away_is_given_up_after_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only once told to stop; nothing is acknowledged."""
    monkeypatch.setattr("penstock.runners.local.FIRST_PAUSE", 0.001)
    source = ScriptedSource("a", 5)

    async def scenario() -> None:
        running = Run([source], [reject_all], [ListSink(failures=1 << 30)], grace=0.05)
        asyncio.get_running_loop().call_later(0.05, running.stop)
        await running()

    with pytest.raises(OutsideError, match="away"):
        asyncio.run(scenario())
    assert source.acked == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains(number: signal.Signals) -> None:
    """What was read is written and acknowledged, then the run ends as if the source had."""
    source, sink = ScriptedSource("a", 40, endless=True), ListSink()

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), number)
        await run([source], [reject_all], [sink])

    asyncio.run(scenario())
    assert source.closed
    assert source.acked == list(range(39)) == [p for _, p in sink.written]


def test_memory_is_bounded_while_a_sink_is_slow() -> None:
    """No more than threads + queue batches are read ahead of the acknowledgement."""
    most = 0

    class SlowSink(ListSink):
        async def write(self, batches: Sequence[Batch]) -> None:
            await asyncio.sleep(0.002)
            await super().write(batches)

    async def scenario() -> None:
        nonlocal most
        running = Run([ScriptedSource("a", 100)], [reject_all], [SlowSink()], threads=2, queue=3)

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, running.counts.waiting)
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        await running()
        watching.cancel()

    asyncio.run(scenario())
    assert 2 <= most <= 5


def test_checkpoints_survive_odd_names(tmp_path: Path) -> None:
    kept = FileCheckpoints(tmp_path / "deep")
    names = ("a/b", "a_b", "../x", "é" * 300)
    for name in names:
        assert kept.load(name) == b""
        kept.save(name, name.encode())
    assert [kept.load(name) for name in names] == [name.encode() for name in names]
    assert len(list((tmp_path / "deep").iterdir())) == 4
