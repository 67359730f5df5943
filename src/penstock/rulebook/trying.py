"""Run rules' examples: do the events fire the rule as they must?

The clock is fixed as for packs' samples. The records go through the same stages as everything else, all packs beside
each other, and are held against all rules loaded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.rule_set import RuleSet
from penstock.core import Stage, check_accounting, fold
from penstock.correlate.stream import Stream
from penstock.detecting import detection
from penstock.errors import OutsideError
from penstock.formats.ndjson import to_ndjson
from penstock.formats.rejected import reject_rows
from penstock.pipeline import stages
from penstock.rulebook.events import Held, held_events
from penstock.rulebook.examples import Example
from penstock.rulebook.explaining import Explainer
from penstock.rulebook.listing import reason
from penstock.rulebook.told import verdict
from penstock.samples import REFERENCE
from penstock.sources.file import FileSource

Row = dict[str, object]

_SHOWN = 5
_ROOM = 160


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one example.

    wrong: why it failed, one a line, empty when it passed
    """

    example: Example
    alerts: int = 0
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """As it must."""
        return not self.wrong

    def __str__(self) -> str:
        """One line, and what is wrong under it."""
        word = "passed" if self.passed else "FAILED"
        said = f"{self.alerts} alert{'s' * (self.alerts != 1)}"
        first = f"{word:8}{self.example.title}: {self.example.name} ({said})"
        return "\n".join([first, *(f"    {line}" for line in self.wrong)])


@dataclass(slots=True)
class Gone:
    """What a file's records became, in their order."""

    events: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)


def through(
    file: Path, events: Sequence[Stage], alerts: Sequence[Stage], correlations: Sequence[Correlation] = ()
) -> Gone:
    """A file's records after all stages. Raises `OutsideError` when it cannot be read.

    events: stages that make whole events; alerts: those of detection, which makes of an event only what rules look at
    """
    gone = Gone()
    stream = Stream(correlations, every=True)  # an example may be of one that only others refer to
    source = FileSource(file, 0, reference=REFERENCE)
    for raw in source.read():
        batch = fold(events, raw)
        check_accounting(batch)
        order = [int(r) for frame in batch.events for r in frame.rows]
        rows = sorted(zip(order, _rows(to_ndjson(batch.events)), strict=True), key=_place)
        gone.events += [row for _, row in rows]
        gone.rejects += reject_rows(batch).to_pylist()
    for raw in source.read():
        batch = fold(alerts, raw)
        gone.alerts += _rows(to_ndjson(batch.alerts))
        stream.take(batch.signals)
    gone.alerts += stream.rows()
    return gone


def _rows(ndjson: bytes) -> list[Row]:
    return [orjson.loads(line) for line in bytes(ndjson).splitlines()]


def _place(pair: tuple[int, Row]) -> int:
    return pair[0]


class Trial:
    """Runs examples against one rule set.

    explainer  says of an event that should have fired why it did not
    """

    def __init__(
        self,
        catalogue: Catalogue,
        rule_set: RuleSet,
        explainer: Explainer | None = None,
    ) -> None:
        self._chain = rule_set.chain
        heard = replace(rule_set, muted=frozenset())  # an example may be of a rule that only a correlation looks at
        self._events, self._alerts = stages(catalogue), detection(catalogue, heard)
        self._explainer = explainer
        self._files = [r.file for r in rule_set.rules]
        self._numbers = {r.id: i for i, r in enumerate(rule_set.rules)}
        self._reasons = {r.id: reason(r, o) for r, o in zip(rule_set.rules, rule_set.outcomes, strict=True)}
        self._looked_at = {r.id: o.datasets for r, o in zip(rule_set.rules, rule_set.outcomes, strict=True)}

    def run(self, examples: Iterable[Example]) -> Iterator[Result]:
        """The results, one after the other."""
        for example in examples:
            begun = time.perf_counter()
            try:
                gone = through(example.events, self._events, self._alerts, self._chain)
            except OutsideError as error:
                yield Result(example, 0, (str(error),), time.perf_counter() - begun)
                continue
            of = [a for a in gone.alerts if a["rule.id"] in example.subjects]
            raised = [a for a in of if "alert.silenced.by" not in a]
            wrong = tuple(self._wrong(example, gone, of, raised))
            yield Result(example, len(raised), wrong, time.perf_counter() - begun)

    def _wrong(self, example: Example, gone: Gone, of: list[Row], raised: list[Row]) -> Iterator[str]:
        for reject in gone.rejects[:_SHOWN]:
            yield f"a reject, {reject['error.category']} {reject['error.code']}: {reject['error.message']}"
            yield f"    {_short(reject.get('event.original'))}"
        if not gone.events:
            yield "no event in it"
            return
        silenced = [a for a in of if "alert.silenced.by" in a]
        yield from (f"silenced by the filter {a['alert.silenced.filter']!r}" for a in silenced[:_SHOWN])
        if example.each:
            yield from self._each(example, gone, raised)
        elif example.count == 0:
            yield from self._silent(example, gone, raised)
        elif example.count is None and not raised:
            yield f"no alert; wanted one at least{self._because(example)}"
            yield from self._why(example, gone.events[:1])
        elif example.count is not None and len(raised) != example.count:
            yield f"{len(raised)} alerts; wanted {example.count}{self._because(example)}"
            yield from self._why(example, gone.events[:1] if not raised else [])

    def _each(self, example: Example, gone: Gone, raised: list[Row]) -> Iterator[str]:
        """Every event must be in an alert."""
        fired = {i for alert in raised for i in _texts(alert["alert.event_ids"])}
        missing = [(n, e) for n, e in enumerate(gone.events, 1) if e["event.id"] not in fired]
        if missing:
            yield f"{len(missing)} of {len(gone.events)} events did not fire{self._because(example)}"
        for number, event in missing[:_SHOWN]:
            yield f"    event {number}, {event['event.dataset']}: {_short(event['event.original'])}"
        yield from self._why(example, [e for _, e in missing[:1]])

    def _why(self, example: Example, events: Sequence[Row]) -> Iterator[str]:
        """What keeps a rule from firing for an event, and how to see all of it."""
        number = self._numbers.get(example.subjects[0])
        if self._explainer is None or number is None or not events:
            return
        for held in held_events(FileSource(example.events, 0, reference=REFERENCE).read(), self._events):
            if isinstance(held, Held) and held.value("event.id") == events[0]["event.id"]:
                yield f"    it {verdict(self._explainer.explain(number, held.frame, held.row, held.arrived))}"
                which = f"--rules {self._files[number]} {example.subjects[0]} {example.events}"
                yield f"    penstock rules explain {which} --record {held.number}"

    def _silent(self, example: Example, gone: Gone, raised: list[Row]) -> Iterator[str]:
        """None may fire; and silence must say something: one event at least is of a dataset that is looked at."""
        for alert in raised[:_SHOWN]:
            yield f"fired for {_short(alert.get('event.original') or alert['alert.event_ids'])}"
        looked_at = {d for s in example.subjects for d in self._looked_at.get(s, ())}
        rules = all(s in self._looked_at for s in example.subjects)
        found = {str(e["event.dataset"]) for e in gone.events}
        if rules and not looked_at & found:
            yield f"silent whatever it says: it looks at no event of {', '.join(sorted(found))}{self._because(example)}"

    def _because(self, example: Example) -> str:
        found = [r for s in example.subjects if (r := self._reasons.get(s))]
        return f": {found[0]}" if found else ""


def _texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= _ROOM else text[:_ROOM] + "…"
