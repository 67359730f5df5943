"""`penstock incidents`, as a person uses it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(number, rule="r1", level="high", **fields):
    at = (NOON + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "alert.id": f"{number:032x}", "@timestamp": at, "rule.id": rule, "rule.name": f"Rule {rule}",
        "rule.level": level, **fields,
    }  # fmt: skip


def ndjson(*rows):
    return "".join(json.dumps(r) + "\n" for r in rows).encode()


def lines(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


ROWS = ndjson(
    row(1, **{"user.name": "ann"}),
    row(2, **{"user.name": "ann"}),
    row(3, "r2", "critical", **{"host.name": "db"}),
)


@pytest.fixture
def receiver():
    """Fails first, then takes everything; what it got by key."""
    got, fails = {}, [503]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if fails:
                self.send_response(fails.pop())
            else:
                got[self.headers["Idempotency-Key"]] = json.loads(body)
                self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, got
    server.shutdown()
    server.server_close()


def test_from_alerts_to_a_verdict(penstock):
    done = penstock("incidents", "feed", "-", stdin=ROWS)
    assert done.returncode == 0, done.stderr
    assert b"3 new" in done.stderr
    assert (
        b"0 new (0 muted), 3 known; 0 incidents opened, 0 notifications"
        in penstock("incidents", "feed", stdin=ROWS).stderr
    )
    first, second = lines(penstock("incidents", "list"))
    assert (first["incident.level"], second["incident.alerts"]) == ("critical", 2)
    name = second["incident.id"]
    assert penstock("incidents", "assign", name[:8], "--to", "eve", "--by", "bob").stdout.decode().strip() == name
    assert penstock("incidents", "merge", name, first["incident.id"], "--note", "one story").returncode == 0
    fresh = penstock("incidents", "split", name, "host.name=db").stdout.decode().strip()
    assert {r["incident.id"] for r in lines(penstock("incidents", "list"))} == {name, fresh}
    assert penstock("incidents", "close", name, "--verdict", "false_positive", "--note", "a test").returncode == 0
    assert penstock("incidents", "verdict", fresh, "true_positive").returncode == 0
    assert penstock("incidents", "comment", fresh, "--note", "hm").returncode == 0
    assert penstock("incidents", "reopen", name).returncode == 0
    shown = penstock("incidents", "show", name, "--format", "table").stdout.decode()
    for word in ("assigned to eve", "bob", "one story", "false_positive", "reopened", "Rule r1"):
        assert word in shown
    rules = {r["rule.id"]: r for r in lines(penstock("incidents", "rules"))}
    assert (rules["r1"]["false_positives"], rules["r2"]["true_positives"]) == (1, 1)
    assert lines(penstock("query", 'SELECT count(*) AS n FROM alerts WHERE "incident.id" IS NOT NULL')) == [{"n": 3}]


def test_silences(penstock):
    said = penstock(
        "incidents", "silence", "user.name=a*", "--for", "1h", "--from", "2026-11-23T12:00:00Z", "--note", "drill"
    )
    assert said.returncode == 2, "no lake yet"
    penstock("incidents", "feed", stdin=b"")
    later = ["--from", "2026-11-23T12:00:00Z", "--at", "2026-11-23T12:00:00Z"]
    assert penstock("incidents", "silence", "user.name=a*", "--for", "1h", *later).returncode == 2, "no reason"
    key = (
        penstock("incidents", "silence", "user.name=a*", "--for", "1h", "--note", "drill", *later)
        .stdout.decode()
        .strip()
    )
    penstock("incidents", "feed", stdin=ROWS)
    (silence,) = lines(penstock("incidents", "silences"))
    assert (silence["id"], silence["alerts"], silence["reason"]) == (key, 2, "drill")
    assert len(lines(penstock("incidents", "list"))) == 1
    asked = 'SELECT "alert.silenced.by" AS s FROM alerts WHERE "alert.disposition" = \'silenced\''
    assert lines(penstock("query", asked)) == [{"s": key}] * 2
    assert penstock("incidents", "unsilence", key).returncode == 0


def test_wrong_use_is_told(penstock):
    done = penstock("incidents", "feed", stdin=b"rubbish\n" + ROWS)
    assert done.returncode == 1
    assert b"-:1: no JSON" in done.stderr
    for wrong in (
        ("show", "ffff"),
        ("close", "ffff"),
        ("silence", "x", "--for", "1h"),
        ("silence", "a=b", "--for", "x"),
    ):
        done = penstock("incidents", *wrong)
        assert done.returncode == 2, wrong
        assert b"Traceback" not in done.stderr
    assert penstock("incidents", "feed", "nowhere.ndjson").returncode == 3


def test_notifications_are_sent_once(penstock, receiver, tmp_path):
    port, got = receiver
    (tmp_path / "penstock.yaml").write_text(
        "sources: {in: {type: stdin}}\n"
        "incidents: {sla: {critical: [900, 1800]}}\n"
        "notify:\n"
        "  chat: {type: webhook, url: '${HOOK}', secret: '${KEY}', level: medium, timeout: 5}\n"
    )
    env = {"HOOK": f"http://127.0.0.1:{port}/s3cr3t", "KEY": "k3y"}
    assert penstock("incidents", "feed", stdin=ROWS, **env).returncode == 0
    done = penstock("incidents", "deliver", "--wait", "30", "--now", "2026-11-23T12:20:00Z", **env)
    assert done.returncode == 0, done.stderr
    assert sorted(m["what"] for m in got.values()) == ["escalation", "opened", "opened"]
    assert penstock("incidents", "deliver", "--now", "2026-11-23T12:20:00Z", **env).returncode == 0
    assert len(got) == 3
    box = lines(penstock("incidents", "outbox", **env))
    assert {m["state"] for m in box} == {"sent"}
    stored = b"".join(p.read_bytes() for p in (tmp_path / "penstock-data").rglob("*") if p.is_file())
    assert b"k3y" not in stored
    assert b"s3cr3t" not in stored + done.stderr
