"""Run pattern sets over slices, and put a tape's entries into a draft's columns."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from penstock.columns import I32, U8, Kind, Tape, Text, Written
from penstock.content.pattern_sets import PatternSets
from penstock.content.plan import Placing, Plan
from penstock.formats.unescape import unescape
from penstock.kernels import tape as tapes
from penstock.kernels.patterns import MAX_BACK, match_patterns
from penstock.kernels.unescape import BACKSLASHED
from penstock.stages.draft import Draft


def match_sets(
    text: Text,
    sets: PatternSets,
    rows: I32,
    start: I32,
    length: I32,
    group: I32,
    group_begin: I32,
    group_sets: I32,
    family: I32,
    chosen: I32,
) -> Tape:
    """Offer slices to pattern sets (`kernels.patterns.match_patterns`); the tape of what they captured."""
    n = len(start)
    room = 16 * n + 256
    begin = np.zeros(n + 1, np.int32)
    out: list[Any] = [np.empty(room, t) for t in (np.int32, np.int32, np.int32, np.uint8, np.int32, np.int32, np.int32)]
    back = np.empty(3 * MAX_BACK, np.int64)
    row = 0
    s = sets
    while True:
        row = match_patterns(
            text.data,
            start,
            length,
            group,
            group_begin,
            group_sets,
            s.head,
            s.key,
            s.prefix,
            s.default,
            s.buckets.slot_hash,
            s.buckets.slot_value,
            s.list_begin,
            s.list_program,
            s.program_pc,
            s.program_family,
            s.code,
            s.literals,
            s.classes,
            s.firsts,
            row,
            begin,
            *out,
            family,
            chosen,
            back,
        )
        if row >= n:
            break
        room *= 2
        out = [np.concatenate([o, np.empty(room - len(o), o.dtype)]) for o in out]
    end = int(begin[n])
    escaped = (out[3][:end] >= BACKSLASHED).nonzero()[0]
    if len(escaped):
        s_start, s_length, s_written = out[1][escaped], out[2][escaped], out[3][escaped]
        unescape(text, s_start, s_length, s_written)
        out[1][escaped], out[2][escaped], out[3][escaped] = s_start, s_length, s_written
    return Tape(rows, begin, *(o[:end] for o in out))


def place(draft: Draft, tape: Tape, select: I32, placing: Placing, local: I32, consumed: U8) -> None:
    """Put tape entries into the draft's columns; several values of an array column become one array."""
    plan = draft.plan
    put = (placing.which[draft.family], local, placing.keys, placing.begin, placing.column)
    several = _several(plan, placing)
    more = np.empty((3, len(tape.key) * placing.widest if several else 0), np.int32)
    taken = np.empty(len(plan.columns), np.int32)
    taken.fill(-1)
    extra = tapes.scatter(
        draft.text.data,
        select,
        tape.begin,
        tape.key,
        tape.start,
        tape.length,
        tape.written,
        *put,
        plan.takes_nulls,
        plan.many,
        plan.null_words,
        plan.null_lengths,
        draft.start,
        draft.length,
        draft.used,
        consumed,
        *more,
        np.empty(len(plan.columns), np.int32),
        taken,
    )
    if extra:
        _join_more(draft, tape, *more[:, :extra])


@lru_cache(4096)
def _several(plan: Plan, placing: Placing) -> bool:
    """Whether anything goes to a column that is an array."""
    return bool(plan.many[placing.column].any())


@lru_cache(4096)
def _unquoted(plan: Plan) -> U8:
    """uint8[C]: the column's values stand without quotes in JSON."""
    return np.array([c.kind in (Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN) for c in plan.columns], np.uint8)


def _join_more(draft: Draft, tape: Tape, row: I32, column: I32, entry: I32) -> None:
    """Write arrays for cells that got several values."""
    order = np.lexsort((entry, column, row))
    row, column, entry = row[order], column[order], entry[order]
    new = np.flatnonzero(np.r_[True, (np.diff(row) != 0) | (np.diff(column) != 0)])
    end = np.r_[new[1:], len(row)].astype(np.int64)
    r, c = row[new], column[new]
    start, length = draft.start[c, r], draft.length[c, r]
    sizes = tape.length[entry]
    room = 6 * int(length.sum(dtype=np.int64) + sizes.sum(dtype=np.int64)) + 8 * len(entry) + 8 * len(new) + 64
    data = draft.text.reserve(room)
    out_start, out_length = np.empty(len(new), np.int32), np.empty(len(new), np.int32)
    unquoted = _unquoted(draft.plan)
    written = tape.written[entry]
    number = np.isin(written, (Written.NUMBER, Written.BOOL)) & (unquoted[column] != 0)
    raw = (number | (written == Written.NESTED)).astype(np.uint8)
    draft.text.used = int(
        tapes.join_more(
            data, draft.text.used, start, length, end, unquoted[c], tape.start[entry], sizes, raw, out_start, out_length
        )
    )
    draft.start[c, r], draft.length[c, r] = out_start, out_length
