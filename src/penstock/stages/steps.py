"""Run a pack's steps over a draft: each is a few passes over whole columns, however many rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from penstock.columns import I32, U8
from penstock.content.catalogue import Catalogue
from penstock.content.plan import placing
from penstock.content.steps import HASHES, URL_PARTS, CompiledStep, Table
from penstock.formats.colon_pairs import colon_pairs_tape
from penstock.formats.kv import kv_tape
from penstock.formats.unescape import unescape
from penstock.kernels import slices, splits
from penstock.kernels.addresses import to_mac
from penstock.kernels.durations import to_nanoseconds
from penstock.stages.arrays import elements
from penstock.stages.conditions import Where, holds
from penstock.stages.draft import Draft
from penstock.stages.matching import match_sets, place

_EVEN_IF_ABSENT = frozenset({"join", "copy", "lower", "upper", "mac"})
"""Verbs that have work though the first field they read is absent."""


def run_steps(draft: Draft, catalogue: Catalogue) -> None:
    """All steps of the draft's plan, in order."""
    for step in draft.plan.steps:
        if step.reads and step.verb not in _EVEN_IF_ABSENT and draft.get(step.reads[0]) is None:
            continue
        where = np.ones(len(draft), np.uint8) if step.when is None else holds(draft, step.when)
        if step.when is None or where.any():
            _VERBS[step.verb](draft, step, where, catalogue)


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


def _set(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    codes = np.zeros(len(draft), np.int32)
    for name, (offset, size) in step.constants.items():
        start, length = draft.put(name)
        slices.place_constants(
            codes,
            draft.blob,
            np.array([offset], np.int32),
            np.array([size], np.int32),
            int(step.over),
            where,
            start,
            length,
        )


def _copy(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    kept = step.arguments["kept"]
    for target, sources in step.arguments["pairs"].items():
        for i, source in enumerate(sources):
            column = draft.get(source)
            if column is None:
                continue
            start, length = column
            if step.table is not None and source.startswith(kept) and not target.startswith(kept):
                null = _among(draft, start, length, step.table) >= 0
                length = np.where(null, np.int32(-1), length).astype(np.int32)
            _give(draft, target, start, length, where, over=step.over and i == 0)


_FIRST = np.zeros(1, np.int32)


def _among(draft: Draft, start: I32, length: I32, table: Table) -> I32:
    """What stands in a table for each value of a column, -1 where nothing does."""
    out = np.empty(len(draft), np.int32)
    slots = table.slots
    box = np.empty(264, np.uint8)
    slices.find_values(
        draft.text.data, start[None], length[None], _FIRST, table.fold, slots.slot_hash, slots.slot_value, -1, out, box
    )
    return out


def _lookup(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    table = step.table
    if table is None or not step.writes:
        return
    n = len(draft)
    columns = [draft.get(name) for name in step.reads]
    nothing = (np.zeros(n, np.int32), np.full(n, -1, np.int32))
    start = np.ascontiguousarray(np.stack([(c or nothing)[0] for c in columns]))
    length = np.ascontiguousarray(np.stack([(c or nothing)[1] for c in columns]))
    rows = len(table.offset[step.writes[0]])
    codes = np.empty(n, np.int32)
    slices.find_values(
        draft.text.data,
        start,
        length,
        np.arange(len(columns), dtype=np.int32),
        table.fold,
        table.slots.slot_hash,
        table.slots.slot_value,
        rows - 1,
        codes,
        np.empty(264, np.uint8),
    )
    for name in step.writes:
        offset, size = table.offset[name], table.length[name]
        if not (size[codes[codes >= 0]] >= 0).any():
            continue
        own_start, own_length = draft.put(name)
        slices.place_constants(codes, draft.blob, offset, size, int(step.over), where, own_start, own_length)


def _pattern(draft: Draft, step: CompiledStep, where: Where, catalogue: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    select = np.flatnonzero(length >= 0).astype(np.int32)
    if not len(select):
        return
    m = len(select)
    family, chosen = np.full(m, -1, np.int32), np.full(m, -1, np.int32)
    ends = np.array([0, 1], np.int32)
    sets = np.array([step.pattern_set], np.int32)
    tape = match_sets(
        draft.text,
        catalogue.sets,
        select,
        start[select],
        length[select],
        np.zeros(m, np.int32),
        ends,
        sets,
        family,
        chosen,
    )
    hit = np.flatnonzero(family >= 0).astype(np.int32)
    _take_tape(draft, step, tape, hit, select[hit], catalogue)


def _kv(draft: Draft, step: CompiledStep, where: Where, catalogue: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    select = np.flatnonzero(length > 0).astype(np.int32)
    if not len(select):
        return
    grammar = colon_pairs_tape if step.arguments.get("form") == "colon" else kv_tape
    tape, bad = grammar(draft.text, select, start[select], length[select], catalogue.keys)
    escaped = np.flatnonzero(tape.written >= 6)
    if len(escaped):
        s, n, w = tape.start[escaped], tape.length[escaped], tape.written[escaped]
        unescape(draft.text, s, n, w)
        tape.start[escaped], tape.length[escaped], tape.written[escaped] = s, n, w
    hit = np.flatnonzero(bad == 0).astype(np.int32)
    _take_tape(draft, step, tape, hit, select[hit], catalogue)


def _take_tape(draft: Draft, step: CompiledStep, tape: object, hit: I32, rows: I32, catalogue: Catalogue) -> None:
    """Captured parts to their columns: taken in a draft of the hit rows only, then given to the whole one."""
    if not len(hit):
        return
    small = Draft(draft.plan, draft.text, draft.rows[rows], np.zeros(len(hit), np.int32))
    put = placing([{key: [draft.plan.place[name]] for key, name in step.captures.items()}])
    local = put.local(catalogue.keys.count + 1)
    consumed = np.zeros(len(tape.key) + 1, np.uint8)  # type: ignore[attr-defined]
    place(small, tape, hit, put, local, consumed)  # type: ignore[arg-type]
    for c in np.flatnonzero(small.used):
        name = draft.plan.columns[c].name
        start, length = draft.put(name)
        free = small.length[c] >= 0
        if not step.over and name not in step.reads:
            free &= length[rows] < 0
        start[rows[free]] = small.start[c][free]
        length[rows[free]] = small.length[c][free]


def _regex(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    import polars as pl  # noqa: PLC0415  only packs that need a regex pay for it

    start, length = _masked(draft, step.reads[0], where)
    select = np.flatnonzero(length >= 0)
    if not len(select):
        return
    data = draft.text.data
    values = [
        data[s : s + n].tobytes().decode("utf-8", "replace") for s, n in zip(start[select], length[select], strict=True)
    ]
    found = pl.Series(values, dtype=pl.String).str.extract_groups(step.arguments["match"]).struct.unnest()
    for name, column in zip(step.arguments["names"], found.get_columns(), strict=True):
        s, n = np.zeros(len(draft), np.int32), np.full(len(draft), -1, np.int32)
        for i, value in zip(select, column.to_list(), strict=True):
            if value is not None:
                raw = value.encode()
                s[i], n[i] = draft.text.append(raw), len(raw)
        _give(draft, name, s, n, where, over=step.over)


def _split(kernel: Callable[..., None], parts: int) -> Callable[[Draft, CompiledStep, Where], tuple[I32, I32]]:
    """A kernel that splits one column into several."""

    def run(draft: Draft, step: CompiledStep, where: Where) -> tuple[I32, I32]:
        source, size = _masked(draft, step.reads[0], where)
        start = np.zeros((parts, len(draft)), np.int32)
        length = np.empty((parts, len(draft)), np.int32)
        kernel(draft.text.data, source, size, start, length)
        return start, length

    return run


_split_url = _split(splits.split_urls, 8)
_split_path = _split(splits.split_paths, 3)
_split_account = _split(splits.split_accounts, 2)
_split_hashes = _split(splits.split_hashes, 5)


def _url(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _split_url(draft, step, where)
    for i, name in enumerate(step.writes[: len(URL_PARTS)]):
        _give(draft, name, start[i], length[i], where, over=step.over)


def _path(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _split_path(draft, step, where)
    for i, part in enumerate(("name", "directory", "extension")):
        if part in step.arguments:
            _give(draft, step.arguments[part], start[i], length[i], where, over=step.over)


def _account(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _split_account(draft, step, where)
    for i, name in enumerate(step.writes):
        _give(draft, name, start[i], length[i], where, over=step.over or name in step.reads)


def _hashes(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _split_hashes(draft, step, where)
    for i, kind in enumerate(HASHES):
        _give(draft, step.arguments[kind], start[i], length[i], where, over=step.over)


def _duration(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    bad = np.zeros(len(draft), np.uint8)
    data = draft.text.reserve(20 * len(draft))
    draft.text.used = int(to_nanoseconds(data, draft.text.used, start, length, step.arguments["scale"], bad))
    length[bad != 0] = -1
    _give(draft, step.writes[0], start, length, where, over=step.over or step.writes == step.reads)


def _time(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    start, length = _masked(draft, step.reads[0], where)
    _give(draft, step.writes[0], start, length, where, over=step.over)


def _join(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    parts = np.zeros((len(step.arguments["parts"]), 3), np.int32)
    starts, lengths = [np.zeros(len(draft), np.int32)], [np.full(len(draft), -1, np.int32)]
    for i, part in enumerate(step.arguments["parts"]):
        if isinstance(part, tuple):
            parts[i] = (-1, draft.blob + part[0], part[1])
            continue
        column = draft.get(part)
        if column is None:
            return
        parts[i, 0] = len(starts)
        starts.append(column[0])
        lengths.append(column[1])
    start, length = np.stack(starts), np.stack(lengths)
    room = int(np.maximum(length, 0).sum(dtype=np.int64)) + int(parts[:, 2].sum()) * len(draft) + 64
    data = draft.text.reserve(room)
    out_start, out_length = np.zeros(len(draft), np.int32), np.full(len(draft), -1, np.int32)
    draft.text.used = int(slices.join_slices(data, draft.text.used, start, length, parts, where, out_start, out_length))
    _give(draft, step.writes[0], out_start, out_length, where, over=step.over)


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


def _case(*, upper: bool) -> Callable[[Draft, CompiledStep, Where, Catalogue], None]:
    def run(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
        for name in step.reads:
            if not draft.has(name):
                continue
            start, length = draft.put(name)
            data = draft.text.reserve(int(np.maximum(length, 0).sum(dtype=np.int64)))
            draft.text.used = int(slices.change_case(data, draft.text.used, start, length, where, upper))

    return run


def _mac(draft: Draft, step: CompiledStep, _where: Where, _: Catalogue) -> None:
    for name in step.reads:
        if draft.has(name):
            start, length = draft.put(name)
            bad: U8 = np.zeros(len(draft), np.uint8)
            data = draft.text.reserve(24 * len(draft))
            draft.text.used = int(to_mac(data, draft.text.used, start, length, bad))


def _swap(draft: Draft, step: CompiledStep, where: Where, _: Catalogue) -> None:
    for one, other in step.arguments["pairs"]:
        tails = {n[len(p) :] for p in (one, other) for n in draft.plan.place if n.startswith(p + ".")}
        for tail in sorted(tails):
            a, b = one + tail, other + tail
            if a not in draft.plan.place or b not in draft.plan.place or not (draft.has(a) or draft.has(b)):
                continue
            slices.swap_rows(where, *draft.put(a), *draft.put(b))


_VERBS: dict[str, Callable[[Draft, CompiledStep, Where, Catalogue], None]] = {
    "set": _set,
    "copy": _copy,
    "lookup": _lookup,
    "pattern": _pattern,
    "regex": _regex,
    "kv": _kv,
    "url": _url,
    "path": _path,
    "account": _account,
    "hashes": _hashes,
    "duration": _duration,
    "time": _time,
    "join": _join,
    "list": _list,
    "items": _items,
    "lower": _case(upper=False),
    "upper": _case(upper=True),
    "mac": _mac,
    "swap": _swap,
}
