"""Syslog headers (RFC 3164, RFC 5424 and what devices make of them), found for a whole batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8, Text
from penstock.formats.tapes import Fault
from penstock.kernels import syslog_header as kernel

BROKEN = Fault("syslog.header", "a syslog priority is there, but no header of RFC 3164 or RFC 5424 follows")


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """The headers of n records. shape uint8[n] and pri int16[n] as the kernel gives them; start, length int32[7, n]."""

    shape: U8
    pri: NDArray[np.int16]
    start: I32
    length: I32

    def part(self, part: int) -> tuple[I32, I32]:
        """One part's slices; `part` is one of the kernel's names (TIME, HOST, …)."""
        return self.start[part], self.length[part]


def headers(text: Text, start: I32, length: I32) -> Headers:
    """Where the parts of each record's header are. The body is the record when there is none."""
    n = len(start)
    found = Headers(
        np.zeros(n, np.uint8),
        np.full(n, -1, np.int16),
        np.zeros((kernel.PARTS, n), np.int32),
        np.full((kernel.PARTS, n), -1, np.int32),
    )
    kernel.scan_headers(text.data, start, length, found.shape, found.pri, found.start, found.length)
    return found


def no_headers(start: I32, length: I32) -> Headers:
    """Headers of records that have none, as rows of a table: every body is the record."""
    n = len(start)
    found = Headers(
        np.zeros(n, np.uint8),
        np.full(n, -1, np.int16),
        np.zeros((kernel.PARTS, n), np.int32),
        np.full((kernel.PARTS, n), -1, np.int32),
    )
    found.start[kernel.BODY], found.length[kernel.BODY] = start, length
    return found
