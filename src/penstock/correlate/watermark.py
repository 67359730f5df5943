"""How far event time has come: no event before it is expected any more.

A stream (a file, a connection) is in order, give or take the source's lateness. So while one is read, and no other
waits to be, the source has come as far as that stream; once it is quiet, having given all it had, as far as its newest
event. Of all sources that are not quiet the least counts. When all are quiet, time passes by itself: as far as the
clock did, but for events of long ago, among which it comes to the newest and waits there for more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

SECOND = 1_000_000
BEGINNING = -(1 << 62)

LIVE = 3600 * SECOND
"""Events that arrived within this long of their time are of now: among them time passes as the clock does."""


@dataclass(slots=True)
class Mark:
    """One source, microseconds UTC: its newest event, and when that arrived; how far it has come.

    stream, reached: the stream that is being read, and its newest event
    """

    newest: int = BEGINNING
    passed: int = BEGINNING
    arrived: int = 0
    stream: bytes = b""
    reached: int = BEGINNING


class Watermarks:
    """The marks of some sources. `passed`: the watermark of all of them; it never goes back.

    lateness: source -> microseconds by which its events may be out of order
    """

    def __init__(self, lateness: Mapping[str, int]) -> None:
        self.passed = BEGINNING
        self.newest = BEGINNING
        self._lateness = lateness
        self._marks = {name: Mark() for name in lateness}

    def take(self, source: str, stream: bytes, newest: int, arrived: int, *, behind: bool) -> None:
        """A batch of a source's stream: its newest event; when it came; whether other streams wait to be read."""
        mark = self._marks[source]
        mark.reached = max(newest, mark.reached if stream == mark.stream else BEGINNING)
        mark.stream = stream
        if newest > mark.newest:
            mark.newest, mark.arrived = newest, arrived
        self.newest = max(self.newest, newest)
        if not behind:
            mark.passed = max(mark.passed, mark.reached - self._lateness[source])

    def advance(self, quiet: Collection[str] = ()) -> int:
        """The watermark once these sources are quiet."""
        for name in quiet:
            mark = self._marks[name]
            if mark.newest > BEGINNING:
                mark.passed = max(mark.passed, mark.newest - self._lateness[name])
        counting = [mark.passed for name, mark in self._marks.items() if name not in quiet]
        reached = min(counting) if counting else max((m.passed for m in self._marks.values()), default=BEGINNING)
        self.passed = max(self.passed, reached)
        return self.passed

    def idle(self, now: int) -> int:
        """The watermark when all sources are quiet. now: the clock that says when batches arrived."""
        for name, mark in self._marks.items():
            if mark.newest > BEGINNING:
                reached = mark.newest - self._lateness[name] + max(0, now - mark.arrived)
                live = mark.arrived - mark.newest < LIVE
                mark.passed = max(mark.passed, reached if live else min(reached, mark.newest))
                self.passed = max(self.passed, mark.passed)
        return self.passed

    def ended(self) -> int:
        """The watermark when no source will give anything more."""
        self.passed = max(self.passed, self.newest)
        return self.passed

    def dump(self) -> dict[str, list[int]]:
        """To be kept. The whole stands under the empty name, which no source has."""
        marks = {name: [m.newest, m.passed, m.arrived] for name, m in self._marks.items() if m.newest > BEGINNING}
        return {**marks, "": [self.newest, self.passed, 0]}

    def load(self, kept: Mapping[str, list[int]]) -> None:
        """What `dump` gave; sources that are no more are forgotten."""
        for name, (newest, passed, arrived) in kept.items():
            if not name:
                self.newest, self.passed = newest, passed
            elif name in self._marks:
                self._marks[name] = Mark(newest, passed, arrived)
