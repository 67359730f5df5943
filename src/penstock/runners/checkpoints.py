"""What a run commits once its sinks have written: where sources go on after a restart, and what remembers more."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from penstock.core import Batch
from penstock.errors import OutsideError

Committed = Sequence[tuple[str, Batch]]
"""Batches with their sources' names, in the order in which they are committed."""


class Checkpoints(Protocol):
    """Keeps each source's last committed cursor. Whatever has a memory beside it changes in the same commit."""

    def load(self, source: str) -> bytes:
        """The cursor to go on from, empty at the beginning."""
        ...

    def commit(self, batches: Committed, quiet: Collection[str] = ()) -> None:
        """The sinks have written these. Called again with the same after an `OutsideError`, never with others.

        quiet: sources that have given all they have for now, and none of whose batches is on its way
        """
        ...

    def idle(self) -> None:
        """Every source is quiet: time passes all the same. Never while a commit goes on."""
        ...

    def ended(self) -> None:
        """Every source has ended by itself, and all is committed."""
        ...


class NoCheckpoints:
    """Every run begins at the beginning."""

    def load(self, source: str) -> bytes:  # noqa: ARG002
        """Nothing is kept."""
        return b""

    def commit(self, batches: Committed, quiet: Collection[str] = ()) -> None:
        """Nothing is kept."""

    def idle(self) -> None:
        """Nothing waits."""

    def ended(self) -> None:
        """Nothing waits."""


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

    def commit(self, batches: Committed, quiet: Collection[str] = ()) -> None:  # noqa: ARG002
        """See `Checkpoints`."""
        for source, cursor in {source: batch.cursor for source, batch in batches}.items():
            self.save(source, cursor)

    def idle(self) -> None:
        """Nothing waits."""

    def ended(self) -> None:
        """Nothing waits."""

    def save(self, source: str, cursor: bytes) -> None:
        """Everything up to this cursor is safely written. The old file or the new one is there at any moment."""
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
