"""What one correlation is told: the events that matched the rules it refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, I64, NULL, SLACK, U8
from penstock.kernels.siphash import hash_rows

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

Secret = tuple[int, int]
"""128 bits that only this deployment knows. Hashes of groups and values are taken under it, so that nobody who sends
events can choose which fall together. It decides no result, but state made under one is of no use under another."""


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """n events, in any order. An event that several rules matched stands here once for each.

    data          uint8: what the slices point into, with SLACK readable bytes past the last
    key_start     int32[k, n]  slices of the group-by values and, behind these, of the values carried along;
    key_length    int32[k, n]  length -1 is absent
    key           uint64[n, 2] hash of the group-by values (`hashes`)
    rule          int32[n]     place in `Correlation.rules`
    time          int64[n]     event time, microseconds UTC
    id            uint64[n, 2] event.id, high half first
    value         what is measured: uint64[n] hashes (the low word of `hashes`, 0 where there is no value), float64[n]
                  numbers (NaN where there is none), or None
    """

    data: U8
    key_start: I32
    key_length: I32
    key: U64
    rule: I32
    time: I64
    id: U64
    value: U64 | F64 | None = None

    def __len__(self) -> int:
        return len(self.time)


def hashes(data: U8, start: I32, length: I32, secret: Secret) -> U64:
    """128-bit hashes uint64[n, 2] of the values in each column of start and length, int32[k, n].

    Zero where a value is absent; else the low word is not zero.
    """
    out = np.empty((start.shape[1], 2), np.uint64)
    words = np.array(secret, np.uint64)
    hash_rows(data, np.ascontiguousarray(start), np.ascontiguousarray(length), words[0], words[1], out)
    return out


def nothing(correlation_keys: int) -> Signals:
    """No events, for a correlation of so many group-by and carried values: when only the watermark moves."""
    none = np.empty((correlation_keys, 0), np.int32)
    zero = np.empty((0, 2), np.uint64)
    return Signals(np.zeros(SLACK, np.uint8), none, none, zero, np.empty(0, np.int32), np.empty(0, np.int64), zero)


def together(several: Sequence[Signals]) -> Signals:
    """Several as one."""
    if len(several) == 1:
        return several[0]
    ends = np.cumsum([0, *(len(s.data) for s in several)])
    start = [np.where(s.key_length == NULL, 0, s.key_start + at) for s, at in zip(several, ends, strict=False)]
    values = [s.value for s in several]
    return Signals(
        data=np.concatenate([s.data for s in several]),
        key_start=np.concatenate(start, axis=1).astype(np.int32),
        key_length=np.concatenate([s.key_length for s in several], axis=1),
        key=np.concatenate([s.key for s in several]),
        rule=np.concatenate([s.rule for s in several]),
        time=np.concatenate([s.time for s in several]),
        id=np.concatenate([s.id for s in several]),
        value=None if values[0] is None else np.concatenate([v for v in values if v is not None]),
    )
