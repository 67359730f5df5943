"""Records of several lines: XML events, told by content; stack traces and other blocks, when a source says so."""

from __future__ import annotations

import re
from enum import IntEnum

from penstock.kernels.blocks import frame_blocks, frame_events
from penstock.sources.framing import Bounds, LineFramer, Scan

EVENTS = -3
"""First number of the state of the event framer."""

_WRAPPED = re.compile(rb"\s*(<\?xml[^>]*\?>\s*)?(<Events\b[^>]*>\s*)?<Event[\s>]")


class Multiline(IntEnum):
    """Which lines go on with the record before them."""

    INDENTED = 1  # those that begin with a space or tab
    JAVA = 2  # those, and `Caused by:`, `Suppressed:`, `... n more`, `}`
    UNDATED = 3  # those that begin with no number, date, `<PRI>` or `[date`


class BlockFramer(LineFramer):
    """A record a line with the lines that go on with it."""

    def __init__(self, bounds: Bounds, rule: Multiline) -> None:
        def scan(*what: object) -> tuple[int, int, int]:
            kernel: Scan = frame_blocks
            return kernel(*what, int(rule), bounds.lines, min(bounds.assembled, bounds.longest))

        super().__init__(bounds, scan)


class EventFramer(LineFramer):
    """A record an XML event. What stands around events is filtered as `wrapper`."""

    def __init__(self, bounds: Bounds) -> None:
        def scan(*what: object) -> tuple[int, int, int]:
            kernel: Scan = frame_events
            return kernel(*what, bounds.longest)

        super().__init__(bounds, scan, "wrapper")

    def state(self) -> list[int] | None:
        """See `Framer`."""
        return [EVENTS]


def spans_lines(sample: bytes) -> bool:
    """Whether a stream that begins with `sample` is XML events other than one whole event a line."""
    found = _WRAPPED.match(sample)
    if found is None:
        return False
    if found[1] or found[2]:
        return True
    line = sample.lstrip().split(b"\n", 1)[0].rstrip()
    return line.count(b"</Event>") != 1 or not line.endswith(b"</Event>")
