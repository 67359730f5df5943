"""Compressed streams, told by their first bytes, opened with a bound.

However a stream was packed, each call gives at most what the caller has room for, so memory is flat. A stream
that grows more than `RATIO` times (after `FREE` bytes for nothing), or that is packed more than `LEVELS` deep, is
refused as a bomb; one that is damaged or cut off is refused as such. The ratio is taken from the outermost packing.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol, cast

from penstock.errors import Category
from penstock.sources.reading import Reader, Refused

RATIO = 200
FREE = 64 << 20
LEVELS = 2
_MEMORY = 128 << 20
_CHUNK = 128 * 1024


class _Unpacker(Protocol):
    """One member of a compressed stream, as `bz2` and `lzma` have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """A gzip member in the shape of the others."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


_MAGIC: dict[bytes, Callable[[], _Unpacker]] = {
    b"\x1f\x8b\x08": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(memlimit=_MEMORY),
}
_ZSTD = b"\x28\xb5\x2f\xfd"
PACKED = (*_MAGIC, _ZSTD)
"""How packed streams begin."""


def unpacked(seen: bytes, reader: Reader, level: int, outermost: Metered | None) -> Bounded | None:
    """The reader of what `reader`, whose first bytes are `seen`, holds packed; None when it is not compressed.

    level      how many packings this one is inside of, itself included
    outermost  the meter of the first of them
    """
    name = next((m for m in _MAGIC if seen.startswith(m)), None)
    if name is None and not seen.startswith(_ZSTD):
        return None
    if level > LEVELS:
        raise Refused(Category.OVERSIZE, "compression_bomb", f"compressed more than {LEVELS} times over")
    metered = Metered(reader)
    inner: Reader = _Zstd(metered) if name is None else _Members(metered, _MAGIC[name])
    return Bounded(inner, outermost or metered)


class Metered:
    """Counts what goes through."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.taken = 0

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        n = self._reader.readinto(room)
        self.taken += n or 0
        return n


class Bounded:
    """Refuses a stream that grows beyond measure."""

    def __init__(self, reader: Reader, metered: Metered) -> None:
        self._reader = reader
        self.metered = metered
        self._given = 0

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        n = self._reader.readinto(room)
        self._given += n or 0
        if self._given > FREE and self._given > RATIO * self.metered.taken:
            raise Refused(
                Category.OVERSIZE,
                "compression_bomb",
                f"{self.metered.taken} compressed bytes gave {self._given} bytes so far;"
                f" at most {RATIO} times as many are taken",
            )
        return n


class _Members:
    """One compressed member after the other (gzip, bzip2, xz)."""

    def __init__(self, reader: Reader, opener: Callable[[], _Unpacker]) -> None:
        self._reader = reader
        self._opener = opener
        self._member = opener()
        self._waiting = b""
        self._fresh = False
        self._room = bytearray(_CHUNK)

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        while True:
            if self._member.eof:
                # zeros after a member are padding (tapes, xz's alignment)
                self._waiting = (self._member.unused_data or self._waiting).lstrip(b"\0")
                self._member = self._opener()
                self._fresh = True
            if not self._waiting and self._member.needs_input:
                n = self._reader.readinto(memoryview(self._room))
                if n is None:
                    return None
                if n == 0:
                    if self._fresh:
                        return 0
                    raise Refused(Category.PARSE_ERROR, "compression_truncated", "the compressed stream is cut off")
                self._waiting = bytes(self._room[:n])
                if self._fresh:
                    self._waiting = self._waiting.lstrip(b"\0")
                    if not self._waiting:
                        continue
            self._fresh = False
            try:
                out = self._member.decompress(self._waiting, min(len(room), 1 << 20))
            except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
                raise Refused(Category.PARSE_ERROR, "compression_damaged", f"cannot decompress: {error}") from error
            self._waiting = b""
            if out:
                room[: len(out)] = out
                return len(out)


class _Zstd:
    """Zstandard frames, through the library's own streaming reader."""

    def __init__(self, reader: Reader) -> None:
        import zstandard  # noqa: PLC0415  heavy; only when there is such input

        self._error = zstandard.ZstdError
        self._input = _Frames(reader)
        opener = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
        self._stream = opener.stream_reader(cast("IO[bytes]", self._input), read_size=_CHUNK, read_across_frames=True)

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`. Waits for a slow pipe."""
        try:
            n = int(self._stream.readinto(room[: 1 << 20]))
        except self._error as error:
            raise Refused(Category.PARSE_ERROR, "compression_damaged", f"cannot decompress: {error}") from error
        if n == 0 and self._input.garbage:
            raise Refused(Category.PARSE_ERROR, "compression_damaged", "cannot decompress: no zstd frame")
        if n == 0 and not self._input.whole:
            raise Refused(Category.PARSE_ERROR, "compression_truncated", "the compressed stream is cut off")
        return n


class _Frames:
    """The file that zstandard reads. It walks the frames' block headers (RFC 8878, 3.1.1), for the library takes
    the end of its input for the end of the frame, and an error after it for a reason to keep back its last bytes.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._head = b""
        self._pass = 0
        self._part = "magic"
        self._checksum = 0
        self.garbage = False

    @property
    def whole(self) -> bool:
        """Whether what was read ends with a frame."""
        return self._part == "magic" and not self._head and not self._pass

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`; none at the end."""
        room = bytearray(size)
        while (n := 0 if self.garbage else self._reader.readinto(memoryview(room))) is None:
            pass
        raw = bytes(room[:n])
        return raw[: self._walk(raw)]

    def _walk(self, raw: bytes) -> int:
        """Go through `raw`; give how much of it is frames."""
        at = 0
        while at < len(raw) and not self.garbage:
            if self._pass:
                step = min(self._pass, len(raw) - at)
                self._pass -= step
                at += step
                continue
            want = {"magic": 4, "skip": 4, "descriptor": 1, "block": 3}[self._part]
            step = min(want - len(self._head), len(raw) - at)
            self._head += raw[at : at + step]
            at += step
            if len(self._head) == want:
                self._take(int.from_bytes(self._head, "little"))
                self._head = b""
        # a beginning of garbage that the call before passed on is too short for the library to mind
        return max(at - 4, 0) if self.garbage else at

    def _take(self, head: int) -> None:
        """One complete header."""
        if self._part == "magic":
            self.garbage = head >> 4 != 0x184D2A5 and head != int.from_bytes(_ZSTD, "little")
            self._part = "skip" if head >> 4 == 0x184D2A5 else "descriptor"
        elif self._part == "skip":
            self._pass = head
            self._part = "magic"
        elif self._part == "descriptor":
            single = head >> 5 & 1
            self._pass = (1 - single) + (0, 1, 2, 4)[head & 3] + (single, 2, 4, 8)[head >> 6]
            self._checksum = 4 * (head >> 2 & 1)
            self._part = "block"
        else:
            self._pass = 1 if head >> 1 & 3 == 1 else head >> 3
            if head & 1:
                self._pass += self._checksum
                self._part = "magic"
