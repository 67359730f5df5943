"""Where sources go on after a restart: a small file a source, replaced in one step."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Protocol

from penstock.errors import OutsideError


class Checkpoints(Protocol):
    """Keeps each source's last committed cursor."""

    def load(self, source: str) -> bytes:
        """The cursor to go on from, empty at the beginning."""
        ...

    def save(self, source: str, cursor: bytes) -> None:
        """Everything up to this cursor is safely written."""
        ...


class NoCheckpoints:
    """Every run begins at the beginning."""

    def load(self, source: str) -> bytes:  # noqa: ARG002
        """Nothing is kept."""
        return b""

    def save(self, source: str, cursor: bytes) -> None:
        """Nothing is kept."""


class FileCheckpoints:
    """One file a source in a folder. Raises `OutsideError` when it cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, source: str) -> bytes:
        """See `Checkpoints`."""
        try:
            return self._path(source).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise OutsideError(f"cannot read {self._path(source)}: {error.strerror}") from error

    def save(self, source: str, cursor: bytes) -> None:
        """See `Checkpoints`. The old file or the new one is there at any moment, whole."""
        path = self._path(source)
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(cursor)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            raise OutsideError(f"cannot write {path}: {error.strerror}") from error

    def _path(self, source: str) -> Path:
        plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in source)[:60]
        return self._folder / f"{plain}-{hashlib.sha256(source.encode()).hexdigest()[:12]}.cursor"
