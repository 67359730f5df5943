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
    for root, pattern in [
        *((r, "*/*.yaml") for r in roots),
        *((here / c, "**/*.*") for c in _COMPILER if (here / c).is_dir()),
    ]:
        digest.update(str(root).encode() + b"\0")
        for path in sorted(root.glob(pattern)):
            if path.suffix in (".yaml", ".py", ".tsv"):
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _COMPILER:
        if name.endswith(".py"):
            digest.update((here / name).read_bytes())
    return digest.hexdigest()


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
