"""What decides how alerts become incidents and whom that wakes: values only. Times are microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

WEIGHTS: Mapping[str, int] = {"informational": 1, "low": 5, "medium": 20, "high": 50, "critical": 80}
"""What one rule of a level adds to the risk of an entity."""

ENTITIES = (
    "client.ip", "cloud.account.id", "container.id", "destination.ip", "destination.domain", "file.hash.sha256",
    "host.ip", "host.name", "process.hash.sha256", "server.ip", "service.name", "source.domain", "source.ip",
    "url.domain", "user.id", "user.name", "user.target.name",
)  # fmt: skip
"""Fields that say who or what an alert is about."""

COMMON = frozenset(
    ("", "-", "?", "n/a", "none", "null", "unknown", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "system",  # noqa: S104  values of logs, nothing is bound
     "local service", "network service", "anonymous logon", "nt authority\\system")
)  # fmt: skip
"""Values that many unrelated things share: they group nothing."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A standing suppression: alerts whose fields match are kept and counted, and go no further.

    match    field -> value; `*` stands for any characters, case does not count
    expires  microseconds; from then on it mutes nothing
    """

    id: str
    match: Mapping[str, str]
    owner: str
    reason: str
    expires: int


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Alerts that match `target` are muted for `within` after one that matches `source` and equals it in `equal`."""

    id: str
    source: Mapping[str, str]
    target: Mapping[str, str]
    equal: tuple[str, ...]
    within: int
    owner: str
    reason: str
    expires: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that can be chosen.

    window        alerts of one rule about the same entities, this long from the first, are one strand that counts up
    group_by      fields whose shared values put strands into one incident
    quiet         an incident takes no more after this long without an alert
    longest       nor from this long after its first
    lateness      how far out of order alerts may come
    most_strands  an incident with so many is full: what follows is another one, related to it
    most_alerts   alert ids a strand keeps (its count is exact)
    most_open     incidents in the state; beyond, the mildest and oldest are closed
    most_seen     alert ids remembered, so that what comes twice counts once
    keep_closed   how long a closed incident stays in the state
    burst, refill a category's token bucket: so many notifications at once, one more per `refill`
    summary       what the bucket held back is summarised this long after the first of it
    backoff       the pause after a notification of a low-level rule; it doubles up to `backoff_most`, and begins anew
                  after twice that pause without a request
    sla           level -> times from the opening at which nobody having taken it is escalated
    rates         rule -> alerts that it may raise in a minute; the rest are kept and counted, and go no further
    """

    window: int = 15 * MINUTE
    group_by: tuple[str, ...] = ("user.name", "source.ip", "host.name")
    entities: tuple[str, ...] = ENTITIES
    common: frozenset[str] = COMMON
    quiet: int = HOUR
    longest: int = DAY
    lateness: int = 5 * MINUTE
    most_strands: int = 1_000
    most_alerts: int = 1_000
    most_open: int = 50_000
    most_seen: int = 1_000_000
    keep_closed: int = 7 * DAY
    burst: int = 5
    refill: int = 5 * MINUTE
    summary: int = 15 * MINUTE
    backoff: int = HOUR
    backoff_most: int = DAY
    sla: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: {"critical": (15 * MINUTE, 30 * MINUTE, HOUR)})
    mutes: tuple[Mute, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    rates: Mapping[str, int] = field(default_factory=dict)


DEFAULT = Policy()
