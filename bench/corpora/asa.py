"""Cisco ASA syslog with `logging timestamp` and `logging device-id hostname`, ~171 bytes a line.

Message texts after Cisco's "Secure Firewall ASA Series Syslog Messages".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from corpora.draw import I64, Draw, render
from corpora.pools import FIREWALLS, INSIDE, MAPPED, OUTSIDE, PEOPLE

SERVICES = (443, 443, 443, 80, 53, 8443, 22, 25, 3389, 445, 123, 993, 389, 636, 8080, 1433, 5060)
ENDS = (
    "TCP FINs", "TCP FINs", "TCP Reset-I", "TCP Reset-O", "SYN Timeout", "Connection timeout", "TCP FINs from outside",
    "TCP FINs from inside", "TCP Reset-O from outside", "Idle Timeout", "Flow closed by inspection",
)  # fmt: skip
ACLS = ("outside_access_in", "inside_access_in", "dmz_access_in", "global_access", "VPN-SPLIT", "guest_in")
GROUPS = ("DefaultRAGroup", "Employees", "Contractors", "Admins-MFA", "Partners")
COMMANDS = (
    "write memory", "show running-config", "no access-list outside_access_in line 12",
    "access-list outside_access_in extended permit tcp any host 198.51.100.7 eq https", "clear conn all", "configure terminal",
)  # fmt: skip
REASONS = ("User Requested", "Idle Timeout", "Lost Service", "Max time exceeded", "Connection Preempted", "Port Error")


class Row(NamedTuple):
    """What one message may need."""

    out: str  # an address outside
    ins: str  # an address inside
    map: str  # ours, as seen from outside
    op: int  # the port outside
    ip: int  # the port inside
    conn: int
    dur: str
    size: int
    user: str
    n: int
    tag: str


def _zones(r: Row) -> tuple[str, str]:
    return ("outside", "inside") if r.n % 5 else ("outside", "dmz")


def _spelled(duration: str) -> str:
    hours, minutes, seconds = duration.split(":")
    return f"{hours}h:{minutes}m:{seconds}s"


MESSAGES: list[tuple[float, int, str, Callable[[Row], str]]] = [
    (20, 6, "302013", lambda r: f"Built outbound TCP connection {r.conn} for {_zones(r)[0]}:{r.out}/{r.op} ({r.out}/{r.op}) to {_zones(r)[1]}:{r.ins}/{r.ip} ({r.map}/{r.ip})"),
    (7, 6, "302013", lambda r: f"Built inbound TCP connection {r.conn} for outside:{r.out}/{r.ip} ({r.out}/{r.ip}) to {_zones(r)[1]}:{r.ins}/{r.op} ({r.map}/{r.op})"),
    (2, 6, "302013", lambda r: f"Built inbound TCP connection {r.conn} for outside:{r.out}/{r.ip} ({r.out}/{r.ip})(LOCAL\\{r.user}) to inside:{r.ins}/{r.op} ({r.ins}/{r.op}) ({r.user})"),
    (24, 6, "302014", lambda r: f"Teardown TCP connection {r.conn} for {_zones(r)[0]}:{r.out}/{r.op} to {_zones(r)[1]}:{r.ins}/{r.ip} duration {r.dur} bytes {r.size} {ENDS[r.n % len(ENDS)]}"),
    (9, 6, "302015", lambda r: f"Built outbound UDP connection {r.conn} for outside:{r.out}/53 ({r.out}/53) to inside:{r.ins}/{r.ip} ({r.map}/{r.ip})"),
    (8, 6, "302016", lambda r: f"Teardown UDP connection {r.conn} for outside:{r.out}/53 to inside:{r.ins}/{r.ip} duration {r.dur} bytes {r.size}"),
    (2, 6, "302020", lambda r: f"Built outbound ICMP connection for faddr {r.out}/0 gaddr {r.map}/{r.n} laddr {r.ins}/{r.n} type 8 code 0"),
    (2, 6, "302021", lambda r: f"Teardown ICMP connection for faddr {r.out}/0 gaddr {r.map}/{r.n} laddr {r.ins}/{r.n} type 8 code 0"),
    (4, 6, "305011", lambda r: f"Built dynamic {'TCP' if r.n % 3 else 'UDP'} translation from inside:{r.ins}/{r.ip} to outside:{r.map}/{r.ip}"),
    (4, 6, "305012", lambda r: f"Teardown dynamic {'TCP' if r.n % 3 else 'UDP'} translation from inside:{r.ins}/{r.ip} to outside:{r.map}/{r.ip} duration {r.dur}"),
    (6, 4, "106023", lambda r: f'Deny {"tcp" if r.n % 4 else "udp"} src outside:{r.out}/{r.ip} dst inside:{r.map}/{r.op} by access-group "{ACLS[r.n % len(ACLS)]}" [0x{r.tag}, 0x0]'),
    (1, 4, "106023", lambda r: f'Deny icmp src outside:{r.out} dst inside:{r.map} (type 8, code 0) by access-group "{ACLS[r.n % len(ACLS)]}" [0x0, 0x0]'),
    (3, 6, "106100", lambda r: f"access-list {ACLS[r.n % len(ACLS)]} {'denied' if r.n % 2 else 'permitted'} tcp outside/{r.out}({r.ip}) -> inside/{r.map}({r.op}) hit-cnt 1 first hit [0x{r.tag}, 0x00000000]"),
    (2, 6, "106015", lambda r: f"Deny TCP (no connection) from {r.out}/{r.op} to {r.map}/{r.ip} flags {'RST' if r.n % 2 else 'FIN ACK'}  on interface outside"),
    (1, 2, "106001", lambda r: f"Inbound TCP connection denied from {r.out}/{r.ip} to {r.map}/{r.op} flags SYN  on interface outside"),
    (0.5, 2, "106006", lambda r: f"Deny inbound UDP from {r.out}/{r.ip} to {r.map}/{r.op} on interface outside"),
    (1, 4, "113019", lambda r: f"Group = {GROUPS[r.n % 5]}, Username = {r.user}, IP = {r.out}, Session disconnected. Session Type: SSL, Duration: {_spelled(r.dur)}, Bytes xmt: {r.size}, Bytes rcv: {r.size // 3}, Reason: {REASONS[r.n % 6]}"),
    (0.6, 6, "113004", lambda r: f"AAA user authentication Successful : server =  10.1.1.{r.n % 250} : user = {r.user}"),
    (0.6, 6, "113005", lambda r: f"AAA user authentication Rejected : reason = AAA failure : server = 10.1.1.{r.n % 250} : user = {r.user} : user IP = {r.out}"),
    (0.4, 6, "113015", lambda r: f"AAA user authentication Rejected : reason = Invalid password : local database : user = {r.user} : user IP = {r.out}"),
    (0.7, 5, "111008", lambda r: f"User '{r.user}' executed the '{COMMANDS[r.n % 6]}' command."),
    (0.5, 5, "111010", lambda r: f"User '{r.user}', running 'CLI' from IP {r.ins}, executed '{COMMANDS[r.n % 6]}'"),
    (0.7, 6, "605005", lambda r: f'Login permitted from {r.ins}/{r.ip} to inside:10.1.1.1/ssh for user "{r.user}"'),
    (0.7, 6, "605004", lambda r: f'Login denied from {r.out}/{r.ip} to outside:{r.map}/ssh for user "{r.user}"'),
    (0.5, 6, "611101", lambda r: f"User authentication succeeded: IP address: {r.ins}, Uname: {r.user}"),
    (0.5, 6, "611102", lambda r: f"User authentication failed: IP address: {r.out}, Uname: {r.user}"),
    (0.5, 5, "109201", lambda r: f"UAUTH: Session=0x{r.tag}, User={r.user}, Assigned IP={r.ins}, Succeeded adding entry."),
    (0.8, 4, "722051", lambda r: f"Group <{GROUPS[r.n % 5]}> User <{r.user}> IP <{r.out}> IPv4 Address <{r.ins}> IPv6 address <::> assigned to session"),
    (0.6, 6, "716001", lambda r: f"Group <{GROUPS[r.n % 5]}> User <{r.user}> IP <{r.out}> WebVPN session started."),
    (0.6, 6, "716002", lambda r: f"Group <{GROUPS[r.n % 5]}> User <{r.user}> IP <{r.out}> WebVPN session terminated: {REASONS[r.n % 6]}."),
    (1.2, 5, "304001", lambda r: f"{r.ins} Accessed URL {r.out}:http://cdn{r.n}.example.net/assets/{r.tag}/index.html?id={r.size}"),
    (0.6, 4, "733100", lambda r: f"[ Scanning] drop rate-1 exceeded. Current burst rate is {r.n} per second, max configured rate is 10; Current average rate is {r.n % 90} per second, max configured rate is 5; Cumulative total count is {r.size}"),
    (0.8, 6, "110002", lambda r: f"Failed to locate egress interface for TCP from outside:{r.out}/{r.ip} to {r.map}/{r.op}"),
]  # fmt: skip


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    rows = map(
        Row._make,
        zip(
            draw.pick(OUTSIDE, n),
            draw.pick(INSIDE, n, 0.8),
            draw.pick(MAPPED, n),
            draw.even(SERVICES, n),
            draw.ints(1024, 65536, n),
            (draw.rng.integers(0, 40_000, n) + micros // 12_500 % 1_800_000_000).tolist(),
            [f"{s // 3600}:{s // 60 % 60:02d}:{s % 60:02d}" for s in draw.sizes(25, n)],
            draw.sizes(4000, n),
            draw.pick(PEOPLE, n),
            draw.ints(0, 60_000, n),
            draw.hexes(8, n),
            strict=True,
        ),
    )
    which = draw.kinds([m[0] for m in MESSAGES], n).tolist()
    stamps = render(micros, "%b %e %Y %H:%M:%S")
    heads = [(f"<{20 * 8 + s}>", f" : %ASA-{s}-{code}: ", make) for _, s, code, make in MESSAGES]
    return [
        f"{heads[k][0]}{when} {host}{heads[k][1]}{heads[k][2](row)}"
        for k, when, host, row in zip(which, stamps, draw.pick(FIREWALLS, n, 0.6), rows, strict=True)
    ]
