"""`penstock parse` and `penstock pack`, as a user calls them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import polars as pl
import pytest

LINES = b"".join(
    b"Nov 23 10:00:%02d web1 sshd[%d]: Failed password for root from 203.0.113.7 port %d ssh2\n"
    % (i % 60, i, 40000 + i)
    for i in range(300)
)
MIXED = LINES + b"gibberish\n" + b'{"a":\n' + b"\xff\xfe\xfd\n" + b"<34>1 2026-11-23T10:00:00Z h a - - - hello\n"
CLOCK = ("--reference-time", "2026-11-23T12:00:00Z")


def rows(raw: bytes) -> list[dict[str, object]]:
    return [{k: v for k, v in json.loads(line).items() if k != "event.ingested"} for line in raw.splitlines()]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mixed.log"
    path.write_bytes(MIXED)
    return path


def test_one_record_gives_one_event_or_one_reject(penstock, log, tmp_path):
    done = penstock("parse", log, "--rejects", tmp_path / "rejects.ndjson", *CLOCK)
    assert done.returncode == 0
    refused = rows((tmp_path / "rejects.ndjson").read_bytes())
    found = rows(done.stdout)
    assert len(found) + len(refused) == MIXED.count(b"\n")
    assert [r["error.category"] for r in refused].count("ENCODING_ERROR") == 1
    assert found[7]["user.name"] == "root"
    assert found[7]["@timestamp"] == "2026-11-23T10:00:07.000000Z"
    assert "rejects" in done.stderr.decode()


def test_the_same_whatever_the_way_it_comes(penstock, log, tmp_path):
    """File or stdin, one batch or many, one thread or two, packed or not: the same rows with the same ids."""
    wanted = rows(penstock("parse", log, *CLOCK).stdout)
    packed = tmp_path / "mixed.log.gz"
    packed.write_bytes(gzip.compress(MIXED))
    for way in (
        penstock("parse", *CLOCK, stdin=MIXED),
        penstock("parse", "-", *CLOCK, "--batch-bytes", "700", "--threads", "1", stdin=MIXED),
        penstock("parse", log, *CLOCK, "--batch-bytes", "5000", "--threads", "2"),
        penstock("parse", packed, *CLOCK),
    ):
        assert rows(way.stdout) == wanted
    assert len({r["event.id"] for r in wanted}) == len(wanted)


def test_inputs_differ_in_their_ids(penstock, log):
    found = rows(penstock("parse", log, log, *CLOCK).stdout)
    assert len({r["event.id"] for r in found}) == len(found)


def test_parquet(penstock, log, tmp_path):
    done = penstock("parse", log, "--format", "parquet", "--out", tmp_path / "out", *CLOCK)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    folders = {p.name for p in (tmp_path / "out").iterdir()}
    assert any("sshd" in f or "linux" in f for f in folders)
    total = sum(pl.scan_parquet(p).collect().height for p in (tmp_path / "out").rglob("*.parquet"))
    assert total == len(rows(penstock("parse", log, *CLOCK).stdout))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("parse", "--format", "parquet"), 2, "--format parquet needs --out DIR"),
        (("parse", "/nowhere/at/all"), 3, "/nowhere/at/all"),
        (("parse", "--pack", "no_such"), 2, "no pack 'no_such'"),
        (("parse", "--reference-time", "noon"), 2, "'noon' is no time"),
        (("parse", "--rejects", "/nowhere/r"), 3, "cannot write /nowhere/r"),
        (("fly",), 2, "invalid choice"),
        ((), 2, "required"),
    ],
)
def test_what_goes_wrong_is_said_shortly(penstock, arguments, code, said):
    done = penstock(*arguments)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert done.stdout == b""


def test_empty_input(penstock):
    done = penstock("parse")
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_reader_that_goes_away_is_no_failure(root, log):
    command = f"{sys.executable} -m penstock.cli.main parse {log} {log} | head -c 10"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


class TestPack:
    def test_list(self, penstock):
        said = penstock("pack", "list").stdout.decode()
        assert "generic_syslog@" in said

    def test_lint_names_file_and_line(self, penstock, tmp_path):
        folder = tmp_path / "packs" / "acme_gateway"
        folder.mkdir(parents=True)
        (folder / "pack.yaml").write_text(
            "pack: acme_gateway\nversion: 1\ntitle: T\ndatasets:\n  - name: log\n    fly: 1\n"
        )
        done = penstock("pack", "lint", "--packs", tmp_path / "packs", "acme_gateway")
        assert done.returncode == 1
        assert "acme_gateway/pack.yaml:6: a dataset has no 'fly'" in done.stdout.decode()
        assert penstock("parse", "--packs", tmp_path / "packs").returncode == 2

    def test_explain(self, penstock):
        line = "<38>Nov 23 10:00:01 web1 sshd[12]: Failed password for root from 203.0.113.7 port 40222 ssh2"
        said = penstock("pack", "explain", line).stdout.decode()
        for part in (
            "priority 38",
            "app              sshd",
            "payload: text",
            "taken by: linux_auth@",
            '"user.name": "root"',
        ):
            assert part in said

    def test_explain_says_why_not(self, penstock):
        assert "UNKNOWN_FORMAT" in penstock("pack", "explain", "gibberish").stdout.decode()
        assert "ENCODING_ERROR" in penstock("pack", "explain", "-", stdin=b"\xff\n").stdout.decode()

    def test_explain_of_an_unknown_pack(self, penstock):
        assert penstock("pack", "explain", "--pack", "no_such", "x").returncode == 2
