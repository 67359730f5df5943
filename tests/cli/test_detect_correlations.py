"""`penstock detect` with correlations: from lines to alerts of windows, whatever the order and the size of batches."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.cli.main import main

Detect = Callable[..., list[dict[str, object]]]

BASE = """
title: Sign-in failed
name: failed
id: 0b0f6f0e-0000-4000-8000-000000000001
logsource: {product: ecs}
detection: {selection: {penstock.category: auth.credential_mismatch}, condition: selection}
level: informational
---
title: Web request
name: request
id: 0b0f6f0e-0000-4000-8000-000000000002
logsource: {product: ecs}
detection: {selection: {http.request.method: GET}, condition: selection}
---
"""


def correlation(kind: str, condition: str, *, rules: str = "failed", by: str = "source.ip", more: str = "") -> str:
    return f"""
title: Too many
id: 0b0f6f0e-0000-4000-8000-000000000003
level: high
tags: [attack.credential-access, attack.t1110.001]
correlation:
  type: {kind}
  rules: [{rules}]
  group-by: [{by}]
  timespan: 1m
  condition: {condition}
{more}
"""


def failed(second: int, ip: str = "203.0.113.7", user: str = "root") -> str:
    return f"<38>Nov 23 10:00:{second:02} web1 sshd[12]: Failed password for {user} from {ip} port 40222 ssh2"


def asked_for(second: int, ip: str, size: int) -> str:
    return f'{ip} - - [23/Nov/2026:10:00:{second:02} +0000] "GET /x HTTP/1.1" 200 {size} "-" "curl/8"'


@pytest.fixture
def detect(tmp_path: Path) -> Detect:
    def call(rules: str, lines: list[str], *options: str) -> list[dict[str, object]]:
        (tmp_path / "r.yml").write_text(BASE + rules)
        (tmp_path / "in.log").write_text("\n".join(lines) + "\n")
        out = tmp_path / "alerts.ndjson"
        arguments = ["--rules", str(tmp_path / "r.yml"), str(tmp_path / "in.log"), "--alerts", str(out)]
        assert main(["detect", *arguments, "--reference-time", "2026-11-23T12:00:00Z", *options]) == 0
        return [json.loads(line) for line in out.read_text().splitlines()]

    return call


def test_a_window_that_is_full_raises_one_alert_and_its_events_none(detect: Detect):
    [alert] = detect(correlation("event_count", "{gte: 5}"), [failed(s) for s in range(6)])
    assert alert["alert.type"] == "correlation"
    assert alert["source.ip"] == "203.0.113.7"
    assert alert["alert.count"] == alert["alert.value"] == 5
    assert len(set(alert["alert.event_ids"])) == 5  # type: ignore[arg-type]
    assert (alert["alert.first_seen"], alert["alert.last_seen"], alert["@timestamp"]) == (
        "2026-11-23T10:00:00.000000Z",
        "2026-11-23T10:00:04.000000Z",
        "2026-11-23T10:00:04.000000Z",
    )
    assert alert["threat.technique.id"] == ["T1110.001"]
    assert alert["rule.level"] == "high"


def test_one_less_raises_none(detect: Detect):
    assert detect(correlation("event_count", "{gte: 5}"), [failed(s) for s in range(4)]) == []


def test_generate_shows_what_it_refers_to(detect: Detect):
    rule = correlation("event_count", "{gte: 5}", more="  generate: true")
    kinds = [alert["alert.type"] for alert in detect(rule, [failed(s) for s in range(5)])]
    assert sorted(kinds) == ["correlation"] + ["detection"] * 5  # type: ignore[type-var]


def test_distinct_values_are_counted_over_the_group(detect: Detect):
    rule = correlation("value_count", "{gte: 3, field: source.ip}", by="user.name")
    same = [failed(s, "203.0.113.7") for s in range(9)]
    other = [failed(20 + i, f"203.0.113.{i}", "eve") for i in range(3)]
    [alert] = detect(rule, same + other)
    assert (alert["user.name"], alert["alert.value"]) == ("eve", 3)


def test_numbers_are_summed_up(detect: Detect):
    rule = correlation("value_sum", "{gt: 1000, field: http.response.body.bytes}", rules="request")
    lines = [asked_for(1, "192.0.2.1", 600), asked_for(2, "192.0.2.2", 900), asked_for(3, "192.0.2.1", 500)]
    [alert] = detect(rule, lines)
    assert (alert["source.ip"], alert["alert.value"]) == ("192.0.2.1", 1100)


def test_rules_of_several_products_follow_each_other(detect: Detect):
    rule = correlation("temporal_ordered", "", rules="failed, request").replace("  condition: \n", "")
    lines = [asked_for(1, "192.0.2.1", 9), failed(2, "192.0.2.1"), failed(3, "192.0.2.2"), asked_for(4, "192.0.2.2", 9)]
    [alert] = detect(rule, lines)
    assert alert["source.ip"] == "192.0.2.2"


def test_the_order_of_lines_and_the_size_of_batches_change_nothing(detect: Detect):
    rule = correlation("event_count", "{gte: 5}")
    chance = random.Random(7)
    lines = [failed(s, f"203.0.113.{chance.randrange(4)}") for s in range(60)]
    wanted = detect(rule, lines)
    assert wanted
    mixed = chance.sample(lines, len(lines))

    def told(alerts: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return [(a["source.ip"], a["@timestamp"], a["alert.count"], a["alert.first_seen"]) for a in alerts]

    assert told(detect(rule, mixed)) == told(wanted)
    assert detect(rule, lines, "--threads", "2") == wanted


def test_what_a_filter_silences_counts_for_no_window(detect: Detect):
    rule = (
        correlation("event_count", "{gte: 5}")
        + """
---
title: The scanner is ours
id: 0b0f6f0e-0000-4000-8000-000000000004
logsource: {product: ecs}
filter:
  rules: [0b0f6f0e-0000-4000-8000-000000000001]
  selection: {source.ip: 203.0.113.7}
  condition: not selection
"""
    )
    assert detect(rule, [failed(s) for s in range(6)]) == []
    assert len(detect(rule, [failed(s, "203.0.113.8") for s in range(6)])) == 1


def test_a_correlation_that_refers_to_nothing_is_refused_and_the_others_work(
    detect: Detect, capfd: pytest.CaptureFixture[str]
):
    rule = (
        correlation("event_count", "{gte: 5}")
        + "---\n"
        + correlation("event_count", "{gte: 5}", rules="nobody").replace("000003", "000009")
    )
    assert len(detect(rule, [failed(s) for s in range(5)])) == 1
    assert "nobody" in capfd.readouterr().err
