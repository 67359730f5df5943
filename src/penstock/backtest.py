"""Rules over stored events: what they would have found, by the same detection and correlation as live.

Of stored columns only those that rules look at are read, and what alerts show of the few rows that match. With
`reparse` the stored originals go through today's packs instead; events keep the ids they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from penstock.columns import SLACK, Frame, Kind, Text
from penstock.content.catalogue import Catalogue
from penstock.content.sigma.rule_set import RuleSet
from penstock.core import Batch, Lines, Stage, check_accounting, fold
from penstock.correlate.memory import Memory
from penstock.correlate.signals import Secret
from penstock.correlate.state import BEGINNING
from penstock.correlate.stream import Stream
from penstock.detecting import detection, looked_at, shown_in_alerts
from penstock.formats.ndjson import to_ndjson
from penstock.formats.stored import from_arrow
from penstock.kernels.identity import ID_LENGTH
from penstock.pipeline import fields_of
from penstock.stages.detect import Tally, detect_only
from penstock.store.history import Piece, pieces

ORIGINAL, ID, INGESTED, TIME, PACK = "event.original", "event.id", "event.ingested", "@timestamp", "penstock.pack"

DAY = 86_400_000_000


@dataclass(slots=True)
class Outcome:
    """What a backtest did: events looked at; with `reparse` those that no pack takes any more."""

    events: int = 0
    refused: int = 0
    alerts: int = 0
    correlated: int = 0


class Backtest:
    """Rules over a lake's events of low <= @timestamp < high (microseconds UTC)."""

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        rule_set: RuleSet,
        low: int,
        high: int,
        *,
        tally: Tally | None = None,
        secret: Secret = (0, 0),
        memory: Memory | None = None,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        """told: called with how many more events were looked at."""
        self.outcome = Outcome()
        self._root = root
        self._catalogue = catalogue
        self._rule_set = rule_set
        self._span = low, high
        self._tally = tally
        self._secret = secret
        self._stream = Stream(rule_set.chain, secret, memory)
        self._told = told
        self._ends = sorted({f.expires for f in rule_set.filters if f.expires is not None})

    def rows(self, *, reparse: bool = False) -> Iterator[bytes]:
        """Alerts as NDJSON, some lines at a time. Raises `OutsideError` when the lake cannot be read."""
        for batch, until in self._reparsed() if reparse else self._stored():
            if batch.alerts:
                raw = to_ndjson(batch.alerts)
                self.outcome.alerts += raw.count(b"\n")
                yield raw
            yield from self._correlated(self._stream.take(batch.signals, until))
        yield from self._correlated(self._stream.rows())

    def _correlated(self, rows: Iterable[dict[str, object]]) -> Iterator[bytes]:
        for row in rows:
            self.outcome.correlated += 1
            yield orjson.dumps(row) + b"\n"

    # -- over stored columns

    def _stored(self) -> Iterator[tuple[Batch, int]]:
        """Batches after detection, and the time up to which nothing more will come."""
        wanted = looked_at(self._rule_set)
        always = {TIME, ID, *((INGESTED,) if self._ends else ())}
        rows = _Stored(cache(partial(fields_of, self._catalogue)))
        detect = detect_only(self._rule_set, (), (rows.whole,), self._tally, self._secret)
        for piece in pieces(self._root, lambda d: {*wanted[d], *always} if d in wanted else (), *self._span):
            self.outcome.events += len(piece.rows)
            for batch in rows.batches(piece, self._ends):
                yield detect(batch), BEGINNING
            yield _nothing(), piece.until
            self._told(len(piece.rows))

    # -- over originals

    def _reparsed(self) -> Iterator[tuple[Batch, int]]:
        chain = detection(self._catalogue, self._rule_set, self._tally, self._secret)
        asked = frozenset((TIME, ID, INGESTED, ORIGINAL, PACK))
        for piece in pieces(self._root, lambda _: asked, *self._span):
            self.outcome.events += len(piece.rows)
            for lines in _lines(piece.rows, self._catalogue.packs, self._ends):
                batch = _folded(chain, lines)
                if lines.pack is not None and len(batch.rejects):
                    # as in a replay of rejects: what its pack refuses may be another's
                    again = _folded(chain, _some(lines, batch.rejects.rows))
                    self.outcome.refused += len(again.rejects)
                    yield again, BEGINNING
                else:
                    self.outcome.refused += len(batch.rejects)
                yield batch, BEGINNING
            yield _nothing(), piece.until
            self._told(len(piece.rows))


class _Stored:
    """Frames of stored rows: the columns that were read, and for those that match what alerts show."""

    def __init__(self, fields: Callable[[str], Mapping[str, tuple[Kind, bool]]]) -> None:
        self._fields = fields
        self._piece: Piece | None = None
        self._rows = np.empty(0, np.int32)

    def batches(self, piece: Piece, ends: list[int]) -> Iterator[Batch]:
        """One batch, or one for each run of rows between two expiries of filters."""
        self._piece = piece
        for rows, arrived in _by_arrival(piece.rows, ends):
            self._rows = rows
            table = piece.rows if len(rows) == len(piece.rows) else piece.rows.take(pa.array(rows))
            n = len(table)
            zero = np.zeros(n, np.int32)
            lines = Lines(Text.of(b""), zero, zero, np.arange(n, dtype=np.int64), bytes(16), "lake", arrived, arrived)
            frame = from_arrow(table, piece.dataset, self._fields(piece.dataset))
            yield replace(Batch.of(lines), pending=np.empty(0, np.int32), events=(frame,))

    def whole(self, batch: Batch) -> Batch:
        """The stage that makes of some of a batch's rows what alerts show."""
        piece = self._piece
        if piece is None:
            return batch
        rows = self._rows[batch.lines.position]
        table = piece.more(shown_in_alerts(), pa.array(rows))
        frame: Frame = from_arrow(table, piece.dataset, self._fields(piece.dataset), 128 * len(table) + 4096)
        return replace(batch, pending=np.empty(0, np.int32), events=(frame,))


def _by_arrival(table: pa.Table, ends: list[int]) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.int32]], int]]:
    """Rows that no expiry of a filter tells apart, with a time at which they came."""
    n = len(table)
    if not ends or INGESTED not in table.schema.names:
        yield np.arange(n, dtype=np.int32), 0
        return
    came = table[INGESTED].cast(pa.int64()).fill_null(0).to_numpy()
    span = np.searchsorted(np.array(ends), came, side="right")
    for one in np.unique(span):
        rows = np.flatnonzero(span == one).astype(np.int32)
        yield rows, int(came[rows].min())


def _lines(table: pa.Table, packs: Mapping[str, object], ends: list[int]) -> Iterator[Lines]:
    """Stored originals as records: those of one pack, one day, one span between expiries together."""
    pack = pc.fill_null(table[PACK], "").to_numpy(zero_copy_only=False) if PACK in table.schema.names else None
    times = table[TIME].cast(pa.int64()).fill_null(0).to_numpy()
    for rows, arrived in _by_arrival(table, ends):
        names = [""] * len(rows) if pack is None else [str(p).partition("@")[0] for p in pack[rows]]
        known = {name: k for k, name in enumerate(dict.fromkeys(names))}
        number = np.array([known[name] for name in names]) * (1 << 20) + times[rows] // DAY % (1 << 20)
        for one in np.unique(number):
            some = rows[number == one]
            name = names[int(np.flatnonzero(number == one)[0])]
            part = table.take(pa.array(some))
            yield _records(part, int(times[some].max()), arrived, name if name in packs else None)


def _records(table: pa.Table, reference: int, arrived: int, pack: str | None) -> Lines:
    raw = [(text or "").encode() for text in table[ORIGINAL].to_pylist()]
    ids = "".join(table[ID].to_pylist()).encode()
    n = len(raw)
    whole = b"".join(raw)
    length = np.array([len(r) for r in raw], np.int32)
    start = np.zeros(n, np.int32)
    np.cumsum(length[:-1], out=start[1:])
    text = Text.of(whole + ids + bytes(SLACK))
    at = (len(whole) + ID_LENGTH * np.arange(n)).astype(np.int32)
    position = np.arange(n, dtype=np.int64)
    return Lines(text, start, length, position, bytes(16), "lake", arrived or reference, reference, pack, ids=at)


def _some(lines: Lines, rows: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Lines:
    """Some of the records, without a hint."""
    return replace(
        lines, start=lines.start[rows], length=lines.length[rows], position=lines.position[rows], pack=None,
        ids=None if lines.ids is None else lines.ids[rows],
    )  # fmt: skip


def _folded(chain: tuple[Stage, ...], lines: Lines) -> Batch:
    done = fold(chain, Batch.of(lines))
    check_accounting(done)
    return done


def _nothing() -> Batch:
    """A batch that only says that time has passed."""
    none = np.empty(0, np.int32)
    return Batch.of(Lines(Text.of(b""), none, none, np.empty(0, np.int64), bytes(16), "lake", 0, 0))
