"""Rules beside RSigma: the same rules over the same events, and why what fires in one does not fire in the other.

    python bench/beside.py EVENTS.ndjson --rules DIR [--rules DIR] --product windows [--each]
    python bench/beside.py CASES.ndjson --case aws/aws-cloudtrail --rules DIR --product aws --service cloudtrail
    python bench/beside.py auth.log --text --rules DIR --product linux --service auth --service sshd

Three runs: `penstock detect`; RSigma as its manual has it for one product (`--logsource-routing --event-logsource
product=…`); RSigma once more over the events with the names that rules use added (`named`). An alert is (rule, event);
an event is told by its content, so one that comes twice counts twice on both sides. Each difference gets the first
reason that holds, and its rule is printed under it:

log source    RSigma was told the product alone; by Sigma's taxonomy the event is not of the rule's log source
names         both agree once the event has the names that the rule uses
known         written down in `KNOWN`, by rule
UNEXPLAINED   none of these: exit code 1

Nothing here asks Penstock's own maps: log sources and names are those of the specification's appendices. RSigma:
`cargo install --locked rsigma --version 0.23.0`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Event = dict[str, Any]
Alert = tuple[str, str]
"""A rule's id, an event's key."""

SYSMON = "microsoft-windows-sysmon/operational"
POWERSHELL = ("microsoft-windows-powershell/operational", "powershellcore/operational")

CATEGORIES: Mapping[str, tuple[tuple[str, ...], frozenset[int]]] = {
    **{
        name: ((SYSMON,), frozenset(numbers))
        for name, numbers in {
            "process_creation": (1,), "file_change": (2,), "network_connection": (3,), "sysmon_status": (4, 16),
            "process_termination": (5,), "driver_load": (6,), "image_load": (7,), "create_remote_thread": (8,),
            "raw_access_thread": (9,), "process_access": (10,), "file_event": (11,), "registry_event": (12, 13, 14),
            "registry_add": (12,), "registry_delete": (12,), "registry_set": (13,), "registry_rename": (14,),
            "create_stream_hash": (15,), "pipe_created": (17, 18), "wmi_event": (19, 20, 21), "dns_query": (22,),
            "file_delete": (23, 26), "clipboard_capture": (24,), "process_tampering": (25,),
            "file_delete_detected": (26,), "file_block_executable": (27,), "file_block_shredding": (28,),
            "file_executable_detected": (29,), "sysmon_error": (255,),
        }.items()
    },
    "ps_classic_start": (("windows powershell",), frozenset({400})),
    "ps_classic_provider_start": (("windows powershell",), frozenset({600})),
    "ps_classic_script": (("windows powershell",), frozenset({800})),
    "ps_module": (POWERSHELL, frozenset({4103})),
    "ps_script": (POWERSHELL, frozenset({4104})),
}  # fmt: skip
"""Sigma's taxonomy appendix 2.1.0, "Windows Folder", "Category": channels and events."""

SERVICES: Mapping[str, tuple[str, ...]] = {
    "application": ("application",),
    "powershell": POWERSHELL,
    "powershell-classic": ("windows powershell",),
    "security": ("security",),
    "sysmon": (SYSMON,),
    "system": ("system",),
    "taskscheduler": ("microsoft-windows-taskscheduler/operational",),
    "terminalservices-localsessionmanager": ("microsoft-windows-terminalservices-localsessionmanager/operational",),
    "wmi": ("microsoft-windows-wmi-activity/operational",),
}
"""The same, "Service": of the channels that the data has."""

KNOWN: Mapping[str, str] = {
    "96f697b0-b499-4e5d-9908-a67bec11cdb6": (
        "the appendix has Sysmon's event 12 for registry_add and registry_delete alike; which of the two EventType "
        "says, and this event made a key: Penstock asks rules for deletions about deletions alone"
    ),
    "a136ac98-b2bc-4189-a14d-f0d0388e57a7": (
        "the rule looks for a text in requestParameters, which is an object; Penstock looks in its JSON text, RSigma "
        "has no text for an object (matcher/helpers.rs, match_str_value)"
    ),
}
"""Rule -> what else makes the two differ."""


@dataclass(frozen=True)
class LogSources:
    """Which log sources the events are of: a product, and services or categories."""

    product: str
    kinds: frozenset[str]

    def has(self, rule: Mapping[str, Any], event: Event) -> bool:
        """Whether an event is of a rule's log source: all that the rule names is so."""
        source = rule.get("logsource") or {}
        if source.get("product", self.product) != self.product:
            return False
        category, service = source.get("category"), source.get("service")
        if self.product != "windows":
            return {category, service} - {None} <= self.kinds
        channel, number = str(event.get("Channel", "")).lower(), event.get("EventID")
        if service is not None and channel not in SERVICES.get(service, ()):
            return False
        if category == "process_creation" and channel == "security" and number == 4688:
            return True  # "Field Usage": Image is NewProcessName of the audit log
        channels, numbers = CATEGORIES.get(category, ((), frozenset())) if category else ((channel,), {number})
        return channel in channels and number in numbers


def named(event: Event) -> Event:
    """An event and, where they are missing, the names that Sigma's rules have for what it says.

    The rules specification, "Field Usage": names of the audit log's process (1), attributes of <System> linked with an
    underscore (3). A carrier that drops <Data> without names leaves it in the rendered message alone.
    """
    out = dict(event)
    channel = str(event.get("Channel", "")).lower()
    if "SourceName" in event:
        out.setdefault("Provider_Name", event["SourceName"])
    if "Hostname" in event:
        out.setdefault("Computer", event["Hostname"])
    if channel in ("application", "windows powershell") and "Message" in event:
        out.setdefault("Data", event["Message"])
    if channel == "security" and event.get("EventID") == 4688:
        for name, own in (
            ("Image", "NewProcessName"),
            ("ParentImage", "ParentProcessName"),
            ("ParentProcessId", "ProcessId"),
            ("User", "SubjectUserName"),
            ("LogonId", "SubjectLogonId"),
            ("IntegrityLevel", "MandatoryLabel"),
        ):
            if own in event:
                out[name] = event[own]
        if "NewProcessId" in event:
            out["ProcessId"] = event["NewProcessId"]
    if "/providers/Microsoft.aadiam" in str(event.get("resourceId")):
        out |= _entra(event, event.get("properties") or {})
    return out


def _entra(event: Event, inner: Event) -> Event:
    """Entra's records: rules have the names of Log Analytics' tables and of the portal."""
    status = inner.get("status") or {}
    result = str(inner.get("result", event.get("resultType", "")))
    message = inner.get("authenticationProtocol") or inner.get("activityDisplayName")
    return {
        "ResultType": status.get("errorCode", event.get("resultType")),
        "AuthenticationRequirement": inner.get("authenticationRequirement"),
        "Status": {"failed": "failure", "0": "success"}.get(result, result),
        "properties": {**inner, "message": message},
    }


def key(event: Event) -> str:
    """An event's content, whatever the order of its members."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def read_rules(places: Iterable[str]) -> dict[str, dict[str, Any]]:
    """All rules by their id."""
    found: dict[str, dict[str, Any]] = {}
    for place in map(Path, places):
        for path in sorted(place.rglob("*.yml")) if place.is_dir() else [place]:
            for document in yaml.safe_load_all(path.read_bytes()):
                if isinstance(document, dict) and "detection" in document:
                    found[str(document.get("id"))] = document
    return found


def fields_of(node: Any) -> set[str]:
    """Names of fields in a detection."""
    if isinstance(node, dict):
        return {str(n).partition("|")[0] for n in node} | {f for v in node.values() for f in fields_of(v)}
    return {f for v in node for f in fields_of(v)} if isinstance(node, list) else set()


def ours(places: Sequence[str], lines: Sequence[bytes], text: bool) -> Counter[Alert]:
    """Penstock's alerts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        rules = [part for place in places for part in ("--rules", place)]
        command = [sys.executable, "-m", "penstock", "detect", *rules, str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: Counter[Alert] = Counter()
    for row in map(json.loads, done.stdout.splitlines()):
        found[row["rule.id"], key(document(row["event.original"], text))] += 1
    return found


def theirs(places: Sequence[str], events: Mapping[str, Event], counts: Counter[str], product: str) -> Counter[Alert]:
    """RSigma's alerts over these events; each event is evaluated once and counts as often as it came."""
    sent = {key(event): name for name, event in events.items()}
    found: Counter[Alert] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.ndjson"
        path.write_text("".join(json.dumps(e) + "\n" for e in events.values()))
        for place in places:
            command = [
                "rsigma", "engine", "eval", "-r", place, "-e", f"@{path}", "--output-format", "ndjson", "-q",
                "--include-event", "--logsource-routing", "--event-logsource", f"product={product}",
            ]  # fmt: skip
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            for row in map(json.loads, done.stdout.splitlines()):
                name = sent[key(row["event"])]
                found[row["rule_id"], name] += counts[name]
    return found


def document(line: str | bytes, text: bool) -> Event:
    """A record as RSigma gets it."""
    if text:
        return {"message": line.decode() if isinstance(line, bytes) else line}
    found: Event = json.loads(line)
    return found


def records(path: Path, case: str) -> list[bytes]:
    """A file's lines; `case`: it holds golden cases, of which those of one product are meant."""
    lines = path.read_bytes().splitlines()
    if not case:
        return [line for line in lines if line]
    cases = map(json.loads, lines)
    return [c["raw"].encode() for c in cases if c["product"] == case and c["raw"].startswith("{")]


@dataclass
class Comparison:
    """What both found, and the differences by reason: side, reason -> rule -> alerts."""

    rules: Mapping[str, Mapping[str, Any]]
    events: Mapping[str, Event]
    sources: LogSources
    mine: Counter[Alert]
    raw: Counter[Alert]
    mapped: Counter[Alert]
    reasons: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def judge(self) -> None:
        """Find every difference's reason."""
        for alert in sorted(self.mine.keys() | self.raw.keys() | self.mapped.keys()):
            rule, name = alert
            here = alert in self.mine
            there = alert in self.raw
            if here == there and (here or not self._fires_named(alert)):
                continue
            side = "only Penstock" if here else "only RSigma" if there else "only RSigma, with names"
            reason = self._reason(alert, here=here)
            self.reasons[side, reason][rule] += self.mine[alert] or self.raw[alert] or self.mapped[alert]
            self.examples.setdefault((side, reason, rule), name)

    def _fires_named(self, alert: Alert) -> bool:
        rule, name = alert
        return alert in self.mapped and self.sources.has(self.rules[rule], self.events[name])

    def _reason(self, alert: Alert, *, here: bool) -> str:
        rule, name = alert
        event, document_ = self.events[name], self.rules[rule]
        if not here and not self.sources.has(document_, event):
            return "log source"
        if here and not self.sources.has(document_, event):
            return f"known: {KNOWN[rule]}" if rule in KNOWN else "UNEXPLAINED: not of the rule's log source"
        if here == (alert in self.mapped):
            new = {n for n, v in named(event).items() if event.get(n) != v}
            added = {f for f in fields_of(document_["detection"]) if f.partition(".")[0] in new}
            return "names: " + ", ".join(sorted(added))
        return f"known: {KNOWN[rule]}" if rule in KNOWN else "UNEXPLAINED"

    def tell(self, *, each: bool) -> int:
        """Print it; the number of alerts that nothing explains."""
        both = sum(min(n, self.raw[a]) for a, n in self.mine.items())
        print(f"Penstock {sum(self.mine.values()):,} alerts of {len({r for r, _ in self.mine})} rules")
        print(f"RSigma   {sum(self.raw.values()):,} alerts of {len({r for r, _ in self.raw})} rules")
        fit = {a: n for a, n in self.mapped.items() if self._fires_named(a)}
        print(f"         {sum(fit.values()):,} of {len({r for r, _ in fit})} with names, of the rules' log sources")
        print(f"both     {both:,}")
        unexplained = 0
        for (side, reason), of in sorted(self.reasons.items(), key=lambda i: (i[0][0], -sum(i[1].values()))):
            print(f"\n{side}: {sum(of.values()):,} alerts of {len(of)} rules: {reason}")
            unexplained += sum(of.values()) if reason.startswith("UNEXPLAINED") else 0
            for rule, count in of.most_common():
                source = self.rules[rule].get("logsource") or {}
                where = "/".join(str(source.get(k, "*")) for k in ("product", "category", "service"))
                print(f"  {count:6,} {rule} {where:34} {self.rules[rule]['title']}")
                if each or reason.startswith("UNEXPLAINED"):
                    print(f"         {json.dumps(self.events[self.examples[side, reason, rule]])[:1500]}")
        print(f"\n{unexplained:,} unexplained")
        return unexplained


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=Path)
    parser.add_argument("--rules", action="append", required=True)
    parser.add_argument("--product", required=True, help="the product of all events")
    parser.add_argument("--service", action="append", default=[], help="a service or category of the events")
    parser.add_argument("--text", action="store_true", help="lines of text, not JSON")
    parser.add_argument("--case", default="", help="the file holds golden cases: those of this product")
    parser.add_argument("--each", action="store_true", help="an event for each rule")
    options = parser.parse_args()
    lines = records(options.events, options.case)
    counts: Counter[str] = Counter()
    events: dict[str, Event] = {}
    for line in lines:
        event = document(line, options.text)
        events[key(event)] = event
        counts[key(event)] += 1
    compared = Comparison(
        read_rules(options.rules),
        events,
        LogSources(options.product, frozenset(options.service)),
        ours(options.rules, lines, options.text),
        theirs(options.rules, events, counts, options.product),
        theirs(options.rules, {n: named(e) for n, e in events.items()}, counts, options.product),
    )
    compared.judge()
    print(f"{len(lines):,} events, {len(compared.rules):,} rules")
    return 1 if compared.tell(each=options.each) else 0


if __name__ == "__main__":
    sys.exit(main())
