"""Where rows go: a file, or a stream that stands for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from penstock.errors import OutsideError


@contextmanager
def opened(name: str | None, dash: BinaryIO) -> Iterator[BinaryIO | None]:
    """The file of this name, to be written anew; `-` is `dash`, which stays open; None is none."""
    if name is None:
        yield None
        return
    if name == "-":
        yield dash
        dash.flush()
        return
    try:
        file = Path(name).open("wb")  # noqa: SIM115  closed below
    except OSError as error:
        raise OutsideError(f"cannot write {name}: {error.strerror}") from error
    with file:
        yield file
