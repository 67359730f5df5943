"""`penstock run`: a real process over real files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

WATCH = "sources:\n  auth: {type: file, path: auth.log}\nconsole: {listen: '127.0.0.1:0'}\n"


def texts(raw: bytes) -> list[str]:
    return sorted(raw.decode().splitlines())


def test_what_is_written_is_stored_once_over_restarts(serve, numbered, stored, tmp_path: Path):
    log, lake = tmp_path / "auth.log", tmp_path / "penstock-data"
    log.write_bytes(numbered(0, 300) + b"rubbish\n\n")
    first = serve(WATCH)
    first.until(lambda: first.metric("penstock_records_total") == 302)
    assert first.get("/healthz") == (200, "ok\n")
    assert first.get("/readyz") == (200, "ready\n")
    assert first.metric("penstock_rejects_total") == 1
    assert first.metric("penstock_filtered_total") == 1
    assert first.metric("penstock_accounting_difference") == 0
    assert 'penstock_categories_total{category="auth.credential_mismatch"} 300' in first.get("/metrics")[1]
    assert first.metric("penstock_stage_seconds_count") >= 4
    with log.open("ab") as out:
        out.write(numbered(300, 50))
    first.until(lambda: first.metric("penstock_events_total") == 350)
    assert first.stop() == 0
    with log.open("ab") as out:
        out.write(numbered(350, 50))
    second = serve()
    second.until(lambda: second.metric("penstock_events_total") == 50)
    assert second.stop(signal.SIGINT) == 0
    assert stored(lake) == sorted([*texts(numbered(0, 400)), "rubbish"])


def test_what_was_read_is_drained_at_sigterm(serve, numbered, stored, tmp_path: Path):
    """Nothing of a batch that was begun is lost, and what was not begun is read at the next start."""
    (tmp_path / "auth.log").write_bytes(numbered(0, 20_000))
    text = WATCH.replace("path: auth.log", "path: auth.log, batch: {rows: 500}")
    first = serve(text)
    first.until(lambda: first.metric("penstock_records_total") > 0)
    assert first.stop() == 0
    second = serve()
    second.until(lambda: len(stored(tmp_path / "penstock-data")) >= 20_000)
    assert second.stop() == 0
    assert stored(tmp_path / "penstock-data") == texts(numbered(0, 20_000))


def test_standard_input_ends_the_service_and_each_start_is_a_delivery(serve, numbered, stored, tmp_path: Path):
    for n in (1, 2):
        given, feed = os.pipe()
        running = serve("sources:\n  in: {type: stdin}\n", stdin=given)
        os.close(given)
        os.write(feed, numbered(0, 10))
        os.close(feed)
        assert running.process.wait(60) == 0
        assert stored(tmp_path / "penstock-data") == sorted(texts(numbered(0, 10)) * n)


def test_ndjson_too_once_and_only_once(serve, numbered, tmp_path: Path):
    """The file is cut to what was noted, and rows that come again are left out."""
    log = tmp_path / "auth.log"
    log.write_bytes(numbered(0, 100))
    first = serve(WATCH + "sinks: {out: {type: ndjson, path: out.ndjson}}\n")
    first.until(lambda: first.metric("penstock_events_total") == 100)
    first.process.kill()
    first.process.wait()
    with (tmp_path / "out.ndjson").open("ab") as out:
        out.write(b'{"torn')
    shutil.rmtree(tmp_path / "penstock-data" / "state" / "ledger")  # everything is read again
    with log.open("ab") as more:
        more.write(numbered(100, 20))
    second = serve()
    second.until(lambda: second.metric("penstock_events_total") == 120)
    assert second.stop() == 0
    rows = [json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().splitlines()]
    assert [row["event.original"] for row in rows] == numbered(0, 120).decode().splitlines()


def test_reload_takes_sound_content_and_refuses_the_rest(serve, numbered, stored, tmp_path: Path):
    (tmp_path / "auth.log").write_bytes(numbered(0, 5))
    running = serve(WATCH)
    running.until(lambda: running.metric("penstock_records_total") == 5)

    (tmp_path / "penstock.yaml").write_text("sources: {auth: {type: fil}}\n")
    running.process.send_signal(signal.SIGHUP)
    running.until_said("reload refused")
    assert "penstock.yaml:1: sources.auth has a `type` that does not exist" in running.said()

    (tmp_path / "more.log").write_bytes(numbered(5, 5))
    more = WATCH.replace("console", "  more: {type: file, path: more.log}\nconsole")
    (tmp_path / "penstock.yaml").write_text(more)
    running.process.send_signal(signal.SIGHUP)
    running.until_said("reloaded: draining")
    running.until(lambda: running.metric("penstock_records_total") == 10)

    pack = tmp_path / "packs" / "acme_box"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text(
        "pack: acme_box\nversion: 1.0.0\ntitle: Box\ndatasets:\n  - name: log\n    format: text\n"
        "    recognise: [{program: [acmebox]}]\n    category: system.none\n    patterns:\n"
        "      - {name: all, line: '{message}'}\n"
    )
    (tmp_path / "penstock.yaml").write_text(more + "packs: [packs]\n")
    running.process.send_signal(signal.SIGHUP)
    running.until_said("packs are taken")
    with (tmp_path / "more.log").open("ab") as out:
        out.write(b"Nov 23 10:00:01 host acmebox[1]: opened\n")
    running.until(lambda: 'dataset="acme_box.log"' in running.get("/metrics")[1])
    assert running.metric("penstock_reloads_total") == 3
    assert running.stop() == 0
    assert len(stored(tmp_path / "penstock-data")) == 11


def test_the_token_is_wanted_and_never_shown(serve, tmp_path: Path):
    (tmp_path / "auth.log").touch()
    running = serve(WATCH.replace("0'", "0', token: '${TOKEN}'"), TOKEN="hunter2")
    assert running.get("/metrics")[0] == 401
    assert running.get("/metrics", "hunter3")[0] == 401
    assert running.get("/healthz")[0] == 200
    status, text = running.get("/metrics", "hunter2")
    assert status == 200
    assert running.stop() == 0
    assert "hunter2" not in running.said() + text


def test_a_port_in_use_is_told_of(serve, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "auth.log").touch()
        running = serve(WATCH.replace(":0", f":{port}"), ready=False)
        assert running.process.wait(60) == 3
        assert f"127.0.0.1:{port}: Address already in use" in running.said()


def test_a_second_service_on_the_same_state_is_refused(serve, tmp_path: Path):
    (tmp_path / "auth.log").touch()
    first = serve(WATCH)
    second = subprocess.run(
        [sys.executable, "-m", "penstock.cli.main", "run"], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=60, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )  # fmt: skip
    assert second.returncode == 3
    assert "another `penstock run`" in second.stderr
    assert first.stop() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read penstock.yaml"),
        ("sources:\n  a: {type: directory, path: nowhere}\n", "penstock.yaml:2: sources.a.path is no folder"),
        ("sources:\n  a: {type: stdin, pack: nope}\n", "names no pack there is"),
        ("colour: red\n", "penstock.yaml:1: colour is no setting here"),
    ],
)
def test_wrong_configurations_end_with_2(penstock, tmp_path: Path, text: str | None, said: str):
    if text is not None:
        (tmp_path / "penstock.yaml").write_text(text)
    done = penstock("run")
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_lake_that_cannot_be_written_ends_with_3(penstock, tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "penstock.yaml").write_text("lake: file/lake\nsources: {a: {type: stdin}}\n")
    done = penstock("run")
    assert done.returncode == 3
    assert b"file/lake" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_line_is_stored_within_a_second(serve, numbered, tmp_path: Path):
    """Default batching, one line at a time: from written to committed."""
    log = tmp_path / "auth.log"
    log.write_bytes(numbered(0, 1))
    running = serve(WATCH)
    running.until(lambda: running.metric("penstock_records_total") == 1)
    commits = tmp_path / "penstock-data" / "events" / "_delta_log"
    waited = []
    for n in range(1, 11):
        before = len(list(commits.glob("*.json")))
        began = time.monotonic()
        with log.open("ab") as out:
            out.write(numbered(n, 1))
        while len(list(commits.glob("*.json"))) == before:
            assert time.monotonic() < began + 20
            time.sleep(0.005)
        waited.append(time.monotonic() - began)
    assert running.stop() == 0
    assert sorted(waited)[len(waited) // 2] < 1, waited
