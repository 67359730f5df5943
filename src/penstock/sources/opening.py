"""What a stream is, told by its first bytes: compressed, UTF-16, an event log, JSON documents, XML events, lines."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from penstock.core import Batch
from penstock.sources.decompress import Metered, unpacked
from penstock.sources.documents import DocumentFramer, is_documents
from penstock.sources.framing import Bounds, Framer, LineFramer
from penstock.sources.reading import Cursor, Prefixed, Reader, Refused, Stamp, peek, read_batches, refusal, skip
from penstock.sources.unicode import transcoded

SAMPLE = 64 * 1024
"""By how many of its first bytes a stream is known."""


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
    """The batches of a stream, which stands at its beginning, after `cursor`. `path` names it when it is a file."""
    with closing(_batches(reader, stamp, bounds, cursor, path, closed)) as batches:
        yield batches


def _batches(
    reader: Reader, stamp: Stamp, bounds: Bounds, cursor: Cursor, path: Path | None, closed: Callable[[], bool]
) -> Generator[tuple[Batch, Cursor], None, None]:
    if cursor.ended:
        return
    try:
        seen, stream, plain = _decoded(reader, bounds.seconds, closed)
        if seen.startswith(b"ElfFile\0"):
            from penstock.sources.evtx import read_evtx  # noqa: PLC0415  only when there is such input

            yield from read_evtx(stream, path if plain else None, stamp, bounds, cursor)
            return
    except Refused as refused:
        yield refusal(refused, stamp, 0), Cursor(ended=True)
        return
    mark = len(codecs.BOM_UTF8) if seen.startswith(codecs.BOM_UTF8) else 0
    framer = framer_for(seen[mark:], bounds, cursor.state, whole=len(seen) < SAMPLE)
    offset = max(cursor.offset, mark)
    skip(stream, offset)
    yield from read_batches(stream, framer, stamp, bounds, offset=offset, closed=closed)


def _decoded(reader: Reader, seconds: float, closed: Callable[[], bool]) -> tuple[bytes, Prefixed, bool]:
    """First bytes and reader of what is inside all packings, as UTF-8; whether the stream was that already."""
    seen, stream = peek(reader, SAMPLE, seconds, closed)
    outermost: Metered | None = None
    level = 1
    while (inner := unpacked(seen, stream, level, outermost)) is not None:
        outermost = inner.metered
        level += 1
        seen, stream = peek(inner, SAMPLE, seconds, closed)
    plain = level == 1
    if (text := transcoded(seen, stream)) is not None:
        plain = False
        seen, stream = peek(text, SAMPLE, seconds, closed)
    return seen, stream, plain


def framer_for(sample: bytes, bounds: Bounds, state: tuple[int, ...] = (), *, whole: bool) -> Framer:
    """The framer for a stream that begins with `sample` (all of it when `whole`), in the state of its cursor."""
    if is_documents(sample, whole=whole):
        return DocumentFramer(bounds, state)
    return LineFramer(bounds)
