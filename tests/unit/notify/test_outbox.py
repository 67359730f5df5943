from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from penstock.errors import OutsideError
from penstock.notify.channel import Message, Wanted
from penstock.notify.delivery import Attempts, addressed, deliver, only_deliverer
from penstock.notify.outbox import Outbox
from penstock.notify.webhook import Webhook

ROOT = Path(__file__).resolve().parents[3]


def messages(count):
    return [("hook", Message(f"k{n}", {"n": str(n)})) for n in range(count)]


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_keys_are_known_for_good(tmp_path):
    with Outbox(tmp_path / "o" / "box.sqlite") as box:
        assert box.add(messages(3), 1) == 3
        box.sent("k0", 2)
        assert box.add(messages(4), 3) == 1
    with Outbox(tmp_path / "o" / "box.sqlite") as box:
        assert [e.message.key for e in box.due(9)] == ["k1", "k2", "k3"]
        assert box.counts() == {("hook", "sent"): 1, ("hook", "waiting"): 3}
        assert box.prune(3) == 1
        assert stat.S_IMODE((tmp_path / "o" / "box.sqlite").stat().st_mode) == 0o600


def test_attempts_share_their_key_until_one_is_taken(hooks, everything, tmp_path):
    """Fails, drops the answer after recording, fails, stalls, then takes it: recorded once, under one key."""
    hooks.script = [503, "drop", 500, "stall"]
    clock, counted = Clock(), []
    channel = Webhook("hook", everything, hooks.url, b"key", timeout=0.3)
    with Outbox(tmp_path / "box") as box:
        box.add(messages(1), clock())
        gaps = []
        while (due := box.next_due()) is not None:
            gaps.append(due - clock.now)
            clock.now = max(clock.now, due)
            deliver(box, {"hook": channel}, clock, counted=lambda *a: counted.append(a))
        assert [c[1] for c in counted] == ["postponed"] * 4 + ["sent"]
    assert [h["Idempotency-Key"] for h, _ in hooks.got] == ["k0"] * 5
    assert list(hooks.recorded) == ["k0"]
    assert len({h["X-Penstock-Timestamp"] for h, _ in hooks.got}) > 1, "each attempt is signed for its own time"
    for n, gap in enumerate(gaps[1:]):
        assert 2 ** (n + 1) / 2 <= gap <= 2 ** (n + 1)


def test_tries_end_and_can_begin_anew(hooks, everything, tmp_path):
    hooks.script = [500] * 3 + [404]
    clock = Clock()
    channels = {"hook": Webhook("hook", everything, hooks.url)}
    with Outbox(tmp_path / "box") as box:
        box.add(messages(1), 0)
        for _ in range(3):
            deliver(box, channels, clock, attempts=Attempts(tries=3))
            clock.now += 3600
        assert box.entries("failed")[0].error == "hook: status 500"
        assert box.again(clock()) == 1
        assert deliver(box, channels, clock) == {"sent": 0, "postponed": 0, "failed": 1}
        assert box.again(clock()) == 1
        assert deliver(box, channels, clock)["sent"] == 1
        box.add([("gone", Message("x", {}))], 0)
        assert deliver(box, channels, clock)["failed"] == 1


def test_one_channel_that_is_down_keeps_no_other_waiting(hooks, everything, tmp_path):
    clock = Clock()
    tried = []

    class Down(Webhook):
        def send(self, message, now):
            tried.append(message.key)
            super().send(message, now)

    dead = Down("dead", everything, "http://127.0.0.1:1/")
    with Outbox(tmp_path / "box") as box:
        box.add([("dead", Message(f"d{n}", {})) for n in range(50)], 0)
        box.add(messages(5), 1)
        done = deliver(box, {"dead": dead, "hook": Webhook("hook", everything, hooks.url)}, clock)
        assert done == {"sent": 5, "postponed": 50, "failed": 0}
        assert len(tried) == 1
        assert sum(e.attempts for e in box.entries("waiting")) == 1


def test_who_wants_what(everything):
    pager = Webhook("pager", Wanted(frozenset(("critical",)), frozenset(("opened", "escalation")), 0), "http://p/")
    boss = Webhook("boss", Wanted(frozenset(("critical",)), frozenset(("escalation",)), 2), "http://b/")
    chat = Webhook("chat", everything, "http://c/")
    all_ = (pager, boss, chat)
    assert [c for c, _ in addressed(all_, "k", "high", "opened", 0, {})] == ["chat"]
    assert [c for c, _ in addressed(all_, "k", "critical", "escalation", 1, {})] == ["pager", "chat"]
    assert [m.key for _, m in addressed(all_, "k", "critical", "escalation", 2, {})] == ["k-pager", "k-boss", "k-chat"]


def test_only_one_sends(tmp_path):
    with only_deliverer(tmp_path / "lock") as first, only_deliverer(tmp_path / "lock") as second:
        assert (first, second) == (True, False)


def test_an_outbox_that_is_none(tmp_path):
    (tmp_path / "box").write_bytes(b"rubbish" * 1000)
    with pytest.raises(OutsideError, match="outbox"):
        Outbox(tmp_path / "box")


SENDER = """
import sys, time
from pathlib import Path
from penstock.notify.channel import Wanted
from penstock.notify.delivery import deliver
from penstock.notify.outbox import Outbox
from penstock.notify.webhook import Webhook
w = Wanted(frozenset(), frozenset())
with Outbox(Path(sys.argv[1])) as box:
    print("ready", flush=True)
    deliver(box, {"hook": Webhook("hook", w, sys.argv[2])}, time.time)
"""


def test_killed_at_any_moment_nothing_is_lost(hooks, tmp_path):
    """kill -9 again and again: in the end every message was recorded, once by its key."""
    with Outbox(tmp_path / "box") as box:
        box.add(messages(300), time.time())
    for n in range(200):
        child = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(tmp_path / "box"), hooks.url],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        child.stdout.readline()
        time.sleep(0.02 + n % 7 * 0.03)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with Outbox(tmp_path / "box") as box:
            if not box.due(time.time() + 1e6):
                break
    assert n > 1
    assert len(hooks.recorded) == 300
    assert len(hooks.got) <= 300 + n + 1, "at most one message a kill is sent again"
