"""A watched file: who it is, how far it was read and committed, how it is told from others."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from penstock.sources.framing import Framer

HEAD = 1024
"""By how many of its first bytes a file is known again."""


@dataclass(slots=True)
class Entry:
    """What is kept of a file: who it is, and how far it was read and committed.

    key                 device and inode
    head, size_of_head  fingerprint of its first line (at most `HEAD` bytes)
    begins, begins_size fingerprint of as much of its first `HEAD` bytes as was read
    """

    key: str
    path: str
    stream: str
    head: str
    size_of_head: int
    generation: int = 0
    begins: str = ""
    begins_size: int = 0
    offset: int = 0
    state: tuple[int, ...] = ()
    ended: bool = False
    gone: bool = False


@dataclass(slots=True)
class Tail:
    """A file as it is being read. `at`: the offset the framer wants next; `seen`: (size, mtime) when last read."""

    entry: Entry
    fd: int = -1
    framer: Framer | None = None
    at: int = 0
    seen: tuple[int, int] = (-1, -1)
    changed: float = 0.0
    flushed: bool = False


def identity(path: str) -> tuple[str, os.stat_result | None]:
    """Device and inode of what stands at a path, and what else is known of it; None when nothing does."""
    try:
        info = os.stat(path)  # noqa: PTH116  called for every file at every look
    except OSError:
        return "", None
    return f"{info.st_dev}:{info.st_ino}", info


def begins(seen: bytes, entry: Entry) -> bool:
    """Whether a stream that begins with `seen` begins as this file did."""
    size = entry.begins_size
    return 0 < size <= len(seen) and fingerprint(seen[:size]) == entry.begins


def fingerprint(raw: bytes) -> str:
    """Of the bytes by which a file is known again."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def close(tail: Tail) -> None:
    """Let go of its descriptor; it is opened again when it changes."""
    if tail.fd >= 0:
        os.close(tail.fd)
        tail.fd = -1
