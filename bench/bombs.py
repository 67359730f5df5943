"""Compression bombs as files, made in seconds: a few megabytes that unpack to gigabytes.

    python bench/bombs.py write DIR [--size 10GiB]
    python bench/bombs.py run [--ours "penstock parse"]      # each must end soon, with memory flat

| file | is |
| --- | --- |
| zeros.gz | one gzip member of zero bytes, no line end in it |
| lines.log.gz | one gzip member of short identical lines |
| members.gz | many concatenated members |
| zeros.zst, lines.log.zst | many concatenated frames |
| zeros.bz2, zeros.xz | many concatenated streams |
| nested.gz.gz | lines.log.gz, compressed again |
| cut.gz | zeros.gz with its end missing |
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import lzma
import shlex
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow as pa
from generate import size
from measure import FailedError, Job, run
from paths import SCRATCH
from programs import default_ours, fresh

UNIT = 16 * 1024 * 1024
LINE = b"Nov 17 08:00:00 web01 sshd[1]: Server listening on 0.0.0.0 port 22.\n"


def one_member(unit: bytes, times: int) -> bytes:
    """A single gzip member of `unit` many times: a deflate block that ends on a full flush may be repeated as it is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    repeated = packer.compress(unit) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(times):
        crc = zlib.crc32(unit, crc)
    tail = crc.to_bytes(4, "little") + (len(unit) * times % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + repeated * times + b"\x03\x00" + tail


def write(folder: Path, total: int) -> list[Path]:
    """Every bomb, each unpacking to `total` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    zeros = bytes(UNIT)
    lines = LINE * (UNIT // len(LINE))
    times = max(total // UNIT, 1)
    packed_lines = one_member(lines, times)
    packed_zeros = one_member(zeros, times)
    made = {
        "zeros.gz": packed_zeros,
        "lines.log.gz": packed_lines,
        "members.gz": gzip.compress(zeros) * times,
        "zeros.zst": pa.compress(zeros, codec="zstd", asbytes=True) * times,
        "lines.log.zst": pa.compress(lines, codec="zstd", asbytes=True) * times,
        "zeros.bz2": bz2.compress(zeros) * times,
        "zeros.xz": lzma.compress(zeros) * times,
        "nested.gz.gz": gzip.compress(packed_lines),
        "cut.gz": packed_zeros[: len(packed_zeros) * 2 // 3],
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in made]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("write", "run"))
    parser.add_argument("folder", type=Path, nargs="?", default=None)
    parser.add_argument("--size", type=size, default=size("10GiB"))
    parser.add_argument("--ours", default=default_ours())
    parser.add_argument("--limit", type=float, default=60, help="seconds that each may take")
    parser.add_argument("--rss", type=float, default=600, help="MiB that each may need")
    given = parser.parse_args()
    bombs = write(given.folder or fresh(SCRATCH / "bombs"), given.size)
    if given.verb == "write":
        print("\n".join(f"{b} {b.stat().st_size}" for b in bombs))
        return
    fine = True
    work = fresh(SCRATCH / "bombs-out")
    for bomb in bombs:
        rejects = work / "rejects"
        rejects.unlink(missing_ok=True)
        job = Job([*shlex.split(given.ours), str(bomb), "--rejects", str(rejects)], work / "out", to_stdout=True)
        try:
            taken = run(job, None, "0", given.limit)
            told = rejects.read_bytes()[:300] if rejects.exists() else b""
            well = taken.rss < given.rss
            print(
                f"{bomb.name}: {taken.wall:.1f} s, {taken.rss:.0f} MiB, {job.out.stat().st_size >> 20} MiB out"
                f"{'' if well else ', TOO MUCH MEMORY'} {told!r}"
            )
        except FailedError as why:  # refused with an exit code: a finding to read, not a crash of the benchmark
            well = "-9" not in str(why)
            print(f"{bomb.name}: {why}" + ("" if well else " (killed: over the limit)"))
        fine = fine and well
    sys.exit(not fine)


if __name__ == "__main__":
    main()
