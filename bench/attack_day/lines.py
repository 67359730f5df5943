"""Records as products write them, one function a record; times are microseconds UTC.

Texts after OpenSSH's auth.c and Linux-PAM, Cisco's "Secure Firewall ASA Series Syslog Messages", Apache's combined format
(nginx writes the same), CloudTrail's record contents, Microsoft's auditing reference in Winlogbeat's JSON and in the
event log's XML, Okta's system log, and ECS for what has no pack.
"""

from __future__ import annotations

import time
from functools import lru_cache

import orjson

Planted = tuple[int, str]
"""When, and the record."""

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)


@lru_cache(maxsize=1 << 12)
def _text(second: int, form: str) -> str:
    return time.strftime(form, time.gmtime(second))


def iso(at: int) -> str:
    """`2026-11-17T08:00:00.123456Z`."""
    return f"{_text(at // 1_000_000, '%Y-%m-%dT%H:%M:%S')}.{at % 1_000_000:06d}Z"


def sshd(at: int, host: str, pid: int, text: str) -> Planted:
    """A line of sshd, as in /var/log/auth.log."""
    return at, f"{_text(at // 1_000_000, '%b %e %H:%M:%S')} {host} sshd[{pid}]: {text}"


def asa(at: int, severity: int, code: int, text: str, firewall: str = "fw1") -> Planted:
    """A message of an ASA with `logging timestamp` and its name."""
    when = _text(at // 1_000_000, "%b %e %Y %H:%M:%S")
    return at, f"<{160 + severity}>{when} {firewall} : %ASA-{severity}-{code}: {text}"


def web(
    at: int, client: str, request: str, status: int = 200, size: int = 5120, agent: str = BROWSER, user: str = "-"
) -> Planted:
    """A line of an access log in the combined format. request: `GET /`."""
    when = _text(at // 1_000_000, "[%d/%b/%Y:%H:%M:%S +0000]")
    return at, f'{client} - {user} {when} "{request} HTTP/1.1" {status} {size} "-" "{agent}"'


def ecs(at: int, **fields: object) -> Planted:
    """A record with ECS's own names, dots written as two underscores."""
    row = {"@timestamp": iso(at), **{name.replace("__", "."): value for name, value in fields.items()}}
    return at, orjson.dumps(row).decode()


def console_login(at: int, client: str, user: str, *, success: bool, tag: str) -> Planted:
    """CloudTrail's record of a sign-in to the console."""
    record = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDA" + tag[:17].upper(), "accountId": "111122223333",
                         "accessKeyId": "", "userName": user},
        "eventTime": _text(at // 1_000_000, "%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": client,
        "userAgent": BROWSER,
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success" if success else "Failure"},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"},
        "eventID": f"{tag[:8]}-{tag[8:12]}-{tag[12:16]}-{tag[16:20]}-{tag[20:32]}",
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }  # fmt: skip
    if not success:
        record["errorMessage"] = "Failed authentication"
    return at, orjson.dumps(record).decode()


def api_call(at: int, client: str, user: str, source: str, name: str, tag: str, error: str = "") -> Planted:
    """CloudTrail's record of a call."""
    record: dict[str, object] = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDA" + tag[:17].upper(), "accountId": "111122223333",
                         "arn": f"arn:aws:iam::111122223333:user/{user}", "accessKeyId": "AKIA" + tag[4:20].upper(),
                         "userName": user},
        "eventTime": _text(at // 1_000_000, "%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": client,
        "userAgent": "aws-cli/2.17.40 md/awscrt#0.21.2 ua/2.0 os/linux#6.1 lang/python#3.11.9",
        "requestParameters": None,
        "responseElements": None,
        "requestID": f"{tag[4:12]}-{tag[12:16]}-{tag[:4]}-{tag[16:20]}-{tag[20:32]}",
        "eventID": f"{tag[:8]}-{tag[8:12]}-{tag[12:16]}-{tag[16:20]}-{tag[20:32]}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }  # fmt: skip
    if error:
        record["errorCode"], record["errorMessage"] = error, "Rate exceeded"
    return at, orjson.dumps(record).decode()


def okta(at: int, user: str, client: str, kind: str, said: str, result: str, reason: str | None = None) -> Planted:
    """A record of Okta's system log."""
    tag = f"{at:016x}"
    record = {
        "actor": {"id": "00u" + tag, "type": "User", "alternateId": user, "displayName": user.split("@", maxsplit=1)[0]},
        "client": {"userAgent": {"rawUserAgent": BROWSER, "os": "Windows 10", "browser": "CHROME"}, "zone": "null",
                   "device": "Computer", "ipAddress": client},
        "displayMessage": said,
        "eventType": kind,
        "outcome": {"result": result, "reason": reason},
        "published": iso(at)[:-4] + "Z",
        "severity": "INFO" if result == "SUCCESS" else "WARN",
        "debugContext": {"debugData": {"factor": "OKTA_VERIFY_PUSH"}},
        "transaction": {"type": "WEB", "id": tag},
        "uuid": f"{tag[:8]}-{tag[8:12]}-11f0-{tag[12:16]}-0242ac120002",
        "version": "0",
        "request": {"ipChain": [{"ip": client, "version": "V4"}]},
        "target": [],
    }  # fmt: skip
    return at, orjson.dumps(record).decode()


def push_refused(at: int, user: str, client: str) -> Planted:
    """Okta: the user has refused a push."""
    return okta(at, user, client, "user.mfa.okta_verify.deny_push", "User rejected Okta push verify", "FAILURE")


def signed_in_by_push(at: int, user: str, client: str) -> Planted:
    """Okta: the user has let a push through."""
    return okta(at, user, client, "user.authentication.auth_via_mfa", "Authentication of user via MFA", "SUCCESS")


AUDITING = "Microsoft-Windows-Security-Auditing"


def beat(at: int, computer: str, code: int, record: int, data: dict[str, str], provider: str = AUDITING) -> Planted:
    """An event of Windows' Security log as Winlogbeat sends it."""
    return at, orjson.dumps(
        {
            "@timestamp": iso(at)[:-4] + "Z",
            "event": {"code": str(code), "kind": "event", "provider": provider},
            "host": {"name": computer},
            "agent": {"type": "winlogbeat", "version": "8.15.3"},
            "winlog": {"channel": "Security", "computer_name": computer, "event_id": str(code), "provider_name": provider,
                       "record_id": str(record), "event_data": data},
        }
    ).decode()  # fmt: skip


def xml(at: int, computer: str, code: int, record: int, data: dict[str, str]) -> Planted:
    """The same as the event log renders it."""
    body = "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in data.items())
    return at, (
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{AUDITING}'"
        f" Guid='{{54849625-5478-4994-a5ba-3e3b0328c30d}}'/><EventID>{code}</EventID><Version>0</Version><Level>0</Level>"
        "<Task>13826</Task><Opcode>0</Opcode><Keywords>0x8020000000000000</Keywords>"
        f"<TimeCreated SystemTime='{iso(at)[:-1]}0Z'/><EventRecordID>{record}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='700' ThreadID='804'/><Channel>Security</Channel><Computer>{computer}</Computer>"
        f"<Security/></System><EventData>{body}</EventData></Event>"
    )


def log_cleared(at: int, computer: str, record: int, user: str) -> Planted:
    """Event 1102, whose data is of another kind, in XML."""
    return at, (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider"
        " Name='Microsoft-Windows-Eventlog' Guid='{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}'/><EventID>1102</EventID>"
        "<Version>0</Version><Level>4</Level><Task>104</Task><Opcode>0</Opcode><Keywords>0x4020000000000000</Keywords>"
        f"<TimeCreated SystemTime='{iso(at)[:-1]}0Z'/><EventRecordID>{record}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='700' ThreadID='804'/><Channel>Security</Channel><Computer>{computer}</Computer>"
        "<Security/></System><UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>"
        f"<SubjectUserSid>S-1-5-21-1004336348-1177238915-682003330-1101</SubjectUserSid><SubjectUserName>{user}"
        "</SubjectUserName><SubjectDomainName>CORP</SubjectDomainName><SubjectLogonId>0x4f1c2</SubjectLogonId>"
        "</LogFileCleared></UserData></Event>"
    )


def member_added(sid: str, group: str, user: str) -> dict[str, str]:
    """What event 4732 says."""
    return {
        "MemberName": f"CN={user},CN=Users,DC=corp,DC=example",
        "MemberSid": "S-1-5-21-1004336348-1177238915-682003330-1733",
        "TargetUserName": group,
        "TargetDomainName": "Builtin",
        "TargetSid": sid,
        "SubjectUserSid": "S-1-5-21-1004336348-1177238915-682003330-1101",
        "SubjectUserName": "ops.admin",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x4f1c2",
        "PrivilegeList": "-",
    }


def logon(user: str, client: str, status: str = "") -> dict[str, str]:
    """What event 4624 says, or with a sub-status 4625."""
    data = {"SubjectUserSid": "S-1-0-0", "SubjectUserName": "-", "SubjectDomainName": "-", "SubjectLogonId": "0x0",
            "TargetUserSid": "S-1-0-0", "TargetUserName": user, "TargetDomainName": "CORP", "LogonType": "3",
            "LogonProcessName": "NtLmSsp", "AuthenticationPackageName": "NTLM", "WorkstationName": "-",
            "ProcessId": "0x0", "ProcessName": "-", "IpAddress": client, "IpPort": "50233"}  # fmt: skip
    return data | ({"Status": "0xc000006d", "SubStatus": status, "FailureReason": "%%2313"} if status else {})
