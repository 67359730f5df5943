"""`penstock query`, `check`, `schema`, `doctor`, `parse` to Parquet and its rejects, `penstock.parse`, the demo."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import penstock as package
from penstock.errors import UsageError

SSH = b"Nov 23 10:00:%02d web1 sshd[%d]: Failed password for root from 203.0.113.7 port 40222 ssh2\n"
LINES = b"".join(SSH % (n, n + 1) for n in range(20))


@pytest.fixture
def lake(penstock, tmp_path: Path) -> Path:
    """Twenty events and a reject in the default place."""
    (tmp_path / "a.log").write_bytes(LINES + b"rubbish\n")
    (tmp_path / "penstock.yaml").write_text("sources: {a: {type: file, path: a.log, once: true}}\n")
    done = penstock("run")
    assert done.returncode == 0, done.stderr
    return tmp_path / "penstock-data"


def test_query_in_every_format(penstock, lake: Path, tmp_path: Path):
    sql = 'SELECT "process.pid" AS p, "@timestamp" AS t, "nothing.there" FROM events ORDER BY 1'
    assert penstock("query", sql).returncode == 2
    sql = sql.replace("nothing.there", "event.dataset")
    found = [json.loads(line) for line in penstock("query", sql).stdout.splitlines()]
    assert [r["p"] for r in found] == list(range(1, 21))
    assert found[0]["t"].endswith("T10:00:00.000000Z")
    assert len(penstock("query", sql, "--limit", "3").stdout.splitlines()) == 3
    listed = list(csv.reader(io.StringIO(penstock("query", sql, "--format", "csv", "--limit", "2").stdout.decode())))
    assert (listed[0], len(listed)) == (["p", "t", "event.dataset"], 3)
    (tmp_path / "x.parquet").write_bytes(penstock("query", sql, "--format", "parquet", "--limit", "7").stdout)
    assert pl.read_parquet(tmp_path / "x.parquet")["p"].to_list() == list(range(1, 8))
    table = penstock("query", sql, "--format", "table").stdout.decode().splitlines()
    assert len(table) == 22
    assert table[0].split() == ["p", "t", "event.dataset"]
    odd = penstock("query", "SELECT 1 AS a, 2 AS a, sum(3) AS s, NULL AS n, [1, 2] AS l, date '2026-01-02' AS d")
    assert json.loads(odd.stdout) == {"a": 1, "a_2": 2, "s": 3, "l": [1, 2], "d": "2026-01-02"}
    assert penstock("query", "SELECT 1", "--lake", lake).returncode == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [("DELETE FROM events", "only read"), ("SELEC", "syntax"), ("SELECT * FROM read_csv('/etc/passwd')", "")],
)
def test_queries_that_are_refused(penstock, lake: Path, sql: str, said: str):
    done = penstock("query", sql)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_check_finds_everything_at_once(penstock, tmp_path: Path):
    sound = penstock("check")
    assert sound.returncode == 0, sound.stdout
    folder = tmp_path / "packs" / "acme_box"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        "pack: acme_box\nversion: 1.0.0\ntitle: B\ndatasets:\n  - name: log\n    colour: red\n"
    )
    (tmp_path / "penstock.yaml").write_text(
        "packs: [packs]\nsources:\n  a: {type: directory, path: nowhere}\n  b: {type: stdin}\n"
    )
    done = penstock("check")
    assert done.returncode == 2
    text = done.stdout.decode()
    assert "penstock.yaml:3: sources.a.path is no folder" in text
    assert "pack.yaml:6" in text
    (folder / "pack.yaml").write_text(
        "pack: acme_box\nversion: 1.0.0\ntitle: B\ndatasets:\n  - name: log\n    format: json\n"
        "    recognise: [{keys: [acme]}]\n    keys:\n      - keep: true\n        fields: {'a b': []}\n"
    )
    done = penstock("check", "--packs", "packs")
    assert done.returncode == 2
    assert b"acme_box.a b" in done.stdout
    (folder / "pack.yaml").unlink()
    (tmp_path / "penstock.yaml").write_text("sources:\n  a: {type: stdin, pack: nope}\n")
    assert b"penstock.yaml:2: sources.a.pack names no pack there is" in penstock("check").stdout
    assert json.loads(penstock("check", "--json-schema").stdout)["properties"]["sources"]


def test_schema(penstock):
    assert b"source.ip" in penstock("schema", "show", "source.*").stdout
    assert json.loads(penstock("schema", "show", "source.ip", "--json").stdout.splitlines()[-1])["type"] == "ip"
    assert b"auth.credential_mismatch" in penstock("schema", "show", "auth.*").stdout
    assert penstock("schema", "show", "no.such.thing").returncode == 1
    assert penstock("schema", "check").returncode == 0
    assert penstock("schema", "diff", "1.0.0").returncode == 0
    assert penstock("schema", "diff", "0.0.0").returncode == 2
    for form in ("ocsf", "ossem", "ecs", "json-schema"):
        assert json.loads(penstock("schema", "export", "--as", form).stdout)


def test_doctor(penstock, lake: Path, tmp_path: Path):
    done = penstock("doctor")
    assert done.returncode == 0, done.stdout
    text = done.stdout.decode()
    assert "events 20 rows in 1 files, rejects 1 rows" in text
    assert all(line[:5] in {"ok   ", "warn "} for line in text.splitlines())
    (lake / "events" / "_delta_log" / "00000000000000000000.json").write_text("broken")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "penstock.yaml").write_text(
            "packs: [nowhere]\nsources: {a: {type: stdin}}\n"
            f"console: {{listen: '127.0.0.1:{taken.getsockname()[1]}'}}\n"
        )
        done = penstock("doctor")
    assert done.returncode == 1
    failed = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("FAIL")]
    assert failed == ["config", "lake"]
    assert b"Address already in use" in done.stdout


def test_parquet_of_one_schema_a_dataset(penstock, tmp_path: Path):
    """Whatever the batches held, all files of a dataset can be read together; nothing is mixed with what was there."""
    other = b"Nov 23 10:00:01 web1 sshd[1]: Server listening on 0.0.0.0 port 22.\n" * 50
    done = penstock("parse", "--format", "parquet", "--out", "out", "--batch-bytes", "2000", stdin=LINES + other)
    assert done.returncode == 0, done.stderr
    folders = sorted((tmp_path / "out").iterdir())
    assert sum(len(pl.read_parquet(f / "*.parquet")) for f in folders) == 70
    assert not list((tmp_path / "out").rglob("*.unfinished"))
    again = penstock("parse", "--format", "parquet", "--out", "out", stdin=LINES)
    assert again.returncode == 2
    assert b"has Parquet files already" in again.stderr


def test_rejects_of_parse_are_ndjson(penstock, tmp_path: Path):
    done = penstock(
        "parse", "--rejects", "r", "--reference-time", "2026-11-23T12:00:00Z", stdin=LINES + b"rubbish\n\xc3\x28\n"
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "r").read_bytes().splitlines()]
    assert [r["error.category"] for r in rows] == ["UNKNOWN_FORMAT", "ENCODING_ERROR"]
    assert rows[0]["event.ingested"] == "2026-11-23T12:00:00.000000Z"
    assert rows[1]["error.original_base64"] == "wyg="
    assert all(value is not None for row in rows for value in row.values())


def test_rejects_need_no_arrow(root: Path):
    """`penstock parse` starts fast: Arrow is a third of a second."""
    say = "import sys, penstock.formats.rejected; print('pyarrow' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(root / "src")}
    assert subprocess.check_output([sys.executable, "-c", say], env=env) == b"False\n"


def test_python(tmp_path: Path):
    """Text, bytes, a path and records give the same frames."""
    (tmp_path / "a.log").write_bytes(LINES + b"rubbish\n")
    when = "2026-11-23T12:00:00Z"
    found = package.parse(LINES + b"rubbish\n", reference_time=when)
    assert list(found)[-1] == "rejects"
    assert found["rejects"]["error.category"].to_list() == ["UNKNOWN_FORMAT"]
    events = next(iter(found.values()))
    assert events["process.pid"].to_list() == list(range(1, 21))
    assert events.columns[0] == "@timestamp"
    for other in (
        (LINES + b"rubbish\n").decode(),
        tmp_path / "a.log",
        [*LINES.decode().splitlines(), "rubbish"],
        iter([*LINES.splitlines(), b"rubbish"]),
    ):
        same = package.parse(other, reference_time=when)
        assert same.keys() == found.keys()
        for name, frame in found.items():
            assert frame.drop("penstock.source", strict=False).equals(same[name].drop("penstock.source", strict=False))
    assert list(package.parse("")) == ["rejects"]
    with pytest.raises(UsageError, match="no pack 'nope'"):
        package.parse("", pack="nope")


def test_demo(root: Path, tmp_path: Path):
    """It ends, and finds events of every pack that has samples."""
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli.demo", "--once", "--out", str(tmp_path)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(root / "src")}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    packs = {p.parents[1].name for p in (root / "packs").glob("*/samples/*.log")}
    packs -= {"penstock_events"}  # its rows come back as events of the packs they name
    assert all(f"{pack}." in done.stdout for pack in packs)
    assert "UNKNOWN_FORMAT" in done.stdout
    assert "penstock query" in done.stdout
    assert not done.stderr.count("Traceback")
