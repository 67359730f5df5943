"""UTF-16 streams, told by their byte order mark, as UTF-8. Positions are those of the UTF-8."""

from __future__ import annotations

import codecs

from penstock.sources.reading import Reader

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def transcoded(seen: bytes, reader: Reader) -> Reader | None:
    """The reader of a UTF-16 stream whose first bytes are `seen` as UTF-8 without its mark; None when it is none."""
    name = None if seen.startswith(codecs.BOM_UTF32_LE) else _MARKS.get(seen[:2])
    return None if name is None else _Utf16(reader, name)


class _Utf16:
    """What is no UTF-16 (lone surrogates, half a unit) becomes bytes that are no UTF-8, and so is told later."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader = reader
        self._decoder = codecs.getincrementaldecoder(name)("surrogatepass")
        self._mark = True
        self._room = bytearray(128 * 1024)
        self._ready = memoryview(b"")
        self._ended = False

    def readinto(self, room: memoryview) -> int | None:
        """See `Reader`."""
        while not self._ready:
            if self._ended:
                return 0
            n = self._reader.readinto(memoryview(self._room))
            if n is None:
                return None
            self._ended = n == 0
            self._ready = memoryview(self._take(bytes(self._room[:n])))
        n = min(len(room), len(self._ready))
        room[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def _take(self, raw: bytes) -> bytes:
        if self._ended:
            # the decoder keeps what is less than a character: a half unit or a high surrogate at the end
            return b"\xff" if self._decoder.getstate()[0] else b""
        text = self._decoder.decode(raw)
        if self._mark and text:
            text = text.removeprefix("\ufeff")
            self._mark = False
        return text.encode("utf-8", "surrogatepass")
