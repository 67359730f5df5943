"""A watched folder: whatever happens to its files, each line comes once, and a restart changes nothing."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.core import Batch
from penstock.sources import directory
from penstock.sources.directory import DirectorySource
from penstock.sources.framing import Bounds


class Watch:
    """A source over a folder, and everything it has given. `restart` goes on from the last cursor given."""

    def __init__(self, path: Path | str, **settings: object) -> None:
        self.make: Callable[[], DirectorySource] = lambda: DirectorySource(path, **{"settle": 0.2, **settings})  # type: ignore[arg-type]
        self.cursor = b""
        self.rows: list[tuple[bytes, int, bytes]] = []
        self.reading = self.make().read()

    def look(self, times: int = 1) -> list[bytes]:
        """The lines that come until there is nothing more for now."""
        before = len(self.rows)
        for _ in range(times):
            for batch in iter(lambda: next(self.reading), None):
                self.take(batch)
        return [line for _, _, line in self.rows[before:]]

    def take(self, batch: Batch) -> None:
        lines = batch.lines
        self.rows += [(lines.stream, int(lines.position[i]), lines.record(i)) for i in range(len(lines))]
        self.cursor = batch.cursor

    def restart(self) -> None:
        self.reading.close()
        self.reading = self.make().read(self.cursor)

    def settled(self) -> list[bytes]:
        """What comes once files have come to rest."""
        found = self.look()
        time.sleep(0.25)
        return found + self.look(2)

    def streams(self) -> int:
        return len({stream for stream, _, _ in self.rows})

    def once_only(self) -> bool:
        """No stream gives a position twice, and positions rise."""
        last: dict[bytes, int] = {}
        for stream, position, _ in self.rows:
            if position <= last.get(stream, -1):
                return False
            last[stream] = position
        return True


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


@pytest.fixture(autouse=True, scope="module")
def compiled(tmp_path_factory):
    """The kernels, so that no case has to wait for them."""
    folder = tmp_path_factory.mktemp("warm")
    add(folder / "a", "a\n")
    add(folder / "b", "[{}]")
    assert len(list(DirectorySource(folder, once=True).read())) == 2


@pytest.fixture(params=["going on", "restarting"])
def hook(request) -> Callable[[Watch], None]:
    """Every case is run as it is and with a restart between any two looks."""
    return (lambda _: None) if request.param == "going on" else Watch.restart


def test_growth(tmp_path, hook):
    watch, a = Watch(tmp_path), tmp_path / "a.log"
    assert watch.look() == []
    add(a, "one\ntwo\nthr")
    assert watch.look() == [b"one", b"two"]
    hook(watch)
    assert watch.look() == []
    add(a, "ee\nfour\n")
    assert watch.look() == [b"three", b"four"]
    hook(watch)
    add(tmp_path / "b.log", "five\n")
    assert watch.settled() == [b"five"]
    assert watch.streams() == 2
    assert watch.once_only()


def test_identity_does_not_depend_on_when_it_was_seen(tmp_path):
    """A file seen as it grew and the same file seen whole are one stream."""
    early, a = Watch(tmp_path), tmp_path / "a.log"
    add(a, "the first")
    early.look()
    add(a, " line\n")
    early.look()
    add(a, "more\n" * 1000)
    early.look()
    late = Watch(tmp_path)
    late.look()
    assert late.rows == early.rows


def test_rotation_within_the_pattern(tmp_path, hook):
    """The renamed file is finished under its old identity before the new one."""
    watch, a = Watch(tmp_path), tmp_path / "app.log"
    add(a, "1\n2\n")
    assert watch.look() == [b"1", b"2"]
    hook(watch)
    add(a, "3\n")
    a.rename(tmp_path / "app.log.1")
    add(a, "4\n")
    os.utime(tmp_path / "app.log.1", (1e9, 1e9))
    assert watch.look() == [b"3", b"4"]
    hook(watch)
    assert watch.settled() == []
    assert watch.streams() == 2


def test_rotation_out_of_the_pattern(tmp_path, hook):
    watch, a = Watch(f"{tmp_path}/*.log"), tmp_path / "app.log"
    add(a, "1\n2\n")
    assert watch.look() == [b"1", b"2"]
    a.rename(tmp_path / "app.log.1")
    add(tmp_path / "app.log.1", "3\n")
    add(a, "4\n")
    hook(watch)
    assert watch.look() == [b"3", b"4"]
    add(tmp_path / "app.log.1", "last, without its end")
    assert watch.settled() == [b"last, without its end"]
    hook(watch)
    assert watch.settled() == []


def test_copytruncate(tmp_path, hook):
    watch, a = Watch(tmp_path), tmp_path / "app.log"
    add(a, "one\ntwo\n")
    assert watch.look() == [b"one", b"two"]
    hook(watch)
    os.truncate(a, 0)
    add(a, "one\n")
    assert watch.look() == [b"one"]
    hook(watch)
    add(a, "three\n")
    assert watch.look() == [b"three"]
    assert watch.streams() == 2
    assert watch.once_only()


def test_written_anew_and_longer(tmp_path, hook):
    """Another first line tells that it is another file, though it has the same inode and more bytes."""
    watch, a = Watch(tmp_path), tmp_path / "app.log"
    add(a, "one\ntwo\n")
    watch.look()
    hook(watch)
    with a.open("r+") as file:
        file.truncate(0)
        file.write("another\nand longer than before\n")
    assert watch.look() == [b"another", b"and longer than before"]
    assert watch.streams() == 2


def test_deletion_while_open(tmp_path):
    watch, a = Watch(tmp_path), tmp_path / "app.log"
    add(a, "one\n")
    watch.look()
    add(a, "two\nthree")
    a.unlink()
    assert watch.settled() == [b"two", b"three"]
    assert watch.settled() == []


def test_last_line_without_its_end(tmp_path, hook):
    """It is a record once the file is at rest; what is added later is another."""
    watch, a = Watch(tmp_path), tmp_path / "app.log"
    add(a, "one\ntwo")
    assert watch.look() == [b"one"]
    assert watch.settled() == [b"two"]
    hook(watch)
    add(a, " and more\n")
    assert watch.look() == [b" and more"]
    assert watch.once_only()


def test_packed_files_are_read_once(tmp_path, hook):
    watch = Watch(tmp_path)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert watch.look() == []
    assert watch.settled() == [b"one", b"two"]
    hook(watch)
    assert watch.settled() == []


def test_rotation_that_packs(tmp_path, hook):
    """gzip of a rotated file: what was read before is not read again, what was not is."""
    watch, a = Watch(tmp_path), tmp_path / "app.log.1"
    text = "".join(f"line {i} of the log\n" for i in range(200))
    add(a, text)
    assert len(watch.look()) == 200
    add(a, "unread\n")
    (tmp_path / "app.log.2.gz").write_bytes(gzip.compress(a.read_bytes()))
    a.unlink()
    hook(watch)
    # restarted, the open file is lost and the packed one has to give its end
    found = watch.settled() + watch.settled()
    assert found == [b"unread"]
    assert watch.streams() == 1
    assert watch.once_only()


def test_json_documents_resume_within_an_array(tmp_path, hook):
    watch = Watch(tmp_path, bounds=Bounds(records=2))
    a = tmp_path / "trail.json"
    add(a, '{"Records":[{"a":1},{"b":2},{"c":3},{"d"')
    assert watch.settled()[:3] == [b'{"a":1}', b'{"b":2}', b'{"c":3}']
    b = tmp_path / "b.json"
    add(b, '{"Records":[\n{"a":1},{"b":2},{"c":3}')
    watch.settled()
    hook(watch)
    add(b, ',{"d":4}]}\n')
    assert watch.settled() == [b'{"d":4}']


def test_many_files_few_descriptors(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "OPEN_FILES", 5)
    watch = Watch(tmp_path)
    for turn in range(3):
        for i in range(20):
            add(tmp_path / f"{i}.log", f"{turn} {i}\n")
        assert len(watch.look()) == 20
        held = [str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and fd.exists()]
        assert sum(str(tmp_path) in path for path in held) <= 5
    assert watch.once_only()


def test_unreadable_files_are_named_and_passed_over(tmp_path):
    add(tmp_path / "a.log", "one\n")
    source = DirectorySource(tmp_path, once=True)
    opened = os.open

    def fail(path, *rest, **more):
        if str(path).endswith("a.log"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", fail)
        assert list(source.read()) == []
    assert source.problems == {str(tmp_path / "a.log"): "Permission denied"}


def test_any_cursor_resumes(tmp_path):
    """Going on from any batch's cursor gives what an uninterrupted run gives after it."""
    rng = random.Random(5)
    for i in range(6):
        (tmp_path / f"{i}.log").write_text("".join(f"{i} {rng.random()}\n" for _ in range(rng.randrange(60))))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(b"".join(b"packed %d\n" % i for i in range(50))))
    (tmp_path / "docs.json").write_text("[" + ",\n".join(f'{{"n": {i}}}' for i in range(50)) + "]")

    def rows(cursor: bytes) -> Iterator[tuple[bytes, list[tuple[bytes, int, bytes]]]]:
        source = DirectorySource(tmp_path, once=True, bounds=Bounds(records=7, size=100))
        for batch in source.read(cursor):
            lines = batch.lines if batch else None
            if batch and lines:
                yield batch.cursor, [(lines.stream, int(lines.position[i]), lines.record(i)) for i in range(len(lines))]

    whole = list(rows(b""))
    assert sum(len(r) for _, r in whole) > 200
    for n, (cursor, _) in enumerate(whole):
        rest = sorted(row for _, found in rows(cursor) for row in found)
        assert rest == sorted(row for _, found in whole[n + 1 :] for row in found)


def test_as_a_source(tmp_path):
    """Batches come while it is watched; closing it ends it."""
    add(tmp_path / "a.log", "one\n")

    async def scenario() -> list[bytes]:
        found = []
        async with DirectorySource(tmp_path, poll=0.01) as source:
            async for batch in source.batches(b""):
                found.append(batch.lines.record(0))
                if len(found) == 1:
                    add(tmp_path / "a.log", "two\n")
                else:
                    await source.__aexit__(None, None, None)
        return found

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) == [b"one", b"two"]
