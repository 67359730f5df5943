"""Write a corpus: `generate.py NAME --lines N --out FILE [--seed S]`.

The same name, seed and number give the same bytes, and a longer corpus begins with the shorter one (up to the last
block). Blocks are drawn independently, so 10 GiB can be streamed (`--out -`) with memory flat.

    python bench/generate.py asa --lines 1000000 --out /tmp/asa.log
    python bench/generate.py mixed --bytes 1GiB --out - | penstock parse - > events.ndjson
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from corpora import apache, asa, cef, cloudtrail, mixed, openssh, windows
from corpora.draw import Draw, clock

CORPORA = {
    "openssh": openssh.lines,
    "asa": asa.lines,
    "apache": apache.lines,
    "cef": cef.lines,
    "cloudtrail": cloudtrail.lines,
    "windows": windows.lines,
    "mixed": mixed.lines,
}

BLOCK = 20_000
"""Lines drawn at a time."""


def block(name: str, number: int, seed: int = 1) -> list[str]:
    """The `number`th block of `BLOCK` lines of a corpus."""
    draw = Draw(np.random.default_rng([seed, crc32(name.encode()), number]))
    return CORPORA[name](draw, clock(draw, number * BLOCK, BLOCK))


def chunks(name: str, lines: int | None = None, seed: int = 1) -> Iterator[bytes]:
    """The corpus as byte chunks of whole lines, endless without `lines`."""
    number = 0
    while lines is None or lines > number * BLOCK:
        found = block(name, number, seed)
        if lines is not None:
            found = found[: lines - number * BLOCK]
        yield ("\n".join(found) + "\n").encode()
        number += 1


def size(text: str) -> int:
    """`10GiB`, `64MiB`, `1000` as a number of bytes."""
    found = re.fullmatch(r"(\d+)\s*([KMG]i?B?)?", text.strip(), re.IGNORECASE)
    if not found:
        raise argparse.ArgumentTypeError(f"not a size: {text!r} (like 64MiB)")
    power = {"": 0, "K": 1, "M": 2, "G": 3}[(found[2] or "")[:1].upper()]
    return int(found[1]) * 1024**power


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(CORPORA))
    parser.add_argument("--lines", type=int, default=None)
    parser.add_argument("--bytes", type=size, default=None, help="stop after so many bytes (like 1GiB)")
    parser.add_argument("--out", default="-")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.lines is None and given.bytes is None:
        parser.error("say how much: --lines N or --bytes 1GiB")
    out = sys.stdout.buffer if given.out == "-" else Path(given.out).open("wb")  # noqa: SIM115 - closed with the process
    left = given.bytes
    try:
        for chunk in chunks(given.name, given.lines, given.seed):
            if left is not None and left < len(chunk):
                out.write(chunk[: chunk.rfind(b"\n", 0, left) + 1])
                break
            out.write(chunk)
            left = None if left is None else left - len(chunk)
        out.flush()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
