"""The desk: durable, carried out once, whatever the moment it is killed."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from penstock.errors import Bug, OutsideError
from penstock.incidents.acting import Action
from penstock.incidents.policy import Policy
from penstock.incidents.state import to_json
from penstock.notify.channel import Wanted
from penstock.notify.outbox import Outbox
from penstock.notify.webhook import Webhook
from penstock.store.query import query
from penstock.triage import desk as desk_module
from penstock.triage.asking import listed, verdicts
from penstock.triage.desk import Desk
from penstock.triage.feeding import feed
from penstock.triage.remembered import remembered

ROOT = Path(__file__).resolve().parents[3]
ALL = Wanted(
    frozenset(("informational", "low", "medium", "high", "critical")), frozenset(("opened", "raised", "summary"))
)


def made(folder: Path) -> Desk:
    return Desk(
        folder / "lake",
        folder / "lake" / "state",
        Policy(),
        [Webhook("hook", ALL, "http://127.0.0.1:1/")],
        durable=False,
    )


def storm(alert, count: int) -> list[dict[str, object]]:
    return [
        alert(
            n, n * 7, f"r{n % 3}", "medium", user__name=f"u{n % 11}", source__ip=f"198.51.100.{n % 50}", source__port=n,
            event__category=["authentication"], penstock__category="auth.credential_mismatch",
        )
        for n in range(count)
    ]  # fmt: skip


def everything(folder: Path) -> dict[str, list[object]]:
    """All that is stored, without what depends on when it was put there."""
    incidents = query(
        folder / "lake", 'SELECT * EXCLUDE ("@timestamp", "event.day") FROM incidents ORDER BY "incident.id"'
    )
    alerts = query(folder / "lake", 'SELECT * FROM alerts ORDER BY "alert.id"')
    with Outbox(folder / "lake" / "state" / "outbox.sqlite") as box:
        keys = sorted(e.message.key for e in box.entries(limit=100_000))
    return {"incidents": incidents.to_pylist(), "alerts": alerts.to_pylist(), "keys": keys}


def test_alerts_are_all_stored_with_what_became_of_them(alert, at, tmp_path):
    with made(tmp_path) as desk:
        silence = Action(at(0), "eve", "silence", match=(("user.name", "u3"),), note="known", expires=at(9999))
        desk.step(storm(alert, 200), [silence])
        before = to_json(desk.state)
        assert desk.step(storm(alert, 200)).repeated == 200
        assert to_json(desk.state) == before
    stored = everything(tmp_path)
    assert len(stored["alerts"]) == 200
    muted = [a for a in stored["alerts"] if a["alert.disposition"] == "silenced"]
    assert len(muted) == 18
    assert {a["alert.silenced.owner"] for a in muted} == {"eve"}
    assert sum(i["incident.alerts"] for i in stored["incidents"]) == 182
    assert stored["alerts"][5]["source.port"] == 5
    assert stored["alerts"][5]["event.category"] == ["authentication"]
    assert to_json(remembered(tmp_path / "lake" / "state")) == before


def test_readers_see_the_newest_version_only(alert, at, tmp_path):
    with made(tmp_path) as desk:
        for row in storm(alert, 20):
            desk.step([row])
        name = next(iter(desk.state.incidents))
        desk.step(actions=[Action(at(5000), "eve", "close", name, "false_positive", "a test")])
        count = len(desk.state.incidents)
    assert len(listed(tmp_path / "lake", state=None)) == count
    closed = listed(tmp_path / "lake", state="closed").to_pylist()
    assert [json.loads(a)["what"] for a in closed[0]["incident.audit"]][-1] == "closed, false_positive"
    rules = verdicts(tmp_path / "lake").to_pylist()
    assert rules[0]["false_positives"] == 1
    assert rules[0]["precision"] == 0
    assert sum(r["alerts"] for r in rules) == 20


def test_snapshots_take_the_place_of_records(alert, tmp_path, monkeypatch):
    monkeypatch.setattr(desk_module, "RECORDS", 5)
    rows = storm(alert, 60)
    for n in range(0, 60, 6):
        with made(tmp_path) as desk:
            desk.step(rows[n : n + 6])
    with made(tmp_path) as desk:
        last = to_json(desk.state)
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as desk:
        desk.step(rows)
        assert json.loads(to_json(desk.state))["incidents"] == json.loads(last)["incidents"]


def test_a_feed_orders_by_time_and_tells_what_is_wrong(alert, tmp_path):
    rows = storm(alert, 300)
    lines = [json.dumps(r) for r in random.Random(1).sample(rows, 300)]
    text = "\n".join([*lines[:100], "rubbish", '{"alert.id": "x"}', "", *lines[100:]]).encode()
    with made(tmp_path) as desk:
        fed = feed(desk, io.BytesIO(text), "a.ndjson")
        assert (fed.rows, fed.fresh, len(fed.wrong)) == (300, 300, 2)
        assert fed.wrong[0] == "a.ndjson:101: no JSON"
        again = feed(desk, io.BytesIO(text), "a.ndjson")
        assert (again.fresh, again.known, again.notices) == (0, 300, 0)
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as desk:
        for n in range(0, 300, 60):
            desk.step(rows[n : n + 60])
    assert everything(tmp_path) == everything(tmp_path / "b")


def test_only_one_desk_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(desk_module, "PATIENCE", 0.1)
    with made(tmp_path), pytest.raises(OutsideError, match="another process"):
        made(tmp_path).__enter__()


@pytest.mark.parametrize("where", ["outbox", "alerts", "incidents"])
def test_what_was_interrupted_is_carried_out_at_the_next_opening(alert, tmp_path, monkeypatch, where):
    rows = storm(alert, 50)
    with made(tmp_path) as desk:
        desk.step(rows[:25])

    def broken(self, *args):
        if where == "outbox" or args[0] == where:
            raise OutsideError("no")
        return store(self, *args)

    store = Desk._store
    with made(tmp_path) as desk, monkeypatch.context() as patch:
        patch.setattr(Desk, "_store" if where != "outbox" else "_carry_out", broken)
        with pytest.raises(OutsideError):
            desk.step(rows[25:])
        with pytest.raises(Bug):
            desk.step(rows)
    with made(tmp_path) as desk:
        assert desk.step(rows).repeated == 50
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as desk:
        desk.step(rows[:25])
        desk.step(rows[25:])
    assert everything(tmp_path) == everything(tmp_path / "b")


FEEDER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import test_desk
from penstock.triage.feeding import feed
from penstock.triage import feeding
feeding.CHUNK = 5
with test_desk.made(Path(sys.argv[1])) as desk, open(sys.argv[2], "rb") as file:
    print("ready", flush=True)
    feed(desk, file, "a")
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_comes_to_the_same(alert, tmp_path):
    """kill -9 at random moments of a feed, begun again each time: nothing lost, nothing doubled, the same ids."""
    rows = storm(alert, 400)
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(r) + "\n" for r in rows))
    chance = random.Random(7)
    kills = 0
    while len(remembered(tmp_path / "lake" / "state").seen) < 400:
        kills += 1
        child = subprocess.Popen(
            [sys.executable, "-c", FEEDER, tmp_path, tmp_path / "a.ndjson", Path(__file__).parent],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
        child.stdout.readline()
        time.sleep(chance.random() * 0.25)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert kills > 3
    with made(tmp_path) as desk, (tmp_path / "a.ndjson").open("rb") as file:
        feed(desk, file, "a")
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as desk:
        for n in range(0, 400, 5):
            desk.step(rows[n : n + 5])
    assert everything(tmp_path) == everything(tmp_path / "b")


def test_two_share_a_desk(alert, at, tmp_path):
    """The service between its steps, and a person: each takes over what the other did, a torn record is no matter."""
    lake, state = tmp_path / "lake", tmp_path / "lake" / "state"
    with Desk(lake, state, Policy(), durable=False, shared=True) as service:
        service.step(storm(alert, 20))
        incident = next(iter(service.state.incidents))
        with made(tmp_path) as person:
            person.step(actions=[Action(at(2000), "eve", "close", incident)])
        service.step(storm(alert, 40)[20:])
        assert service.state.incidents[incident].state == "closed"
        log = next((state / "incidents").glob("*.log"))
        with log.open("ab") as torn:
            torn.write(b"\x40\x00\x00\x00torn")
        service.step(storm(alert, 60)[40:])
        with made(tmp_path) as person:
            assert to_json(person.state) == to_json(service.state)
            for _ in range(70):  # more records than are kept without a snapshot
                person.step(now=at(10_000))
                person.step(storm(alert, 61)[60:])
        service.step(storm(alert, 80)[60:])
    stored = everything(tmp_path)
    assert len(stored["alerts"]) == 80


def test_a_rule_may_raise_so_many_a_minute(alert, at, tmp_path):
    policy = Policy(rates={"r0": 2})
    with Desk(tmp_path / "lake", tmp_path / "lake" / "state", policy, durable=False) as desk:
        desk.step([alert(n, n * 5, "r0", "medium", user__name="u") for n in range(24)])
        desk.step([alert(100, 30, "r1", "medium", user__name="u")])
    stored = everything(tmp_path)["alerts"]
    over = [a for a in stored if a["alert.disposition"] == "overflow"]
    assert len(stored) == 25
    assert len(over) == 20
    assert {a["rule.id"] for a in over} == {"r0"}
    assert over[0]["alert.silenced.reason"] == "the rule allows 2 alerts a minute"
