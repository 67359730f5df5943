"""Good lines with 1 % of rubbish of every kind among them, what must become of each bad line, and a checker.

    python bench/rubbish.py write --lines 1000000 --out mess.log --expect mess.expect
    penstock parse mess.log --rejects rejects.ndjson > events.ndjson
    python bench/rubbish.py check --events events.ndjson --rejects rejects.ndjson --expect mess.expect
    python bench/rubbish.py run [--ours "penstock parse"] [--lines 1000000]     # all of it, and the time it costs

| kind | is | category |
| --- | --- | --- |
| invalid_utf8 | a good line with bytes that are no UTF-8 in it, or bytes at random | ENCODING_ERROR |
| nul | a good line with NUL bytes in it | ENCODING_ERROR |
| truncated_json | a CloudTrail or Windows record cut off | PARSE_ERROR |
| deep_nesting | 20,000 levels of objects or arrays, closed or not | PARSE_ERROR |
| broken_cef | `CEF:0|` with header fields missing, or no version | PARSE_ERROR |
| broken_syslog | a PRI above 191 or none, RFC 5424 with an impossible time or rubbish after the version | PARSE_ERROR |
| words | words at random | UNKNOWN_FORMAT |
| oversize | lines of 10 MiB: one byte repeated, a JSON string, a syslog message | OVERSIZE |

The expectation's first line has the number of good lines and the sum of their hashes; each other line one bad line:
the hash of its first 64 KiB (all that a reject keeps), its kind and its category.
"""

from __future__ import annotations

import argparse
import base64
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import orjson
from generate import BLOCK, block, chunks
from measure import Job, run
from paths import CACHE, SCRATCH
from programs import default_ours, fresh

KEPT = 65_536
"""Bytes of a long reject that are kept."""
OVERSIZE = 10 * 1024 * 1024
DEPTH = 20_000
RARE = {"oversize": 10, "deep_nesting": 20}
CATEGORY = {
    "invalid_utf8": "ENCODING_ERROR",
    "nul": "ENCODING_ERROR",
    "truncated_json": "PARSE_ERROR",
    "deep_nesting": "PARSE_ERROR",
    "broken_cef": "PARSE_ERROR",
    "broken_syslog": "PARSE_ERROR",
    "words": "UNKNOWN_FORMAT",
    "oversize": "OVERSIZE",
}
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore".split()


def hashed(line: bytes) -> int:
    """Eight bytes of hash as a number."""
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "big")


class Rubbish:
    """Makes bad lines. Each has a number in it, so that no two are the same."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 77])
        self.texts = [x.encode() for name in ("openssh", "asa", "apache") for x in block(name, 9_999, seed)[:2000]]
        self.jsons = [x for name in ("cloudtrail", "windows") for x in block(name, 9_999, seed)[:2000]]
        self.number = 0

    def below(self, n: int) -> int:
        return int(self.rng.integers(0, n))

    def invalid_utf8(self, n: int) -> bytes:
        bad = (
            b"\xff",
            b"\xc3\x28",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xc0\xaf",
            b"\xe2\x82",
            b"\x80",
            b"\xf0\x9f\x92",
        )[n % 8]
        line = self.texts[self.below(len(self.texts))] + b" #%d " % n
        if n % 9 == 0:
            return b"#%d " % n + bytes(self.rng.integers(128, 255, 60, dtype=np.uint8)) + b"\xff"
        at = self.below(len(line))
        return line[:at] + bad + b" " + line[at:]

    def nul(self, n: int) -> bytes:
        line = self.texts[self.below(len(self.texts))] + b" #%d " % n
        at = self.below(len(line))
        return line[:at] + b"\x00" * (n % 5 + 1) + line[at:]

    def truncated_json(self, n: int) -> bytes:
        line = self.jsons[self.below(len(self.jsons))]
        line = f'{{"_number":{n},' + line[1:]
        return line[: 30 + self.below(len(line) - 31)].encode()

    def deep_nesting(self, n: int) -> bytes:
        opened, closed = (('{"a":', "}"), ("[", "]"))[n % 2]
        inner = opened * DEPTH + "1" + (closed * DEPTH if n % 4 < 2 else "")
        return f'{{"_number":{n},"eventVersion":"1.08","requestParameters":{inner}}}'.encode()

    def broken_cef(self, n: int) -> bytes:
        return (
            f"<134>Nov 17 08:00:00 host CEF:0|Vendor|Product {n}",
            f"CEF:0|Vendor|Product|1.0|{n}",
            f"<134>Nov 17 08:00:00 host CEF:x{n}|Vendor|Product|1.0|100|Name|5|src=10.0.0.1",
            f"CEF:0|Vendor|Product|1.0|100|Name {n} src=10.0.0.1 dst=10.0.0.2",
            f"<134>Nov 17 08:00:00 host CEF:0|{n}",
        )[n % 5].encode()

    def broken_syslog(self, n: int) -> bytes:
        return (
            f"<999>Nov 17 08:00:00 host app[{n}]: message",
            f"<34>1 {n} \\x%%% garbage without a header",
            f"<>Nov 17 08:00:00 host app[{n}]: message",
            f"<34>1 2026-13-45T99:99:99Z host app {n} - - message",
            f"<192>Nov 17 08:00:00 host app[{n}]: message",
            f'<34>1 2026-11-17T08:00:00Z host app {n} - [unclosed@1 a="b message',
        )[n % 6].encode()

    def words(self, n: int) -> bytes:
        picked = self.rng.integers(0, len(WORDS), 3 + n % 12)
        return " ".join([*(WORDS[i] for i in picked), str(n)]).encode()

    def oversize(self, n: int) -> bytes:
        head = (
            f"#{n} ",
            f'{{"_number":{n},"eventVersion":"',
            f"Nov 17 08:00:00 web01 sshd[{n}]: Failed password for ",
        )[n % 3].encode()
        tail = b'"}' if n % 3 == 1 else b""
        return head + b"A" * (OVERSIZE - len(head) - len(tail)) + tail

    def make(self, kind: str) -> bytes:
        """One bad line, without a line end."""
        self.number += 1
        maker: Callable[[int], bytes] = getattr(self, kind)
        return maker(self.number).replace(b"\n", b" ")


def mess(name: str, lines: int, seed: int, share: float = 0.01) -> Iterator[tuple[bytes, str | None]]:
    """Every line (without its end) and its kind, None for the good ones."""
    rubbish = Rubbish(seed)
    bad = int(lines * share)
    rare = {k: min(n, max(bad // 100, 1)) for k, n in RARE.items()}
    usual = [k for k in CATEGORY if k not in RARE]
    kinds = [k for k, n in rare.items() for _ in range(n)]
    kinds += [usual[i % len(usual)] for i in range(bad - len(kinds))]
    rubbish.rng.shuffle(kinds)
    where = np.sort(rubbish.rng.integers(0, lines, len(kinds))).tolist()
    at = 0
    for number in range(-(-lines // BLOCK)):
        for i, line in enumerate(block(name, number, seed), number * BLOCK):
            if i >= lines:
                break
            while at < len(where) and where[at] == i:
                yield rubbish.make(kinds[at]), kinds[at]
                at += 1
            yield line.encode(), None


def write(name: str, lines: int, seed: int, out: IO[bytes], expect: IO[bytes]) -> None:
    """The corpus and what is expected of it."""
    good = total = 0
    found: list[bytes] = []
    for line, kind in mess(name, lines, seed):
        out.write(line + b"\n")
        if kind is None:
            good += 1
            total = (total + hashed(line)) % 2**64
        else:
            told = {
                "hash": f"{hashed(line[:KEPT]):016x}",
                "kind": kind,
                "category": CATEGORY[kind],
                "length": len(line),
            }
            found.append(orjson.dumps(told))
    expect.write(orjson.dumps({"good": good, "sum": f"{total:016x}"}) + b"\n" + b"\n".join(found) + b"\n")


def original(row: dict[str, str]) -> bytes:
    """The record's bytes that a reject keeps."""
    if "error.original_base64" in row:
        return base64.b64decode(row["error.original_base64"])[:KEPT]
    return row.get("event.original", "").encode()[:KEPT]


def check(events: Path, rejects: Path, expect: Path) -> list[str]:
    """What is wrong, one sentence each; empty if all good lines came out and each bad one is a reject as due."""
    with expect.open("rb") as lines:
        head = orjson.loads(next(lines))
        wanted = {(e := orjson.loads(line))["hash"]: e for line in lines}
    wrong: Counter[str] = Counter()
    example: dict[str, str] = {}

    def note(what: str, line: bytes) -> None:
        wrong[what] += 1
        example.setdefault(what, repr(line[:120]))

    count = total = 0
    with events.open("rb") as lines:
        for line in lines:
            count += 1
            total = (total + hashed(orjson.loads(line)["event.original"].encode())) % 2**64
    if count != head["good"]:
        wrong[f"{head['good']} events wanted, {count} came out"] += 1
    elif f"{total:016x}" != head["sum"]:
        wrong["the events' originals are not the good lines"] += 1
    seen: Counter[str] = Counter()
    with rejects.open("rb") as lines:
        for line in lines:
            row = orjson.loads(line)
            kept = original(row)
            key = f"{hashed(kept):016x}"
            due = wanted.get(key)
            if due is None:
                note(f"a good line was refused as {row['error.category']}", kept)
                continue
            seen[key] += 1
            if seen[key] > 1:
                note(f"{due['kind']} was refused more than once", kept)
            elif row["error.category"] != due["category"]:
                note(f"{due['kind']} must be {due['category']}, was {row['error.category']}", kept)
    for key, due in wanted.items():
        if key not in seen:
            wrong[f"{due['kind']} ({due['category']}) is no reject"] += 1
    return [
        f"{n} x {what}" + (f", such as {example[what]}" if what in example else "") for what, n in wrong.most_common()
    ]


def measured(command: str, name: str, lines: int, seed: int, core: str) -> bool:
    """Write, run with and without rubbish, check; print the finding; True if all is well."""
    folder = CACHE / "rubbish"
    folder.mkdir(parents=True, exist_ok=True)
    mixed, expect, clean = folder / "mess.log", folder / "mess.expect", folder / "clean.log"
    with mixed.open("wb") as out, expect.open("wb") as told:
        write(name, lines, seed, out, told)
    with clean.open("wb") as out:
        out.writelines(chunks(name, lines, seed))
    work = fresh(SCRATCH / "rubbish")
    rejects = work / "rejects.ndjson"
    walls: dict[str, list[float]] = {"clean": [], "mess": []}
    cpus: dict[str, list[float]] = {"clean": [], "mess": []}
    rss = 0.0
    for _ in range(2):
        for which, file in (("clean", clean), ("mess", mixed)):
            job = Job(
                [*shlex.split(command), str(file), "--rejects", str(rejects)], work / f"{which}.ndjson", to_stdout=True
            )
            taken = run(job, None, core)
            walls[which].append(taken.wall)
            cpus[which].append(taken.cpu)
            rss = max(rss, taken.rss)
    wrong = check(work / "mess.ndjson", rejects, expect)
    grown = min(walls["mess"]) / min(walls["clean"])
    by_cpu = min(cpus["mess"]) / min(cpus["clean"])
    print(
        f"rubbish: {lines} good lines and 1 % bad ones: {grown:.2f} times the time"
        f" ({by_cpu:.2f} by cpu, bound 1.3), {rss:.0f} MiB"
    )
    for sentence in wrong:
        print("  wrong:", sentence)
    if not wrong:
        print("  every good line came out, every bad one is a reject of its category")
    return not wrong and min(grown, by_cpu) < 1.3


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("write", "check", "run"))
    parser.add_argument("--name", default="mixed")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--expect", type=Path)
    parser.add_argument("--events", type=Path)
    parser.add_argument("--rejects", type=Path)
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--core", default="0")
    given = parser.parse_args()
    if given.verb == "write":
        if not (given.out and given.expect):
            parser.error("write needs --out and --expect")
        with given.out.open("wb") as out, given.expect.open("wb") as told:
            write(given.name, given.lines, given.seed, out, told)
    elif given.verb == "check":
        if not (given.events and given.rejects and given.expect):
            parser.error("check needs --events, --rejects and --expect")
        wrong = check(given.events, given.rejects, given.expect)
        print("\n".join(wrong) or "all as expected")
        sys.exit(bool(wrong))
    else:
        sys.exit(not measured(given.ours, given.name, given.lines, given.seed, given.core))


if __name__ == "__main__":
    main()
