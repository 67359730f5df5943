"""The step: alerts and actions in, a new state and what changed out.

It is a simulation of discrete events. Alerts and actions are taken in the order of their times; before each, whatever
timer is due by then fires, at its own time. So what comes out does not depend on how the rows were cut into batches,
as long as no alert is older than the `now` of a step before (one that is, is late: grouped by its own time, and
counted).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat

from penstock.incidents import throttle
from penstock.incidents.acting import Action, Refused, act
from penstock.incidents.alert import Alert, Row, read
from penstock.incidents.grouping import Placed, forget, leave, place
from penstock.incidents.incident import OPEN, Incident, Strand
from penstock.incidents.muting import muted, over_its_rate
from penstock.incidents.policy import DEFAULT, Policy
from penstock.incidents.state import Draft, State
from penstock.incidents.waking import Notice, fire


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step did.

    placed     what became of each alert that was new, in the order taken
    touched    the incidents that changed, as they are now, with their strands
    notices    what is to be told
    acted      of each action the id it made or changed, or why it was refused
    unread     of each row that is no alert, what is wrong
    repeated   alerts that had come before
    delta      what changed in the state, for `state.apply`
    """

    placed: tuple[Placed, ...]
    touched: tuple[tuple[Incident, tuple[Strand, ...]], ...]
    notices: tuple[Notice, ...]
    acted: tuple[tuple[Action, str | Refused], ...]
    unread: tuple[str, ...]
    repeated: int
    delta: bytes


def step(
    state: State,
    rows: Iterable[Row],
    actions: Iterable[Action] = (),
    now: int = 0,
    policy: Policy = DEFAULT,
    *,
    due: Iterable[int | None] | None = None,
) -> tuple[State, Changes]:
    """Take alert rows and actions, then let the clock come to `now` (microseconds; a recorded tick, never read here).

    An alert whose id was seen changes nothing. due: when each row is to be taken, if that is not at its own time: what
    a correlation over others finds is known later than the alerts of that time.
    """
    draft = Draft(state)
    work = _Step(draft, policy)
    mixed: list[tuple[int, int, str, Alert | Action]] = []
    unread = []
    for row, when in zip(rows, repeat(None) if due is None else due, strict=False):
        try:
            alert = read(row, policy.entities)
        except ValueError as error:
            unread.append(str(error))
        else:
            mixed.append((alert.at if when is None else when, 1, alert.id, alert))
    mixed += [(a.at, 0, f"{n:09}", a) for n, a in enumerate(actions)]
    for at, _, _, one in sorted(mixed, key=lambda m: m[:3]):
        work.advance(at)
        if isinstance(one, Alert):
            work.take(one)
        else:
            work.act(one)
    work.advance(now)
    _sweep(draft, policy)
    after = draft.state()
    return after, Changes(
        tuple(work.placed),
        tuple(draft.touched.values()),
        tuple(work.notices),
        tuple(work.acted),
        tuple(unread),
        work.repeated,
        draft.delta(),
    )


class _Step:
    """The work of one step on its draft."""

    def __init__(self, draft: Draft, policy: Policy) -> None:
        self.placed: list[Placed] = []
        self.notices: list[Notice] = []
        self.acted: list[tuple[Action, str | Refused]] = []
        self.repeated = 0
        self._draft = draft
        self._policy = policy
        self._timers = [(t.due, name) for name, t in draft.timers.items()]
        heapq.heapify(self._timers)
        self._known = dict(draft.timers.items())

    def advance(self, to: int) -> None:
        """Let the clock come to a time, if it is not past it, firing what is due in its order."""
        draft, known = self._draft, self._known
        while True:
            for name, timer in draft.timers.changed.items():
                if timer is not None and known.get(name) != timer:
                    known[name] = timer
                    heapq.heappush(self._timers, (timer.due, name))
            if not self._timers or self._timers[0][0] > to:
                break
            due, name = heapq.heappop(self._timers)
            timer = draft.timers.get(name)
            if timer is not None and timer.due == due:
                known.pop(name, None)
                draft.figures["clock"] = max(due, draft.figure("clock"))
                fire(draft, self.notices, name, timer, self._policy)
        if to > draft.figure("clock"):
            draft.figures["clock"] = to

    def take(self, alert: Alert) -> None:
        """One alert."""
        draft = self._draft
        if alert.id in draft.seen:
            self.repeated += 1
            return
        draft.seen[alert.id] = alert.at
        draft.count("taken")
        if alert.at < draft.figure("watermark") - self._policy.lateness:
            draft.count("late")
        draft.figures["watermark"] = max(alert.at, draft.figure("watermark"))
        by = muted(draft, alert, self._policy) or over_its_rate(draft, alert, self._policy)
        if by is not None:
            self.placed.append(Placed(alert.id, by.how, by=by))
            return
        self.placed.append(place(draft, self.notices, alert, draft.figure("clock"), self._policy))

    def act(self, action: Action) -> None:
        """One action."""
        try:
            done: str | Refused = act(self._draft, self.notices, action, self._draft.figure("clock"), self._policy)
        except Refused as refused:
            done = refused
        self.acted.append((action, done))


def _sweep(draft: Draft, policy: Policy) -> None:
    """Forget what no alert within the lateness can meet any more. Now and then: it looks at everything."""
    clock, watermark = draft.figure("clock"), draft.figure("watermark")
    if clock - draft.figure("swept") < policy.window and draft.seen.size <= policy.most_seen * 9 // 8:
        return
    draft.figures["swept"] = clock
    edge = watermark - policy.lateness
    for key, name in list(draft.windows.items()):
        strand = draft.strands.get(name)
        if strand is None or strand.first + policy.window < edge:
            draft.windows.drop(key)
    for _, incident in list(draft.incidents.items()):
        if incident.state == OPEN:
            # as long as it may be named as related
            if incident.last + max(policy.quiet, policy.longest) < edge:
                leave(draft, incident, policy)
        elif incident.closed < clock - policy.keep_closed:
            forget(draft, incident, policy)
    for key, silence in list(draft.silences.items()):
        if silence.expires < min(clock, edge) - policy.keep_closed:
            draft.silences.drop(key)
    longest = max((i.within for i in policy.inhibitions), default=0)
    for key, last in list(draft.active.items()):
        if last + longest < edge:
            draft.active.drop(key)
    for key, lane in list(draft.lanes.items()):
        if throttle.idle(lane, clock, policy):
            draft.lanes.drop(key)
    excess = draft.seen.size - policy.most_seen
    if excess > 0:
        for _, key in heapq.nsmallest(excess, ((at, key) for key, at in draft.seen.items())):
            draft.seen.drop(key)
