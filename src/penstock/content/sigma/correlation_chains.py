"""All correlations together: references resolved, in an order in which each comes after what it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from sigma.exceptions import SigmaTimespanError

from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.correlation_document import Document, WrongError, read
from penstock.errors import Problem


def compile_correlations(
    documents: Sequence[Document], detections: Mapping[str, str]
) -> tuple[tuple[Correlation, ...], tuple[Problem, ...]]:
    """All correlations that are right, those referred to before those that refer to them; and every problem.

    detections: the id of every other rule, by its id and by its name.
    """
    problems: list[Problem] = []
    names: dict[str, str] = {}
    by_id: dict[str, Document] = {}
    for document in documents:
        if document.id in by_id or document.id in detections:
            problems.append(Problem(document.file, document.line, f"there is another rule {document.id}"))
            continue
        by_id[document.id] = document
        names |= {str(name): document.id for name in (document.rule.id, document.rule.name) if name}
    known = {**detections, **names}
    compiled: dict[str, Correlation] = {}
    for document in by_id.values():
        try:
            compiled[document.id] = read(document, known)
        except (WrongError, SigmaTimespanError) as wrong:
            message, hint = (*wrong.args, "")[:2]
            problems.append(Problem(document.file, document.line, str(message), str(hint)))
    order, circles = _topological({i: [r for r in c.rules if r in by_id] for i, c in compiled.items()})
    broken = (by_id.keys() - compiled.keys()).union(*circles)
    for circle in circles:
        document = by_id[circle[0]]
        problems.append(Problem(document.file, document.line, "refers to itself: " + " → ".join((*circle, circle[0]))))
    for name in order:
        if wrong_ones := [r for r in compiled[name].rules if r in broken]:
            broken.add(name)
            message = f"refers to {', '.join(wrong_ones)}, which cannot be used"
            problems.append(Problem(by_id[name].file, by_id[name].line, message))
    return tuple(_chained([compiled[name] for name in order if name not in broken])), tuple(problems)


def _topological(refers: Mapping[str, Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Ids, referred ones before those that refer; and circles, whose members are left out."""
    circles: list[list[str]] = []
    while True:
        left = {i: [r for r in rs if r in refers] for i, rs in refers.items()}
        try:
            return list(TopologicalSorter(left).static_order()), circles
        except CycleError as error:
            circle = error.args[1][:-1][::-1]  # it lists each before the one that refers to it
            begin = min(map(list(left).index, circle))
            at = circle.index(list(left)[begin])
            circles.append(circle[at:] + circle[:at])
            refers = {i: rs for i, rs in refers.items() if i not in circle}


def _chained(correlations: Sequence[Correlation]) -> list[Correlation]:
    """With what links them: lags, from the first to the last; fields to be carried, from the last to the first."""
    lags: dict[str, int] = {}
    latest: dict[str, int] = {}
    for c in correlations:
        lags[c.id] = max((latest.get(r, 0) for r in c.rules), default=0)
        latest[c.id] = lags[c.id] + c.delay
    wanted: dict[str, dict[str, None]] = {c.id: {} for c in correlations}
    chained = []
    for c in reversed(correlations):
        carried = tuple(name for name in wanted[c.id] if name not in c.group_by)
        for rule in c.rules:
            if rule in wanted:
                wanted[rule] |= dict.fromkeys(c.field_of(name, rule) for name in (*c.group_by, *c.counted, *carried))
        chained.append(replace(c, lag=lags[c.id], carried=carried))
    return chained[::-1]
