"""Parquet's own records: page headers and the footer, as Thrift's compact protocol writes them.

https://parquet.apache.org/docs/file-format/metadata/ (field numbers as in `parquet.thrift`) and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md. Only what we write is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from penstock.columns import Kind

MAGIC = b"PAR1"

BOOLEAN, INT64, DOUBLE, BYTE_ARRAY = 0, 2, 5, 6
PLAIN, RLE, RLE_DICTIONARY = 0, 3, 8
CODECS = {"uncompressed": 0, "snappy": 1, "zstd": 6, "lz4_raw": 7}

_I32, _I64, _BINARY, _LIST, _STRUCT, _TRUE = 5, 6, 8, 9, 12, 1
_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2
_UTF8, _CONVERTED_LIST, _TIMESTAMP_MICROS = 0, 3, 10

Field = tuple[int, int, bytes]
"""Number, type and bytes of a struct's field."""

PHYSICAL = {Kind.LONG: INT64, Kind.DOUBLE: DOUBLE, Kind.BOOLEAN: BOOLEAN, Kind.DATE: INT64}
"""How a column's values are stored; all other kinds are texts."""


@lru_cache(1 << 16)
def _varint(n: int) -> bytes:
    out = bytearray()
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _signed(n: int) -> bytes:
    return _varint((n << 1) ^ (n >> 63))


def _i32(number: int, value: int) -> Field:
    return number, _I32, _signed(value)


def _i64(number: int, value: int) -> Field:
    return number, _I64, _signed(value)


def _binary(number: int, value: bytes) -> Field:
    return number, _BINARY, _varint(len(value)) + value


def _list(number: int, kind: int, items: Sequence[bytes]) -> Field:
    head = bytes([len(items) << 4 | kind]) if len(items) < 15 else bytes([0xF0 | kind]) + _varint(len(items))
    return number, _LIST, head + b"".join(items)


def _struct(*fields: Field, after: int = 0) -> bytes:
    """A struct, or what is left of one whose field `after` was the last written."""
    out = bytearray()
    last = after
    for number, kind, value in fields:
        out.append((number - last) << 4 | kind)
        out += value
        last = number
    out.append(0)
    return bytes(out)


_PAGE = (b"\x15\x00\x15", b"\x2c\x15", b"\x15\x06\x15\x06\x00\x00")
"""What stands between the numbers of a data page's header: fields 1, 2 and 3, struct 5 and its fields 1 to 4."""


def data_page(size: int, compressed: int, values: int, encoding: int) -> bytes:
    """The header of a data page (version 1): sizes of what follows it, values with the absent ones, their encoding."""
    # as `_struct` would write it: there is one of these for each column of each batch
    parts = (_PAGE[0], _varint(2 * size), b"\x15", _varint(2 * compressed), _PAGE[1], _varint(2 * values), b"\x15")
    return b"".join((*parts, _varint(2 * encoding), _PAGE[2]))


def dictionary_page(size: int, compressed: int, values: int) -> bytes:
    """The header of a dictionary's page."""
    return _struct(_i32(1, 2), _i32(2, size), _i32(3, compressed), (7, _STRUCT, _struct(_i32(1, values), _i32(2, 0))))


@dataclass(frozen=True, slots=True)
class ChunkMeta:
    """A column of a row group, as the footer tells of it. Places are those in the file.

    least, most: of times, in microseconds; None where there is no value or nobody asks.
    """

    name: str
    kind: Kind
    many: bool
    codec: str
    values: int
    nulls: int
    encodings: tuple[int, ...]
    size: int
    compressed: int
    dictionary: int | None
    data: int
    least: int | None = None
    most: int | None = None

    def written(self) -> bytes:
        """As `ColumnChunk`."""
        fields = [_i64(5, self.values), _i64(6, self.size), _i64(7, self.compressed), _i64(9, self.data)]
        if self.dictionary is not None:
            fields.append(_i64(11, self.dictionary))
        if self.least is not None and self.most is not None:
            low, high = (n.to_bytes(8, "little", signed=True) for n in (self.least, self.most))
            fields.append((12, _STRUCT, _struct(_i64(3, self.nulls), _binary(5, high), _binary(6, low))))
        head = _described(self.name, self.kind, self.codec, self.encodings, many=self.many)
        first = self.data if self.dictionary is None else self.dictionary
        return _struct(_i64(2, first), (3, _STRUCT, head + _struct(*fields, after=4)))


@lru_cache(1 << 14)
def _described(name: str, kind: Kind, codec: str, encodings: tuple[int, ...], *, many: bool) -> bytes:
    """The first four fields of `ColumnMetaData`, which row group after row group are the same."""
    path = [name, "list", "element"] if many else [name]
    fields = (
        _i32(1, BYTE_ARRAY if many else PHYSICAL.get(kind, BYTE_ARRAY)),
        _list(2, _I32, [_signed(e) for e in encodings]),
        _list(3, _BINARY, [_varint(len(p)) + p for p in (part.encode() for part in path)]),
        _i32(4, CODECS[codec]),
    )
    return _struct(*fields)[:-1]


def row_group(chunks: Sequence[ChunkMeta], rows: int, ordinal: int) -> bytes:
    """As `RowGroup`."""
    first = next((c.data if c.dictionary is None else c.dictionary for c in chunks), len(MAGIC))
    return _struct(
        _list(1, _STRUCT, [c.written() for c in chunks]),
        _i64(2, sum(c.size for c in chunks)),
        _i64(3, rows),
        _i64(5, first),
        _i64(6, sum(c.compressed for c in chunks)),
        (7, 4, _signed(ordinal)),
    )


def _schema(columns: Sequence[tuple[str, Kind, bool]]) -> list[bytes]:
    text = (_i32(6, _UTF8), (10, _STRUCT, _struct((1, _STRUCT, _struct()))))
    micros = _struct((1, _TRUE, b""), (2, _STRUCT, _struct((2, _STRUCT, _struct()))))
    time = (_i32(6, _TIMESTAMP_MICROS), (10, _STRUCT, _struct((8, _STRUCT, micros))))
    a_list = (_i32(6, _CONVERTED_LIST), (10, _STRUCT, _struct((3, _STRUCT, _struct()))))
    out = [_struct(_i32(3, _REQUIRED), _binary(4, b"schema"), _i32(5, len(columns)))]
    for name, kind, many in columns:
        named = _binary(4, name.encode())
        if many:
            out += [
                _struct(_i32(3, _OPTIONAL), named, _i32(5, 1), *a_list),
                _struct(_i32(3, _REPEATED), _binary(4, b"list"), _i32(5, 1)),
                _struct(_i32(1, BYTE_ARRAY), _i32(3, _OPTIONAL), _binary(4, b"element"), *text),
            ]
            continue
        more = time if kind == Kind.DATE else () if kind in PHYSICAL else text
        out.append(_struct(_i32(1, PHYSICAL.get(kind, BYTE_ARRAY)), _i32(3, _OPTIONAL), named, *more))
    return out


def footer(columns: Sequence[tuple[str, Kind, bool]], groups: Sequence[bytes], rows: int, made_by: str) -> bytes:
    """The end of a file: metadata, its length, the magic word. columns: name, kind, whether a list."""
    order = _struct((1, _STRUCT, _struct()))
    meta = _struct(
        _i32(1, 2),
        _list(2, _STRUCT, _schema(columns)),
        _i64(3, rows),
        _list(4, _STRUCT, groups),
        _binary(6, made_by.encode()),
        _list(7, _STRUCT, [order] * len(columns)),
    )
    return meta + len(meta).to_bytes(4, "little") + MAGIC
