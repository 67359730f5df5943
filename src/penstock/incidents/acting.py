"""What people do with incidents and silences. Everything leaves a line in an audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from penstock.incidents.grouping import enter, leave
from penstock.incidents.incident import CLOSED, MERGED, OPEN, VERDICTS, Audit, Incident, audited, hashed, told_by
from penstock.incidents.policy import Policy
from penstock.incidents.silence import Silence
from penstock.incidents.state import Draft
from penstock.incidents.waking import Notice, keep, unwatch, wake


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does.

    what    assign, take, comment, verdict, close, reopen, merge, split, silence, unsilence
    about   the incident, or the silence
    value   whom it is assigned to; the verdict
    others  the incidents merged into it; the strands, alerts or entities (`field=value`) split off
    match   field -> value of a silence, from `starts` to before `expires`
    """

    at: int
    by: str
    what: str
    about: str = ""
    value: str = ""
    note: str = ""
    others: tuple[str, ...] = ()
    match: tuple[tuple[str, str], ...] = ()
    starts: int = 0
    expires: int = 0

    @property
    def key(self) -> str:
        """The same for the same action: the id of the silence it makes."""
        return hashed("action", *map(str, asdict(self).values()))


@dataclass(frozen=True, slots=True)
class Case:
    """An action, and what it works on."""

    draft: Draft
    notices: list[Notice]
    action: Action
    now: int
    policy: Policy


class Refused(Exception):  # noqa: N818  an answer, no error of ours
    """Why an action cannot be."""


def act(draft: Draft, notices: list[Notice], action: Action, now: int, policy: Policy) -> str:
    """Do it; give the id of the incident or silence it made or changed. Raises `Refused`."""
    if action.what == "silence":
        return _silence(draft, action)
    if action.what == "unsilence":
        silence = draft.silences.get(action.about)
        if silence is None:
            raise Refused(f"no silence {action.about}")
        draft.silences[silence.id] = replace(silence, expires=min(silence.expires, action.at))
        return silence.id
    done = ACTIONS.get(action.what)
    if done is None:
        raise Refused(f"{action.what!r} is nothing that can be done")
    incident = draft.incidents.get(action.about)
    if incident is None:
        raise Refused(f"no incident {action.about} that can still be worked on")
    if incident.state == MERGED:
        raise Refused(f"{incident.id} was merged into {incident.merged_into}")
    return done(Case(draft, notices, action, now, policy), incident)


def _noted(incident: Incident, action: Action, now: int, what: str) -> Incident:
    return audited(incident, Audit(now, action.by, what, action.note))


def _taken(draft: Draft, incident: Incident, now: int) -> Incident:
    unwatch(draft, incident.id)
    return incident if incident.taken else replace(incident, taken=now)


def _assign(case: Case, incident: Incident) -> str:
    if incident.state != OPEN:
        raise Refused(f"{incident.id} is closed: reopen it first")
    whom = case.action.value or case.action.by
    incident = replace(_taken(case.draft, incident, case.now), assignee=whom)
    keep(case.draft, _noted(incident, case.action, case.now, f"assigned to {whom}"))
    return incident.id


def _comment(case: Case, incident: Incident) -> str:
    if not case.action.note:
        raise Refused("a comment wants a text")
    keep(case.draft, _noted(incident, case.action, case.now, "comment"))
    return incident.id


def _verdict(case: Case, incident: Incident) -> str:
    if case.action.value not in VERDICTS:
        raise Refused(f"a verdict is one of {', '.join(VERDICTS)}")
    incident = replace(_taken(case.draft, incident, case.now), verdict=case.action.value)
    keep(case.draft, _noted(incident, case.action, case.now, f"verdict {case.action.value}"))
    return incident.id


def _close(case: Case, incident: Incident) -> str:
    if incident.state != OPEN:
        raise Refused(f"{incident.id} is closed already")
    if case.action.value and case.action.value not in VERDICTS:
        raise Refused(f"a verdict is one of {', '.join(VERDICTS)}")
    leave(case.draft, incident, case.policy)
    incident = replace(
        _taken(case.draft, incident, case.now),
        state=CLOSED,
        closed=case.now,
        verdict=case.action.value or incident.verdict,
    )
    keep(
        case.draft,
        _noted(incident, case.action, case.now, f"closed, {case.action.value}" if case.action.value else "closed"),
    )
    return incident.id


def _reopen(case: Case, incident: Incident) -> str:
    if incident.state != CLOSED:
        raise Refused(f"{incident.id} is open")
    incident = _noted(replace(incident, state=OPEN, closed=0, taken=0, step=0), case.action, case.now, "reopened")
    case.draft.incidents[incident.id] = incident
    enter(case.draft, incident, tuple(case.draft.of(incident)), case.policy)
    keep(case.draft, wake(case.draft, case.notices, incident, "reopened", case.now, case.policy))
    return incident.id


def _merge(case: Case, incident: Incident) -> str:
    if incident.state != OPEN:
        raise Refused(f"{incident.id} is closed: reopen it first")
    others = []
    for name in dict.fromkeys(case.action.others):
        other = case.draft.incidents.get(name)
        if other is None or other.state == MERGED or name == incident.id:
            raise Refused(f"{name} cannot be merged into {incident.id}")
        others.append(other)
    if not others:
        raise Refused("name the incidents to merge into it")
    strands = case.draft.of(incident)
    for other in others:
        leave(case.draft, other, case.policy)
        unwatch(case.draft, other.id)
        for strand in case.draft.of(other):
            strands.append(replace(strand, incident=incident.id))
            case.draft.strands[strand.id] = strands[-1]
        gone = replace(other, state=MERGED, closed=case.now, merged_into=incident.id, strands=())
        keep(case.draft, _noted(gone, case.action, case.now, f"merged into {incident.id}"))
    worst = max(o.notified for o in others)
    merged = replace(told_by(incident, strands), notified=max(incident.notified, worst))
    enter(case.draft, merged, tuple(strands), case.policy)
    merged = _noted(merged, case.action, case.now, f"took in {', '.join(o.id for o in others)}")
    case.draft.incidents[merged.id] = merged
    if merged.level > incident.level and not merged.taken:
        # what had an SLA in the other keeps one here
        merged = wake(case.draft, case.notices, merged, "raised", case.now, case.policy)
    keep(case.draft, merged)
    return merged.id


def _split(case: Case, incident: Incident) -> str:
    if incident.state != OPEN:
        raise Refused(f"{incident.id} is closed: reopen it first")
    wanted = set(case.action.others)
    strands = case.draft.of(incident)
    off = [s for s in strands if wanted & {s.id, *s.alerts, *s.entities}]
    left = [s for s in strands if s not in off]
    if not off or not left:
        raise Refused("nothing of it is named by that" if not off else "that is all of it: nothing would be left")
    leave(case.draft, incident, case.policy)
    name = hashed("split", incident.id, off[0].id, off[0].alerts[0])
    moved = [replace(s, incident=name) for s in off]
    for strand in moved:
        case.draft.strands[strand.id] = strand
    kept = told_by(incident, left)
    fresh = told_by(
        replace(incident, id=name, opened=case.now, version=0, related=(incident.id,), audit=(), verdict="", step=0),
        moved,
    )
    for one, of, what in ((kept, left, f"split off {name}"), (fresh, moved, f"split from {incident.id}")):
        enter(case.draft, one, tuple(of), case.policy)
        for strand in of:
            case.draft.windows[strand.key] = strand.id
        keep(case.draft, _noted(one, case.action, case.now, what))
    return name


def _silence(draft: Draft, action: Action) -> str:
    if not action.match:
        raise Refused("a silence of everything is none: name a field and its value")
    if not action.by or not action.note:
        raise Refused("a silence wants an owner and a reason")
    if action.expires <= max(action.starts, action.at):
        raise Refused("a silence must end after it begins, and after now")
    key = action.key
    draft.silences[key] = Silence(key, action.match, action.by, action.note, action.starts or action.at, action.expires)
    return key


Doing = Callable[[Case, Incident], str]
ACTIONS: Mapping[str, Doing] = {
    "assign": _assign,
    "take": _assign,
    "comment": _comment,
    "verdict": _verdict,
    "close": _close,
    "reopen": _reopen,
    "merge": _merge,
    "split": _split,
}
"""What can be done with an incident."""
