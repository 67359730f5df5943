"""States of correlations in files: a snapshot each, written whole before anything refers to it."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Collection, Iterator
from pathlib import Path

from penstock.correlate.snapshot import snapshot
from penstock.correlate.state import State
from penstock.errors import OutsideError

_SIZE = struct.Struct("<I")


def write_state(folder: Path, state: State, number: int) -> tuple[str, int]:
    """Write a snapshot to a file of its own, durable when it returns; its name and size. Raises `OutsideError`."""
    name = f"{hashlib.sha256(state.correlation.id.encode()).hexdigest()[:16]}-{number:012d}.state"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb") as file:
            for frame in snapshot(state):
                file.write(_SIZE.pack(len(frame)))
                file.write(frame)
            file.flush()
            os.fsync(file.fileno())
            return name, file.tell()
    except OSError as error:
        raise OutsideError(f"cannot write {folder / name}: {error.strerror}") from error


def read_state(path: Path) -> Iterator[bytes]:
    """A snapshot's frames. Raises `OutsideError`."""
    try:
        with path.open("rb") as file:
            while head := file.read(_SIZE.size):
                (size,) = _SIZE.unpack(head)
                frame = file.read(size)
                if len(frame) != size:
                    raise OutsideError(f"{path} ends too early")
                yield frame
    except (OSError, struct.error) as error:
        raise OutsideError(f"cannot read {path}: {error}") from error


def drop_others(folder: Path, kept: Collection[str]) -> None:
    """Delete the files that nothing refers to any more."""
    for path in folder.glob("*.state"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
