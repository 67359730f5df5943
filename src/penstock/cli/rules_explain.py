"""`penstock rules explain`: one rule, one event."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from penstock.cli import arguments
from penstock.cli.places import lake
from penstock.errors import UsageError

if TYPE_CHECKING:
    from penstock.content.catalogue import Catalogue
    from penstock.content.sigma.rule_set import RuleSet
    from penstock.core import Batch
    from penstock.rulebook.events import Held
    from penstock.rulebook.explaining import Explainer, Explanation

_EVENT_ID = re.compile(r"[0-9a-f]{32}\Z")
_RECORD = 300
"""Characters of the record that are shown."""


def run(options: argparse.Namespace) -> int:
    """Explain."""
    from penstock.pipeline import stages  # noqa: PLC0415  heavy
    from penstock.rulebook.events import held_events  # noqa: PLC0415

    file = Path(options.rule)
    named = file.suffix in (".yml", ".yaml") and file.is_file()
    if named:
        options.rules = [file, *options.rules]
    catalogue = arguments.catalogue(options.packs)
    rule_set = arguments.rule_set(options, catalogue)
    number = _number(rule_set, options.rule, named=named)
    held = _chosen(list(held_events(_batches(options), stages(catalogue))), options)
    found = explainer(options, catalogue, rule_set).explain(number, held.frame, held.row, held.arrived)
    if options.json:
        print(orjson.dumps(_row(found, held), option=orjson.OPT_INDENT_2).decode())
    else:
        for line in _text(found, held, whole=options.all):
            print(line)
    return 0 if found.agrees else 1


def explainer(options: argparse.Namespace, catalogue: Catalogue, rule_set: RuleSet) -> Explainer:
    """What explains the rules of `--rules`."""
    from penstock.content.sigma.lists import read_lists  # noqa: PLC0415  heavy
    from penstock.content.sigma.serving import every_event, load_servings  # noqa: PLC0415
    from penstock.pipeline import pack_folders  # noqa: PLC0415
    from penstock.rulebook.explaining import Explainer as Explaining  # noqa: PLC0415

    everywhere = every_event({plan.name: plan.pack for plan in catalogue.plans})
    servings = [*load_servings(pack_folders(options.packs)), *everywhere]
    return Explaining(catalogue, servings, rule_set, read_lists(options.placeholders))


def _number(rule_set: RuleSet, wanted: str, *, named: bool) -> int:
    """The rule meant. Raises `UsageError` when there is none, or several."""
    if named:
        real = Path(wanted).resolve()
        found = [i for i, r in enumerate(rule_set.rules) if Path(r.file).resolve() == real]
    else:
        found = [i for i, r in enumerate(rule_set.rules) if wanted in (r.id, r.name, r.title)]
    if not found:
        raise UsageError(f"no rule {wanted!r} that can be used among those of --rules")
    if len(found) > 1:
        several = ", ".join(f"{rule_set.rules[i].id} ({rule_set.rules[i].title})" for i in found[:5])
        raise UsageError(f"{wanted!r} is {len(found)} rules; name one by its id: {several}")
    return found[0]


def _batches(options: argparse.Namespace) -> Iterator[Batch]:
    """The event's records, from wherever they are."""
    from penstock.rulebook.events import one_record, stored_event  # noqa: PLC0415  heavy
    from penstock.sources.file import FileSource  # noqa: PLC0415
    from penstock.sources.stdin import StdinSource  # noqa: PLC0415

    text, clock = options.event, options.reference_time
    if text == "-":
        yield from StdinSource(reference=clock).read()
    elif len(text) < 4096 and "\n" not in text and Path(text).is_file():
        yield from FileSource(text, reference=clock).read()
    else:
        raw = stored_event(lake(options), text) if _EVENT_ID.match(text) else text.encode("utf-8", "surrogateescape")
        yield one_record(raw, time.time_ns() // 1000 if clock is None else clock)


def _chosen(records: list[object], options: argparse.Namespace) -> Held:
    from penstock.rulebook.events import Held, Refused  # noqa: PLC0415  heavy

    wanted = options.record or 1
    if not 1 <= wanted <= len(records):
        raise UsageError(f"no record {wanted}: there are {len(records)}")
    if len(records) > 1 and options.record is None:
        print(f"penstock: the first of {len(records):,} records; --record N takes another", file=sys.stderr)
    chosen = records[wanted - 1]
    if isinstance(chosen, Refused):
        raise UsageError(f"record {wanted} is no event but a reject, {chosen.why}")
    assert isinstance(chosen, Held)  # noqa: S101  there is nothing else
    return chosen


def _text(found: Explanation, held: Held, *, whole: bool) -> Iterator[str]:
    from penstock.rulebook.told import told  # noqa: PLC0415  heavy

    rule = found.rule
    original = held.value("event.original").replace("\n", " ")
    shown = original if whole or len(original) <= _RECORD else original[:_RECORD] + "…"
    yield f"rule        {rule.title} ({rule.level}, {rule.id})"
    yield f"            {rule.file}:{rule.line}"
    yield f"event       {found.dataset}, {held.value('@timestamp')}, {held.value('event.id')}"
    yield f"            {shown}"
    yield from told(found, whole=whole)


def _row(found: Explanation, held: Held) -> dict[str, object]:
    from penstock.rulebook.told import verdict  # noqa: PLC0415  heavy

    fires, by = found.detected
    return {
        "rule": {"id": found.rule.id, "title": found.rule.title, "file": found.rule.file, "line": found.rule.line},
        "event": {"id": held.value("event.id"), "dataset": found.dataset, "original": held.value("event.original")},
        "verdict": verdict(found),
        "fires": found.holds and not found.silenced,
        "log_sources": [{"source": str(p.source), "where": p.where.row()} for p in found.served],
        "condition": None if found.when is None else found.when.row(),
        "filters": [
            {"id": f.filter.id, "title": f.filter.title, "expired": f.expired, "silences": f.silences}
            | {"lets_through": f.keeps.row()}
            for f in found.filters
        ],
        "detection": {"fires": fires, "silenced_by": by.id if by else None, "agrees": found.agrees},
    }
