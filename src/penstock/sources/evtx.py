"""Windows event log files: each record as its XML, on one line. Chunks and records that are damaged are rejects."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from penstock.columns import Text
from penstock.core import Batch, Rejects
from penstock.errors import Category
from penstock.sources.framing import Bounds
from penstock.sources.reading import Cursor, Reader, Refused, Stamp, refusal

_HEADER, _CHUNK = 4096, 65_536
_LARGEST = 4 << 30
"""Bytes of an event log that has to be unpacked first."""
_BETWEEN = re.compile(r">\s*\n\s*<")
_FAILURES = 1000
"""After so many damaged records in a row the rest of the file is given up."""

Item = tuple[int, bytes, str]
"""Record number, XML, what is wrong with it (empty: nothing)."""


def read_evtx(
    reader: Reader, path: Path | None, stamp: Stamp, bounds: Bounds, cursor: Cursor
) -> Iterator[tuple[Batch, Cursor]]:
    """The batches of an event log. `path` is given when the file itself is one: then it need not be copied.

    Positions are record numbers. A cursor's offset counts records, damaged ones included.
    """
    with tempfile.SpooledTemporaryFile(max_size=16 << 20) as spooled:
        items: list[Item] = []
        size = done = sequence = 0
        refused: Refused | None = None
        try:
            if path is None:
                _copy(reader, spooled)
            if path is None:
                cut_off = _cut_off(spooled)
            else:
                with path.open("rb") as file:
                    cut_off = _cut_off(file)
            for item in _records(str(path) if path else spooled):
                done += 1
                if done <= cursor.offset:
                    continue
                items.append(item)
                size += len(item[1])
                if size >= bounds.size or len(items) >= bounds.records:
                    yield _batch(items, stamp, sequence), Cursor(done)
                    items, size, sequence = [], 0, sequence + 1
            if cut_off:
                raise Refused(Category.PARSE_ERROR, "evtx_truncated", "the event log is cut off within a chunk")  # noqa: TRY301
        except Refused as stop:
            refused = stop
        if items:
            yield _batch(items, stamp, sequence), Cursor(done)
            sequence += 1
        if refused is not None:
            yield refusal(refused, stamp, sequence), Cursor(done, ended=True)


def _records(file: str | IO[bytes]) -> Iterator[Item]:
    """All records of a file, in its order."""
    import evtx  # noqa: PLC0415  only when there is such input

    try:
        records = iter(evtx.PyEvtxParser(file, number_of_threads=1).records())
    except (RuntimeError, OSError, ValueError) as error:
        raise Refused(Category.PARSE_ERROR, "evtx_damaged", f"no readable event log: {error}") from error
    failures = 0
    number = 0
    while failures < _FAILURES:
        try:
            record = cast("dict[str, Any]", next(records))
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            failures += 1
            number += 1
            yield number, b"", f"damaged record: {error}"
        else:
            failures = 0
            number = int(record["event_record_id"])
            yield number, one_line(record["data"]), ""
    raise Refused(Category.PARSE_ERROR, "evtx_damaged", f"{_FAILURES} damaged records in a row: the rest is given up")


def one_line(xml: str) -> bytes:
    """An indented event on one line; line breaks within values become character references."""
    body = xml[xml.index("?>") + 2 :] if xml.startswith("<?xml") else xml
    body = _BETWEEN.sub("><", body).strip()
    return body.replace("\r", "&#13;").replace("\n", "&#10;").encode("utf-8", "surrogatepass")


def _cut_off(file: IO[bytes]) -> bool:
    """Whether chunks are missing at the end: the library passes over them in silence."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(42)
    chunks = int.from_bytes(file.read(2), "little")
    whole, rest = divmod(max(size - _HEADER, 0), _CHUNK)
    file.seek(_HEADER + whole * _CHUNK)
    begun = rest > 0 and file.read(8) == b"ElfChnk\0"
    file.seek(0)
    return begun or whole < chunks


def _copy(reader: Reader, out: IO[bytes]) -> None:
    """All of a stream into a file, for the format is read by jumping."""
    room = bytearray(1 << 20)
    size = 0
    while (n := reader.readinto(memoryview(room))) != 0:
        out.write(room[: n or 0])
        size += n or 0
        if size > _LARGEST:
            raise Refused(Category.OVERSIZE, "evtx_too_large", f"an event log over {_LARGEST} bytes in a stream")
    out.seek(0)


def _batch(items: list[Item], stamp: Stamp, sequence: int) -> Batch:
    length = np.array([len(xml) for _, xml, _ in items], np.int32)
    start = (np.cumsum(length) - length).astype(np.int32)
    joined = b"".join(xml for _, xml, _ in items)
    text = Text.of(joined, len(joined) + (1 << 20))
    position = np.array([number for number, _, _ in items], np.int64)
    batch = Batch.of(stamp.lines(text, start, length, position), sequence=sequence)
    bad = [row for row, (_, _, wrong) in enumerate(items) if wrong]
    if not bad:
        return batch
    n = len(bad)
    return batch.reject(
        Rejects(
            np.array(bad, np.int32),
            ("frame",) * n,
            (Category.PARSE_ERROR,) * n,
            ("evtx_damaged",) * n,
            tuple(items[row][2] for row in bad),
            (None,) * n,
        )
    )
