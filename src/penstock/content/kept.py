"""What was compiled, kept between runs: starting must not mean compiling thousands of patterns and rules again.

It is kept as a pickle beside the compiled kernels (which Numba keeps as pickles too), in a folder that only this user
can write and that is refused otherwise; nothing from outside is ever unpickled. Its name is a hash of every byte that
it was made from, content and compiler, so a kept one is never stale.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from penstock.kernels import is_ours

KEPT = 8
"""How many of a kind are kept; the oldest go."""

T = TypeVar("T")

_COMPILER = ("content", "schema", "formats", "kernels", "errors.py", "columns.py")


def fingerprint(roots: Sequence[Path]) -> str:
    """Hash of all pack files below these folders and of the code that compiles them."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{sys.version_info[:3]} {np.__version__}".encode())
    here = Path(__file__).resolve().parents[1]
    places: list[tuple[str, int, tuple[str, ...]]] = [
        (str(root), 1, (".yaml",)) for root in roots
    ]  # a pack's samples lie deeper, and are no part of it
    places += [(f"{here}/{c}", 0, (".yaml", ".py", ".tsv")) for c in _COMPILER if not c.endswith(".py")]
    for root, least, suffixes in places:
        digest.update(root.encode() + b"\0")
        for path in sorted(_below(root, suffixes, least, least or sys.maxsize)):
            digest.update(path[len(root) :].encode() + b"\0" + small_file(path) + b"\0")
    for name in _COMPILER:
        if name.endswith(".py"):
            digest.update(small_file(here / name))
    return digest.hexdigest()


def _below(folder: str, suffixes: tuple[str, ...], least: int, most: int) -> Iterator[str]:
    """Files below a folder, at least and at most so many folders deeper."""
    try:
        there = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in there:
        if entry.name.endswith(suffixes):
            if least <= 0:
                yield entry.path
        elif most > 0 and entry.name != "__pycache__" and entry.is_dir():
            yield from _below(entry.path, suffixes, least - 1, most - 1)


def small_file(path: str | Path) -> bytes:
    """What a file holds. (Thousands are read at each start: without what a file object costs, which is half of it.)"""
    descriptor = os.open(path, os.O_RDONLY)
    found = b""
    try:
        while more := os.read(descriptor, 1 << 16):
            found = found + more if found else more
    finally:
        os.close(descriptor)
    return found


def kept(what: str, name: str, kind: type[T], build: Callable[[], T]) -> T:
    """What was made earlier of the same bytes (`name` is their hash), or a new one that is kept from now on.

    what: the folder, in the plural. A kept one of another kind than `kind` is made anew.
    """
    folder = Path(os.environ["NUMBA_CACHE_DIR"]) / what
    if not is_ours(folder):
        return build()
    path = folder / f"{name}.pickle"
    try:
        found = _loaded(path)
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        found = None
    if isinstance(found, kind):
        return found
    with _unlooked():
        made = build()
    _keep(made, path)
    return made


def _loaded(path: Path) -> object:
    """What is kept there."""
    with _unlooked(), path.open("rb") as file:
        return pickle.load(file)  # noqa: S301  see the module's text


@contextmanager
def _unlooked() -> Iterator[None]:
    """Nobody looks for rubbish: there is none among what is made here, neither now nor later.

    (Reading 3,752 rules: 0.15 s so, 0.7 without; compiling them a sixth less.)
    """
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if looking:
            gc.enable()


def _keep(made: object, path: Path) -> None:
    """Write it whole or not at all; a full disk is no reason to fail."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            pickle.dump(made, file, pickle.HIGHEST_PROTOCOL)
        Path(file.name).replace(path)
        for old in sorted(path.parent.glob("*.pickle"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
