"""How far each source was read: a small file of the runner's own, written anew and renamed at each save.

It only saves work after a restart. That nothing is doubled rests on the positions in the lake: a cursor may be older
than they are, and never newer, since it is saved after the commit.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from pathlib import Path

from penstock.errors import OutsideError

VERSION = 1


class Cursors:
    """`{source's name: cursor}` in one JSON file. Not for several threads at once; one process a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, bytes]:
        """What was saved last; empty if nothing ever was. Raises `OutsideError` if the file is not ours to read."""
        try:
            saved = json.loads(self.path.read_bytes())
            if saved["version"] != VERSION:
                raise OutsideError(f"{self.path}: written by a newer Penstock (version {saved['version']})")
            return {name: base64.b64decode(cursor, validate=True) for name, cursor in saved["cursors"].items()}
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise OutsideError(f"cannot read {self.path}: {e}") from e
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as e:
            raise OutsideError(
                f"{self.path} is damaged ({e}): remove it, and sources are read from the beginning; "
                "the lake leaves out what it has"
            ) from e

    def save(self, cursors: Mapping[str, bytes]) -> None:
        """Replace what was saved, durably: after a crash it is the old or the new, whole."""
        content = {
            "version": VERSION,
            "cursors": {name: base64.b64encode(cursor).decode() for name, cursor in sorted(cursors.items())},
        }
        beside = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as out:
                out.write(json.dumps(content, indent=1).encode())
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as e:
            raise OutsideError(f"cannot write {self.path}: {e}") from e
