"""Compiled inner loops: arrays in, arrays out, no strings, no frames, no import of ours but other kernels.

Numba compiles a kernel at its first call and keeps the machine code on disk. This file says where, before Numba is
imported, for two reasons of ours:

* Numba takes a kept kernel for good while the file that defines it is unchanged, but helpers of other files are
  compiled into it. So the directory's name holds a hash of every kernel file that another one imports; what is
  changed in a file of its own Numba sees by itself.
* What is kept is unpickled, hence code: it must lie where only this user can write.

`NUMBA_CACHE_DIR`, if it is set, wins.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
from pathlib import Path

_IMPORT = re.compile(r"^\s*from penstock\.kernels(?:\.(\w+) import| import ([\w, ]+))", re.MULTILINE)


def shared_hash(folder: Path) -> str:
    """Hash (16 hex digits) of the kernel files of `folder` that another one imports."""
    sources = {path.stem: path.read_bytes() for path in folder.glob("*.py")}
    shared: set[str] = set()
    for source in sources.values():
        for one, several in _IMPORT.findall(source.decode()):
            shared.update(name.split(" as ")[0].strip() for name in (one or several).split(","))
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(shared & sources.keys()):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return digest.hexdigest()


def is_ours(path: Path) -> bool:
    """Whether `path` is a directory (no link) of this user that nobody else can write, and that can be written."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
    return stat.S_ISDIR(found.st_mode) and ours and os.access(path, os.W_OK | os.X_OK)


def cache_folder(folder: Path) -> Path:
    """Where the compiled kernels of `folder` are kept: the user's cache, without a usable HOME a temporary folder."""
    name = f"kernels-{shared_hash(folder)}"
    user = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if (home := os.environ.get("HOME")) else "")
    who = os.getuid() if hasattr(os, "getuid") else "user"
    choices = [Path(tempfile.gettempdir()) / f"penstock-{who}" / name]
    if user.startswith("/"):
        choices.insert(0, Path(user) / "penstock" / name)
    for choice in choices:
        if is_ours(choice.parent) and is_ours(choice):
            return choice
    return Path(tempfile.mkdtemp(prefix="penstock-kernels-"))


def compiled_before() -> bool:
    """Whether some kernel was compiled and kept earlier: if not, the first call of each takes seconds."""
    return next(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*.nbi"), None) is not None


if not os.environ.get("NUMBA_CACHE_DIR"):
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder(Path(__file__).parent))
    if "numba" in sys.modules:  # imported by somebody before us: it has read the environment already
        sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
