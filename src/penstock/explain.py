"""Step by step, how one record is taken: what `penstock pack explain` prints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson

from penstock.columns import Text
from penstock.content.catalogue import Catalogue
from penstock.content.deciding import CATEGORY, CONFIDENCE, RULE
from penstock.core import Batch, Lines
from penstock.formats.ndjson import to_ndjson
from penstock.formats.syslog import headers
from penstock.kernels import recognise, syslog_header
from penstock.stages.categorise import categorise
from penstock.stages.decode import decode
from penstock.stages.normalise import normalise
from penstock.stages.parse import parse
from penstock.stages.validate import validate

_SHAPES = {0: "none", 1: "RFC 3164 or alike", 2: "RFC 5424", 3: "broken"}
_KINDS = {
    recognise.TEXT: "text",
    recognise.JSON: "JSON",
    recognise.CEF: "CEF",
    recognise.LEEF: "LEEF",
    recognise.XML: "XML",
    recognise.PAIRS: "key=value",
}
_PARTS = ("time", "host", "app", "pid", "message id", "structured data", "payload")


def explain(
    catalogue: Catalogue, raw: bytes, *, pack: str | None = None, reference: int | None = None
) -> Iterator[str]:
    """Lines that tell what each stage makes of the record."""
    text = Text.of(raw, 1 << 16)
    start, length = np.zeros(1, np.int32), np.array([len(raw)], np.int32)
    found = headers(text, start, length)
    yield f"syslog header: {_SHAPES[int(found.shape[0])]}" + (f", priority {found.pri[0]}" if found.pri[0] >= 0 else "")
    for i, name in enumerate(_PARTS):
        if found.length[i, 0] >= 0:
            value = text.slice(int(found.start[i, 0]), int(found.length[i, 0])).decode("utf-8", "replace")
            yield f"  {name:16} {value}"
    kind = np.zeros(1, np.uint8)
    recognise.classify(text.data, *(x.copy() for x in found.part(syslog_header.BODY)), kind)
    yield f"payload: {_KINDS[int(kind[0])]}"
    clock = 0 if reference is None else reference
    lines = Lines(text, start, length, np.zeros(1, np.int64), bytes(16), "explain", clock, clock, pack)
    batch = decode(Batch.of(lines))
    batch = parse(catalogue)(batch)
    for frame in batch.events:
        plan = catalogue.plans[catalogue.by_name[frame.dataset]]
        family = plan.families[int(frame.family[0])] or "default"
        kind_of = "pattern" if plan.formats == ("text",) else "family"
        yield f"taken by: {plan.pack}@{plan.version}, dataset {frame.dataset}, {kind_of} {family}"
        for name in frame.names:
            held = frame.column(name)[0]
            if held is not None:
                yield f"  {name:40} {held}"
        yield f"steps: {', '.join(step.verb for step in plan.steps) or 'none'}"
    batch = categorise(catalogue, context=True)(validate(catalogue)(normalise(catalogue)(batch)))
    for i in range(len(batch.rejects)):
        r = batch.rejects
        yield f"reject: {r.category[i]} at {r.stage[i]}, {r.code[i]}: {r.message[i]}"
    if batch.events:
        row = orjson.loads(bytes(to_ndjson(batch.events)))
        yield f"category: {row[CATEGORY]}, by {row.get(RULE, 'nobody')}, confidence {row.get(CONFIDENCE, 0)}"
        yield "event:"
        yield orjson.dumps(row, option=orjson.OPT_INDENT_2).decode()
