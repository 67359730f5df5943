"""How many notifications a category or a rule may send, and what becomes of the rest.

Two kinds of lane. A bucket lane (a category) holds tokens: `burst` at first, one more each `refill`. A backoff lane (a
low-level rule) pauses after each notification, twice as long each time. What a lane holds back is counted, and one
summary follows when its timer is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from penstock.incidents.policy import Policy

SHOWN = 20
"""Incidents that a summary names; it counts all."""

BUCKET, BACKOFF = "bucket", "backoff"


@dataclass(frozen=True, slots=True)
class Timer:
    """Something due: a lane's summary, or the next escalation of an incident."""

    due: int
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a lane stands. saved: microseconds of refill in hand (a token is `refill` of them)."""

    key: str
    kind: str
    at: int
    saved: int = 0
    pause: int = 0
    free: int = 0
    held: int = 0
    since: int = 0
    worst: int = 0
    incidents: tuple[str, ...] = ()
    sent: int = 0


def fresh(key: str, kind: str, now: int, policy: Policy) -> Lane:
    """A lane that nothing has gone through yet."""
    return Lane(key, kind, now, saved=policy.burst * policy.refill, pause=policy.backoff)


def ask(lane: Lane, now: int, policy: Policy) -> tuple[Lane, bool]:
    """Whether one more may go now, and the lane after that."""
    if lane.kind == BUCKET:
        saved = min(policy.burst * policy.refill, lane.saved + max(0, now - lane.at))
        may = saved >= policy.refill and not lane.held
        return replace(lane, at=now, saved=saved - policy.refill * may, sent=lane.sent + may), may
    rested = now - lane.at > 2 * lane.pause
    lane = replace(lane, at=now, pause=policy.backoff if rested else lane.pause)
    if now < lane.free or lane.held:
        return lane, False
    return _paused(lane, now, policy), True


def hold(lane: Lane, incident: str, level: int, now: int) -> Lane:
    """With one more held back."""
    named = lane.incidents if incident in lane.incidents else (*lane.incidents, incident)[:SHOWN]
    since = lane.since if lane.held else now
    return replace(lane, held=lane.held + 1, since=since, worst=max(level, lane.worst), incidents=named)


def summary_due(lane: Lane, now: int, policy: Policy) -> int:
    """When what is held back has to be told of."""
    return now + policy.summary if lane.kind == BUCKET else max(lane.free, now)


def told(lane: Lane, now: int, policy: Policy) -> Lane:
    """After its summary: nothing held; a summary costs what a notification does."""
    lane = replace(lane, held=0, since=0, worst=0, incidents=())
    if lane.kind == BUCKET:
        saved = min(policy.burst * policy.refill, lane.saved + max(0, now - lane.at))
        return replace(lane, at=now, saved=max(0, saved - policy.refill), sent=lane.sent + 1)
    return _paused(lane, now, policy)


def _paused(lane: Lane, now: int, policy: Policy) -> Lane:
    return replace(lane, free=now + lane.pause, pause=min(2 * lane.pause, policy.backoff_most), sent=lane.sent + 1)


def idle(lane: Lane, now: int, policy: Policy) -> bool:
    """Whether forgetting it changes nothing."""
    if lane.held:
        return False
    if lane.kind == BUCKET:
        return lane.saved + now - lane.at >= policy.burst * policy.refill
    return now >= lane.free and now - lane.at > 2 * lane.pause
