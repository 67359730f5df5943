"""Steps that a program's kernel cannot do: patterns, pairs, regular expressions, lists, durations."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8, Tape, Text
from penstock.content.catalogue import Catalogue
from penstock.content.plan import Placing, Plan, placing
from penstock.content.regexes import compiled
from penstock.content.steps import CompiledStep
from penstock.formats.colon_pairs import colon_pairs_tape
from penstock.formats.kv import kv_tape
from penstock.formats.unescape import unescape
from penstock.kernels import slices
from penstock.kernels.addresses import to_mac
from penstock.kernels.distinct import give_slices, number_slices, pick_present
from penstock.kernels.durations import to_nanoseconds
from penstock.stages.arrays import elements
from penstock.stages.draft import Draft
from penstock.stages.matching import match_sets, place

MOST_DISTINCT = 8192
"""Distinct values of a batch that a pattern is asked of one by one; where there are more, it is asked of all values."""

_NONE = np.empty(0, np.int32)
_ONE_GROUP = np.array([0, 1], np.int32)

Where = NDArray[np.uint8]
"""uint8[n]: 1 where a step's condition holds."""


def _give(draft: Draft, name: str, start: I32, length: I32, where: Where, *, over: bool) -> None:
    """Write slices to a column where they are present, allowed, and (unless `over`) nothing stands yet."""
    there = (length >= 0) & (where != 0)
    if not there.any():
        return
    own_start, own_length = draft.put(name)
    if not over:
        there &= own_length < 0
    np.copyto(own_start, start, where=there)
    np.copyto(own_length, length, where=there)


def _masked(draft: Draft, name: str, where: Where) -> tuple[I32, I32]:
    """A column's slices, absent where the step's condition does not hold."""
    column = draft.get(name)
    if column is None:
        return np.zeros(len(draft), np.int32), np.full(len(draft), -1, np.int32)
    start, length = column
    return start.copy(), np.where(where != 0, length, np.int32(-1)).astype(np.int32)


def _present(draft: Draft, name: str, where: Where, least: int) -> tuple[I32, I32, I32]:
    """The rows where the step's condition holds and the column has `least` bytes at least, and what stands there."""
    column = draft.get(name)
    if column is None:
        return _NONE, _NONE, _NONE
    rows, start, length = np.empty((3, len(draft)), np.int32)
    count = pick_present(*column, where, least, rows, start, length)
    return rows[:count], start[:count], length[:count]


@lru_cache(4096)
def _captures(plan: Plan, step: CompiledStep, keys: int) -> tuple[Placing, I32]:
    """Where what a step captures goes: the same for every batch."""
    put = placing([{key: [plan.place[name]] for key, name in step.captures.items()}])
    return put, put.local(keys + 1)


def _pattern(draft: Draft, step: CompiledStep, where: Where, catalogue: Catalogue) -> None:
    select, start, length = _present(draft, step.reads[0], where, 0)
    if not len(select):
        return
    start, length, which = _distinct(draft.text, start, length)
    m = len(start)
    family, chosen = np.empty(m, np.int32), np.empty(m, np.int32)
    family.fill(-1)
    chosen.fill(-1)
    each, group = np.arange(m, dtype=np.int32), np.zeros(m, np.int32)
    sets = np.array([step.pattern_set], np.int32)
    tape = match_sets(draft.text, catalogue.sets, each, start, length, group, _ONE_GROUP, sets, family, chosen)
    _take_tape(draft, step, tape, (family >= 0).nonzero()[0].astype(np.int32), select, which, catalogue)


def _kv(draft: Draft, step: CompiledStep, where: Where, catalogue: Catalogue) -> None:
    select, start, length = _present(draft, step.reads[0], where, 1)
    if not len(select):
        return
    grammar = colon_pairs_tape if step.arguments.get("form") == "colon" else kv_tape
    tape, bad = grammar(draft.text, select, start, length, catalogue.keys)
    escaped = np.flatnonzero(tape.written >= 6)
    if len(escaped):
        s, n, w = tape.start[escaped], tape.length[escaped], tape.written[escaped]
        unescape(draft.text, s, n, w)
        tape.start[escaped], tape.length[escaped], tape.written[escaped] = s, n, w
    hit = np.flatnonzero(bad == 0).astype(np.int32)
    _take_tape(draft, step, tape, hit, select, np.arange(len(select), dtype=np.int32), catalogue)


def _distinct(text: Text, start: I32, length: I32) -> tuple[I32, I32, I32]:
    """Distinct slices (start, length), and which of them each is; where few recur, all of them."""
    n = len(start)
    which = np.empty(n, np.int32)
    most = min(n // 2 + 1, MOST_DISTINCT)
    slots = np.empty(1 << (2 * most).bit_length(), np.int32)
    slots.fill(-1)
    starts, lengths = np.empty(most, np.int32), np.empty(most, np.int32)
    table = (slots, np.empty(most, np.uint64), starts, lengths, np.zeros(1, np.int64))
    count = number_slices(text.data, start, length, *table, which)
    if count < 0:
        return start, length, np.arange(n, dtype=np.int32)
    return starts[:count], lengths[:count], which


def _take_tape(
    draft: Draft, step: CompiledStep, tape: Tape, hit: I32, rows: I32, which: I32, catalogue: Catalogue
) -> None:
    """Captured parts to their columns: taken in a draft of the tape's rows that hit, then given to the whole one.

    Row rows[k] of the draft has what row which[k] of the tape captured.
    """
    if not len(hit):
        return
    small = Draft(draft.plan, draft.text, draft.rows[: len(hit)], np.zeros(len(hit), np.int32))
    put, local = _captures(draft.plan, step, catalogue.keys.count)
    consumed = np.zeros(len(tape.key) + 1, np.uint8)
    place(small, tape, hit, put, local, consumed)
    at = np.empty(len(tape.begin) - 1, np.int32)
    at.fill(-1)
    at[hit] = np.arange(len(hit), dtype=np.int32)
    for c in small.used.nonzero()[0].tolist():
        name = draft.plan.columns[c].name
        start, length = draft.put(name)
        over = bool(step.over or name in step.reads)
        give_slices(which, at, small.start[c], small.length[c], rows, over, start, length)


def _regex(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    search = compiled(step.arguments["match"]).search
    names = step.arguments["names"]
    begin = np.zeros((len(names), len(draft)), np.int32)
    size = np.full((len(names), len(draft)), -1, np.int32)
    for i in np.flatnonzero(length >= 0).tolist():
        found = search(draft.text.slice(int(start[i]), int(length[i])))
        if found is None:
            continue
        for k in range(len(names)):
            first, end = found.span(k + 1)
            if first >= 0:
                begin[k, i], size[k, i] = start[i] + first, end - first
    for k, name in enumerate(names):
        _give(draft, name, begin[k], size[k], where, over=step.over)


def _duration(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    bad = np.zeros(len(draft), np.uint8)
    data = draft.text.reserve(20 * len(draft))
    draft.text.used = int(to_nanoseconds(data, draft.text.used, start, length, step.arguments["scale"], bad))
    length[bad != 0] = -1
    _give(draft, step.writes[0], start, length, where, over=step.over or step.writes == step.reads)


def _list(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    room = 8 * int(np.maximum(length, 0).sum(dtype=np.int64)) + 16 * len(draft) + 64
    data = draft.text.reserve(room)
    out_start, out_length = np.zeros(len(draft), np.int32), np.full(len(draft), -1, np.int32)
    separator = np.frombuffer(step.arguments["separator"], np.uint8)
    draft.text.used = int(
        slices.split_lists(data, draft.text.used, start, length, separator, where, out_start, out_length)
    )
    _give(draft, step.writes[0], out_start, out_length, where, over=step.over or step.writes == step.reads)


def _items(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    source, size = _masked(draft, step.reads[0], where)
    targets = step.arguments["to"]
    start = np.zeros((len(targets), len(draft)), np.int32)
    length = np.full((len(targets), len(draft)), -1, np.int32)
    for i in np.flatnonzero(size > 0).tolist():
        raw = draft.text.slice(int(source[i]), int(size[i]))
        found = elements(raw) if raw[:1] == b"[" else None
        for k, value in enumerate((found or [raw])[: len(targets)]):
            if value:
                start[k, i], length[k, i] = draft.text.append(value), len(value)
    for k, name in enumerate(targets):
        if name:
            _give(draft, name, start[k], length[k], where, over=step.over)


def _mac(draft: Draft, step: CompiledStep, _where: Where, _: Catalogue) -> None:
    for name in step.reads:
        if draft.has(name):
            start, length = draft.put(name)
            bad: U8 = np.zeros(len(draft), np.uint8)
            data = draft.text.reserve(24 * len(draft))
            draft.text.used = int(to_mac(data, draft.text.used, start, length, bad))


VERBS: dict[str, Callable[[Draft, CompiledStep, Where, Catalogue], None]] = {
    "pattern": _pattern,
    "regex": _regex,
    "kv": _kv,
    "duration": _duration,
    "list": _list,
    "items": _items,
    "mac": _mac,
}
