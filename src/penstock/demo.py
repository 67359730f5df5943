"""A day of sample logs of many vendors, made from the packs' own samples: always the same.

Each pack's samples are repeated over the day with their times moved on (where they are written in a form that is
easily told), so that a few thousand lines of every kind come about; a few broken ones are among them. What cannot be
moved stays as it is: it is a true sample all the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAY = datetime(2026, 11, 23, tzinfo=UTC)
"""The day that the samples are spread over."""

LINES = 6_000
"""About so many lines in all."""

BROKEN = (
    b'{"cut": {"off": [1, 2',
    b"\xfe\xff\x00 no text at all",
    b"CEF:0|a device|that stops in the middle",
    b"%%%% nobody writes this %%%%",
)

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_BSD = re.compile(rb"\b(?:%s) [ \d]\d \d\d:\d\d:\d\d" % "|".join(_MONTHS).encode())
_ISO = re.compile(rb"\b20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d")
_CLF = re.compile(rb"\b\d\d/(?:%s)/20\d\d:\d\d:\d\d:\d\d" % "|".join(_MONTHS).encode())
_ASA = re.compile(rb"\b(?:%s) \d\d 20\d\d \d\d:\d\d:\d\d" % "|".join(_MONTHS).encode())


def write_day(folder: Path, samples: list[Path], lines: int = LINES) -> list[Path]:
    """Write the day's logs, a file a pack, into `folder`; give the files. `samples`: sample files of packs."""
    by_pack: dict[str, list[Path]] = {}
    for sample in samples:
        by_pack.setdefault(sample.parents[1].name, []).append(sample)
    share = max(1, lines // max(1, len(by_pack)))
    written = []
    for pack, files in sorted(by_pack.items()):
        whole = [f for f in files if f.suffix != ".log"]
        written += [_copied(f, folder / f"{pack}-{f.name}") for f in whole]
        records = [r for f in files if f.suffix == ".log" for r in f.read_bytes().splitlines() if r.strip()]
        if not records:
            continue
        path = folder / f"{pack}.log"
        path.write_bytes(b"".join(r + b"\n" for r in _day(pack, records, share)))
        written.append(path)
    broken = folder / "broken.log"
    broken.write_bytes(b"".join(line + b"\n" for line in BROKEN))
    return [*written, broken]


def _copied(sample: Path, to: Path) -> Path:
    to.write_bytes(sample.read_bytes())
    return to


def _day(pack: str, records: list[bytes], count: int) -> Iterator[bytes]:
    """The records once, and then at random, in the order of the day."""
    chance = random.Random(pack)  # noqa: S311  the same each time, no secret
    chosen = [*records, *(chance.choice(records) for _ in range(max(0, count - len(records))))]
    chance.shuffle(chosen)
    for i, record in enumerate(chosen):
        yield moved(record, DAY + timedelta(seconds=86_399 * i / len(chosen)))


def moved(record: bytes, to: datetime) -> bytes:
    """The record with the times in it set to `to`."""
    month = _MONTHS[to.month - 1].encode()
    clock = to.strftime("%H:%M:%S").encode()

    def put(pattern: re.Pattern[bytes], text: Callable[[re.Match[bytes]], bytes], raw: bytes) -> bytes:
        return pattern.sub(text, raw)

    record = put(_ASA, lambda _: b"%s %02d %d %s" % (month, to.day, to.year, clock), record)
    record = put(_CLF, lambda _: b"%02d/%s/%d:%s" % (to.day, month, to.year, clock), record)
    record = put(_ISO, lambda m: to.strftime("%Y-%m-%d").encode() + m[1] + clock, record)
    return put(_BSD, lambda _: b"%s %2d %s" % (month, to.day, clock), record)
