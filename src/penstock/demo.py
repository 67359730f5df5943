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
    attacks = folder / "attacks.log"
    attacks.write_bytes(b"".join(line + b"\n" for _, line in sorted(_attacks())))
    broken = folder / "broken.log"
    broken.write_bytes(b"".join(line + b"\n" for line in BROKEN))
    return [*written, attacks, broken]


def _attacks() -> Iterator[tuple[datetime, bytes]]:
    """What happens on that day, line by line with its time: a storm, a spray, a break-in, a scan."""
    chance = random.Random("attacks")  # noqa: S311  the same each time, no secret

    def sshd(at: float, host: str, said: str) -> tuple[datetime, bytes]:
        when = DAY + timedelta(seconds=at)
        clock = f"{_MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S}"
        return when, f"<38>{clock} {host} sshd[{chance.randrange(900, 32_000)}]: {said}".encode()

    # forty machines guess at root for three hours, six times every three minutes
    for n in range(40):
        for at in range(3 * 3600 + n, 6 * 3600, 180):
            for k in range(6):
                said = f"Failed password for root from 198.51.100.{n + 1} port {chance.randrange(1024, 60_000)} ssh2"
                yield sshd(at + 8 * k, f"web{n % 4 + 1}", said)
    # one address tries a password on everybody, and one of them has it
    for n in range(30):
        yield sshd(9 * 3600 + 7 * n, "vpn1", f"Failed password for staff{n} from 203.0.113.66 port 4711 ssh2")
    yield sshd(9 * 3600 + 240, "vpn1", "Accepted password for staff17 from 203.0.113.66 port 4712 ssh2")
    # names are guessed
    for n in range(40):
        yield sshd(14 * 3600 + 2 * n, "db1", f"Invalid user guest{n} from 203.0.113.99 port 5000")
    # somebody looks for what a web server should not have
    for n in range(120):
        when = DAY + timedelta(seconds=16 * 3600 + n)
        clock = f"{when.day:02}/{_MONTHS[when.month - 1]}/{when.year}:{when:%H:%M:%S} +0000"
        path = chance.choice(("wp-login.php", ".env", ".git/config", "admin.php", f"backup-{n}.zip"))
        line = f'203.0.113.120 - - [{clock}] "GET /{path} HTTP/1.1" 404 196 "-" "sqlmap/1.7.2#stable"'
        yield when, line.encode()
    when = DAY + timedelta(hours=17)
    clock = f"{_MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S}"
    yield when, f"<85>{clock} web1 sudo: www-data : TTY=unknown ; PWD=/var/www ; USER=root ; COMMAND=/bin/sh".encode()


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
