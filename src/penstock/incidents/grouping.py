"""Where an alert belongs: a strand that counts it, an open incident that shares an entity, or one of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from penstock.incidents.alert import Alert
from penstock.incidents.incident import CLOSED, OPEN, Audit, Incident, Strand, audited, hashed, title
from penstock.incidents.policy import Policy
from penstock.incidents.silence import Muted
from penstock.incidents.state import Draft
from penstock.incidents.waking import OURSELVES, Notice, keep, unwatch, wake

MOST_RELATED = 20


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of an alert.

    how  opened (an incident), joined (one), repeated (a strand counts it), or how it was muted
    by   what muted it
    """

    alert: str
    how: str
    incident: str = ""
    strand: str = ""
    by: Muted | None = None


def place(draft: Draft, notices: list[Notice], alert: Alert, now: int, policy: Policy) -> Placed:
    """Put an alert where it belongs. now: the clock; windows go by the alert's own time."""
    key = "\0".join((alert.rule, *alert.entities))
    strand = draft.strands.get(draft.windows.get(key) or "")
    if strand is not None and abs(alert.at - strand.first) <= policy.window:
        held = draft.incidents[strand.incident]
        if held.state == OPEN:
            return _repeat(draft, notices, alert, strand, held, now, policy)
    candidates = _candidates(draft, alert, policy)
    fitting = [i for i in candidates if _takes(i, alert, policy)]
    fresh = hashed("strand", alert.id)
    incident = fitting[0] if fitting else None
    made = Strand(
        fresh, incident.id if incident else hashed("incident", alert.id), key, alert.rule, alert.name, alert.level,
        alert.entities, alert.tactics, alert.techniques, alert.at, alert.at, 1, (alert.id,),
    )  # fmt: skip
    draft.strands[fresh] = made
    draft.windows[key] = fresh
    if incident is not None:
        worse = alert.level > incident.level
        joined = replace(
            incident,
            strands=(*incident.strands, fresh),
            first=min(incident.first, alert.at),
            last=max(incident.last, alert.at),
            count=incident.count + 1,
            level=max(incident.level, alert.level),
            title=title(made) if worse else incident.title,
        )
        enter(draft, joined, (made,), policy)
        _changed(draft, notices, joined, now, policy)
        return Placed(alert.id, "joined", joined.id, fresh)
    related = tuple(i.id for i in candidates if alert.at - i.last <= policy.longest)[:MOST_RELATED]
    opened = Incident(
        made.incident, alert.category, title(made), now, alert.at, alert.at, 1, alert.level, (fresh,), version=0,
        related=related, audit=(Audit(now, OURSELVES, "opened", f"first alert {alert.id}"),),
    )  # fmt: skip
    draft.incidents[opened.id] = opened
    draft.count("opened")
    enter(draft, opened, (made,), policy)
    keep(draft, wake(draft, notices, opened, "opened", now, policy))
    if draft.incidents.size > policy.most_open:
        _make_room(draft, now, policy)
    return Placed(alert.id, "opened", opened.id, fresh)


def enter(draft: Draft, incident: Incident, strands: tuple[Strand, ...], policy: Policy) -> None:
    """Let the incident be found by these strands' entities."""
    for strand in strands:
        for entity in grouped(strand.entities, policy):
            held = draft.index.get(entity) or ()
            if incident.id not in held:
                draft.index[entity] = (*held, incident.id)


def leave(draft: Draft, incident: Incident, policy: Policy) -> None:
    """Let the incident be found no more, and its strands count no more."""
    for strand in draft.of(incident):
        if draft.windows.get(strand.key) == strand.id:
            draft.windows.drop(strand.key)
        for entity in grouped(strand.entities, policy):
            held = tuple(i for i in draft.index.get(entity) or () if i != incident.id)
            if held:
                draft.index[entity] = held
            else:
                draft.index.drop(entity)


def grouped(entities: tuple[str, ...], policy: Policy) -> list[str]:
    """The entities whose sharing puts alerts into one incident."""
    parts = ((e, *e.split("=", 1)) for e in entities)
    return [e for e, name, value in parts if name in policy.group_by and value not in policy.common]


def _candidates(draft: Draft, alert: Alert, policy: Policy) -> list[Incident]:
    """Open incidents that share an entity: most shared first, then the oldest."""
    shared = Counter(i for e in grouped(alert.entities, policy) for i in draft.index.get(e) or ())
    # a policy that groups by other fields than before may have left names behind
    found = [i for name in shared if (i := draft.incidents.get(name)) is not None]
    return sorted(found, key=lambda i: (-shared[i.id], i.first, i.id))


def _takes(incident: Incident, alert: Alert, policy: Policy) -> bool:
    near = incident.first - policy.quiet <= alert.at <= incident.last + policy.quiet
    return (
        incident.state == OPEN
        and near
        and alert.at - incident.first <= policy.longest
        and len(incident.strands) < policy.most_strands
    )


def _repeat(
    draft: Draft, notices: list[Notice], alert: Alert, strand: Strand, incident: Incident, now: int, policy: Policy
) -> Placed:
    named = strand.alerts if len(strand.alerts) >= policy.most_alerts else (*strand.alerts, alert.id)
    draft.strands[strand.id] = replace(
        strand,
        first=min(strand.first, alert.at),
        last=max(strand.last, alert.at),
        count=strand.count + 1,
        level=max(strand.level, alert.level),
        alerts=named,
    )
    joined = replace(
        incident,
        first=min(incident.first, alert.at),
        last=max(incident.last, alert.at),
        count=incident.count + 1,
        level=max(incident.level, alert.level),
    )
    draft.count("deduplicated")
    _changed(draft, notices, joined, now, policy)
    return Placed(alert.id, "repeated", joined.id, strand.id)


def _changed(draft: Draft, notices: list[Notice], incident: Incident, now: int, policy: Policy) -> None:
    """Keep it; tell of it again if it is worse than when it was told of."""
    draft.incidents[incident.id] = incident
    if incident.level > incident.notified:
        incident = wake(draft, notices, incident, "raised", now, policy)
    keep(draft, incident)


def _make_room(draft: Draft, now: int, policy: Policy) -> None:
    """Too many incidents: a tenth leaves, closed ones first, then the mildest and longest quiet."""
    ranked = sorted(draft.incidents.items(), key=lambda p: (p[1].state == OPEN, p[1].level, p[1].last, p[0]))
    for _, incident in ranked[: max(1, policy.most_open // 10)]:
        if incident.state == OPEN:
            entry = Audit(now, OURSELVES, "closed", "too many open incidents; it stays in the lake")
            keep(draft, replace(audited(incident, entry), state=CLOSED, closed=now))
        draft.count("crowded_out")
        forget(draft, incident, policy)


def forget(draft: Draft, incident: Incident, policy: Policy) -> None:
    """The incident leaves the state; the lake keeps it."""
    leave(draft, incident, policy)
    unwatch(draft, incident.id)
    for strand in incident.strands:
        draft.strands.drop(strand)
    draft.incidents.drop(incident.id)
