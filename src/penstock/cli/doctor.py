"""`penstock doctor`: is everything here that Penstock needs? Each line ok, warn or FAIL, and what to do."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from penstock import __version__
from penstock.cli import arguments
from penstock.cli.places import CONFIGURATION, LAKE, add_lake, configuration
from penstock.errors import PenstockError

NEEDED = ("deltalake", "duckdb", "evtx", "numba", "numpy", "orjson", "polars", "pyarrow", "pydantic", "pyyaml",
          "starlette", "uvicorn", "zstandard")  # fmt: skip
MIB = 1 << 20
LEAST_MEMORY, GOOD_MEMORY = 512 * MIB, 2048 * MIB
LEAST_DISK, GOOD_DISK = 512 * MIB, 10_240 * MIB


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `state`: ok, warn or FAIL; `advice`: what to do about it."""

    state: str
    what: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.state:5} {self.what:10} {self.found}" + (f": {self.advice}" if self.advice else "")


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock doctor -c /etc/penstock/penstock.yaml"
    add_lake(parser)
    arguments.add_content(parser)


def run(options: argparse.Namespace) -> int:
    """Look at everything; give 1 when something fails."""
    failed = False
    for check in (_python, _packages, _machine, _kernels, _configuration, _packs, _lake):
        for finding in _guarded(check, options):
            print(finding, flush=True)
            failed = failed or finding.state == "FAIL"
    return 1 if failed else 0


def _guarded(
    check: Callable[[argparse.Namespace], Iterator[Finding]], options: argparse.Namespace
) -> Iterator[Finding]:
    """A check that itself fails is a finding."""
    name = check.__name__.strip("_")
    try:
        yield from check(options)
    except PenstockError as error:
        lines = str(error).splitlines()
        more = f" (and {len(lines) - 1} more; `penstock check` lists them)" if len(lines) > 1 else ""
        yield Finding("FAIL", name, lines[0] + more)
    except Exception as error:  # noqa: BLE001  whatever it is, the next checks are still wanted
        yield Finding("FAIL", name, f"{type(error).__name__}: {error}")


def _python(_: argparse.Namespace) -> Iterator[Finding]:
    found = f"penstock {__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform != "linux":
        yield Finding("warn", "python", found, "only Linux is tested")
    else:
        yield Finding("ok", "python", found)


def _packages(_: argparse.Namespace) -> Iterator[Finding]:
    missing = []
    for name in NEEDED:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("FAIL", "packages", f"missing: {', '.join(missing)}", "pip install penstock")
    else:
        yield Finding("ok", "packages", f"numba {metadata.version('numba')}, deltalake {metadata.version('deltalake')}")


def _machine(options: argparse.Namespace) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    yield Finding("ok", "cores", f"{cores}, and as many threads for the stages")
    free = _available()
    if free is not None:
        advice = "600 MiB are wanted for a full load"
        state = "FAIL" if free < LEAST_MEMORY else "warn" if free < GOOD_MEMORY else "ok"
        yield Finding(state, "memory", f"{free // MIB:,} MiB available", advice if state != "ok" else "")
    where = _lake_place(options)
    while not where.exists():
        where = where.parent
    disk = shutil.disk_usage(where).free
    state = "FAIL" if disk < LEAST_DISK else "warn" if disk < GOOD_DISK else "ok"
    advice = "the lake needs about 100 bytes an event" if state != "ok" else ""
    yield Finding(state, "disk", f"{disk // MIB:,} MiB free at {where}", advice)


def _available() -> int | None:
    """Bytes of memory that may be had: the machine's, or the control group's if that is less."""
    found = None
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found = int(line.split()[1]) * 1024
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        if limit != "max" and found is not None:
            found = min(found, int(limit) - used)
    except (OSError, ValueError):
        pass
    return found


def _kernels(_: argparse.Namespace) -> Iterator[Finding]:
    from penstock.kernels import compiled_before  # noqa: PLC0415

    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        yield Finding("warn", "kernels", "the compiler is off (NUMBA_DISABLE_JIT)", "everything is very slow so")
        return
    if not compiled_before():
        yield Finding("warn", "kernels", f"not compiled yet ({folder})", "the first command does, in about a minute")
    else:
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
        yield Finding("ok", "kernels", f"compiled, {size // MIB:,} MiB in {folder}")
    if not os.access(folder, os.W_OK):
        yield Finding("warn", "kernels", f"{folder} cannot be written", "they are compiled anew at every start")


def _configuration(options: argparse.Namespace) -> Iterator[Finding]:
    loaded = configuration(options)
    if loaded is None:
        yield Finding("ok", "config", f"no {CONFIGURATION} here: only `penstock run` needs one")
        return
    from penstock.config.load import missing_places  # noqa: PLC0415  heavy
    from penstock.config.model import address  # noqa: PLC0415  heavy

    for problem in missing_places(loaded):
        yield Finding("FAIL", "config", str(problem))
    yield Finding("ok", "config", f"{loaded.file}: {len(loaded.settings.sources)} sources")
    console = loaded.settings.console
    if console is None:
        yield Finding("ok", "ports", "none is wanted")
        return
    host, port = address(console.listen)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
        except OSError as error:
            advice = "is the service running? Otherwise set console.listen"
            yield Finding("warn", "ports", f"{console.listen}: {error.strerror}", advice)
        else:
            yield Finding("ok", "ports", f"{console.listen} is free")


def _packs(options: argparse.Namespace) -> Iterator[Finding]:
    from penstock.pipeline import load_catalogue  # noqa: PLC0415  heavy

    loaded = configuration(options) if _sound(options) else None
    found = load_catalogue([*(loaded.packs if loaded is not None else []), *options.packs])
    yield Finding("ok", "packs", f"{len(found.packs)} packs, {len(found.plans)} datasets")


def _lake(options: argparse.Namespace) -> Iterator[Finding]:
    from penstock.store.lake import Lake  # noqa: PLC0415  heavy
    from penstock.store.query import query  # noqa: PLC0415  heavy
    from penstock.store.upkeep import size  # noqa: PLC0415  heavy

    root = _lake_place(options)
    if not root.is_dir():
        yield Finding("ok", "lake", f"none at {root} yet")
        return
    sizes = size(Lake(root))
    newest = query(root, 'SELECT max("@timestamp") AS t FROM events')["t"][0].as_py()
    told = ", ".join(f"{name} {s.rows:,} rows in {s.files:,} files" for name, s in sizes.items() if s.files)
    yield Finding(
        "ok", "lake", f"{root}: {told or 'empty'}" + (f"; newest event {newest:%Y-%m-%dT%H:%M:%SZ}" if newest else "")
    )
    many = [name for name, s in sizes.items() if s.files > 5_000]
    if many:
        yield Finding(
            "warn", "lake", f"{', '.join(many)}: many files", "let `penstock run` compact (sinks.lake.compact)"
        )
    if not os.access(root, os.W_OK):
        yield Finding("warn", "lake", f"{root} cannot be written by this user", "fine for reading")


def _sound(options: argparse.Namespace) -> bool:
    """Whether the configuration can be read at all (its own check says what is wrong)."""
    try:
        configuration(options)
    except PenstockError:
        return False
    return True


def _lake_place(options: argparse.Namespace) -> Path:
    if options.lake is not None:
        return Path(options.lake).absolute()
    loaded = configuration(options) if _sound(options) else None
    return LAKE.absolute() if loaded is None else loaded.lake
