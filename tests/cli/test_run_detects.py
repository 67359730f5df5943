"""`penstock run` with rules: alerts, correlations, incidents, whom it tells, reloads, and people who act meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from penstock.errors import PenstockError
from penstock.store.query import query

ROOT = Path(__file__).resolve().parents[2]
SUDO = "Nov 23 12:{minute:02d}:00 web1 sudo: www-data : TTY=pts/0 ; PWD=/var/www ; USER=root ; COMMAND=/usr/bin/id\n"
FAILED = "Nov 23 12:{minute:02d}:{second:02d} web1 sshd[{pid}]: Failed password for root from {ip} port 40222 ssh2\n"
YAML = """\
rules: [{rules}]
sources:
  auth: {{type: file, path: auth.log, lateness: 1}}
console: {{listen: '127.0.0.1:0'}}
notify:
  hook: {{type: webhook, url: "{url}", level: low}}
"""


def brute_force(minute: int, ip: str, count: int = 6) -> str:
    return "".join(FAILED.format(minute=minute, second=n * 5, pid=100 + n, ip=ip) for n in range(count))


def alerts(folder: Path) -> list[dict[str, object]]:
    try:
        return query(folder / "penstock-data", 'SELECT * FROM alerts ORDER BY "alert.id"').to_pylist()
    except PenstockError:  # it is being made
        return []


def act(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "penstock.cli.main", "incidents", *arguments], cwd=folder, capture_output=True,
        text=True, timeout=100, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


def replayed(folder: Path, *more: str, span: tuple[str, str] = ("2020-01-01", "2030-01-01")) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli.main", "replay", "--from", span[0], "--to", span[1], *more], cwd=folder,
        capture_output=True, text=True, timeout=200, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_events_to_alerts_to_incidents_to_somebody(serve, hooks, tmp_path: Path):
    hooks.script = [503, 503]
    log = tmp_path / "auth.log"
    log.write_text(SUDO.format(minute=0) + brute_force(5, "203.0.113.7"))
    running = serve(YAML.format(rules=ROOT / "rules", url=hooks.url))
    running.until(lambda: len(alerts(tmp_path)) >= 2)
    found = {a["rule.name"]: a for a in alerts(tmp_path)}
    assert set(found) == {"Sudo Used by a Service Account", "Brute Force from One Address"}
    assert found["Sudo Used by a Service Account"]["event.original"] == SUDO.format(minute=0).strip()
    forced = found["Brute Force from One Address"]
    assert (forced["alert.type"], forced["alert.count"], forced["source.ip"]) == ("correlation", 5, "203.0.113.7")
    running.until(lambda: len(hooks.recorded) >= 2)
    keys = [headers["Idempotency-Key"] for headers, _ in hooks.got]
    assert sorted(keys) == sorted([*hooks.recorded, *keys[:2]]), "those refused came once more, under the same key"
    assert running.metric("penstock_rule_matches_total") >= 7
    assert running.metric("penstock_alerts_total") == len(alerts(tmp_path))
    assert running.metric("penstock_correlation_alerts_total") == 1

    listed = json.loads("[" + ",".join(act(tmp_path, "list", "--format", "ndjson").stdout.splitlines()) + "]")
    done = act(tmp_path, "close", str(listed[0]["incident.id"]), "--by", "eve")
    assert done.returncode == 0, done.stderr
    with log.open("a") as out:
        out.write(brute_force(30, "203.0.113.9"))
    running.until(lambda: len(alerts(tmp_path)) >= 3)
    assert running.stop() == 0
    with log.open("a") as out:
        out.write(brute_force(40, "203.0.113.9", 4))
    again = serve()
    again.until(lambda: again.metric("penstock_records_total") == 4)
    with log.open("a") as out:
        out.write(FAILED.format(minute=40, second=40, pid=1, ip="203.0.113.9"))
    again.until(lambda: len(alerts(tmp_path)) >= 4)
    newest = max(alerts(tmp_path), key=lambda a: str(a["@timestamp"]))
    assert newest["alert.count"] == 5, "the four before the restart count"
    assert again.stop() == 0

    wanted = {str(a["alert.id"]): a for a in alerts(tmp_path)}
    for more in ([], ["--reparse"]):
        found = {str(a["alert.id"]): a for a in replayed(tmp_path, *more)}
        assert set(found) == set(wanted)
        for name, one in found.items():
            assert one.get("event.original") == wanted[name]["event.original"]
            assert one["alert.count"] == wanted[name]["alert.count"]
            assert one.get("source.ip") == wanted[name].get("source.ip")
    assert not replayed(tmp_path, span=("2026-11-23T12:00:01Z", "2026-11-23T12:05:00Z"))


def test_rules_are_reloaded_and_broken_ones_refused(serve, hooks, tmp_path: Path):
    rules = tmp_path / "rules"
    rules.mkdir()
    log = tmp_path / "auth.log"
    log.write_text(SUDO.format(minute=0))
    rule = rules / "sudo.yml"
    text = (ROOT / "rules" / "linux" / "sudo_by_service_account.yml").read_text()
    rule.write_text(text.replace("www-data", "somebody"))
    running = serve(YAML.format(rules="rules", url=hooks.url))
    running.until(lambda: running.metric("penstock_records_total") == 1)

    rule.write_text("title: [\n")
    running.process.send_signal(signal.SIGHUP)
    running.until_said("reload refused")
    assert "sudo.yml:" in running.said()

    rule.write_text(text + "penstock: {max_alerts_per_minute: 2}\n")
    running.process.send_signal(signal.SIGHUP)
    running.until_said("reloaded: draining")
    running.until(lambda: running.said().count("ready: ") == 2)
    with log.open("a") as out:
        out.write(SUDO.format(minute=1) * 5 + SUDO.format(minute=2))
    running.until(lambda: len(alerts(tmp_path)) == 6)
    how = sorted(str(a["alert.disposition"]) for a in alerts(tmp_path))
    assert how == ["opened", "overflow", "overflow", "overflow", "repeated", "repeated"]
    assert running.stop() == 0
