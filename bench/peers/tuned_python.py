# ruff: noqa: E501, C408, PLW2901 - tables of patterns
"""The honest other choice of a team: per-event Python, as fast as plain CPython does it, with our mapping.

`tuned_python.py FILE OUT [CORPUS]`. Compiled `re` chosen by a cheap key (first word, message id), one dict a line,
constants merged from a prebuilt dict, timestamps and repeated values cached, `blake2b` for the id, `orjson` both ways,
output written in large blocks, garbage collection off. No frameworks, no classes.
"""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

Row = dict[str, Any]
loads, dumps = orjson.loads, orjson.dumps
LINE = orjson.OPT_APPEND_NEWLINE
INGESTED = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
YEAR = 2026
MONTHS = {m: f"{i:02d}" for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def base(dataset: str, pack: str, **more: Any) -> Row:
    """What every row of a family has."""
    head = {
        "event.ingested": INGESTED, "event.dataset": dataset, "event.kind": "event", "ecs.version": "8.17.0",
        "penstock.schema.version": "1", "penstock.pack": f"{pack}@1.0.0", "penstock.category": "unknown.uncategorized",
    }  # fmt: skip
    return head | {k.replace("__", "."): v for k, v in more.items()}


_stamps: dict[str, str] = {}


def rfc3164(text: str) -> str:
    """`Nov 17 08:00:01` to RFC 3339, once a distinct text."""
    found = _stamps.get(text)
    if found is None:
        if len(_stamps) > 100_000:
            _stamps.clear()
        day = text[4:6].replace(" ", "0")
        found = _stamps[text] = f"{YEAR}-{MONTHS[text[:3]]}-{day}T{text[7:15]}.000000Z"
    return found


# --- OpenSSH ---------------------------------------------------------------------------------------------------------
FAIL = dict(
    event__category=["authentication"],
    event__type=["start"],
    event__outcome="failure",
    penstock__category="authentication.invalid_credentials",
)
GOOD = dict(
    event__category=["authentication"],
    event__type=["start"],
    event__outcome="success",
    penstock__category="authentication.none",
)
END = dict(event__category=["session"], event__type=["end"], penstock__category="session.none")
NET = dict(event__category=["network"], event__type=["connection", "end"], penstock__category="network.none")
A, P = r"(?P<source__ip>\S+)", r"(?P<source__port>\d+)"
SSH_PATTERNS: list[tuple[str, str, Row]] = [
    ("Failed", rf"Failed (?P<sshd__method>\S+) for (?:invalid user )?(?P<user__name>\S*) from {A} port {P} ssh2", {"event__action": "ssh_login", **FAIL}),
    ("Accepted", rf"Accepted (?P<sshd__method>\S+) for (?P<user__name>\S+) from {A} port {P} ssh2(?:: (?P<sshd__key_type>\S+) (?P<sshd__fingerprint>\S+))?", {"event__action": "ssh_login", **GOOD}),
    ("Invalid", rf"Invalid user (?P<user__name>.*?) from {A} port {P}", {"event__action": "invalid_user", **FAIL}),
    ("pam_unix(sshd:auth):", r"pam_unix\(sshd:auth\): authentication failure; logname=\S* uid=(?P<user__id>\d+) euid=(?P<user__effective__id>\d+) tty=(?P<process__tty>\S*) ruser=\S* rhost=(?P<source__ip>\S*) *(?:user=(?P<user__name>\S+))?", {"event__action": "pam_failure", **FAIL}),
    ("pam_unix(sshd:auth):", r"pam_unix\(sshd:auth\): check pass; user unknown", {"event__action": "check_pass", **FAIL}),
    ("pam_unix(sshd:session):", r"pam_unix\(sshd:session\): session opened for user (?P<user__name>[^(]+)\(uid=(?P<user__id>\d+)\) by \(uid=\d+\)", {"event__action": "session_opened", **GOOD}),
    ("pam_unix(sshd:session):", r"pam_unix\(sshd:session\): session closed for user (?P<user__name>\S+)", {"event__action": "session_closed", **END}),
    ("Received", rf"Received disconnect from {A} port {P}:(?P<event__code>\d+): (?P<event__reason>.*)", {"event__action": "disconnect", **NET}),
    ("Disconnected", rf"Disconnected from (?:authenticating |invalid )?user (?P<user__name>\S*) {A} port {P}(?: \[preauth\])?", {"event__action": "disconnect", **NET}),
    ("Disconnecting", rf"Disconnecting (?:authenticating |invalid )?user (?P<user__name>\S*) {A} port {P}: (?P<event__reason>.*)", {"event__action": "disconnect", **NET}),
    ("Connection", rf"Connection (?:closed|reset) by (?:(?:authenticating|invalid) user (?P<user__name>\S*) )?{A} port {P}(?: \[preauth\])?", {"event__action": "connection_closed", **NET}),
    ("error:", rf"error: maximum authentication attempts exceeded for (?:invalid user )?(?P<user__name>\S*) from {A} port {P} ssh2 \[preauth\]", {"event__action": "max_attempts", **FAIL}),
    ("error:", r"error: kex_exchange_identification: (?P<event__reason>.*)", {"event__action": "kex_error", **NET}),
    ("PAM", r"PAM (?P<sshd__count>\d+) more authentication failures?; logname=\S* uid=\d+ euid=\d+ tty=\S* ruser=\S* rhost=(?P<source__ip>\S+) +user=(?P<user__name>\S+)", {"event__action": "pam_failure", **FAIL}),
    ("Did", rf"Did not receive identification string from {A} port {P}", {"event__action": "no_identification", **NET}),
    ("banner", rf"banner exchange: Connection from {A} port {P}: (?P<event__reason>.*)", {"event__action": "banner", **NET}),
    ("Unable", rf"Unable to negotiate with {A} port {P}: (?P<event__reason>.*)", {"event__action": "negotiation_failed", **NET}),
    ("reverse", r"reverse mapping checking getaddrinfo for (?P<source__domain>\S+) \[(?P<source__ip>[^\]]+)\] failed - POSSIBLE BREAK-IN ATTEMPT!", {"event__action": "reverse_mapping", **NET}),
    ("fatal:", rf"fatal: Timeout before authentication for {A} port {P}", {"event__action": "timeout", **NET}),
    ("Server", r"Server listening on (?P<server__ip>\S+) port (?P<server__port>\d+)\.", {"event__action": "listening", **NET}),
]  # fmt: skip
NUMBERS = frozenset(
    "source.port destination.port source.nat.port destination.nat.port network.bytes source.bytes destination.bytes asa.hits server.port".split()
)
Table = dict[str, list[tuple[Callable[[str], Any], tuple[str, ...], Row, tuple[str, ...], bool]]]


def table(patterns: list[tuple[str, str, Row]], dataset: str, pack: str, **more: Any) -> Table:
    """{key: [(fullmatch, names of the groups, constants, names that are numbers, whether some may be absent)]}."""
    made: Table = {}
    for key, pattern, constants in patterns:
        compiled = re.compile(pattern)
        names = tuple(n.replace("__", ".") for n in compiled.groupindex)
        made.setdefault(key, []).append(
            (
                compiled.fullmatch,
                names,
                base(dataset, pack, **(constants | more)),
                tuple(n for n in names if n in NUMBERS),
                ")?" in pattern,
            )
        )
    return made


SSH = table(SSH_PATTERNS, "openssh_sshd.log", "openssh_sshd", process__name="sshd")
SSH_OTHER = base("openssh_sshd.log", "openssh_sshd", process__name="sshd")


def fill(
    row: Row, names: tuple[str, ...], values: tuple[str | None, ...], numbers: tuple[str, ...], optional: bool
) -> Row:
    """The row with a pattern's groups."""
    if optional:
        row.update([pair for pair in zip(names, values) if pair[1] is not None])  # noqa: B905
        for name in numbers:
            if name in row:
                row[name] = int(row[name])
    else:
        row.update(zip(names, values))  # noqa: B905
        for name in numbers:
            row[name] = int(row[name])
    return row


def openssh(line: str) -> Row:
    """One line of auth.log."""
    host, tag, message = line[16:].split(" ", 2)
    for match, names, constants, numbers, optional in SSH.get(message.split(" ", 1)[0], ()):
        found = match(message)
        if found:
            row = {**constants, "@timestamp": rfc3164(line[:15]), "host.name": host, "process.pid": int(tag[5:-2])}
            return fill(row, names, found.groups(), numbers, optional)
    return {
        **SSH_OTHER,
        "@timestamp": rfc3164(line[:15]),
        "host.name": host,
        "process.pid": int(tag[5:-2]),
        "message": message,
    }


# --- ASA -------------------------------------------------------------------------------------------------------------
def ends(side: str, other: str) -> str:
    """`outside:203.0.113.5/443`, as two ends."""
    return rf"(?P<{side}__if>[^:]+):(?P<{side}__ip>[^/]+)/(?P<{side}__port>\d+){other}"


S, D = ends("source", ""), ends("destination", "")
SN = ends("source", r" \((?P<source__nat__ip>[^/]+)/(?P<source__nat__port>\d+)\)(?:\((?P<u1>[^)]*)\))?")
DN = ends(
    "destination",
    r" \((?P<destination__nat__ip>[^/]+)/(?P<destination__nat__port>\d+)\)(?: ?\((?P<user__name>[^)]*)\))?",
)
OPEN = dict(
    event__category=["network"],
    event__type=["connection", "start"],
    event__outcome="success",
    penstock__category="network.none",
)
SHUT = dict(event__category=["network"], event__type=["connection", "end"], penstock__category="network.none")
DENY = dict(
    event__category=["network"],
    event__type=["connection", "denied"],
    event__outcome="failure",
    penstock__category="network.denied",
)
ADMIN = dict(event__category=["configuration"], event__type=["change"], penstock__category="configuration.none")
U = r"(?P<user__name>\S+)"
ASA_PATTERNS: list[tuple[str, str, Row]] = [
    *[(i, rf"Built (?P<network__direction>\w+) (?P<network__transport>\w+) connection (?P<asa__connection_id>\d+) for {SN} to {DN}", {"event__action": "connection-started", **OPEN}) for i in ("302013", "302015")],
    *[(i, rf"Teardown (?P<network__transport>\w+) connection (?P<asa__connection_id>\d+) for {S} to {D} duration (?P<asa__duration>\S+) bytes (?P<network__bytes>\d+)(?: (?P<event__reason>.*))?", {"event__action": "connection-finished", **SHUT}) for i in ("302014", "302016")],
    *[(i, r"(?:Built (?P<network__direction>\w+)|Teardown) ICMP connection for faddr (?P<source__ip>[^/]+)/(?P<source__port>\d+) gaddr (?P<asa__gaddr>[^/]+)/\d+ laddr (?P<destination__ip>[^/]+)/(?P<destination__port>\d+) type (?P<asa__icmp_type>\d+) code (?P<asa__icmp_code>\d+)", {"event__action": "connection", **OPEN}) for i in ("302020", "302021")],
    *[(i, rf"(?:Built|Teardown) \w+ (?P<network__transport>\w+) translation from {S} to {D}(?: duration (?P<asa__duration>\S+))?", {"event__action": "translation", **OPEN}) for i in ("305011", "305012")],
    ("106023", rf'Deny (?P<network__transport>\w+) src {S} dst {D} by access-group "(?P<asa__acl>[^"]+)" \[(?P<asa__hash>[^\]]+)\]', {"event__action": "deny", **DENY}),
    ("106023", r'Deny (?P<network__transport>\w+) src (?P<source__if>[^:]+):(?P<source__ip>\S+) dst (?P<destination__if>[^:]+):(?P<destination__ip>\S+) \(type (?P<asa__icmp_type>\d+), code (?P<asa__icmp_code>\d+)\) by access-group "(?P<asa__acl>[^"]+)" \[(?P<asa__hash>[^\]]+)\]', {"event__action": "deny", **DENY}),
    ("106100", r"access-list (?P<asa__acl>\S+) (?P<event__action>\w+) (?P<network__transport>\w+) (?P<source__if>[^/]+)/(?P<source__ip>[^(]+)\((?P<source__port>\d+)\) -> (?P<destination__if>[^/]+)/(?P<destination__ip>[^(]+)\((?P<destination__port>\d+)\) hit-cnt (?P<asa__hits>\d+) .*", DENY),
    *[(i, r"(?:Deny|Inbound) .*?from (?P<source__ip>[^/]+)/(?P<source__port>\d+) to (?P<destination__ip>[^/]+)/(?P<destination__port>\d+) (?:flags (?P<asa__flags>.*?)  ?)?on interface (?P<source__if>\S+)", {"event__action": "deny", **DENY}) for i in ("106015", "106001", "106006")],
    ("113019", r"Group = (?P<group__name>[^,]+), Username = (?P<user__name>[^,]+), IP = (?P<source__ip>[^,]+), Session disconnected. Session Type: (?P<asa__session_type>[^,]+), Duration: (?P<asa__duration>[^,]+), Bytes xmt: (?P<destination__bytes>\d+), Bytes rcv: (?P<source__bytes>\d+), Reason: (?P<event__reason>.*)", {"event__action": "vpn-disconnect", **END}),
    ("113004", rf"AAA user authentication Successful : server =  (?P<server__ip>\S+) : user = {U}", {"event__action": "login", **GOOD}),
    *[(i, rf"AAA user authentication Rejected : reason = (?P<event__reason>[^:]+) : (?:server = (?P<server__ip>\S+)|local database) : user = {U} : user IP = {A}", {"event__action": "login", **FAIL}) for i in ("113005", "113015")],
    ("111008", r"User '(?P<user__name>[^']+)' executed the '(?P<process__command_line>.*)' command\.", {"event__action": "command", **ADMIN}),
    ("111010", r"User '(?P<user__name>[^']+)', running '(?P<asa__app>[^']+)' from IP (?P<source__ip>[^,]+), executed '(?P<process__command_line>.*)'", {"event__action": "command", **ADMIN}),
    ("605005", r'Login permitted from (?P<source__ip>[^/]+)/(?P<source__port>\d+) to (?P<destination__if>[^:]+):(?P<destination__ip>[^/]+)/(?P<asa__service>\S+) for user "(?P<user__name>[^"]*)"', {"event__action": "login", **GOOD}),
    ("605004", r'Login denied from (?P<source__ip>[^/]+)/(?P<source__port>\d+) to (?P<destination__if>[^:]+):(?P<destination__ip>[^/]+)/(?P<asa__service>\S+) for user "(?P<user__name>[^"]*)"', {"event__action": "login", **FAIL}),
    ("611101", rf"User authentication succeeded: IP address: (?P<source__ip>[^,]+), Uname: {U}", {"event__action": "login", **GOOD}),
    ("611102", rf"User authentication failed: IP address: (?P<source__ip>[^,]+), Uname: {U}", {"event__action": "login", **FAIL}),
    ("109201", r"UAUTH: Session=(?P<asa__session>[^,]+), User=(?P<user__name>[^,]+), Assigned IP=(?P<source__ip>[^,]+), (?P<event__reason>.*)", {"event__action": "uauth", **GOOD}),
    ("722051", r"Group <(?P<group__name>[^>]+)> User <(?P<user__name>[^>]+)> IP <(?P<source__ip>[^>]+)> IPv4 Address <(?P<asa__ipv4>[^>]+)> IPv6 address <(?P<asa__ipv6>[^>]+)> assigned to session", {"event__action": "vpn-address", **GOOD}),
    *[(i, r"Group <(?P<group__name>[^>]+)> User <(?P<user__name>[^>]+)> IP <(?P<source__ip>[^>]+)> WebVPN session (?:started|terminated: (?P<event__reason>[^.]+))\.", {"event__action": "webvpn", **GOOD}) for i in ("716001", "716002")],
    ("304001", r"(?P<source__ip>\S+) Accessed URL (?P<destination__ip>[^:]+):(?P<url__original>.*)", {"event__action": "url", **OPEN}),
    ("733100", r"\[ (?P<asa__object>[^\]]+)\] drop rate-1 exceeded\. Current burst rate is (?P<asa__burst>\d+) per second, .* Cumulative total count is (?P<asa__count>\d+)", {"event__action": "threat-rate", **DENY}),
    ("110002", r"Failed to locate egress interface for (?P<network__transport>\w+) from (?P<source__if>[^:]+):(?P<source__ip>[^/]+)/(?P<source__port>\d+) to (?P<destination__ip>[^/]+)/(?P<destination__port>\d+)", {"event__action": "no-egress", **DENY}),
]  # fmt: skip
ASA = table(
    ASA_PATTERNS,
    "cisco_asa.log",
    "cisco_asa",
    observer__vendor="Cisco",
    observer__product="ASA",
    observer__type="firewall",
)
ASA_OTHER = base("cisco_asa.log", "cisco_asa")
ASA_HEAD = re.compile(r"<(\d+)>(\w{3} [ \d]\d) (\d{4}) (\d\d:\d\d:\d\d) (\S+) : %ASA-(\d)-(\d{6}): ").match


def asa(line: str) -> Row:
    """One line of an ASA."""
    head = ASA_HEAD(line)
    if head is None:
        return {**ASA_OTHER, "message": line}
    pri, day, year, clock, host, severity, code = head.groups()
    message = line[head.end() :]
    stamp = _stamps.get(day)
    if stamp is None:
        stamp = _stamps[day] = f"-{MONTHS[day[:3]]}-{day[4:].replace(' ', '0')}T"
    when = f"{year}{stamp}{clock}.000000Z"
    for match, names, constants, numbers, optional in ASA.get(code, ()):
        found = match(message)
        if found:
            row = {
                **constants,
                "@timestamp": when,
                "host.name": host,
                "event.code": code,
                "event.severity": int(severity),
                "log.syslog.priority": int(pri),
            }
            fill(row, names, found.groups(), numbers, optional)
            if "network.transport" in row:
                row["network.transport"] = row["network.transport"].lower()
            return row
    return {**ASA_OTHER, "@timestamp": when, "host.name": host, "event.code": code, "message": message}


# --- Apache ----------------------------------------------------------------------------------------------------------
WEB = base(
    "apache_http.access", "apache_http", event__category=["web"], event__type=["access"], penstock__category="web.none"
)
COMBINED = re.compile(
    r'(\S+) (\S+) (\S+) \[([^\]]+)\] "([^"\\]*(?:\\.[^"\\]*)*)" (\d+) (\d+|-) "([^"\\]*(?:\\.[^"\\]*)*)" "([^"\\]*(?:\\.[^"\\]*)*)"'
).fullmatch
_clf: dict[str, str] = {}
_agents: dict[str, str] = {}


def apache(line: str) -> Row:
    """One line of an access log."""
    found = COMBINED(line)
    if found is None:
        return {**WEB, "message": line}
    ip, _, user, stamp, request, status, size, referer, agent = found.groups()
    when = _clf.get(stamp)
    if when is None:
        if len(_clf) > 100_000:
            _clf.clear()
        when = datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC).isoformat(timespec="microseconds")
        when = _clf[stamp] = when.replace("+00:00", "Z")
    row = {
        **WEB,
        "@timestamp": when,
        "source.ip": ip,
        "http.response.status_code": int(status),
        "event.outcome": "failure" if status >= "400" else "success",
    }
    if user != "-":
        row["user.name"] = user
    parts = request.split(" ")
    if len(parts) == 3:
        row["http.request.method"], url, version = parts
        row["url.original"] = url
        row["http.version"] = version[5:]
        path, mark, query = url.partition("?")
        row["url.path"] = path
        if mark:
            row["url.query"] = query
    else:
        row["apache.request"] = request
    if size != "-":
        row["http.response.body.bytes"] = int(size)
    if referer != "-":
        row["http.request.referrer"] = referer
    if agent != "-":
        row["user_agent.original"] = agent
    return row


# --- CEF -------------------------------------------------------------------------------------------------------------
CEF_HEAD = re.compile(
    r"(?:<(\d+)>)?(\w{3} [ \d]\d \d\d:\d\d:\d\d) (\S+) CEF:(\d+)\|" + r"([^|\\]*(?:\\.[^|\\]*)*)\|" * 6
).match
CEF_KEYS = re.compile(r" ([\w.]+)=").split
CEF_BASE = base("arcsight_cef.event", "arcsight_cef", event__category=["network"])
CEF_NAMES = {
    "src": "source.ip", "dst": "destination.ip", "spt": "source.port", "dpt": "destination.port", "suser": "source.user.name", "duser": "destination.user.name",
    "shost": "source.domain", "dhost": "destination.domain", "act": "event.action", "proto": "network.transport", "app": "network.protocol", "in": "source.bytes",
    "out": "destination.bytes", "request": "url.original", "requestMethod": "http.request.method", "requestClientApplication": "user_agent.original",
    "fileHash": "file.hash.md5", "fname": "file.name", "filePath": "file.path", "msg": "message", "reason": "event.reason", "dvchost": "observer.hostname",
    "sourceTranslatedAddress": "source.nat.ip", "smac": "source.mac", "sproc": "process.name", "externalId": "event.id_vendor", "deviceExternalId": "observer.serial_number",
}  # fmt: skip
CEF_NUMBERS = frozenset("spt dpt in out".split())


def cef(line: str) -> Row:
    """One CEF event behind a syslog header."""
    head = CEF_HEAD(line)
    if head is None:
        return {**CEF_BASE, "message": line}
    _, stamp, host, _, vendor, product, version, code, name, severity = head.groups()
    row = {
        **CEF_BASE, "@timestamp": rfc3164(stamp), "host.name": host, "observer.vendor": vendor, "observer.product": product,
        "observer.version": version, "event.code": code, "cef.name": name, "cef.severity": severity,
    }  # fmt: skip
    parts = CEF_KEYS(" " + line[head.end() :])
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        if value:
            if "\\" in value:
                value = value.replace("\\=", "=").replace("\\\\", "\\")
            row[CEF_NAMES.get(key) or "cef." + key] = int(value) if key in CEF_NUMBERS and value.isdigit() else value
    return row


# --- CloudTrail ------------------------------------------------------------------------------------------------------
AWS = base("aws_cloudtrail.log", "aws_cloudtrail", event__category=["iam"], cloud__provider="aws")
AWS_KINDS = {
    "ConsoleLogin": {"event.category": ["authentication"], "event.type": ["start"], "penstock.category": "authentication.none"},
    "AssumeRole": {"event.category": ["authentication"], "event.type": ["start"], "penstock.category": "authentication.none"},
    "CreateUser": {"event.category": ["iam"], "event.type": ["user", "creation"], "penstock.category": "iam.none"},
}  # fmt: skip
AWS_NAMES = {
    "eventSource": "event.provider", "eventName": "event.action", "awsRegion": "cloud.region", "sourceIPAddress": "source.address", "userAgent": "user_agent.original",
    "errorCode": "aws.error_code", "errorMessage": "aws.error_message", "eventID": "aws.event_id", "requestID": "aws.request_id", "readOnly": "aws.read_only", "eventType": "aws.event_type",
    "recipientAccountId": "aws.recipient_account_id", "eventVersion": "aws.event_version", "eventCategory": "aws.event_category", "managementEvent": "aws.management_event",
}  # fmt: skip
AWS_USER = {"type": "aws.user_identity.type", "principalId": "user.id", "arn": "aws.user_identity.arn", "accountId": "cloud.account.id", "accessKeyId": "aws.user_identity.access_key_id",
            "userName": "user.name", "invokedBy": "aws.user_identity.invoked_by"}  # fmt: skip


def cloudtrail(got: Row) -> Row:
    """One CloudTrail record."""
    row = {**AWS, "@timestamp": got["eventTime"][:-1] + ".000000Z", **AWS_KINDS.get(got["eventName"], {})}
    unmapped = None
    for key, value in got.items():
        name = AWS_NAMES.get(key)
        if name:
            row[name] = value
        elif key == "userIdentity":
            for part, text in value.items():
                name = AWS_USER.get(part)
                if name:
                    row[name] = text
                elif part == "sessionContext":
                    issuer = text.get("sessionIssuer")
                    if issuer:
                        row["aws.user_identity.session_issuer.arn"] = issuer.get("arn")
                        row["aws.user_identity.session_issuer.type"] = issuer.get("type")
                        row["aws.user_identity.session_issuer.principal_id"] = issuer.get("principalId")
                        row["aws.user_identity.session_issuer.account_id"] = issuer.get("accountId")
                        row["user.name"] = issuer.get("userName")
                    made = text.get("attributes")
                    if made:
                        row["aws.user_identity.mfa"] = made.get("mfaAuthenticated")
                        row["aws.user_identity.session_created"] = made.get("creationDate")
        elif key == "tlsDetails":
            row["tls.version"] = value.get("tlsVersion")
            row["tls.cipher"] = value.get("cipherSuite")
            row["tls.client.server_name"] = value.get("clientProvidedHostHeader")
        elif value is not None and key != "eventTime":
            if key in ("requestParameters", "responseElements", "additionalEventData", "resources"):
                row["aws." + key] = dumps(value).decode()
            else:
                unmapped = unmapped or {}
                unmapped[key] = value
    ip = row.get("source.address", "")
    if ip[:1].isdigit() or ":" in ip:
        row["source.ip"] = ip
    row["event.outcome"] = "failure" if "errorCode" in got else "success"
    if unmapped:
        row["aws_cloudtrail.unmapped"] = dumps(unmapped).decode()
    return row


# --- Windows ---------------------------------------------------------------------------------------------------------
WIN = base("windows_eventlog.event", "windows_eventlog", host__os__type="windows")
WIN_KINDS = {
    "4624": dict(event__category=["authentication"], event__type=["start"], event__action="logged-in", event__outcome="success", penstock__category="authentication.none"),
    "4625": dict(event__category=["authentication"], event__type=["start"], event__action="logon-failed", event__outcome="failure", penstock__category="authentication.invalid_credentials"),
    "4688": dict(event__category=["process"], event__type=["start"], event__action="created-process", penstock__category="process.none"),
    "4672": dict(event__category=["iam"], event__type=["admin"], event__action="logged-in-special"),
    "5156": dict(event__category=["network"], event__type=["connection"], event__action="connection-permitted"),
    "4663": dict(event__category=["file"], event__type=["access"], event__action="object-access"),
    "1": dict(event__category=["process"], event__type=["start"], event__action="Process Create"),
    "3": dict(event__category=["network"], event__type=["connection", "start"], event__action="Network connection detected"),
    "4104": dict(event__category=["process"], event__type=["info"], event__action="Execute a Remote Command"),
}  # fmt: skip
WIN_CONSTANTS = {k: WIN | {n.replace("__", "."): x for n, x in v.items()} for k, v in WIN_KINDS.items()}
WIN_NAMES = {
    "TargetUserName": "user.name", "TargetDomainName": "user.domain", "TargetUserSid": "user.id", "IpAddress": "source.ip", "IpPort": "source.port", "NewProcessName": "process.executable",
    "CommandLine": "process.command_line", "ParentProcessName": "process.parent.executable", "Image": "process.executable", "ProcessId": "process.pid", "ProcessGuid": "process.entity_id",
    "ParentImage": "process.parent.executable", "ParentCommandLine": "process.parent.command_line", "ParentProcessId": "process.parent.pid", "CurrentDirectory": "process.working_directory",
    "SourceIp": "source.ip", "SourcePort": "source.port", "DestinationIp": "destination.ip", "DestinationPort": "destination.port", "DestinationHostname": "destination.domain",
    "SourceAddress": "source.ip", "DestAddress": "destination.ip", "DestPort": "destination.port", "TargetFilename": "file.path", "ObjectName": "file.path", "TargetObject": "registry.path",
    "Details": "registry.data.strings", "QueryName": "dns.question.name", "ScriptBlockText": "powershell.file.script_block_text", "ScriptBlockId": "powershell.file.script_block_id",
    "ImageLoaded": "dll.path", "WorkstationName": "source.domain", "Application": "process.executable",
}  # fmt: skip
WIN_NUMBERS = frozenset("source.port destination.port process.pid process.parent.pid".split())
NX_SKIP = frozenset(
    "EventTime Hostname EventID Channel SourceName ProviderGuid RecordNumber Message Version Severity SeverityValue LevelValue EventType Keywords TaskValue OpcodeValue "
    "ExecutionProcessID ExecutionThreadID Category Opcode EventReceivedTime SourceModuleName SourceModuleType".split()
)


def number(text: str) -> int | None:
    """Decimal or 0x, else nothing."""
    try:
        return int(text, 0)
    except ValueError:
        return None


def windows(got: Row) -> Row:
    """One event of Winlogbeat or NXLog."""
    winlog = got.get("winlog")
    if winlog is not None:
        code, when = winlog["event_id"], got["@timestamp"]
        row = {**WIN_CONSTANTS.get(code, WIN), "@timestamp": when[:-1] + "000Z", "host.name": winlog["computer_name"], "event.code": code, "winlog.channel": winlog["channel"],
               "event.provider": winlog["provider_name"], "winlog.provider_guid": winlog["provider_guid"], "winlog.record_id": winlog["record_id"], "winlog.task": winlog["task"],
               "winlog.opcode": winlog["opcode"], "winlog.version": winlog["version"], "winlog.process.pid": winlog["process"]["pid"],
               "winlog.process.thread.id": winlog["process"]["thread"]["id"], "message": got["message"], "log.level": got["log"]["level"], "agent.name": got["agent"]["name"],
               "agent.id": got["agent"]["id"], "agent.type": got["agent"]["type"], "agent.version": got["agent"]["version"], "agent.ephemeral_id": got["agent"]["ephemeral_id"]}  # fmt: skip
        if "keywords" in winlog:
            row["winlog.keywords"] = winlog["keywords"]
        data = winlog["event_data"].items()
    else:
        code, when = str(got["EventID"]), got["EventTime"]
        row = {**WIN_CONSTANTS.get(code, WIN), "@timestamp": when[:26] + "Z", "host.name": got["Hostname"], "event.code": code, "winlog.channel": got["Channel"],
               "event.provider": got["SourceName"], "winlog.provider_guid": got["ProviderGuid"], "winlog.record_id": got["RecordNumber"], "winlog.task": got["Category"],
               "winlog.opcode": got["Opcode"], "winlog.version": got["Version"], "winlog.process.pid": got["ExecutionProcessID"], "winlog.process.thread.id": got["ExecutionThreadID"],
               "message": got["Message"], "log.level": got["Severity"], "winlog.keywords": [got["Keywords"]], "nxlog.received": got["EventReceivedTime"],
               "nxlog.module": got["SourceModuleName"], "nxlog.type": got["SourceModuleType"], "nxlog.event_type": got["EventType"]}  # fmt: skip
        data = [(k, v) for k, v in got.items() if k not in NX_SKIP]
    for key, value in data:
        if value in ("-", ""):
            continue
        row["winlog.event_data." + key] = value
        name = WIN_NAMES.get(key)
        if name:
            if name in WIN_NUMBERS:
                value = number(value)
            row[name] = value
    path = row.get("process.executable")
    if path:
        row["process.name"] = path[path.rfind("\\") + 1 :]
    return row


def any_json(line: bytes) -> Row:
    """CloudTrail or Windows."""
    got = loads(line)
    return cloudtrail(got) if "eventSource" in got else windows(got)


def any_text(line: str) -> Row:
    """The text formats, by what stands in the line."""
    if " sshd[" in line[:40]:
        return openssh(line)
    if "%ASA-" in line[:60]:
        return asa(line)
    if "CEF:0|" in line[:80]:
        return cef(line)
    return apache(line)


TAKES: dict[str, Callable[[str], Row]] = {"openssh": openssh, "asa": asa, "apache": apache, "cef": cef}


def main() -> None:
    """`FILE OUT [CORPUS]`."""
    gc.disable()
    source, out, corpus = Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "mixed"
    take = TAKES.get(corpus, any_text)
    stream, position = str(source).encode(), 0
    with (
        source.open("rb") as lines,
        open(1 if out == "-" else out, "wb", buffering=1 << 20, closefd=out != "-") as sink,
    ):
        write = sink.write
        for raw in lines:
            text = raw[:-1].decode()
            row = any_json(raw) if raw[0] == 123 else take(text)
            row["event.original"] = text
            row["event.id"] = blake2b(b"%d" % position + raw, digest_size=16, key=stream[:64]).hexdigest()
            position += len(raw)
            write(dumps(row, None, LINE))


if __name__ == "__main__":
    main()
