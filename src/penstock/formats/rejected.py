"""Reject rows: what is kept of a record that became no event, so that it can be understood and sent through again."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import orjson

from penstock.columns import I32, SLACK
from penstock.core import Batch, Lines
from penstock.kernels.identity import ID_LENGTH, LANES, write_ids
from penstock.schema.instants import rfc3339

if TYPE_CHECKING:
    import pyarrow as pa

KEPT = 65_536
"""Bytes kept of a reject."""

VARYING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9A-Fa-f]{8,}|\d+")
"""What differs between two messages of the same failure: quoted values and numbers."""

FIELDS = (
    "event.id",
    "event.ingested",
    "event.original",
    "event.dataset",
    "error.stage",
    "error.category",
    "error.code",
    "error.message",
    "error.fingerprint",
    "error.original_base64",
    "error.length",
    "error.sha256",
    "penstock.pack",
    "penstock.source",
    "penstock.stream",
    "penstock.position",
    "penstock.reference",
    "penstock.zone",
    "penstock.header",
)
"""A reject row's fields, in this order."""

SHOWN = FIELDS.index("penstock.source")
"""So many of them stand in NDJSON: the others are for a replay out of the lake."""


def reject_rows(batch: Batch) -> pa.Table:
    """The batch's rejects as rows of `FIELDS`, in the order they were made.

    `event.original` is the record as text. Bytes that are no UTF-8 stand there as U+FFFD, and exactly in
    `error.original_base64`. Of a record over `KEPT` bytes only so many are kept, with `error.length` and the whole
    one's `error.sha256`; other rows have neither.
    """
    import pyarrow as pa  # noqa: PLC0415  a third of a second, which NDJSON need not wait for

    kinds = dict.fromkeys(("error.length", "penstock.position", "penstock.zone"), pa.int64())
    kinds |= dict.fromkeys(("event.ingested", "penstock.reference"), pa.timestamp("us", "UTC"))
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in FIELDS])
    return pa.table([pa.array(c, f.type) for c, f in zip(_columns(batch), schema, strict=True)], schema=schema)


def reject_ndjson(batch: Batch) -> bytes:
    """The same rows as NDJSON, in the order of their records; absent fields are left out."""
    rejects = batch.rejects
    if not len(rejects):
        return b""
    columns = _columns(batch)[:SHOWN]
    columns[1] = [rfc3339(batch.lines.arrived)] * len(rejects)
    rows = list(zip(*columns, strict=True))
    written = []
    for i in np.argsort(rejects.rows, kind="stable").tolist():
        row = {name: value for name, value in zip(FIELDS, rows[i], strict=False) if value is not None}
        written.append(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return b"".join(written)


def _columns(batch: Batch) -> list[Sequence[object]]:
    """The values of `FIELDS`, one sequence each; times in microseconds."""
    lines, rejects = batch.lines, batch.rejects
    n = len(rejects)
    header = None if lines.header is None else lines.header.decode("utf-8", "replace")
    kept = [_kept(lines, row) for row in rejects.rows.tolist()]
    told = list(zip(rejects.stage, rejects.category, rejects.code, rejects.message, rejects.dataset, strict=True))
    return [
        record_ids(lines, rejects.rows),
        [lines.arrived] * n,
        [k[0] for k in kept],
        rejects.dataset,
        rejects.stage,
        rejects.category,
        rejects.code,
        rejects.message,
        [fingerprint(*t) for t in told],
        [k[1] for k in kept],
        [k[2] for k in kept],
        [k[3] for k in kept],
        [lines.pack or (d.split(".")[0] if d else None) for d in rejects.dataset],
        [lines.source] * n,
        [lines.stream.hex()] * n,
        lines.position[rejects.rows].tolist(),
        [lines.reference] * n,
        [lines.zone] * n,
        [header] * n,
    ]


@lru_cache(4096)
def fingerprint(stage: str, category: str, code: str, message: str, dataset: str | None) -> str:
    """16 hex digits, the same for failures that differ only in the values their messages quote."""
    same = "\0".join((stage, category, code, VARYING.sub("?", message), dataset or ""))
    return hashlib.blake2b(same.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def record_ids(lines: Lines, rows: I32) -> list[str]:
    """`event.id` of some records."""
    raw = [lines.record(row) for row in rows.tolist()]
    n, size = len(raw), sum(map(len, raw))
    room = np.zeros(size + n * ID_LENGTH + SLACK, np.uint8)
    room[:size] = np.frombuffer(b"".join(raw), np.uint8)
    length = np.array([len(r) for r in raw], np.int32)
    start = np.cumsum(length, dtype=np.int32) - length
    low, high = np.frombuffer(lines.stream, np.uint64, 2)
    ids_start, ids_length = np.empty(n, np.int32), np.empty(n, np.int32)
    write_ids(
        room, size, start, length, lines.position[rows], low, high, ids_start, ids_length, np.empty(LANES, np.uint64)
    )
    ids = room[size : size + n * ID_LENGTH].tobytes().decode()
    return [ids[i : i + ID_LENGTH] for i in range(0, len(ids), ID_LENGTH)]


def _kept(lines: Lines, row: int) -> tuple[str, str | None, int | None, str | None]:
    """Text, base64 where that is not exact, true length and digest where it was cut."""
    raw = lines.record(row)
    length, digest = lines.oversize.get(row, (None, None))
    if length is None and len(raw) > KEPT:
        length, digest = len(raw), hashlib.sha256(raw).hexdigest()
    if length is not None:
        raw = _cut(raw)
    try:
        return raw.decode(), None, length, digest
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), base64.b64encode(raw).decode(), length, digest


def _cut(raw: bytes) -> bytes:
    """The first `KEPT` bytes, or up to three less: not in the middle of a character."""
    end = min(KEPT, len(raw))
    while end < len(raw) and end > KEPT - 4 and raw[end] & 0xC0 == 0x80:
        end -= 1
    return raw[:end]
