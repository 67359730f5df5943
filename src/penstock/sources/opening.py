"""What a stream is, told by its first bytes: compressed, UTF-16, a JSON document, EVTX, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.core import Batch
from penstock.sources.framing import Bounds, LineFramer
from penstock.sources.reading import Cursor, Reader, Stamp, read_batches, skip


@contextmanager
def open_stream(
    reader: Reader,
    stamp: Stamp,
    bounds: Bounds,
    cursor: Cursor,
    *,
    path: Path | None = None,
    closed: Callable[[], bool] = lambda: False,
) -> Iterator[Iterator[tuple[Batch, Cursor]]]:
    """The batches of a stream after `cursor`."""
    skip(reader, cursor.offset)
    yield read_batches(reader, LineFramer(bounds), stamp, bounds, offset=cursor.offset, closed=closed)
