"""What the service remembers, committed as one: cursors, and what each part with a memory changed.

A record is appended for each commit, durable when `append` returns: all of it counts or none. Now and then a snapshot
takes the place of the records before it. After a crash the newest whole snapshot is read, then the records after it up
to the first torn one; nothing a source was not told of is lost, and nothing of it is done twice.

    <folder>/00000007.snapshot    the state when generation 7 began (generation 0 has none)
    <folder>/00000007.log         the records since

Both are frames: length, CRC-32 and a body; the body is a line of JSON that says what parts follow, and the parts.
"""

from __future__ import annotations

import base64
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from penstock.errors import OutsideError

MAGIC = b"penstock ledger 1\n"
GROWN = 32 << 20
"""Bytes of log from which on a snapshot may be worth it; it is once the log is twice as long as the last snapshot."""

LARGEST = 1 << 31
"""Bytes of one record; a length beyond it is a torn one."""

READS = 10
"""Looks at a folder while its writer takes snapshots, before reading it is given up."""

_FRAME = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Record:
    """One commit.

    sequence  its number, one more than the one before
    cursors   source -> how far it is safely read
    parts     name -> what that part of the service changed (or, in a snapshot, all it holds)
    now       the recorded time, microseconds UTC
    """

    sequence: int
    cursors: Mapping[str, bytes] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)
    now: int = 0


class Ledger:
    """The records of one folder. One process may write to it; `service` holds a lock. Raises `OutsideError`."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.sequence = 0
        self.identity = b""
        self._folder = folder
        self._durable = durable
        self._generation = 0
        self._file: BinaryIO | None = None
        self._length = 0
        self._base = 0

    def open(self) -> Iterator[Record]:
        """Read what is there, snapshot first, and be ready to append after the last whole record."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.identity = self._identified()
            self._generation = self._newest()
            snapshot = self._path("snapshot")
            if snapshot.exists():
                raw = snapshot.read_bytes()
                self._base = len(raw)
                whole, _ = _records(raw)
                if not whole:
                    raise OutsideError(f"{snapshot} is damaged: take it away with its .log to begin anew")
                self.sequence = whole[0].sequence
                yield whole[0]
            log = self._path("log")
            raw = log.read_bytes() if log.exists() else b""
            records, end = _records(raw)
            self._file = log.open("r+b" if log.exists() else "w+b")
            if end == 0:
                self._file.write(MAGIC)
                end = len(MAGIC)
            self._file.truncate(end)
            self._file.seek(end)
            self._length = end
            self._sync()
            for record in records:
                self.sequence = record.sequence
                yield record
        except OSError as error:
            raise OutsideError(f"cannot use {self._folder}: {error.strerror}") from error

    def append(self, record: Record) -> None:
        """Add a record; it is durable when this returns. After a failure nothing of it counts: try again."""
        if self._file is None:
            raise OutsideError(f"{self._folder} is not open")
        frame = _frame(record)
        try:
            self._file.seek(self._length)
            self._file.write(frame)
            self._sync()
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._length)
            raise OutsideError(f"cannot write to {self._folder}: {error.strerror}") from error
        self._length += len(frame)
        self.sequence = record.sequence

    def is_grown(self, beside: int = 0) -> bool:
        """Whether a snapshot is worth it; `beside`: bytes that are written with it, elsewhere."""
        return self._length > max(GROWN, 2 * self._base + beside)

    def newer(self) -> list[Record]:
        """What another process has appended since, to be taken over in order; all anew if it begins with a snapshot.

        For a ledger that several processes write to, each under a lock that it holds from here to its own record.
        """
        if self._file is None:
            raise OutsideError(f"{self._folder} is not open")
        try:
            if self._newest() != self._generation:
                self.close()
                return list(self.open())
            self._file.seek(self._length)
            raw = self._file.read()
            if not raw:
                return []
            records, end = _records(MAGIC + raw)
        except OSError as error:
            raise OutsideError(f"cannot read {self._folder}: {error.strerror}") from error
        self._length += end - len(MAGIC)
        if records:
            self.sequence = records[-1].sequence
        return records  # a torn one behind them is written over by the next

    def snapshot(self, record: Record) -> None:
        """Begin a generation with all that is held now (`record.sequence`: of the last record it holds)."""
        frame = MAGIC + _frame(record)
        old, new = self._generation, self._generation + 1
        try:
            log = (self._folder / f"{new:08d}.log").open("w+b")
            log.write(MAGIC)
            log.flush()
            fresh = self._folder / f"{new:08d}.snapshot.new"
            with fresh.open("wb") as file:
                file.write(frame)
                file.flush()
                os.fsync(file.fileno())
            os.fsync(log.fileno())
            fresh.replace(self._folder / f"{new:08d}.snapshot")
            # from here on the new generation counts
            if self._file is not None:
                self._file.close()
            self._file, self._generation = log, new
            self._length, self._base = len(MAGIC), len(frame)
            self._sync_folder()
            for suffix in ("log", "snapshot"):
                (self._folder / f"{old:08d}.{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise OutsideError(f"cannot write to {self._folder}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file. Everything appended is on disk already."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _identified(self) -> bytes:
        """16 bytes that name this ledger: rows that come of its records are a stream of that name in the lake."""
        path = self._folder / "identity"
        if not path.exists():
            fresh = self._folder / "identity.new"
            fresh.write_bytes(os.urandom(16))
            fresh.replace(path)
            self._sync_folder()
        found = path.read_bytes()
        if len(found) != 16:
            raise OutsideError(f"{path} is damaged: take the folder away to begin anew")
        return found

    def _newest(self) -> int:
        """The newest generation whose snapshot is whole: a snapshot gets its name once it is."""
        numbers = [int(p.stem) for p in self._folder.glob("*.snapshot") if p.stem.isdigit()]
        return max(numbers, default=0)

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self._generation:08d}.{suffix}"

    def _sync(self) -> None:
        if self._file is not None:
            self._file.flush()
            if self._durable:
                os.fsync(self._file.fileno())

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _frame(record: Record) -> bytes:
    head = {
        "sequence": record.sequence,
        "now": record.now,
        "cursors": {name: base64.b64encode(c).decode() for name, c in record.cursors.items()},
        "parts": [[name, len(part)] for name, part in record.parts.items()],
    }
    body = orjson.dumps(head) + b"\n" + b"".join(record.parts.values())
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def _records(raw: bytes) -> tuple[list[Record], int]:
    """The whole records of a file, and where the last of them ends (0: it is not even begun)."""
    if not raw.startswith(MAGIC):
        return [], 0
    found: list[Record] = []
    at = len(MAGIC)
    while at + _FRAME.size <= len(raw):
        size, check = _FRAME.unpack_from(raw, at)
        body = raw[at + _FRAME.size : at + _FRAME.size + size]
        if size > LARGEST or len(body) < size or zlib.crc32(body) != check:
            break
        found.append(_record(body))
        at += _FRAME.size + size
    return found, at


def _record(body: bytes) -> Record:
    line, _, rest = body.partition(b"\n")
    head = orjson.loads(line)
    parts: dict[str, bytes] = {}
    at = 0
    for name, size in head["parts"]:
        parts[name] = rest[at : at + size]
        at += size
    cursors = {name: base64.b64decode(c) for name, c in head["cursors"].items()}
    return Record(head["sequence"], cursors, parts, head["now"])


def read(folder: Path) -> list[Record]:
    """The whole records of a folder, snapshot first, as they are now: nothing is opened for writing."""
    for _ in range(READS):
        newest = max((p.stem for p in folder.glob("*.snapshot") if p.stem.isdigit()), default="0" * 8)
        try:
            snapshot = [] if int(newest) == 0 else _records((folder / f"{newest}.snapshot").read_bytes())[0]
            log = folder / f"{newest}.log"
            return [*snapshot, *(_records(log.read_bytes())[0] if log.exists() else [])]
        except FileNotFoundError:
            continue  # a newer snapshot has just taken its place
        except OSError as error:
            raise OutsideError(f"cannot read {folder}: {error.strerror}") from error
    raise OutsideError(f"cannot read {folder}: it changes faster than it can be read")
