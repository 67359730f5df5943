"""Our rows in OCSF and OSSEM, and the schema's exports."""

from __future__ import annotations

import json

import pytest

from penstock.errors import UsageError
from penstock.schema import export
from penstock.schema.aliases import aliases, resolve, spellings
from penstock.schema.models import ocsf, ocsf_class, ocsf_places, ossem, ossem_names, severity_id
from penstock.schema.registry import ROWS, VERSION, schema

ROW = {
    "@timestamp": "2026-11-23T10:00:01.250000Z",
    "event.kind": "event",
    "event.category": ["process"],
    "event.type": ["start"],
    "event.outcome": "success",
    "event.duration": 2_500_000,
    "process.pid": 3,
    "process.hash.md5": "aa",
    "process.hash.sha256": "bb",
    "host.name": "h1",
    "host.ip": ["192.0.2.1", "192.0.2.2"],
    "acme.zone": "z",
}


def test_every_mapped_field_is_in_the_schema() -> None:
    assert all(place.field in schema() for place in ocsf_places())
    assert all(name in schema() for name in ossem_names())
    assert len(set(ossem_names().values())) == len(ossem_names())
    assert all(field in schema() for field in aliases().values())


def test_a_process_start_in_ocsf() -> None:
    assert ocsf(ROW) == {
        "class_uid": 1007,
        "class_name": "Process Activity",
        "category_uid": 1,
        "activity_id": 1,
        "type_uid": 100701,
        "severity_id": 0,
        "status_id": 1,
        "metadata": {"version": "1.8.0"},
        "time": 1795428001250,
        "duration": 2,
        "device": {"name": "h1", "ip": "192.0.2.1"},
        "process": {
            "pid": 3,
            "file": {"hashes": [{"algorithm_id": 1, "value": "aa"}, {"algorithm_id": 3, "value": "bb"}]},
        },
        "unmapped": {
            "event.kind": "event",
            "event.category": ["process"],
            "event.type": ["start"],
            "host.ip": ["192.0.2.1", "192.0.2.2"],
            "acme.zone": "z",
        },
    }


@pytest.mark.parametrize(
    ("row", "uid", "activity"),
    [
        ({"event.category": ["authentication"], "event.type": ["start"]}, 3002, 1),
        ({"event.category": ["iam"], "event.type": ["user", "creation"]}, 3001, 1),
        ({"event.category": ["network"], "event.type": ["connection", "denied"]}, 4001, 5),
        ({"event.category": ["network"], "dns.question.name": "example.org"}, 4003, 1),
        ({"event.category": ["web"], "http.request.method": "GET"}, 4002, 3),
        ({"event.category": ["api"], "event.type": ["deletion"]}, 6003, 4),
        ({"event.category": ["host"], "penstock.category": "endpoint.log_cleared"}, 1008, 1),
        ({"event.kind": "alert"}, 2004, 1),
        ({"event.category": ["registry"], "event.type": ["change"]}, 201001, 3),
        ({}, 0, 0),
    ],
)
def test_classes(row: dict[str, object], uid: int, activity: int) -> None:
    found = ocsf_class(row)
    assert (found.uid, found.activity) == (uid, activity)


def test_arrays_fill_elements_and_what_has_no_room_stays() -> None:
    row = {"event.kind": "alert", "threat.technique.id": ["T1", "T2"], "threat.technique.name": ["one", "two"]}
    assert ocsf(row)["finding_info"]["attacks"] == [
        {"technique": {"uid": "T1", "name": "one"}},
        {"technique": {"uid": "T2", "name": "two"}},
    ]
    two = ocsf({"event.category": ["web"], "url.full": "https://a/", "url.original": "/"})
    assert two["http_request"]["url"]["url_string"] == "/"
    assert two["unmapped"]["url.full"] == "https://a/"


@pytest.mark.parametrize(("severity", "wanted"), [(None, 0), (0, 1), (19, 1), (20, 2), (60, 4), (100, 5)])
def test_severity(severity: int | None, wanted: int) -> None:
    assert severity_id(severity) == wanted


def test_ossem_renames_and_keeps_the_rest() -> None:
    assert ossem({"source.ip": "192.0.2.1", "acme.zone": "z"}) == {"src_ip_addr": "192.0.2.1", "acme.zone": "z"}


def test_every_form_is_a_json_document() -> None:
    for form in export.AS:
        assert json.loads(json.dumps(export.export(form)))
    with pytest.raises(UsageError):
        export.export("xml")
    with pytest.raises(UsageError):
        export.export("json-schema", row="incident")


@pytest.mark.parametrize("row", ROWS)
def test_json_schema(row: str) -> None:
    found = export.export("json-schema", row)
    assert set(found["required"]) <= set(found["properties"])
    assert found["properties"]["event.category"]["type"] == "array"
    assert "network" in found["properties"]["event.category"]["items"]["enum"]


def test_show_finds_fields_and_codes() -> None:
    assert [r["name"] for r in export.show("source.nat.*")] == ["source.nat.ip", "source.nat.port"]
    assert [r["code"] for r in export.show("unknown_user")] == ["auth.unknown_user"]
    assert export.check() == []
    assert export.diff(VERSION) == export.diff("1.0.0", "1.0.0") == []


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("srcip", "source.ip"),
        ("Source-IP", "source.ip"),
        ("dst_port", "destination.port"),
        ("source.ip", "source.ip"),
        ("http.request.size", "http.request.bytes"),
        ("zz", None),
        ("", None),
        ("---", None),
    ],
)
def test_aliases(name: str, field: str | None) -> None:
    assert resolve(name) == field


@pytest.mark.parametrize("name", ["src_ip", "src-ip", "srcip", "srcIp", "SrcIp", "SrcIP", "SRC_IP", "Src IP", "src ip"])
def test_spellings_of_an_alias(name: str) -> None:
    assert spellings()[name] == "source.ip"


def test_a_name_of_ecs_in_other_spellings() -> None:
    assert {spellings()[name] for name in ("message", "Message", "MESSAGE")} == {"message"}
