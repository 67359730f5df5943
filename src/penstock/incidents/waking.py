"""Whom an incident wakes and when: notices, their throttles, the timers of escalations and summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from penstock.incidents import throttle
from penstock.incidents.incident import OPEN, Audit, Incident, audited, hashed
from penstock.incidents.policy import Policy
from penstock.incidents.state import Draft
from penstock.incidents.story import chain, risks
from penstock.incidents.throttle import BACKOFF, BUCKET, Lane, Timer
from penstock.schema.instants import rfc3339
from penstock.schema.levels import LEVELS

OURSELVES = "penstock"
ESCALATE, SUMMARISE = "escalate", "summarise"
LOW, CRITICAL = LEVELS.index("low"), LEVELS.index("critical")
SHOWN = 10
"""Entities that a notice names."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told. key: the same for the same step, so that told twice it counts once.

    what     opened, raised, reopened, escalation, summary
    step     of the escalation, 0 for what is none
    fields   what templates may name
    """

    key: str
    at: int
    what: str
    level: str
    category: str
    step: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)


def wake(draft: Draft, notices: list[Notice], incident: Incident, what: str, now: int, policy: Policy) -> Incident:
    """Tell of an incident, now or in a summary; the incident as it stands then. A level with an SLA is never held."""
    level = LEVELS[incident.level]
    if level in policy.sla or incident.level == CRITICAL:
        notices.append(notice(draft, incident, what, now))
        _watch(draft, incident, now, policy)
        return replace(incident, notified=incident.level)
    low = incident.level <= LOW
    worst = max(draft.of(incident), key=lambda s: (s.level, -s.first, s.id))
    key = f"{BACKOFF}:{worst.rule}" if low else f"{BUCKET}:{incident.category}"
    lane = draft.lanes.get(key) or throttle.fresh(key, BACKOFF if low else BUCKET, now, policy)
    lane, may = throttle.ask(lane, now, policy)
    if may:
        notices.append(notice(draft, incident, what, now))
    else:
        lane = throttle.hold(lane, incident.id, incident.level, now)
        draft.count("held")
        if f"{SUMMARISE}:{key}" not in draft.timers:
            due = throttle.summary_due(lane, now, policy)
            draft.timers[f"{SUMMARISE}:{key}"] = Timer(due, SUMMARISE, key)
    draft.lanes[key] = lane
    return replace(incident, notified=incident.level)


def notice(draft: Draft, incident: Incident, what: str, now: int, step: int = 0) -> Notice:
    """What is told of an incident."""
    strands = draft.of(incident)
    ranked = risks(strands)
    tactics, techniques = chain(strands)
    level = LEVELS[incident.level]
    fields = {
        "what": what,
        "at": rfc3339(now),
        "category": incident.category,
        "step": str(step),
        "incident.id": incident.id,
        "incident.title": incident.title,
        "incident.level": level,
        "incident.state": incident.state,
        "incident.alerts": str(incident.count),
        "incident.first_seen": rfc3339(incident.first),
        "incident.last_seen": rfc3339(incident.last),
        "incident.entities": ", ".join(r.entity for r in ranked[:SHOWN]),
        "incident.risk": str(ranked[0].score if ranked else 0),
        "incident.assignee": incident.assignee,
        "rule.names": ", ".join(dict.fromkeys(s.name for s in strands)),
        "threat.tactic.id": ", ".join(tactics),
        "threat.technique.id": ", ".join(techniques),
        "summary": f"{level}: {incident.title}, {incident.count} alert{'s' * (incident.count != 1)}"
        + (f"; nobody has taken it (escalation {step})" if step else ""),
    }
    key = hashed("notice", incident.id, what, str(step), str(incident.level), str(now))
    return Notice(key, now, what, level, incident.category, step, fields)


def fire(draft: Draft, notices: list[Notice], name: str, timer: Timer, policy: Policy) -> None:
    """What is due."""
    draft.timers.drop(name)
    if timer.what == SUMMARISE:
        lane = draft.lanes.get(timer.about)
        if lane is not None and lane.held:
            notices.append(_summary(lane, timer.due))
            draft.lanes[timer.about] = throttle.told(lane, timer.due, policy)
        return
    incident = draft.incidents.get(timer.about)
    if incident is None or incident.state != OPEN or incident.taken:
        return
    step = incident.step + 1
    entry = Audit(timer.due, OURSELVES, f"escalated ({step})", "nobody has taken it in time")
    incident = replace(audited(incident, entry), step=step)
    notices.append(notice(draft, incident, "escalation", timer.due, step))
    draft.count("escalated")
    keep(draft, incident)
    _watch(draft, incident, timer.due, policy)


def keep(draft: Draft, incident: Incident) -> None:
    """The incident as it is after one more change."""
    incident = replace(incident, version=incident.version + 1)
    draft.incidents[incident.id] = incident
    draft.touched[incident.id] = incident, tuple(draft.of(incident))


def _watch(draft: Draft, incident: Incident, now: int, policy: Policy) -> None:
    """The timer of the next escalation, counted from when the lane was entered."""
    steps = policy.sla.get(LEVELS[incident.level], ())
    name = f"{ESCALATE}:{incident.id}"
    if incident.taken or incident.step >= len(steps):
        draft.timers.drop(name)
        return
    before = steps[incident.step - 1] if incident.step else 0
    draft.timers[name] = Timer(now + max(0, steps[incident.step] - before), ESCALATE, incident.id)


def unwatch(draft: Draft, incident: str) -> None:
    """Somebody has it: no escalation."""
    draft.timers.drop(f"{ESCALATE}:{incident}")


def _summary(lane: Lane, now: int) -> Notice:
    about = lane.key.partition(":")[2]
    named = ", ".join(lane.incidents) + (", …" if lane.held > len(lane.incidents) else "")
    plural = "s" * (lane.held != 1)
    fields = {
        "what": "summary",
        "at": rfc3339(now),
        "category": about,
        "step": "0",
        "held": str(lane.held),
        "since": rfc3339(lane.since),
        "incident.ids": named,
        "incident.level": LEVELS[lane.worst],
        "incident.title": f"{lane.held} further notification{plural} of {about}",
        "summary": f"{lane.held} further notification{plural} of {about} since {rfc3339(lane.since)}: {named}",
    }
    key = hashed("summary", lane.key, str(lane.since), str(now))
    return Notice(key, now, "summary", LEVELS[lane.worst], about, 0, fields)
