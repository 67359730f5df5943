"""kill -9 at random moments, over a growing folder whose files are rotated: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from killing import ready, start
from penstock.errors import OutsideError
from penstock.store.query import query

KILLS = int(os.environ.get("PENSTOCK_KILLS", "5"))
FILES = 3
LINE = "Nov 23 10:00:01 web{file} sshd[{n}]: Failed password for root from 203.0.113.7 port 40222 ssh2"
ROTATE = 4_000
"""Lines of a file after which it is renamed."""


class Writer(threading.Thread):
    """Appends to each file in turn, in pieces that end in the middle of lines, and rotates."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.written: list[str] = []
        self._folder = folder
        self._chance = chance
        self._enough = threading.Event()

    def run(self) -> None:
        counts = [0] * FILES
        generation = [0] * FILES
        while not self._enough.is_set():
            file = self._chance.randrange(FILES)
            lines = []
            for _ in range(self._chance.randrange(1, 300)):
                counts[file] += 1
                if counts[file] % 97 == 0:
                    lines.append(f"rubbish {file} {counts[file]}")
                else:
                    lines.append(LINE.format(file=file, n=counts[file]))
            raw = "".join(f"{line}\n" for line in lines).encode()
            path = self._folder / f"app{file}.log"
            cut = self._chance.randrange(len(raw))
            with path.open("ab", buffering=0) as out:
                out.write(raw[:cut])
                time.sleep(self._chance.uniform(0, 0.01))
                out.write(raw[cut:])
            self.written += lines
            if counts[file] // ROTATE > generation[file]:
                generation[file] = counts[file] // ROTATE
                path.rename(self._folder / f"app{file}.log.{generation[file]}")
            time.sleep(self._chance.uniform(0, 0.03))

    def stop(self) -> list[str]:
        self._enough.set()
        self.join()
        return sorted(self.written)


def stored(lake: Path) -> list[tuple[str, str]]:
    """(event.id, event.original) of all events and rejects."""
    columns = 'SELECT "event.id" AS id, "event.original" AS o FROM'
    try:
        found = query(lake, f"{columns} events UNION ALL {columns} rejects")
    except OutsideError:  # it is being made
        return []
    return list(zip(found["id"].to_pylist(), found["o"].to_pylist(), strict=True))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_random_moments(tmp_path: Path, root: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "penstock.yaml").write_text(
        "sources:\n  logs: {type: directory, path: logs, poll: 0.05, settle: 1, batch: {rows: 700}}\n"
        "sinks: {lake: {compact: 0.7}}\n"
    )
    writer = Writer(logs, chance)
    writer.start()
    for n in range(1, KILLS + 1):
        service = start(tmp_path, root)
        ready(tmp_path, n, service)
        time.sleep(chance.uniform(0, 2))
        service.kill()
        service.wait()
    service = start(tmp_path, root)
    ready(tmp_path, KILLS + 1, service)
    time.sleep(1)
    written = writer.stop()
    end = time.monotonic() + 120
    while len(found := stored(tmp_path / "penstock-data")) < len(written) and time.monotonic() < end:
        assert service.poll() is None, (tmp_path / "stderr").read_text()
        time.sleep(0.5)
    time.sleep(1)
    service.terminate()
    assert service.wait(60) == 0, (tmp_path / "stderr").read_text()
    found = stored(tmp_path / "penstock-data")
    said = (tmp_path / "stderr").read_text()
    lost = Counter(written) - Counter(o for _, o in found)
    more = Counter(o for _, o in found) - Counter(written)
    assert not lost, (len(lost), list(lost)[:5], said)
    assert not more, (len(more), list(more)[:5], said)
    assert len({i for i, _ in found}) == len(found), "ids are unique"
    assert len(written) > 1000
    print(f"{len(written)} records over {KILLS} kills")
