"""A catalogue for a purpose: only what somebody will look at is made of a record.

Detection reads a tenth of an event's fields. What nobody reads need not be unescaped, looked up, split or converted:
steps that only lead there are left out, and so are columns. What decides whether a record is an event or a reject
stays, so that both catalogues give the same events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from penstock.columns import U8, Kind
from penstock.content.catalogue import Catalogue
from penstock.content.deciding import CATEGORY, CONTEXT, DECIDED, RULE, VERBS
from penstock.content.plan import Plan
from penstock.content.steps import CompiledStep
from penstock.content.taxonomy.rule import SETS
from penstock.kernels.tape import UNSEEN
from penstock.schema.categories import UNCATEGORIZED
from penstock.schema.registry import Schema

JUDGED = frozenset((*DECIDED, *SETS))
"""Fields that the taxonomy may fill."""

_FALLIBLE = (Kind.LONG, Kind.DOUBLE, Kind.BOOLEAN, Kind.IP, Kind.DATE)


def narrowed(catalogue: Catalogue, wanted: Mapping[str, frozenset[str]]) -> Catalogue:
    """The catalogue that makes only these fields (dataset -> names; a dataset that is not named makes what it must)."""
    plans = tuple(_plan(p, _with_categories(catalogue, p, wanted)) for p in catalogue.plans)
    return replace(catalogue, plans=plans, plain_keys=_plain_keys(catalogue, plans))


def _with_categories(catalogue: Catalogue, plan: Plan, wanted: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What is wanted of a dataset, and what the taxonomy looks at for it."""
    names = wanted.get(plan.name, frozenset())
    if names.isdisjoint(JUDGED):
        return names
    if CONTEXT in names:
        names |= catalogue.taxonomy.contexts.reads
    open_ = CATEGORY in plan.place or any(c.get(CATEGORY) == UNCATEGORIZED for c in plan.constants)
    return names | {CATEGORY, RULE} | (catalogue.taxonomy.codes.reads if open_ else frozenset())


def judging(plan: Plan, schema: Schema) -> frozenset[str]:
    """`Plan.judging` of a plan that has none yet."""
    return frozenset(n for n in _brought(plan) if n in plan.place and _judges(plan, n, schema))


def _plan(plan: Plan, wanted: frozenset[str]) -> Plan:
    """The plan without what does not lead to wanted columns."""
    live = {*wanted, *plan.time, "@timestamp", *plan.judging}
    kept: list[CompiledStep] = []
    for step in reversed(plan.steps):
        if step.verb == "swap":
            exchanged = _exchanged(step, live)
            if not exchanged:
                continue
            live |= exchanged
        elif live.isdisjoint(step.writes):
            continue
        kept.append(step)
        live |= set(step.reads)
        if step.when is not None:
            live |= set(step.when.fields())
        live |= {part for part in step.arguments.get("parts", ()) if isinstance(part, str)}
    # a value of the wrong type may be moved to another field
    live |= {to for name, to in plan.on_error.items() if name in live or name == "*"}
    made = replace(plan, steps=tuple(reversed(kept)), wanted=frozenset(live))
    return replace(
        made,
        defaults={name: place for name, place in plan.defaults.items() if name in live},
        takes_nulls=plan.takes_nulls | np.where(made.wanted_columns != 0, 0, UNSEEN).astype(np.uint8),
    )


def _brought(plan: Plan) -> set[str]:
    """Fields that may get what a record brought. (What packs themselves say was checked when they were loaded.)"""
    found = {plan.columns[c].name for c in np.unique(plan.placing.column).tolist()} | set(plan.on_error.values())
    found |= {n for names in plan.header.values() for n in names}
    found |= {n for n in plan.place if n.startswith("log.syslog.")}
    for step in plan.steps:
        if step.verb not in VERBS:
            found |= {*step.writes, *step.reads}
    return found


def _exchanged(step: CompiledStep, live: set[str]) -> set[str]:
    """Both sides of what a swap exchanges and somebody looks at: a step names `source`, a rule `source.ip`."""
    pairs = [pair for one, other in step.arguments["pairs"] for pair in ((one, other), (other, one))]
    return {
        side + name[len(one) :]
        for one, other in pairs
        for name in live
        if name == one or name.startswith(one + ".")
        for side in (one, other)
    }


def _judges(plan: Plan, name: str, schema: Schema) -> bool:
    """Whether a wrong value of the field sends its record out."""
    if name.startswith("_") or plan.on_error.get(name, plan.on_error.get("*")) is not None:
        return False
    known = schema.get(name)
    return plan.columns[plan.place[name]].kind in _FALLIBLE or bool(known and known.allowed)


def _plain_keys(catalogue: Catalogue, plans: tuple[Plan, ...]) -> U8:
    """uint8[keys + 1]: members whose escapes must be undone: they lead to a wanted column, or tell records apart."""
    found = np.zeros(catalogue.keys.count + 1, np.uint8)
    found[:-1][catalogue.features.weight[: catalogue.keys.count] != 0] = 1
    for plan in plans:
        wanted = plan.wanted_columns
        placing = plan.placing
        counts = np.diff(placing.begin)
        lead = np.repeat(np.arange(len(counts)) % max(1, placing.keys), counts)
        found[placing.own[lead[wanted[placing.column[: len(lead)]] != 0]]] = 1
        for ids in plan.by:
            found[list(ids)] = 1
    return found
