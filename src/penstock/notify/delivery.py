"""Sending what the outbox holds: attempts with backoff and jitter, one deliverer at a time."""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import OutsideError
from penstock.notify.channel import Channel, Declined, Later, Message, Unreachable
from penstock.notify.outbox import FAILED, SENT, Entry, Outbox

POSTPONED = "postponed"
KEPT = 30 * 86_400
"""Seconds for which a sent message is remembered."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often and when.

    The pause doubles from `first` to `most` seconds, each a random share of it (a half at least); after `tries` the
    message has failed.
    """

    first: float = 2.0
    most: float = 900.0
    tries: int = 20

    def pause(self, made: int, share: float) -> float:
        """Seconds to wait after so many attempts; share in [0, 1)."""
        return min(self.most, self.first * 2.0 ** min(made - 1, 30)) * (0.5 + share / 2)


Counted = Callable[[str, str], None]
"""Called with the channel and the result (`sent`, `postponed`, `failed`) of each attempt: for metrics."""


def deliver(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    clock: Callable[[], float],
    *,
    attempts: Attempts = Attempts(),
    counted: Counted | None = None,
) -> dict[str, int]:
    """Try everything that is due, once each; give how many were sent, postponed, failed."""
    results = {SENT: 0, POSTPONED: 0, FAILED: 0}
    began = clock()
    down: set[str] = set()
    while entries := outbox.due(began):
        for entry in entries:
            result = _attempt(outbox, channels.get(entry.channel), entry, clock, attempts, down)
            results[result] += 1
            if counted is not None:
                counted(entry.channel, result)
    outbox.prune(began - KEPT)
    return results


def _attempt(
    outbox: Outbox,
    channel: Channel | None,
    entry: Entry,
    clock: Callable[[], float],
    attempts: Attempts,
    down: set[str],
) -> str:
    made = entry.attempts + 1
    pause = attempts.pause(made, random.random())  # noqa: S311  jitter
    key = entry.message.key
    if entry.channel in down:
        # one that has just timed out is not waited for again and again: the others have their turn
        outbox.wait(key, clock() + attempts.pause(1, random.random()))  # noqa: S311  jitter
        return POSTPONED
    if channel is None:
        outbox.failed(key, clock(), f"no channel {entry.channel} is configured")
        return FAILED
    try:
        channel.send(entry.message, clock())
    except Declined as error:
        outbox.failed(key, clock(), str(error))
        return FAILED
    except OutsideError as error:
        if made >= attempts.tries:
            outbox.failed(key, clock(), str(error))
            return FAILED
        if isinstance(error, Unreachable):
            down.add(entry.channel)
        asked = error.seconds if isinstance(error, Later) else 0.0
        outbox.postponed(key, clock() + max(pause, asked), str(error))
        return POSTPONED
    outbox.sent(key, clock())
    return SENT


def addressed(
    channels: Sequence[Channel], key: str, level: str, kind: str, step: int, fields: Mapping[str, str]
) -> list[tuple[str, Message]]:
    """One message to each channel that wants it. Its key is the step's own and the channel's name."""
    return [(c.name, Message(f"{key}-{c.name}", fields)) for c in channels if c.wants(level, kind, step)]


@contextmanager
def only_deliverer(path: Path) -> Iterator[bool]:
    """Whether this process may send: two at once would send everything twice."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutsideError(f"cannot write {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
