"""kill -9 at random moments of a replayed day: the same alerts and incidents, with the same ids, as without."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from killing import ready, start
from penstock.errors import PenstockError
from penstock.store.query import query
from receivers import Hooks

KILLS = int(os.environ.get("PENSTOCK_KILLS", "4"))
HOSTS = 3
STEP = max(1, 44 // KILLS)
"""Seconds between two lines of a host: the more kills, the more there is to be killed at."""
YAML = """\
rules: [{rules}]
sources:
  logs: {{type: directory, path: logs, poll: 0.05, settle: 1, lateness: 5, batch: {{rows: 300}}}}
notify:
  hook: {{type: webhook, url: "{url}", level: informational}}
incidents: {{window: 120, quiet: 600, burst: 1000}}
"""


def day(folder: Path, chance: random.Random) -> None:
    """A day of three hosts: failures at random, attacks of several kinds among them, each host's file in order."""
    folder.mkdir()
    for host in range(HOSTS):
        lines = []
        for second in range(0, 86_400, STEP):
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            head = f"Nov 23 {clock} web{host}"
            pid = second + 1
            ip = f"198.51.100.{chance.randrange(250)}"
            user = f"u{chance.randrange(40)}"
            kind = chance.random()
            if kind < 0.0004 * STEP:  # a burst from one address, on this host
                guess = f"Failed password for {user} from 203.0.113.{host} port 4022 ssh2"
                lines += [f"{head} sshd[{pid + n}]: {guess}" for n in range(chance.randrange(4, 9))]
            elif kind < 0.0006 * STEP:
                lines.append(f"{head} sudo: www-data : TTY=pts/0 ; PWD=/var/www ; USER=root ; COMMAND=/usr/bin/id")
            elif kind < 0.4:
                lines.append(f"{head} sshd[{pid}]: Failed password for {user} from {ip} port 40222 ssh2")
            else:
                lines.append(f"{head} sshd[{pid}]: Accepted password for {user} from {ip} port 40222 ssh2")
        (folder / f"host{host}.log").write_text("".join(f"{line}\n" for line in lines))


def asked(folder: Path, sql: str) -> list[dict[str, object]]:
    try:
        return query(folder / "penstock-data", sql).to_pylist()
    except PenstockError:  # it is being made
        return []


def outcome(folder: Path, hooks: Hooks) -> dict[str, object]:
    """All alerts, incidents and what was told, without when."""
    alerts = asked(folder, 'SELECT * FROM alerts ORDER BY "alert.id"')
    incidents = asked(
        folder,
        'SELECT "incident.id", "incident.state", "incident.level", "incident.alerts", "incident.risk", '
        '"incident.first_seen", "incident.last_seen", "incident.entities", "alert.ids" FROM incidents '
        'ORDER BY "incident.id"',
    )
    told = sorted(f"{m.get('notice.kind')} {m.get('incident.id')}" for m in map(json.loads, hooks.recorded.values()))
    return {"alerts": alerts, "incidents": incidents, "told": told, "keys": sorted(hooks.recorded)}


def until_still(folder: Path, process: subprocess.Popen[bytes], events: int) -> None:
    """Until all events are stored and alerts come no more."""
    end, before, since = time.monotonic() + 300, -1, time.monotonic()
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "stderr").read_text()
        stored = asked(folder, "SELECT count(*) AS n FROM events")
        found = asked(folder, "SELECT count(*) AS n FROM alerts")
        now = int(str(found[0]["n"])) if found else -1
        if now != before:
            before, since = now, time.monotonic()
        if stored and stored[0]["n"] == events and time.monotonic() - since > 4:
            return
        time.sleep(0.3)
    raise AssertionError((folder / "stderr").read_text())


def replay(folder: Path, root: Path, hooks: Hooks, logs: Path, kills: int, chance: random.Random) -> int:
    """How many of the kills came before all was stored."""
    amid = 0
    folder.mkdir()
    (folder / "logs").symlink_to(logs)
    (folder / "penstock.yaml").write_text(YAML.format(rules=root / "rules", url=hooks.url))
    events = sum(path.read_bytes().count(b"\n") for path in logs.iterdir())
    for n in range(1, kills + 1):
        service = start(folder, root)
        ready(folder, n, service)
        time.sleep(chance.uniform(0, 4 / kills + 0.3))
        service.kill()
        service.wait()
        stored = asked(folder, "SELECT count(*) AS n FROM events")
        amid += not stored or stored[0]["n"] != events
    service = start(folder, root)
    ready(folder, kills + 1, service)
    until_still(folder, service, events)
    time.sleep(1)
    service.terminate()
    assert service.wait(60) == 0, (folder / "stderr").read_text()
    return amid


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_random_moments_of_a_day(tmp_path: Path, root: Path, hooks: Hooks) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    logs = tmp_path / "day"
    day(logs, chance)
    undisturbed = Hooks()
    replay(tmp_path / "calm", root, undisturbed, logs, 0, chance)
    amid = replay(tmp_path / "killed", root, hooks, logs, KILLS, chance)
    wanted, found = outcome(tmp_path / "calm", undisturbed), outcome(tmp_path / "killed", hooks)
    undisturbed.close()
    for name in wanted:
        assert found[name] == wanted[name], name
    assert len(wanted["alerts"]) > 50
    assert len(wanted["incidents"]) > 10
    ids = [a["alert.id"] for a in found["alerts"]]
    assert len(ids) == len(set(ids)), "none is doubled"
    told = f"{len(ids)} alerts, {len(wanted['incidents'])} incidents, {len(wanted['keys'])} messages"
    print(f"{told}, {KILLS} kills, {amid} before all was stored")
