"""Alerts and actions to incidents: what one step does, and that it does not matter how steps are cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.incidents.acting import Action, Refused
from penstock.incidents.order import in_order
from penstock.incidents.policy import Inhibition, Mute, Policy
from penstock.incidents.state import State, apply, of_json, to_json
from penstock.incidents.step import step
from penstock.incidents.story import chain, risks, timeline

MINUTE = 60


def only(state: State):
    (incident,) = state.incidents.values()
    return incident


def opened(alert, **policy):
    """An incident of two strands: user ann from one address, twice the first rule."""
    rows = [
        alert(1, 0, "r1", "high", user__name="Ann", source__ip="203.0.113.7", threat__tactic__id=["TA0006"]),
        alert(2, 30, "r1", "high", user__name="ann", source__ip="203.0.113.7", threat__tactic__id=["TA0006"]),
        alert(3, 90, "r2", "medium", user__name="ann", threat__tactic__id=["TA0003"], threat__technique__id=["T1078"]),
    ]
    return step(State(), rows, policy=Policy(**policy))


def test_alerts_become_strands_and_one_incident(alert):
    state, changes = opened(alert)
    assert [p.how for p in changes.placed] == ["opened", "repeated", "joined"]
    incident = only(state)
    assert (incident.count, len(incident.strands), incident.title) == (3, 2, "Rule r1 (ann)")
    strands = state.of(incident)
    assert [(s.count, len(s.alerts)) for s in strands] == [(2, 2), (1, 1)]
    assert chain(strands) == (("TA0006", "TA0003"), ("T1078",))
    assert [(r.entity, r.score) for r in risks(strands)] == [("user.name=ann", 80), ("source.ip=203.0.113.7", 50)]
    assert [t["count"] for t in timeline(strands)] == [2, 1]
    assert [n.what for n in changes.notices] == ["opened"]
    assert changes.notices[0].fields["incident.title"] == "Rule r1 (ann)"


def test_the_id_follows_from_the_first_alert(alert):
    one = only(step(State(), [alert(1, user__name="a")])[0]).id
    other = only(step(State(), [alert(2, 5, user__name="a"), alert(1, user__name="a")])[0]).id
    assert one == other != only(step(State(), [alert(2, user__name="a")])[0]).id


def test_the_same_alerts_again_change_nothing(alert):
    rows = [alert(n, n, user__name="a") for n in range(5)]
    state, _ = step(State(), rows)
    again, changes = step(state, rows)
    assert again == state
    assert (changes.repeated, changes.placed, changes.notices, changes.touched) == (5, (), (), ())


def test_what_is_common_groups_nothing(alert):
    rows = [alert(n, n, f"r{n}", source__ip="127.0.0.1", user__name="SYSTEM") for n in range(3)]
    assert len(step(State(), rows)[0].incidents) == 3


def test_windows_end(alert):
    rows = [alert(n, seconds, user__name="a") for n, seconds in enumerate((0, 14 * MINUTE, 16 * MINUTE, 100 * MINUTE))]
    state, changes = step(State(), rows)
    assert [p.how for p in changes.placed] == ["opened", "repeated", "joined", "opened"]
    assert len(state.incidents) == 2


def test_rows_that_are_no_alerts_are_told_of(alert):
    rows = [{}, {**alert(1), "@timestamp": "soon"}, {**alert(2), "rule.id": 7}, alert(3)]
    state, changes = step(State(), rows)
    assert len(changes.unread) == 3
    assert "@timestamp" in changes.unread[1]
    assert len(state.incidents) == 1


def test_people_work_on_it(alert, at):
    state, _ = opened(alert)
    name = only(state).id

    def do(what, seconds, **more):
        nonlocal state
        state, changes = step(state, [], [Action(at(seconds), "eve", what, name, **more)])
        ((_, said),) = changes.acted
        return said

    assert do("assign", 200, value="bob") == name
    assert do("comment", 210, note="looking") == name
    assert do("close", 300, value="false_positive", note="a test") == name
    assert isinstance(do("close", 310), Refused)
    assert isinstance(do("assign", 310), Refused)
    assert isinstance(do("verdict", 310, value="perhaps"), Refused)
    assert isinstance(do("dance", 310), Refused)
    closed = only(state)
    assert (closed.state, closed.verdict, closed.assignee) == ("closed", "false_positive", "bob")
    state, _ = step(state, [alert(9, 301, "r1", user__name="ann", source__ip="203.0.113.7")])
    assert len(state.incidents) == 2, "what is closed takes nothing more"
    assert do("reopen", 400) == name
    assert state.incidents[name].state == "open"
    assert [a.what for a in state.incidents[name].audit] == [
        "opened", "assigned to bob", "comment", "closed, false_positive", "reopened",
    ]  # fmt: skip


def test_merge_and_split(alert, at):
    state, _ = step(State(), [alert(1, 0, user__name="a"), alert(2, 10, "r2", "critical", user__name="b")])
    one, two = state.incidents
    state, changes = step(state, [], [Action(at(20), "eve", "merge", one, others=(two,), note="same thing")])
    assert changes.acted[0][1] == one
    assert state.incidents[two].state == "merged"
    assert (state.incidents[one].count, state.incidents[one].level) == (2, 4)
    assert f"escalate:{one}" in state.timers
    state, _ = step(state, [alert(3, 30, "r3", user__name="b")])
    assert state.incidents[one].count == 3, "what was about the other joins the one"
    state, changes = step(state, [], [Action(at(40), "eve", "split", one, others=("user.name=b",))])
    fresh = changes.acted[0][1]
    assert (state.incidents[one].count, state.incidents[fresh].count) == (1, 2)
    state, _ = step(state, [alert(4, 50, "r4", user__name="b"), alert(5, 50, user__name="a")])
    assert (state.incidents[one].count, state.incidents[fresh].count) == (2, 3)
    _, changes = step(state, [], [Action(at(60), "eve", "split", one, others=("user.name=a",))])
    assert isinstance(changes.acted[0][1], Refused)


def test_silences_suppressions_and_inhibitions_are_counted(alert, at):
    policy = Policy(
        mutes=(Mute("lab", {"host.name": "lab-*"}, "ops", "a lab", at(3600)),),
        inhibitions=(
            Inhibition(
                "outage", {"rule.id": "down"}, {"rule.id": "slow"}, ("host.name",), 600_000_000, "ops", "", at(1e6)
            ),
        ),
    )  # fmt: skip
    silence = Action(at(0), "eve", "silence", match=(("rule.name", "rule R1"),), note="known", expires=at(100))
    rows = [
        alert(1, 1, user__name="a"),
        alert(2, 2, "r2", host__name="LAB-3"),
        alert(3, 3, "down", host__name="db"),
        alert(4, 4, "slow", host__name="db"),
        alert(5, 5, "slow", host__name="web"),
        alert(6, 101, user__name="a"),
        {**alert(7, 6, "r7"), "alert.silenced.by": "f1", "alert.silenced.owner": "ops"},
    ]
    state, changes = step(State(), rows, [silence], policy=policy)
    assert {p.alert[-1]: p.how for p in changes.placed} == {
        "1": "silenced", "2": "suppressed", "3": "opened", "4": "inhibited", "5": "opened", "6": "opened",
        "7": "filtered",
    }  # fmt: skip
    (kept,) = state.silences.values()
    assert (kept.count, kept.owner, kept.reason) == (1, "eve", "known")
    assert {state.counts[k] for k in ("lab", "outage", "f1")} == {1}
    state, changes = step(state, [], [Action(at(102), "eve", "unsilence", kept.id)])
    assert changes.acted[0][1] == kept.id
    for wrong in ({"note": ""}, {"match": ()}, {"expires": at(0)}):
        bad = {"match": (("rule.id", "x"),), "note": "why", "expires": at(500), **wrong}
        assert isinstance(step(state, [], [Action(at(103), "eve", "silence", **bad)])[1].acted[0][1], Refused)


def test_a_storm_is_told_of_in_few_words(alert):
    rows = [
        alert(n, n, "storm", "medium", source__ip=f"198.51.{n // 250}.{n % 250 + 1}", penstock__category="auth.x")
        for n in range(1000)
    ]
    state, changes = step(State(), rows, now=0)
    assert len(state.incidents) == 1000
    assert len(changes.notices) <= 20
    kinds = [n.what for n in changes.notices]
    assert kinds[:5] == ["opened"] * 5
    held = sum(int(n.fields["held"]) for n in changes.notices if n.what == "summary")
    lane = state.lanes["bucket:auth.x"]
    assert kinds.count("opened") + held + lane.held == 1000, "every one is told of, alone or in a summary"


def test_low_ones_back_off(alert):
    """One rule, a new low incident every half hour for a day: pauses of 1, 2, 4, 8 hours."""
    rows = [alert(n, n * 1800, "low", "low", user__name=f"u{n}") for n in range(48)]
    _, changes = step(State(), rows)
    hours = [round((n.at - changes.notices[0].at) / 3.6e9, 1) for n in changes.notices]
    assert hours == [0, 1, 3, 7, 15]


def test_critical_ones_are_escalated_until_taken(alert, at):
    rows = [alert(n, n, f"r{n}", "critical", user__name=f"u{n}") for n in range(20)]
    state, changes = step(State(), rows)
    assert len(changes.notices) == 20, "no bucket holds a critical one"
    first = next(iter(state.incidents))
    state, changes = step(state, [], [Action(at(60), "eve", "take", first)], now=at(16 * MINUTE))
    assert len(changes.notices) == 19
    assert {(n.what, n.step) for n in changes.notices} == {("escalation", 1)}
    state, changes = step(state, [], now=at(1e6))
    assert [n.step for n in changes.notices].count(3) == 19
    assert not state.timers
    assert state.incidents[first].step == 0


def test_an_incident_that_gets_worse_is_told_of_again(alert):
    rows = [alert(1, 0, "a", "medium", user__name="x"), alert(2, 5, "b", "critical", user__name="x")]
    state, changes = step(State(), rows)
    assert [(n.what, n.level) for n in changes.notices] == [("opened", "medium"), ("raised", "critical")]
    assert len(state.timers) == 1


def test_the_state_is_bounded(alert, at):
    policy = Policy(most_open=50, most_seen=100, most_strands=4, most_alerts=3)
    rows = [alert(n, n, user__name=f"u{n}") for n in range(300)]
    state, _ = step(State(), rows, policy=policy)
    assert len(state.incidents) <= 50
    assert len(state.strands) <= 50
    state, _ = step(state, [alert(1000 + n, 400 + n, f"r{n}", user__name="z") for n in range(10)], policy=policy)
    assert max(len(i.strands) for i in state.incidents.values()) == 4
    state, _ = step(state, [alert(2000 + n, 500, user__name="y") for n in range(10)], policy=policy)
    assert max(s.count for s in state.strands.values()) == 10
    assert max(len(s.alerts) for s in state.strands.values()) == 3
    done = [Action(at(600), "eve", "close", name) for name, i in state.incidents.items() if i.state == "open"]
    state, _ = step(state, [], done, policy=policy)
    state, _ = step(state, [alert(5000, 9 * 86_400, user__name="n")], now=at(9 * 86_400), policy=policy)
    assert len(state.incidents) == len(state.strands) == 1
    assert len(state.index) == len(state.windows) == 1
    assert len(state.seen) <= 113


EVENTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 4000), st.integers(0, 250_000)), st.sampled_from("abcd"),
        st.sampled_from(("low", "medium", "high", "critical")),
        st.sampled_from(("u1", "u2", "u3", None)), st.sampled_from(("h1", "h2", None)),
    ),
    max_size=40,
)  # fmt: skip


def rows_of(alert, events):
    return [
        alert(
            n, s, r, level, **({"user.name": u} if u else {}), **({"host.name": h} if h else {}),
            penstock__category=f"auth.{r}",
        )
        for n, (s, r, level, u, h) in enumerate(events)
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.lists(st.integers(1, 7), min_size=1, max_size=10), st.randoms(use_true_random=False))
@example([(700, "a", "low", "u1", "h1")], [1], random.Random(1))  # in the moment of what is done, and twice
def test_neither_batches_nor_shuffles_nor_restarts_matter(alert, at, events, sizes, random_):
    """However the rows are cut, shuffled within the lateness, doubled, and the state saved between: all is the same."""
    rows = rows_of(alert, events)
    doing = [Action(at(s), "eve", "silence", match=(("rule.id", "a"),), note="x", expires=at(s + 500)) for s in (700,)]
    whole, changes = step(State(), rows, doing, now=at(260_000))
    shuffled = sorted([*rows, *rows[::3]], key=lambda r: (r["@timestamp"], random_.random()))
    slack = [(micro(r) + random_.randrange(60_000_000), n) for n, r in enumerate(shuffled)]
    arrived = [shuffled[n] for _, n in sorted(slack)]
    waiting = list(in_order(arrived, 60_000_000))
    state, replayed = State(), State()
    notices, placed, sizes, acted = [], [], sizes * 100, False
    while waiting or not acted:
        size = sizes.pop()
        part, waiting = waiting[:size], waiting[size:]
        # what an analyst did counts before what happened in the same moment, so it comes with the first of that
        ready = doing if not acted and (not waiting or micro(part[-1]) >= at(700)) else ()
        acted = acted or bool(ready)
        state, some = step(of_json(to_json(state)), part, ready)
        replayed = apply(replayed, some.delta)
        assert replayed == state, "the deltas are the whole truth"
        notices += some.notices
        placed += some.placed
    state, some = step(state, [], now=at(260_000))
    assert [*notices, *some.notices] == list(changes.notices)
    assert placed == list(changes.placed)
    assert dict(state.incidents) == dict(whole.incidents)
    assert dict(state.strands) == dict(whole.strands)
    assert dict(state.lanes) == dict(whole.lanes)
    assert dict(state.timers) == dict(whole.timers)
    assert sum(i.count for i in state.incidents.values()) + sum(p.by is not None for p in placed) == len(rows)


def micro(row) -> int:
    from penstock.schema.instants import read as micros

    return micros(row["@timestamp"])


def test_in_order():
    rows = [{"@timestamp": f"2026-11-23T12:00:{n:02}Z", "alert.id": str(n)} for n in range(60)]
    late = random.Random(3).sample(rows, 60)
    assert list(in_order(late, 60_000_000)) == rows
    with pytest.raises(ValueError, match="isoformat"):
        list(in_order([{}], 1))
