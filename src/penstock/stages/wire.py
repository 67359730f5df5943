"""What the syslog header says, as columns: `log.syslog.*`; host, application, process where the pack wants them."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32
from penstock.content.syslog_codes import WireConstants
from penstock.formats.syslog import Headers
from penstock.kernels import syslog_header as parts
from penstock.kernels.slices import place_constants
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
    pri = found.pri[at].astype(np.int32)
    if (pri >= 0).any():
        everywhere = np.ones(len(at), np.uint8)
        for name, (offset, size) in wire.priority.items():
            if not draft.plan.wants(name):
                continue
            start, length = draft.put(name)
            place_constants(pri, draft.blob, offset, size, 0, everywhere, start, length)
    for part, row in _PARTS.items():
        length = found.length[row][at]
        here = length >= 0
        if not here.any():
            continue
        start = found.start[row][at]
        for name in draft.plan.header.get(part, ()) or (_OWN[part],):
            if not draft.plan.wants(name):
                continue
            own_start, own_length = draft.put(name)
            free = here & (own_length < 0)
            np.copyto(own_start, start, where=free)
            np.copyto(own_length, length, where=free)
    length = found.length[parts.TIME][at]
    if (length >= 0).any():
        own_start, own_length = draft.put(HEADER_TIME)
        own_start[:] = found.start[parts.TIME][at]
        own_length[:] = length
