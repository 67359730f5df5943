"""A table's Delta log: open or create, widen, commit, and the positions of streams kept in it.

delta-rs does the log (`deltalake`, low-level API: we write the data files, it commits them). What it lacks is here:
listing all `txn` actions (it answers for one id at a time), making a commit durable, and taking a torn last commit
away. Protocol: https://github.com/delta-io/delta/blob/master/PROTOCOL.md (reader 1, writer 2: every reader there is).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError
from deltalake.transaction import AddAction, RemoveAction

from penstock.errors import Bug, OutsideError
from penstock.store.files import DataFile, sync_folder
from penstock.store.spelling import one_spelling
from penstock.store.tables import Table, name_problems, plain

APP = "penstock/"
"""Prefix of our `txn.appId`s; the stream's identity in hex follows."""

REWRITE = "penstock-compaction"

CONFIGURATION = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.enableExpiredLogCleanup": "true",
}


class Conflict(Exception):  # noqa: N818  not an error: look again and retry
    """Somebody else committed what forbids this commit (the same stream, or a new schema)."""


class Log:
    """One table's log. Not for several threads at once."""

    def __init__(self, root: Path, table: Table, *, durable: bool) -> None:
        self.root = root / table.name
        self.table = table
        self.durable = durable
        self._folder = self.root / "_delta_log"
        try:
            if not self._folder.is_dir() or not any(self._folder.glob("*.json")):
                self.root.mkdir(parents=True, exist_ok=True)
                DeltaTable.create(
                    str(self.root),
                    Schema.from_arrow(table.base),
                    mode="ignore",
                    partition_by=list(table.partition),
                    configuration=CONFIGURATION,
                )
                self._sync(0)
            self._remove_torn()
            self._delta = DeltaTable(str(self.root))
        except (DeltaError, OSError) as e:
            raise OutsideError(f"cannot open the lake's table {self.root}: {e}") from e
        self._read_schema()
        self.positions = read_positions(self._folder, self._delta.version(), -1)

    @property
    def version(self) -> int:
        """The newest version known."""
        return self._delta.version()

    def refresh(self) -> None:
        """Take over what others committed."""
        before = self._delta.version()
        self._delta.update_incremental()
        if self._delta.version() != before:
            self.positions |= read_positions(self._folder, self._delta.version(), before)
            self._read_schema()

    def _read_schema(self) -> None:
        self._schema = self._delta.schema()
        self._kinds = {f.name: plain(f.type) for f in pa.schema(self._schema)}
        self._spelling = {name.casefold(): name for name in self._kinds}

    def respell(self, frames: Sequence[pa.Table]) -> list[pa.Table]:
        """Frames whose names differ from no column's, and from each other's, by case alone."""
        spelling = dict(self._spelling)
        return [one_spelling(frame, spelling, self._kinds) for frame in frames]

    def widen(self, schemas: Sequence[pa.Schema]) -> None:
        """Add columns that the table lacks, in a commit of their own. A known column must have its known type."""
        want = {f.name: kind for schema in schemas for f in schema if (kind := plain(f.type)) is not None}
        for name, kind in want.items():
            if self._kinds.get(name, kind) != kind:
                raise Bug(f"{self.table.name}: {name!r} is {self._kinds[name]} in the lake, now came {kind}")
        added = [(name, kind) for name, kind in want.items() if name not in self._kinds]
        if not added:
            return
        if problems := name_problems([*self._kinds, *(name for name, _ in added)]):
            raise Bug(f"{self.table.name}: " + "; ".join(problems))
        new = Schema.from_arrow(pa.schema(added)).fields
        try:
            self._delta.alter.add_columns(new)
        except CommitFailedError as e:
            raise Conflict from e
        self.refresh()
        self._read_schema()  # whether or not the table's handle moved on by itself

    def commit(self, files: Sequence[DataFile], marks: Mapping[str, int], removed: Sequence[DataFile] = ()) -> int:
        """Add files (and take `removed` away: the same rows, written anew) and note streams' positions, in one commit.

        Gives the version. Raises `Conflict` if one of the streams was moved on meanwhile.
        """
        rewrite = bool(removed)
        now = int(max(((self.root / f.path).stat().st_mtime for f in files), default=0) * 1000)
        actions: list[AddAction | RemoveAction] = [
            AddAction(f.path, f.size, f.values, now, not rewrite, f.stats) for f in files
        ]
        actions += [RemoveAction(f.path, False, now, f.size, f.values) for f in removed]
        transactions = [Transaction(APP + stream, position, now) for stream, position in marks.items()]
        if rewrite:  # of two that rewrite the same files at the same time, one must lose
            transactions.append(Transaction(REWRITE, now, now))
        try:
            self._delta.create_write_transaction(
                actions,
                "append",
                self._schema,
                list(self.table.partition),
                commit_properties=CommitProperties(app_transactions=transactions),
            )
        except (CommitFailedError, SchemaMismatchError) as e:
            raise Conflict from e
        except (DeltaError, OSError) as e:
            raise OutsideError(f"cannot commit to {self.root}: {e}") from e
        try:
            before = self._delta.version()
            self._delta.update_incremental()
            after = self._delta.version()
            for version in range(before + 1, after + 1):
                self._sync(version)
        except (DeltaError, OSError) as e:
            raise OutsideError(f"cannot tell whether {self.root} was committed to: {e}") from e
        if after == before + 1:
            self.positions |= marks
        else:  # others committed too
            self.positions |= read_positions(self._folder, after, before)
            self._read_schema()
        return after

    def checkpoint(self) -> None:
        """Write a checkpoint now, so that opening reads one file."""
        self._delta.create_checkpoint()

    def _sync(self, version: int) -> None:
        if not self.durable:
            return
        with suppress(FileNotFoundError):  # tidied away already: a checkpoint holds it
            handle = os.open(self._folder / f"{version:020d}.json", os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(self._folder)

    def _remove_torn(self) -> None:
        """Take away a last commit that a power cut left empty: it was never durable, so never acknowledged."""
        newest = max(self._folder.glob("?" * 20 + ".json"), default=None)
        if newest is not None and newest.stem != "0" * 20 and newest.stat().st_size == 0:
            newest.rename(newest.with_suffix(".torn"))


def read_positions(folder: Path, version: int, after: int) -> dict[str, int]:
    """Positions by stream (hex) as of `version`, from the log's `txn` actions.

    With `after` >= 0 only commits later than that are read, if they are still there.
    """
    found: dict[str, int] = {}
    commits = [folder / f"{v:020d}.json" for v in range(after + 1, version + 1)]
    if after < 0 or not all(c.exists() for c in commits):
        newest = max((v for p in folder.glob("*.checkpoint*") if (v := int(p.name[:20])) <= version), default=-1)
        for path in folder.glob(f"{newest:020d}.checkpoint*") if newest >= 0 else ():
            found |= _of_checkpoint(path)
        commits = [folder / f"{v:020d}.json" for v in range(newest + 1, version + 1)]
    for commit in commits:
        found |= _of_lines(commit)
    return found


def _of_checkpoint(path: Path) -> dict[str, int]:
    if path.suffix == ".json":  # a V2 checkpoint, as newer Sparks may write
        return _of_lines(path)
    found: dict[str, int] = {}
    with pq.ParquetFile(path) as parquet:
        if "txn" not in parquet.schema_arrow.names:
            return found
        for batch in parquet.iter_batches(65_536, columns=["txn.appId", "txn.version"]):
            for row in batch.column(0).drop_null().to_pylist():
                if row["appId"] is not None and row["appId"].startswith(APP):
                    found[row["appId"][len(APP) :]] = row["version"]
    return found


def _of_lines(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if '"txn"' in line and (txn := json.loads(line).get("txn")) and txn["appId"].startswith(APP):
                found[txn["appId"][len(APP) :]] = txn["version"]
    return found
