"""ArcSight Common Event Format behind a syslog header, eight products, ~500 bytes and about twenty extensions a line.

After "ArcSight CEF Implementation Standard" and the vendors' CEF guides (Palo Alto PAN-OS, Check Point Log Exporter,
Fortinet FortiOS, Trend Micro Deep Security, CrowdStrike Falcon, Zscaler NSS, Imperva SecureSphere, Cyberark Vault).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from corpora.draw import I64, Draw, render, rfc3164
from corpora.pools import AGENTS, DOMAINS, INSIDE, MAPPED, OUTSIDE, PEOPLE, WINDOWS_HOSTS

APPS = ("web-browsing", "ssl", "dns", "ms-update", "office365", "ssh", "smtp", "facebook-base", "quic", "ntp")
RULES = (
    "Allow-Web-Out",
    "Block-Bad-Countries",
    "DNS-Out",
    "Guest-Internet",
    "Default-Deny",
    "Servers-To-DB",
    "VPN-Users",
)
THREATS = (
    "Apache Log4j Remote Code Execution Vulnerability(91991)", "SQL Injection Attempt(33338)", "Generic PHP Webshell(86701)",
    "SMB: User Password Brute Force Attempt(40004)", "Cobalt Strike Beacon Traffic Detection(86445)", "Eicar Test File(39040)",
)  # fmt: skip
FILES = (
    r"C:\\Users\\Public\\update.exe", r"C:\\Windows\\Temp\\svch0st.exe", "/tmp/.x/miner", r"D:\\share\\report \= final.docm",
    r"C:\\ProgramData\\Microsoft\\chrome_installer.exe", "/var/www/html/shell.php",
)  # fmt: skip
CATEGORIES = (
    "Business and Economy",
    "Computers and Internet",
    "Malware",
    "Social Networking",
    "Online Storage",
    "News",
    "Phishing",
)


class Row(NamedTuple):
    """What one event may need."""

    out: str
    ins: str
    map: str
    sp: int
    size: int
    user: str
    host: str
    domain: str
    agent: str
    ms: int
    when: str
    n: int
    tag: str


def _paloalto_traffic(r: Row) -> str:
    act = "allow" if r.n % 4 else "deny"
    return (
        f"CEF:0|Palo Alto Networks|PAN-OS|10.2.9|end|TRAFFIC|{1 if r.n % 4 else 3}|rt={r.when} deviceExternalId=0{r.n:05d}12345 src={r.ins} dst={r.out} "
        f"sourceTranslatedAddress={r.map} cs1Label=Rule cs1={RULES[r.n % 7]} suser=corp\\\\{r.user} duser= "
        f"app={APPS[r.n % 10]} cs3Label=Virtual System cs3=vsys1 cs4Label=Source Zone cs4=trust cs5Label=Destination Zone cs5=untrust "
        f"deviceInboundInterface=ethernet1/2 cn1Label=SessionID cn1={r.sp * 7} cnt=1 spt={r.sp} dpt=443 "
        f"proto=tcp act={act} in={r.size} out={r.size // 5} externalId=74{r.n:08d}"
    )


def _paloalto_threat(r: Row) -> str:
    return (
        f"CEF:0|Palo Alto Networks|PAN-OS|10.2.9|vulnerability|THREAT|{r.n % 5 + 5}|rt={r.when} src={r.out} dst={r.map} spt={r.sp} dpt=443 proto=tcp "
        f'cs1Label=Rule cs1={RULES[r.n % 7]} app=web-browsing act=reset-both request="{r.domain}/login.php?id\\={r.n}" cs2Label=URL Category cs2=any '
        f"cat={THREATS[r.n % 6]} flexString2Label=Direction flexString2=client-to-server fileHash={r.tag} cn1Label=SessionID cn1={r.sp * 3} cnt=1 "
        f"cs4Label=Source Zone cs4=untrust cs5Label=Destination Zone cs5=dmz externalId=74{r.n:08d}"
    )


def _checkpoint(r: Row) -> str:
    act = ("Accept", "Drop", "Reject", "Prevent")[r.n % 4]
    return (
        f"CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|https|{'Unknown' if r.n % 3 else 'Medium'}|act={act} deviceDirection={r.n % 2} rt={r.ms} spt={r.sp} dpt=443 "
        f"cs2Label=Rule Name cs2={RULES[r.n % 7]} layer_name=Network layer_uuid={r.tag[:8]}-{r.tag[8:12]}-{r.tag[12:16]}-9f2a-{r.tag[16:28]} match_id={r.n % 90} "
        f"parent_rule=0 rule_action={act} ifname=eth1 logid=0 loguid={{0x{r.tag[:8]},0x0,0x1e0a8c0,0x{r.tag[8:16]}}} "
        f"origin=10.1.1.{r.n % 250} originsicname=CN\\=gw-{r.n % 5} sequencenum={r.n % 99} version=5 dst={r.out} inzone=Internal outzone=External "
        f"product=VPN-1 & FireWall-1 proto=6 service_id=https src={r.ins}"
    )


def _fortinet(r: Row) -> str:
    return (
        f"CEF:0|Fortinet|Fortigate|v7.2.8|00013|traffic:forward close|3|deviceExternalId=FGT60F{r.n:010d} FTNTFGTeventtime={r.ms}000000 FTNTFGTlogid=0000000013 cat=traffic:forward "
        f"FTNTFGTlevel=notice FTNTFGTvd=root src={r.ins} shost={r.host} spt={r.sp} deviceInboundInterface=port2 dst={r.out} dpt=443 "
        f"deviceOutboundInterface=port1 FTNTFGTdstcountry=United States proto=6 act=close FTNTFGTpolicyid={r.n % 60} "
        f"app=HTTPS FTNTFGTtrandisp=snat sourceTranslatedAddress={r.map} sourceTranslatedPort={r.sp} FTNTFGTduration={r.n % 900} out={r.size // 4} in={r.size}"
    )


def _deepsecurity(r: Row) -> str:
    return (
        f"CEF:0|Trend Micro|Deep Security Agent|20.0.1.9400|{4000000 + r.n % 40}|Eicar_test_file|6|cn1={r.n % 3000} cn1Label=Host ID dvchost={r.host} cn2={r.size} cn2Label=Quarantine File Size "
        f"cs3Label=Infected Resource cs3={FILES[r.n % 6]} cs4Label=Resource Type cs4=10 cs5Label=Risk Level cs5={r.n % 99} "
        f"filePath={FILES[r.n % 6]} act={('Delete', 'Quarantine', 'Pass')[r.n % 3]} result=Delete msg=Realtime TrendMicroDsMalwareTarget=N/A "
        f"TrendMicroDsFileMD5={r.tag} suser=CORP\\\\{r.user} sproc=explorer.exe TrendMicroDsTenant=Primary TrendMicroDsTenantId=0"
    )


def _crowdstrike(r: Row) -> str:
    return (
        f"CEF:0|CrowdStrike|FalconHost|1.0|DetectionSummaryEvent|Detection Summary Event|{r.n % 5 + 1}|externalId={r.tag} cn2Label=ProcessId cn2={r.n * 77} cn1Label=ParentProcessId cn1={r.n * 13} "
        f"shost={r.host} suser={r.user} msg=A process made a suspicious change to the registry that might indicate a malicious persistence mechanism. Please, investigate. "
        f'fname=reg.exe filePath=\\\\Device\\\\HarddiskVolume2\\\\Windows\\\\System32 cs5Label=CommandLine cs5=reg add HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run /v upd{r.n} /d "C:\\\\Users\\\\{r.user}\\\\x.exe" '
        f"fileHash={r.tag} dntdom=CORP cs6Label=FalconHostLink cs6=https://falcon.crowdstrike.com/activity/detections/detail/{r.tag[:16]}/{r.n}?_cid\\=7 cn3Label=Offset cn3={r.n} "
        f"rt={r.ms} src={r.ins} smac={r.tag[:2]}-{r.tag[2:4]}-{r.tag[4:6]}-{r.tag[6:8]}-{r.tag[8:10]}-{r.tag[10:12]} cat=Persistence act=Detection, process blocked. reason=Registry Run Keys / Startup Folder outcome=0"
    )


def _zscaler(r: Row) -> str:
    act = "Allowed" if r.n % 6 else "Blocked"
    return (
        f"CEF:0|Zscaler|NSSWeblog|6.2|{act}|{act}|3|act={act} reason={act} app=HTTPS cat={CATEGORIES[r.n % 7]} dhost={r.domain} dst={r.out} src={r.ins} in={r.size} outcome=200 out={r.size // 9} "
        f"request={r.domain}/path/{r.tag[:10]}?q\\={r.n} rt={r.when} sourceTranslatedAddress={r.map} requestClientApplication={r.agent} requestMethod=GET suser={r.user}@corp.example.com "
        f"spriv=HQ externalId=69{r.n:010d} fileType=None destinationServiceName=General Browsing deviceDirection=1 cn1={r.n % 100} cn1Label=riskscore cs1=Engineering cs1Label=dept"
    )


def _imperva(r: Row) -> str:
    return (
        f"CEF:0|Imperva Inc.|SecureSphere|14.7.0|Signature|SQL injection \\| union select|High|act=Block dst=10.2.{r.n % 200}.14 dpt=443 duser={r.user} src={r.out} spt={r.sp} proto=TCP "
        f"rt={r.when} cat=Alert cs1=SQL Injection Policy cs1Label=Policy cs2=Web Servers cs2Label=ServerGroup cs3=HTTPS Service cs3Label=ServiceName cs4=Shop App cs4Label=ApplicationName "
        f"cs5=Multiple signatures: id\\=1 or 1\\=1 -- cs5Label=Description externalId={r.n * 11} request=https://{r.domain}/item.php?id\\={r.n} requestMethod=POST "
        f"requestClientApplication={r.agent} cn1=403 cn1Label=ResponseCode dhost={r.domain}"
    )


def _cyberark(r: Row) -> str:
    return (
        f"CEF:0|Cyber-Ark|Vault|12.6.0000|{(22, 295, 7, 4, 308)[r.n % 5]}|{('CPM Verify Password', 'Retrieve password', 'Logon', 'Authentication Failure', 'Use Password')[r.n % 5]}|5|"
        f"act=Retrieve password suser={r.user} fname=Root\\\\Operating System-WinDomain-{r.host}-svc_{r.n % 300} dvc= shost={r.ins} dhost={r.host} duser=svc_{r.n % 300} externalId= app=PSMApp "
        f'reason=Change request CHG{r.n:07d}, approved by {r.user} cs1Label="Affected User Name" cs1={r.user} cs2Label="Safe Name" cs2=Windows-Admins cs3Label="Device Type" '
        f'cs3=Operating System cs4Label="Database" cs4= cs5Label="Other info" cs5={r.tag} cn1Label="Request Id" cn1={r.n} cn2Label="Ticket Id" cn2=CHG{r.n:07d}  msg=Retrieve password'
    )


EVENTS: list[tuple[float, str, Callable[[Row], str]]] = [
    (24, "pa-fw-01", _paloalto_traffic),
    (5, "pa-fw-01", _paloalto_threat),
    (18, "cp-mgmt", _checkpoint),
    (18, "fgt-branch", _fortinet),
    (7, "dsm01", _deepsecurity),
    (5, "siem-connector", _crowdstrike),
    (14, "nss01", _zscaler),
    (4, "imperva-mx", _imperva),
    (5, "vault01", _cyberark),
]


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    rows = map(
        Row._make,
        zip(
            draw.pick(OUTSIDE, n),
            draw.pick(INSIDE, n, 0.8),
            draw.pick(MAPPED, n),
            draw.ints(1024, 65536, n),
            draw.sizes(6000, n),
            draw.pick(PEOPLE, n),
            draw.pick(WINDOWS_HOSTS, n, 0.6),
            draw.pick(DOMAINS, n),
            draw.pick(AGENTS, n, 0.6),
            (micros // 1000).tolist(),
            render(micros, "%b %d %Y %H:%M:%S"),
            draw.ints(0, 65536, n),
            draw.hexes(32, n),
            strict=True,
        ),
    )
    which = draw.kinds([e[0] for e in EVENTS], n).tolist()
    return [
        f"<134>{when} {EVENTS[k][1]} {EVENTS[k][2](row)}"
        for k, when, row in zip(which, rfc3164(micros), rows, strict=True)
    ]
