"""Every constant that packs write, once, as bytes: a batch's text gets them all in one copy."""

from __future__ import annotations

import orjson

from penstock.content.model import Constant


def render(value: Constant, *, many: bool) -> bytes:
    """A constant as a column holds it: canonical text, an array as JSON."""
    if many:
        return orjson.dumps(list(value) if isinstance(value, tuple) else [value])
    if isinstance(value, tuple):
        value = value[0] if value else ""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode()


class Blob:
    """Interned bytes. `place(bytes)` gives (offset, length)."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._places: dict[bytes, tuple[int, int]] = {}

    def place(self, raw: bytes) -> tuple[int, int]:
        """Where these bytes stand; they are appended when new."""
        found = self._places.get(raw)
        if found is None:
            found = self._places[raw] = (len(self._data), len(raw))
            self._data += raw
        return found

    def __len__(self) -> int:
        return len(self._data)

    @property
    def data(self) -> bytes:
        """All of them."""
        return bytes(self._data)
