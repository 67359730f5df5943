"""Alert rows as `penstock detect` writes them, in event-time order whatever their order in the file.

A file is read twice: first where each row is and when it happened, then the rows in that order. Memory is bound by
the number of rows, not their size. What cannot be read twice is written to a temporary file first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson

from penstock.errors import OutsideError
from penstock.incidents.alert import Row, read
from penstock.triage.desk import Desk

CHUNK = 2_000
"""Alerts a step."""


class Fed:
    """What a feed did: rows read, those new, known, muted; incidents opened; notices; and what was no alert."""

    def __init__(self) -> None:
        self.rows = self.fresh = self.known = self.muted = self.opened = self.notices = 0
        self.wrong: list[str] = []


def feed(desk: Desk, file: BinaryIO, name: str, now: int = 0) -> Fed:
    """Step the desk over all alerts of a file; the clock comes to the newest, or to `now`. Raises `OutsideError`."""
    fed = Fed()
    ordered = _ordered(file, name, fed)
    while rows := list(islice(ordered, CHUNK)):
        changes = desk.step(rows)
        fed.rows += len(rows)
        fed.known += changes.repeated
        fed.fresh += len(changes.placed)
        fed.muted += sum(p.by is not None for p in changes.placed)
        fed.opened += sum(p.how == "opened" for p in changes.placed)
        fed.notices += len(changes.notices)
    if now:
        fed.notices += len(desk.step(now=now).notices)
    return fed


def _ordered(file: BinaryIO, name: str, fed: Fed) -> Iterator[Row]:
    try:
        if not file.seekable():
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(file, copy)
                copy.seek(0)
                yield from _ordered(copy, name, fed)
            return
        places: list[tuple[int, str, int, int]] = []
        at = 0
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    alert = read(_row(line), ())
                    places.append((alert.at, alert.id, at, len(line)))
                except ValueError as error:
                    fed.wrong.append(f"{name}:{number}: {error}")
            at += len(line)
        places.sort()
        for _, _, start, length in places:
            file.seek(start)
            yield _row(file.read(length))
    except OSError as error:
        raise OutsideError(f"cannot read {name}: {error.strerror}") from error


def _row(line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("no JSON") from None
    if not isinstance(row, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  of a line, not of a type
    return row


def opened(name: str, dash: BinaryIO) -> BinaryIO:
    """The file of that name; `-` is `dash`. Raises `OutsideError`."""
    try:
        return dash if name == "-" else Path(name).open("rb")
    except OSError as error:
        raise OutsideError(f"cannot read {name}: {error.strerror}") from error
