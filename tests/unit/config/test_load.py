"""`penstock.yaml`: every problem at once with its line and a hint, references, secrets that nothing shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.config.load import Loaded, load, missing_places
from penstock.config.model import LakeSettings, NdjsonSettings, address, minutes
from penstock.config.options import OPTIONS, json_schema
from penstock.errors import ContentError, UsageError

SMALL = "sources:\n  a: {type: stdin}\n"


@pytest.fixture
def read(tmp_path: Path):
    def reading(text: str, **environment: str) -> Loaded:
        (tmp_path / "penstock.yaml").write_text(text)
        return load(tmp_path / "penstock.yaml", environment)

    return reading


def problems(read, text: str, **environment: str) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as found:
        read(text, **environment)
    return [(p.line, f"{p.message} ({p.hint})") for p in found.value.problems]


def test_the_smallest_has_defaults(read, tmp_path: Path):
    loaded = read(SMALL)
    assert loaded.lake == tmp_path / "penstock-data"
    assert loaded.state == tmp_path / "penstock-data" / "state"
    assert loaded.settings.sinks == {"lake": LakeSettings(type="lake")}
    assert loaded.settings.console is None, "no port unless it is named"


def test_places_are_relative_to_the_file(read, tmp_path: Path):
    loaded = read(SMALL + "lake: data\nstate: /var/x\npacks: [mine]\n")
    assert (loaded.lake, loaded.state, loaded.packs) == (tmp_path / "data", Path("/var/x"), [tmp_path / "mine"])


def test_the_lake_is_always_a_sink(read):
    loaded = read(SMALL + "sinks: {out: {type: ndjson, path: x}}\n")
    assert loaded.settings.sinks["lake"] == LakeSettings(type="lake")
    assert loaded.settings.sinks["out"] == NdjsonSettings(type="ndjson", path="x")
    assert read(SMALL + "sinks:\n  lake:\n").settings.sinks["lake"] == LakeSettings(type="lake")
    assert list(read(SMALL + "sinks: {deep: {type: lake}}\n").settings.sinks) == ["deep"]


def test_every_problem_at_once_with_its_line(read):
    text = """\
threads: many
sources:
  a: {type: file, pth: x}
  b: {type: directory, path: x, batch: {bytess: 3}}
  c: {type: fil}
  "bad name": {type: stdin}
  d: {type: file, path: x, zone: Europe/Berlin}
  e: {type: file}
sinks:
  n: {path: x}
colour: red
console: {listen: nowhere}
"""
    found = problems(read, text)
    lines = [line for line, _ in found]
    assert lines == sorted(lines) == [1, 3, 4, 5, 6, 7, 8, 10, 11, 12]
    told = dict(found)
    assert "did you mean path?" in told[3]
    assert "did you mean bytes?" in told[4]
    assert "one of file, directory, stdin" in told[5]
    assert "+02:00" in told[7]
    assert "one of the two" in told[8]
    assert "one of lake, ndjson" in told[10]
    assert "sources" in told[11]
    assert "127.0.0.1:8686" in told[12]


@pytest.mark.parametrize("text", ["", "sources: {}\n", "sources:\n", "[]\n", "a\n", "sources: [1]\n", "sources: 3\n"])
def test_no_sources_is_a_problem(read, text: str):
    assert problems(read, text)


def test_not_yaml_has_its_line(read):
    assert problems(read, "a: 1\nb: [\n")[0][0] >= 2


def test_a_missing_file_is_a_usage_error(tmp_path: Path):
    with pytest.raises(UsageError, match=r"penstock\.yaml"):
        load(tmp_path / "penstock.yaml")


def test_references(read, tmp_path: Path):
    (tmp_path / "token").write_text("s3cret\n")
    text = SMALL + "lake: ${ROOT}/lake-${N:-1}\nthreads: ${T}\nstate: $${T}\nconsole: {token: 'file:token'}\n"
    loaded = read(text, ROOT="/srv", T="3")
    assert (loaded.settings.lake, loaded.settings.threads, loaded.settings.state) == ("/srv/lake-1", 3, "${T}")
    assert loaded.settings.console is not None
    assert loaded.settings.console.token is not None
    assert loaded.settings.console.token.reveal() == "s3cret"


def test_unresolved_references_are_problems_and_only_they(read):
    found = problems(read, SMALL + "threads: ${NOPE}\nlake: file:/not/there\n")
    assert [line for line, _ in found] == [3, 4]
    assert "the environment has no NOPE" in found[0][1]
    assert "cannot read /not/there" in found[1][1]


@pytest.mark.parametrize(
    "setting", ["threads", "queue", "reference_time", "colour", "lake", "packs", "sinks", "console"]
)
def test_a_secret_is_in_no_message(read, setting: str):
    """Wherever it ends up, what a reference stood for is not shown."""
    for value in (
        "${SECRET}",
        "{token: '${SECRET}', listen: '${SECRET}'}",
        "['${SECRET}']",
        "{x: {type: '${SECRET}'}}",
    ):
        try:
            loaded = read(SMALL + f"{setting}: {value}\n", SECRET="hunter2 \x01")
        except ContentError as error:
            assert "hunter2" not in str(error) + repr(error)  # noqa: PT017
        else:
            assert setting in {"lake", "packs"}
            assert "hunter2" not in "".join(map(str, missing_places(loaded)))


def test_a_token_prints_as_stars(read):
    loaded = read(SMALL + "console: {token: '${SECRET}'}\n", SECRET="hunter2")
    assert "hunter2" not in f"{loaded.settings!r}{loaded.settings}{loaded.settings.model_dump()}"
    assert "hunter2" not in loaded.settings.model_dump_json()
    assert "***" in repr(loaded.settings)


def test_missing_places(read, tmp_path: Path):
    (tmp_path / "logs").mkdir()
    loaded = read(
        "packs: [nowhere]\nsources:\n  a: {type: directory, path: none}\n  b: {type: file, path: no/x.log}\n"
        "  c: {type: file, path: logs}\n  d: {type: file, paths: [logs/later.log, '*/x.log']}\n"
    )
    assert [p.line for p in missing_places(loaded)] == [1, 3, 4, 5]


@pytest.mark.parametrize(("zone", "east"), [("UTC", 0), ("Z", 0), ("+02:00", 120), ("-05:30", -330), ("+1000", 600)])
def test_zones(zone: str, east: int):
    assert minutes(zone) == east


def test_a_zone_that_yaml_takes_for_a_number(read):
    loaded = read("sources:\n  a: {type: stdin, zone: +10:00}\n  b: {type: file, path: x, zone: -09:30}\n")
    assert [s.zone for s in loaded.settings.sources.values()] == ["+10:00", "-09:30"]


@pytest.mark.parametrize("wrong", ["", "8686", "host:", "host:70000", "a b:1", "http://x:1"])
def test_wrong_addresses(wrong: str):
    with pytest.raises(ValueError, match="HOST:PORT"):
        address(wrong)


def test_addresses():
    assert address("[::1]:80") == ("::1", 80)
    assert address("localhost:0") == ("localhost", 0)


def test_the_json_schema_says_what_each_setting_means():
    schema = json_schema()
    assert set(schema["properties"]) == {
        "lake", "state", "packs", "context", "sources", "sinks", "console", "threads", "queue", "reference_time",
        "incidents", "notify", "rules", "placeholders", "correlation",
    }  # fmt: skip
    json.dumps(schema)
    assert all(OPTIONS.values()), "a setting without a description"
    assert {"type": "string"}.items() <= schema["properties"]["threads"]["anyOf"][1].items(), (
        "a reference may stand there"
    )
