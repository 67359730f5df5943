"""Events as Parquet files: a folder a dataset, files of bounded size, memory bounded whatever the input.

All files of a dataset have the same columns, those the dataset can have, so that a reader can take them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import orjson

from penstock.columns import I32, Frame, Kind
from penstock.core import Batch
from penstock.errors import Bug, OutsideError, UsageError
from penstock.formats.parquet import Chunk, Scratch
from penstock.formats.parquet_meta import MAGIC, footer, row_group

FILE = 128 << 20
"""Bytes after which a file is full."""

GROUP = 1 << 16
"""Rows that make a row group worth writing."""

HELD = 64 << 20
"""Bytes of pages held for all datasets together; then everything is written."""

Fields = Mapping[str, tuple[Kind, bool]]
"""A dataset's fields: of each its kind, and whether it is an array."""


@dataclass(slots=True)
class _Dataset:
    folder: Path
    chunks: dict[str, Chunk]
    rows: int = 0  # of the row group in the making
    held: int = 0
    files: int = 0
    file: IO[bytes] | None = None
    path: Path = Path()
    size: int = 0
    written: int = 0  # rows of the file
    groups: list[bytes] = field(default_factory=list)


class ParquetFolder:
    """Writes batches' events below `out`: `<dataset>/part-00000.parquet`, …

    A file has its name once it is whole. Raises `UsageError` when there are Parquet files below `out` already (what is
    there would be taken together with what comes), `OutsideError` when the disk fails.
    """

    def __init__(self, out: Path, fields: Callable[[str], Fields], *, file: int = FILE) -> None:
        """`fields`: of a dataset, every field its events can have."""
        self._out = out
        self._fields = fields
        self._file = file
        self._datasets: dict[str, _Dataset] = {}
        self._scratch = Scratch()
        try:
            if next(out.glob("*/*.parquet"), None) is not None:
                raise UsageError(f"{out} has Parquet files already: name an empty folder, or empty it")
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideError(f"cannot write to {out}: {error.strerror}") from error

    def write(self, batch: Batch) -> None:
        """Take a batch's events."""
        for frame in batch.events:
            if not len(frame):
                continue
            dataset = self._datasets.get(frame.dataset)
            if dataset is None:
                dataset = self._datasets[frame.dataset] = self._dataset(frame.dataset)
            for name, (start, length) in _slices(frame, dataset.chunks).items():
                try:
                    dataset.held += dataset.chunks[name].take(frame.text, start, length, dataset.rows)
                except ValueError as e:
                    kind = dataset.chunks[name].kind.name
                    raise Bug(f"{frame.dataset}: {name} holds what is no {kind}: {e}") from e
            dataset.rows += len(frame)
            if dataset.rows >= GROUP:
                self._flush(dataset)
        if sum(d.held for d in self._datasets.values()) > HELD:
            for dataset in self._datasets.values():
                self._flush(dataset)

    def close(self) -> None:
        """Finish all files."""
        for dataset in self._datasets.values():
            self._flush(dataset)
            self._finish(dataset)

    def _dataset(self, dataset: str) -> _Dataset:
        fields = self._fields(dataset).items()
        return _Dataset(
            self._out / dataset,
            {name: Chunk(name, kind, self._scratch, many=many) for name, (kind, many) in fields},
        )

    def _flush(self, dataset: _Dataset) -> None:
        if not dataset.rows:
            return
        try:
            if dataset.file is None:
                dataset.folder.mkdir(parents=True, exist_ok=True)
                dataset.path = dataset.folder / f"part-{dataset.files:05d}.parquet"
                dataset.file = dataset.path.with_suffix(".unfinished").open("wb", buffering=1 << 18)
                dataset.file.write(MAGIC)
                dataset.size, dataset.written, dataset.groups = len(MAGIC), 0, []
                dataset.files += 1
            metas = []
            for chunk in dataset.chunks.values():
                pages, meta = chunk.end(dataset.rows, dataset.size)
                dataset.file.writelines(pages)
                dataset.size += meta.compressed
                metas.append(meta)
            dataset.groups.append(row_group(metas, dataset.rows, len(dataset.groups)))
            dataset.written += dataset.rows
            dataset.rows = dataset.held = 0
            if dataset.size >= self._file:
                self._finish(dataset)
        except OSError as error:
            with suppress(OSError):
                dataset.path.with_suffix(".unfinished").unlink(missing_ok=True)
            raise OutsideError(f"cannot write {dataset.path}: {error}") from error

    def _finish(self, dataset: _Dataset) -> None:
        if dataset.file is None:
            return
        columns = [(c.name, c.kind, c.many) for c in dataset.chunks.values()]
        try:
            with dataset.file as file:
                file.write(footer(columns, dataset.groups, dataset.written, "penstock"))
            dataset.path.with_suffix(".unfinished").replace(dataset.path)
        except OSError as error:
            raise OutsideError(f"cannot write {dataset.path}: {error}") from error
        dataset.file = None


def _slices(frame: Frame, wanted: Mapping[str, Chunk]) -> dict[str, tuple[I32, I32]]:
    """Of each wanted field that the frame has its slices: columns, and what its rows' families have in common."""
    found = {
        name: (frame.start[c], frame.length[c])
        for name, c in zip(frame.names, frame.place.tolist(), strict=True)
        if name in wanted
    }
    families = np.flatnonzero(np.bincount(frame.family)).tolist()
    spelt: dict[str, tuple[I32, I32]] = {}
    pieces: list[bytes] = []
    at = 0
    for family in families:
        for name, value in frame.constants[family].items():
            if name not in wanted or value is None:
                continue
            if name not in spelt:
                n = families[-1] + 1
                spelt[name] = (np.zeros(n, np.int32), np.full(n, -1, np.int32))
            piece = _spell(value, many=wanted[name].many)
            spelt[name][0][family], spelt[name][1][family] = at, len(piece)
            pieces.append(piece)
            at += len(piece)
    base = frame.text.append(b"".join(pieces))
    for name, (begins, sizes) in spelt.items():
        start, length = (begins + np.int32(base))[frame.family], sizes[frame.family]
        if name in found:  # a column in some families, a constant in others
            own_start, own_length = found[name]
            there = own_length >= 0
            start, length = np.where(there, own_start, start), np.where(there, own_length, length)
        found[name] = (start, length)
    return found


def _spell(value: object, *, many: bool) -> bytes:
    """A constant as a column would have it."""
    if many or isinstance(value, list | tuple):
        return orjson.dumps([str(v) for v in (value if isinstance(value, list | tuple) else [value])])
    return value.encode() if isinstance(value, str) else orjson.dumps(value)
