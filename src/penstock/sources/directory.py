"""A folder, or the files of a pattern, watched: growth, rotation, truncation, deletion, new files.

Files are told apart by what they are (device, inode, first line), not by their names, so a rename loses nothing and
doubles nothing. Each generation of a file is a stream of its own. The listing is polled; each file that changed is
read on for at most `TURN` bytes, then it is the next one's turn. Files that left the listing come first, so that the
old file is finished before the one that took its name. Packed files, UTF-16 and event logs are read once they have
come to rest; a packed file that begins as a vanished one did is that one, and is read from where that was left.
"""

from __future__ import annotations

import asyncio
import glob
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

from penstock.core import Batch
from penstock.errors import OutsideError
from penstock.sources.framing import Bounds
from penstock.sources.multiline import Multiline
from penstock.sources.opening import SAMPLE, decoded_sample, framer_for, is_plain, open_stream
from penstock.sources.reading import Clock, Cursor, Descriptor, Refused, Stamp, now, read_batches
from penstock.sources.watched import HEAD, Entry, Tail, begins, close, fingerprint, identity

TURN = 64 << 20
OPEN_FILES = 256
VANISHED = 1000
"""How many files that are gone are remembered."""


class DirectorySource:
    """The records of all files of a folder or glob pattern, from a cursor on, until closed.

    poll    seconds between looks at the folder
    settle  seconds without a change after which a file is taken to be at rest: a last line without a line feed is
            then a record, a packed file is read
    once    read what is there to its end, then end
    reference  microseconds UTC that fix the clock; without it a missing year is inferred from a file's mtime
    Unreadable files are passed over until they can be read (`problems` names them). `resting`: all there is was given.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        bounds: Bounds | None = None,
        pack: str | None = None,
        zone: int = 0,
        multiline: Multiline | None = None,
        poll: float = 0.2,
        settle: float = 5.0,
        once: bool = False,
        reference: int | None = None,
        clock: Clock = now,
    ) -> None:
        self.path = os.fspath(path)
        self.name = name or self.path
        self.problems: dict[str, str] = {}
        self.resting = False
        self._bounds = bounds or Bounds()
        self._stamp = Stamp(self.name, b"", pack, zone, reference, reference, clock, multiline)
        self._poll = poll
        self._settle = settle
        self._once = once
        self._closed = threading.Event()
        self._tails: dict[str, Tail] = {}
        self._gone: dict[str, Entry] = {}
        self._leaving: list[str] = []
        self._noted: dict[str, str] = {}
        self._sequence = 0

    def close(self) -> None:
        """Stop after the batch being read."""
        self._closed.set()

    def read(self, cursor: bytes = b"") -> Generator[Batch | None, None, None]:
        """Batches; None whenever there is nothing more to be had for now. Never ends unless `once` or closed."""
        self._load(cursor)
        try:
            while not self._closed.is_set():
                progress = False
                listed = self._listed()
                waiting = {key for key, tail, info in listed if self._has_more(tail, info)}
                for key, tail, info in listed:
                    waiting.discard(key)
                    for batch, after in self._turn_or_problem(tail, info):
                        progress, self.resting = True, False
                        entry = tail.entry
                        entry.offset, entry.state, entry.ended = after.offset, after.state, after.ended
                        cursor = self._dump(key, entry)
                        yield replace(batch, sequence=self._sequence, cursor=cursor, behind=bool(waiting))
                        self._sequence += 1
                        if self._closed.is_set():
                            return
                    if info is not None and self._has_more(tail, info):
                        waiting.add(key)  # its turn ended before it did, or has not come
                    if info is None and tail.flushed:
                        self._forget(key, tail)
                self._close_idle()
                if not progress:
                    if self._once:
                        return
                    self.resting = not waiting
                    yield None
        finally:
            for tail in self._tails.values():
                close(tail)

    async def __aenter__(self) -> Self:
        """Nothing to prepare."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop reading."""
        self.close()

    async def batches(self, cursor: bytes) -> AsyncIterator[Batch]:
        """See `Source`."""
        reading = self.read(cursor)
        ended = object()
        try:
            while (item := await asyncio.to_thread(next, reading, ended)) is not ended:
                if isinstance(item, Batch):
                    yield item
                else:
                    await asyncio.sleep(self._poll)
        finally:
            reading.close()

    async def ack(self, batch: Batch) -> None:
        """A file need not be told."""

    # -- which files there are

    def _paths(self) -> Iterator[str]:
        if Path(self.path).is_dir():
            with os.scandir(self.path) as entries:
                yield from (e.path for e in entries if not e.name.startswith("."))
        else:
            yield from glob.iglob(self.path, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern

    def _listed(self) -> list[tuple[str, Tail, os.stat_result | None]]:
        """All files, those that left the listing (None) first, then the longest unchanged."""
        found: dict[str, tuple[str, os.stat_result]] = {}
        for path in self._paths():
            key, info = identity(path)
            if info is not None and stat.S_ISREG(info.st_mode):
                found.setdefault(key, (path, info))
        self._leaving = [key for key in self._tails if key not in found]
        gone = [(key, self._tails[key], None) for key in self._leaving]
        there: list[tuple[str, Tail, os.stat_result | None]] = []
        for key, (path, info) in sorted(found.items(), key=lambda item: (item[1][1].st_mtime_ns, item[1][0])):
            tail = self._tails.get(key)
            if tail is not None and tail.seen == (info.st_size, info.st_mtime_ns) and tail.flushed:
                tail.entry.path = path
                continue
            if (tail := self._known(key, path, info)) is not None:
                there.append((key, tail, info))
        return [*gone, *there]

    def _known(self, key: str, path: str, info: os.stat_result) -> Tail | None:
        """The tail of a file, a new one when it is new or was written anew; None while it has no first line."""
        tail = self._tails.get(key)
        fd = tail.fd if tail is not None and tail.fd >= 0 else self._try_open(path)
        if fd < 0:
            return None
        begin = os.pread(fd, HEAD, 0)
        old = tail.entry if tail is not None else next((e for e in reversed(self._gone.values()) if e.key == key), None)
        if old is not None:
            grown = info.st_size >= max(tail.at if tail is not None else 0, old.offset) or not is_plain(begin)
            same = fingerprint(begin[: old.size_of_head]) == old.head
            if same and grown and (not old.begins_size or not is_plain(begin) or begins(begin, old)):
                if tail is None:
                    # it was not gone, only renamed while we looked
                    del self._gone[old.stream]
                    old.gone = False
                    tail = self._tails[key] = Tail(old, at=old.offset)
                tail.fd = fd
                old.path = path
                return tail
        if tail is not None:
            # written anew: should it grow past where we were before its first line is there, it is new all the same
            tail.fd, tail.at = -1, 1 << 62
            self._remember(tail.entry)
        generation = 0 if old is None else old.generation + 1
        age = time.time() - max(info.st_mtime, info.st_ctime)
        rested = age > self._settle or self._once
        line = begin.find(b"\n") + 1 if is_plain(begin) else 0
        if not begin or not (line or (len(begin) == HEAD and is_plain(begin)) or rested):
            # its first line, or all of a packed file, is still being written: nothing can come of it yet
            os.close(fd)
            return None
        head = begin[: line or HEAD]
        mark = f"{key}:{generation}:".encode() + head
        entry = Entry(
            key, path, hashlib.blake2b(mark, digest_size=16).hexdigest(), fingerprint(head), len(head), generation
        )
        if not is_plain(begin):
            inherited = self._inherit(entry, fd)
            if inherited is None:
                os.close(fd)
                return None
            entry = inherited
        fresh = Tail(entry, fd, at=entry.offset)
        self._tails[key] = fresh
        return fresh

    def _inherit(self, entry: Entry, fd: int) -> Entry | None:
        """A packed file that holds what a vanished one held goes on with that one's stream and offset.

        None while the vanished one is still open and being finished.
        """
        try:
            seen = decoded_sample(Descriptor(fd, entry.path, at=0))[:HEAD]
        except (OutsideError, Refused):
            return entry
        if any(begins(seen, self._tails[key].entry) for key in self._leaving):
            return None
        old = next((e for e in reversed(self._gone.values()) if begins(seen, e)), None)
        if old is None:
            return entry
        del self._gone[old.stream]
        self._noted.pop(old.stream, None)
        entry = replace(entry, stream=old.stream, offset=old.offset, state=old.state, ended=old.ended)
        self._noted[entry.key] = json.dumps(asdict(entry))
        return entry

    # -- reading one

    def _turn_or_problem(self, tail: Tail, info: os.stat_result | None) -> Iterator[tuple[Batch, Cursor]]:
        """Read a file on; one that cannot be read is left for the next look."""
        try:
            yield from self._turn(tail, info)
        except OutsideError as error:
            self.problems[tail.entry.path] = str(error)
            tail.framer, tail.at, tail.seen = None, tail.entry.offset, (-1, -1)
            close(tail)

    def _turn(self, tail: Tail, info: os.stat_result | None) -> Iterator[tuple[Batch, Cursor]]:
        """Read a file on. `info` None: it is gone, so its end is its end."""
        if tail.fd < 0 or tail.entry.ended:
            tail.seen, tail.flushed = (info.st_size, info.st_mtime_ns) if info else (-1, -1), True
            return
        current = os.fstat(tail.fd)
        seen = (current.st_size, current.st_mtime_ns)
        tick = time.monotonic()
        if seen != tail.seen:
            age = time.time() - max(current.st_mtime, current.st_ctime) if tail.seen == (-1, -1) else 0
            tail.changed = tick - max(age, 0)
            tail.flushed = False
        rested = self._once or tick - tail.changed > self._settle
        if (seen == tail.seen and not rested) or tail.flushed:
            return
        tail.seen = seen
        fixed = self._stamp.reference
        reference = current.st_mtime_ns // 1000 if fixed is None else fixed
        stamp = replace(self._stamp, stream=bytes.fromhex(tail.entry.stream), reference=reference)
        begin = os.pread(tail.fd, SAMPLE, 0)
        if not is_plain(begin):
            if rested:
                yield from self._whole(tail, stamp)
                tail.flushed = True
            return
        if tail.framer is None:
            resumed = Cursor(tail.at, tail.entry.state)
            tail.framer, tail.at = framer_for(begin, self._bounds, resumed, whole=False, rule=stamp.multiline)
        self._remember_beginning(tail.entry, begin)
        left = current.st_size - tail.at
        if left < 0:
            # cut since it was listed: the next look tells
            tail.flushed = info is None
            return
        reader = Descriptor(tail.fd, tail.entry.path, at=tail.at, limit=min(left, TURN))
        final = rested and left <= TURN
        tail.at = yield from read_batches(reader, tail.framer, stamp, self._bounds, offset=tail.at, final=final)
        tail.flushed = final
        if left > TURN:
            tail.seen = (-1, -1)

    def _has_more(self, tail: Tail, info: os.stat_result | None) -> bool:
        """Whether a listed file has something that is not read yet, and can be."""
        if tail.flushed or tail.entry.ended or tail.entry.path in self.problems:
            return False
        # one without a framer is read once it has come to rest
        return info is None or tail.framer is None or tail.seen != (info.st_size, info.st_mtime_ns)

    def _whole(self, tail: Tail, stamp: Stamp) -> Iterator[tuple[Batch, Cursor]]:
        """Read a file that cannot be read from the middle."""
        entry = tail.entry
        cursor = Cursor(entry.offset, tuple(entry.state), entry.ended)
        path = Path(entry.path)
        with open_stream(Descriptor(tail.fd, entry.path, at=0), stamp, self._bounds, cursor, path=path) as batches:
            yield from batches

    def _remember_beginning(self, entry: Entry, begin: bytes) -> None:
        size = min(HEAD, len(begin))
        if size > entry.begins_size:
            entry.begins, entry.begins_size = fingerprint(begin[:size]), size

    # -- open files

    def _try_open(self, path: str) -> int:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            self.problems[path] = error.strerror or str(error)
            return -1
        self.problems.pop(path, None)
        return fd

    def _open(self, tail: Tail, path: str) -> bool:
        if tail.fd < 0:
            tail.fd = self._try_open(path)
        return tail.fd >= 0

    def _close_idle(self) -> None:
        """Close the files longest unchanged when too many are open."""
        opened = [tail for tail in self._tails.values() if tail.fd >= 0]
        for tail in sorted(opened, key=lambda t: t.changed)[: max(0, len(opened) - OPEN_FILES)]:
            close(tail)

    def _forget(self, key: str, tail: Tail) -> None:
        """A file that is gone, read to its end."""
        close(tail)
        del self._tails[key]
        self._noted.pop(key, None)
        self._remember(tail.entry)

    def _remember(self, entry: Entry) -> None:
        entry.gone = True
        self._gone[entry.stream] = entry
        self._noted[entry.stream] = json.dumps(asdict(entry))
        while len(self._gone) > VANISHED:
            oldest = next(iter(self._gone))
            del self._gone[oldest]
            self._noted.pop(oldest, None)

    # -- the cursor

    def _dump(self, key: str, entry: Entry) -> bytes:
        """The cursor, now that this entry has changed (the others are kept as they were written before)."""
        self._noted[key] = json.dumps(asdict(entry))
        return ('{"files":{' + ",".join(f'"{k}":{v}' for k, v in self._noted.items()) + "}}").encode()

    def _load(self, cursor: bytes) -> None:
        """Take up what was committed; find files that were renamed meanwhile, wherever they are in their folder."""
        noted = json.loads(cursor)["files"] if cursor else {}
        listed = {identity(path)[0] for path in self._paths()}
        for key, fields in noted.items():
            entry = Entry(**{**fields, "state": tuple(fields["state"])})
            self._noted[key] = json.dumps(fields)
            if entry.gone:
                self._gone[entry.stream] = entry
                continue
            tail = self._tails[key] = Tail(entry, at=entry.offset)
            if key not in listed:
                self._find(key, tail)

    def _find(self, key: str, tail: Tail) -> None:
        """A file that is no longer listed may have been renamed in its folder: open it there."""
        try:
            with os.scandir(Path(tail.entry.path).parent) as entries:
                path = next((e.path for e in entries if identity(e.path)[0] == key), None)
        except OSError:
            return
        if path is None or not self._open(tail, path):
            return
        if fingerprint(os.pread(tail.fd, tail.entry.size_of_head, 0)) != tail.entry.head:
            close(tail)  # another file with its number
