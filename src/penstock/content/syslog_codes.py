"""What a syslog priority says (RFC 5424, tables 1 and 2; short names as in syslog.h), as constants of the blob."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.columns import I32
from penstock.content.blob import Blob

FACILITIES = (
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron "
    "local0 local1 local2 local3 local4 local5 local6 local7"
).split()
SEVERITIES = "emergency alert critical error warning notice informational debug".split()

TIME_RULES = ("year", "zone", "zone_name", "day_order", "date")
"""Names of the bits of a time's rule: what was inferred or assumed, not read."""


@dataclass(frozen=True, slots=True, eq=False)
class WireConstants:
    """Constants that come from the wire, not from a pack.

    priority: field -> (offset int32[192], length int32[192]) in the blob, by PRI.
    time_rule: (offset int32[64], length int32[64]), the array of a rule's bits; bit 32 is "arrival".
    """

    priority: dict[str, tuple[I32, I32]]
    time_rule: tuple[I32, I32]

    @classmethod
    def of(cls, blob: Blob) -> WireConstants:
        """Place them in the blob."""
        texts = {
            "log.syslog.priority": [str(p) for p in range(192)],
            "log.syslog.facility.code": [str(p >> 3) for p in range(192)],
            "log.syslog.facility.name": [FACILITIES[p >> 3] for p in range(192)],
            "log.syslog.severity.code": [str(p & 7) for p in range(192)],
            "log.syslog.severity.name": [SEVERITIES[p & 7] for p in range(192)],
        }
        rules = []
        for bits in range(64):
            names = [n for k, n in enumerate((*TIME_RULES, "arrival")) if bits >> k & 1]
            rules.append("[" + ",".join(f'"{n}"' for n in names) + "]" if names else "")
        offset, length = _places(blob, rules)
        length[0] = -1
        return cls({k: _places(blob, v) for k, v in texts.items()}, (offset, length))


def _places(blob: Blob, texts: list[str]) -> tuple[I32, I32]:
    places = [blob.place(t.encode()) for t in texts]
    return np.array([p[0] for p in places], np.int32), np.array([p[1] for p in places], np.int32)
