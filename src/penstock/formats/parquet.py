"""Columns of slices as Parquet's column chunks: pages made straight from the text, no table in between.

A batch gives each column one page (none where it is absent: absences are counted and become one page of nothing but a
count). Texts that recur are places in a dictionary that all pages of a chunk share. A value is looked up once for each
place in the text it stands at, so what is the same constant in every row is hashed once a batch. Whether values recur
the first of them tell (`kernels.parquet_pages.SAMPLE`); a dictionary that is full leaves the pages that come after to
hold their texts themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.columns import I32, U8, Kind, Text
from penstock.formats import values
from penstock.formats.parquet_meta import (
    PHYSICAL,
    PLAIN,
    RLE,
    RLE_DICTIONARY,
    ChunkMeta,
    data_page,
    dictionary_page,
)
from penstock.kernels.parquet_pages import (
    AHEAD,
    PLAINLY,
    RECENT,
    ROOM,
    flag_page,
    levels_page,
    list_levels,
    number_page,
    text_page,
)

MOST_VALUES = 4096
"""Values of a dictionary."""

MOST_HELD = 1 << 18
"""Bytes of a dictionary."""

MUCH = 8192
"""Bytes of a first page of texts from which on zstd is worth what it costs to begin (10 us a page; Snappy 0.7)."""

TIME = "@timestamp"
"""The column whose range is told, for readers that look for a time."""


_CODECS = {"snappy": pa.Codec("snappy"), "zstd": pa.Codec("zstd", compression_level=1)}


class Scratch:
    """Arrays that pages are made in, shared by all columns."""

    def __init__(self) -> None:
        self.out: U8 = np.empty(1 << 20, np.uint8)
        self.recent = np.empty((RECENT, 3), np.int32)
        self.ahead = np.empty(AHEAD, np.uint64)
        self.index: I32 = np.empty(1 << 14, np.int32)

    def room(self, size: int) -> U8:
        """`out`, with so many bytes."""
        if len(self.out) < size:
            self.out = np.empty(2 * size, np.uint8)
        return self.out


class _Dictionary:
    """Distinct texts of a chunk, and the page that holds them."""

    def __init__(self) -> None:
        self.slots: I32 = np.full(2 * MOST_VALUES, -1, np.int32)
        self.hashes = np.empty(MOST_VALUES, np.uint64)
        self.begins = np.empty(MOST_VALUES, np.int64)
        self.held: U8 = np.empty(MOST_HELD, np.uint8)
        self.counts = np.zeros(2, np.int64)

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """As the kernel takes them."""
        return self.slots, self.hashes, self.begins, self.held, self.counts

    def empty(self) -> None:
        """Forget all."""
        if self.counts[0]:
            self.slots[:] = -1
            self.counts[:] = 0


class Chunk:
    """One column of a row group in the making. Take batches in turn, then `end` it; it begins anew after that."""

    def __init__(self, name: str, kind: Kind, scratch: Scratch, *, many: bool) -> None:
        self.name, self.kind, self.many = name, kind, many
        self._scratch = scratch
        self._physical = None if many else PHYSICAL.get(kind)
        self._dictionary: _Dictionary | None = None
        self._begin()

    def _begin(self) -> None:
        self._pages: list[bytes] = []
        self._codec = "uncompressed"
        self._size = self._values = self._nulls = self._rows = self._before = 0
        self._encodings = {RLE}
        self._plain = False
        self._range: tuple[int, int] | None = None
        if self._dictionary is not None:
            self._dictionary.empty()

    def take(self, text: Text, start: I32, length: I32, before: int) -> int:
        """A batch's slices int32[n], -1 absent; give the bytes held for them.

        before: rows that the row group has already; those that were not taken here have no value. Raises ValueError
        for a value of another kind.
        """
        pages, self._before = len(self._pages), before
        if self.many:
            self._lists(text, start, length)
        elif self._physical is None:
            self._texts(text, start, length)
        else:
            self._numbers(text, start, length)
        self._rows = before + len(start)
        return sum(map(len, self._pages[pages:]))

    def end(self, rows: int, at: int) -> tuple[list[bytes], ChunkMeta]:
        """The chunk of so many rows as bytes, and what the footer says of it when it stands there in the file."""
        self._write_absent(rows)
        pages, dictionary, data = self._pages, None, at
        d = self._dictionary
        if d is not None and RLE_DICTIONARY in self._encodings:
            held = d.held[: int(d.counts[1])]
            packed = _CODECS[self._codec].compress(held, asbytes=True)
            head = dictionary_page(len(held), len(packed), int(d.counts[0]))
            pages = [head, packed, *pages]
            self._size += len(head) + len(held)
            dictionary, data = at, at + len(head) + len(packed)
            self._encodings.add(PLAIN)
        low, high = self._range or (None, None)
        meta = ChunkMeta(
            self.name,
            self.kind,
            self.many,
            self._codec,
            self._values,
            self._nulls,
            tuple(sorted(self._encodings)),
            self._size,
            sum(map(len, pages)),
            dictionary,
            data,
            low,
            high,
        )
        self._begin()
        return pages, meta

    def _write_absent(self, rows: int) -> None:
        """A page for the rows up to this one that were not taken."""
        n = rows - self._rows
        if not n:
            return
        self._rows = rows
        run = _run_of_zeros(n)
        self._put(np.frombuffer(run * (2 if self.many else 1), np.uint8), n, PLAIN)
        self._nulls += n

    def _page(self, body: U8, n: int, encoding: int) -> None:
        """A page of a batch, behind one for the rows before it that have no value. The first decides on the codec."""
        if self._codec == "uncompressed":
            self._codec = "zstd" if encoding == PLAIN and len(body) >= MUCH else "snappy"
        self._write_absent(self._before)
        self._put(body, n, encoding)

    def _put(self, body: U8, n: int, encoding: int) -> None:
        codec = _CODECS.get(self._codec)
        packed = body.tobytes() if codec is None else codec.compress(body, asbytes=True)
        head = data_page(len(body), len(packed), n, encoding)
        self._pages += (head, packed)
        self._size += len(head) + len(body)
        self._values += n
        self._encodings.add(encoding)

    def _texts(self, text: Text, start: I32, length: I32, at: int = -1, n: int = 0) -> None:
        """A page of texts; `at`: their levels, of n values, stand in `out` already, up to there."""
        flat = at < 0
        if self._dictionary is None:
            self._dictionary = _Dictionary()
        s, d = self._scratch, self._dictionary
        if len(s.index) < len(start):
            s.index = np.empty(2 * len(start), np.int32)
        start, length = np.ascontiguousarray(start), np.ascontiguousarray(length)
        while True:
            end, why = text_page(
                text.data, start, length, flat, self._plain, *d.arrays(), s.recent, s.ahead, s.index, s.out, max(at, 0)
            )
            if why == ROOM:
                levels = s.out[: max(at, 0)].copy()
                s.room(int(end))[: len(levels)] = levels
            elif why == PLAINLY:
                self._plain = True
                if RLE_DICTIONARY not in self._encodings:
                    d.empty()
            else:
                break
        self._page(s.out[: int(end)], len(start) if flat else n, PLAIN if self._plain else RLE_DICTIONARY)

    def _lists(self, text: Text, start: I32, length: I32) -> None:
        begin, item_start, item_length = values.elements(text, start, length)
        levels = np.empty((2, len(start) + len(item_start)), np.uint8)
        n = int(list_levels(begin, np.ascontiguousarray(length), *levels))
        again, defined = levels[:, :n]
        out = self._scratch.room(n + 256)
        at = int(levels_page(defined, 2, out, int(levels_page(again, 1, out, 0))))
        self._texts(text, item_start, item_length, at, n)

    def _numbers(self, text: Text, start: I32, length: I32) -> None:
        length = np.ascontiguousarray(length)
        out = self._scratch.room(9 * len(start) + 128)
        if self.kind == Kind.BOOLEAN:
            size = int(flag_page(values.booleans(text, start, length).view(np.uint8), length, out))
        elif self.kind == Kind.DOUBLE:
            size = int(number_page(values.doubles(text, start, length).view(np.uint64), length, out))
        else:
            read = values.times if self.kind == Kind.DATE else values.longs
            found = read(text, start, length)
            size = int(number_page(found.view(np.uint64), length, out))
            if self.name == TIME:
                there = found[length >= 0]
                if len(there):
                    seen = (*(self._range or ()), int(there.min()), int(there.max()))
                    self._range = min(seen), max(seen)
        self._page(out[:size], len(start), PLAIN)


def _run_of_zeros(n: int) -> bytes:
    """The levels of n absent values, their size before them."""
    run = bytearray()
    left = n << 1
    while left >= 128:
        run.append(left & 127 | 128)
        left >>= 7
    run += bytes([left, 0])
    return len(run).to_bytes(4, "little") + bytes(run)
