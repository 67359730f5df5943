"""What a stream is, told by its first bytes: compressed, UTF-16, an event log, JSON documents, XML events, lines."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from penstock.core import Batch
from penstock.sources.decompress import PACKED, Metered, unpacked
from penstock.sources.documents import DocumentFramer, is_documents
from penstock.sources.framing import Bounds, Framer, LineFramer
from penstock.sources.multiline import EVENTS, BlockFramer, EventFramer, Multiline, spans_lines
from penstock.sources.reading import Cursor, Prefixed, Reader, Refused, Stamp, peek, read_batches, refusal, skip
from penstock.sources.tables import table_framer
from penstock.sources.unicode import transcoded

_EVTX = b"ElfFile\0"
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
        if seen.startswith(_EVTX):
            from penstock.sources.evtx import read_evtx  # noqa: PLC0415  only when there is such input

            yield from read_evtx(stream, path if plain else None, stamp, bounds, cursor)
            return
    except Refused as refused:
        yield refusal(refused, stamp, 0), Cursor(ended=True)
        return
    framer, offset = framer_for(seen, bounds, cursor, whole=len(seen) < SAMPLE, rule=stamp.multiline)
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


def framer_for(
    sample: bytes, bounds: Bounds, cursor: Cursor, *, whole: bool, rule: Multiline | None = None
) -> tuple[Framer, int]:
    """The framer for a stream of UTF-8 that begins with `sample` (all of it when `whole`), and where it begins. `rule`:
    lines are assembled so, whatever the content.

    From a cursor on it is the framer that the cursor is of, whatever the beginning says by now.
    """
    mark = len(codecs.BOM_UTF8) if sample.startswith(codecs.BOM_UTF8) else 0
    begun = cursor.offset > mark
    return _framer(sample[mark:], bounds, cursor.state if begun else None, rule, whole), max(cursor.offset, mark)


def _framer(
    sample: bytes,
    bounds: Bounds,
    state: tuple[int, ...] | None,
    rule: Multiline | None,
    whole: bool,  # noqa: FBT001
) -> Framer:
    """`state` None: by content. Empty: of a framer that has none."""
    if rule is not None:
        return BlockFramer(bounds, rule)
    if state is None:
        if is_documents(sample, whole=whole):
            return DocumentFramer(bounds)
        if spans_lines(sample):
            return EventFramer(bounds)
        return table_framer(sample, bounds) or LineFramer(bounds)
    if not state:
        return LineFramer(bounds)
    if state[0] == EVENTS:
        return EventFramer(bounds)
    return table_framer(sample, bounds, state) or DocumentFramer(bounds, state)


def is_plain(sample: bytes) -> bool:
    """Whether a stream that begins so can be read as it is: neither packed nor UTF-16 nor an event log."""
    return not sample.startswith((*PACKED, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, _EVTX))


def decoded_sample(reader: Reader) -> bytes:
    """The first bytes of what is inside all packings."""
    return _decoded(reader, 0.0, lambda: True)[0]
