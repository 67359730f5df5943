"""What the syslog header says, as columns: `log.syslog.*`; host, application, process where the pack wants them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from penstock.columns import I32, U8
from penstock.content.plan import Plan
from penstock.content.syslog_codes import WireConstants
from penstock.formats.syslog import Headers
from penstock.kernels import syslog_header as parts
from penstock.kernels.header_columns import give_codes, give_parts
from penstock.stages.draft import Draft

_PARTS = {"host": parts.HOST, "app": parts.APP, "pid": parts.PID, "message_id": parts.MSGID, "data": parts.DATA}
_OWN = {
    "host": "log.syslog.hostname",
    "app": "log.syslog.appname",
    "pid": "log.syslog.procid",
    "message_id": "log.syslog.msgid",
    "data": "log.syslog.structured_data",
}
HEADER_TIME = "_header_time"
"""Where the header's time waits for `normalise`."""


def add_header(draft: Draft, found: Headers, at: I32, wire: WireConstants) -> None:
    """Fill the draft from the headers of its records (`at`: their places among the headers).

    A part goes to the pack's fields for it, to `log.syslog.*` where the pack has none; what a record's own payload has
    already said stays.
    """
    if not found.shape[at].any():
        return
    codes, slices = _places(draft.plan, wire)
    give_codes(found.pri, at, draft.blob, *codes, draft.start, draft.length, draft.used)
    give_parts(found.start, found.length, at, *slices, draft.start, draft.length, draft.used)


@lru_cache(4096)
def _places(plan: Plan, wire: WireConstants) -> tuple[tuple[I32, I32, I32], tuple[I32, I32, U8]]:
    """Where a plan wants what: the priority's columns and their constants, parts and their columns."""
    names = [name for name in wire.priority if plan.wants(name)]
    sizes = len(next(iter(wire.priority.values()))[0])
    offset, size = (np.array([wire.priority[n][i] for n in names], np.int32).reshape(-1, sizes) for i in (0, 1))
    asked = [
        (row, name)
        for part, row in _PARTS.items()
        for name in plan.header.get(part, ()) or (_OWN[part],)
        if plan.wants(name)
    ]
    asked.append((parts.TIME, HEADER_TIME))
    return (
        (np.array([plan.place[n] for n in names], np.int32), offset, size),
        (
            np.array([row for row, _ in asked], np.int32),
            np.array([plan.place[name] for _, name in asked], np.int32),
            np.array([name == HEADER_TIME for _, name in asked], np.uint8),
        ),
    )
