"""The same input must give the same sorted output, `event.ingested` aside, however it is cut up and whoever runs it.

    python bench/determinism.py [--ours "penstock parse"] [--lines 50000] [--variant "NAME: COMMAND"]...

Always compared: the file on one core, on two, the same bytes on stdin, and other batch sizes (`--batch-bytes`).
In a variant's command `{file}` is the input. The input holds rubbish
too, so rejects are compared as well. Give `--reference-time` within --ours if the year must not come from the file.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import Job, run
from paths import SCRATCH
from programs import default_ours, fresh
from rubbish import write

INGESTED = re.compile(rb'"event\.ingested":"[^"]*",?')


def outcome(file: Path) -> list[bytes]:
    """The sorted rows without `event.ingested`."""
    with file.open("rb") as lines:
        return sorted(INGESTED.sub(b"", line) for line in lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--name", default="mixed")
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--variant", action="append", default=[])
    given = parser.parse_args()
    work = fresh(SCRATCH / "determinism")
    source = work / "in.log"
    with source.open("wb") as out, (work / "in.expect").open("wb") as told:
        write(given.name, given.lines, 1, out, told)
    variants: list[tuple[str, str, str, dict[str, str], bool]] = [
        ("one core, file", given.ours + " {file}", "0", {}, False),
        ("two cores, file", given.ours + " {file}", "0,1", {}, False),
        ("one core, stdin", given.ours + " -", "0", {}, True),
        ("batches of 64 KiB", given.ours + " --batch-bytes 65536 {file}", "0,1", {}, False),
        ("batches of 1 MB less 1", given.ours + " --batch-bytes 999999 {file}", "0,1", {}, False),
    ]
    for text in given.variant:
        name, command = text.split(": ", 1)
        variants.append((name, command, "0,1", {}, "{file}" not in command))
    first: dict[str, list[bytes]] = {}
    fine = True
    for name, command, cores, env, stdin in variants:
        rejects = work / "rejects.ndjson"
        argv = [part.replace("{file}", str(source)) for part in shlex.split(command)] + ["--rejects", str(rejects)]
        run(Job(argv, work / "events.ndjson", to_stdout=True, env=env, stdin=source if stdin else None), None, cores)
        found = {"events": outcome(work / "events.ndjson"), "rejects": outcome(rejects)}
        if not first:
            first = found
            print(f"determinism: {len(found['events'])} events and {len(found['rejects'])} rejects")
            continue
        for what, rows in found.items():
            if rows != first[what]:
                fine = False
                odd = next((pair for pair in zip(first[what], rows, strict=False) if pair[0] != pair[1]), (b"", b""))
                print(f"  {name}: {what} differ ({len(rows)} rows): {odd[0][:400]!r} / {odd[1][:400]!r}")
            else:
                print(f"  {name}: the same {what}")
    sys.exit(not fine)


if __name__ == "__main__":
    main()
