"""Stories of accounts: guessing, second factors, new administrators, data, and rates beside a compromise."""

from __future__ import annotations

from attack_day import lines
from attack_day.cast import SECOND, SERVERS, Cast
from attack_day.kinds import HOUR, Told, kind
from attack_day.lines import Planted


def attempt(cast: Cast, at: int, client: str, user: str, product: int = 0) -> list[Planted]:
    """A sign-in refused, as one product or another tells of it: the account exists, the secret was wrong."""
    pid, port = cast.random.randrange(800, 4_000_000), cast.random.randrange(1024, 65536)
    if product == 1:
        text = "AAA user authentication Rejected : reason = Invalid password : local database"
        return [lines.asa(at, 6, 113015, f"{text} : user = {user} : user IP = {client}", "asa-vpn1")]
    if product == 2:
        return [lines.beat(at, "DC01.corp.example", 4625, pid, lines.logon(user, client, "0xc000006a"))]
    if product == 3:
        return [lines.console_login(at, client, user, success=False, tag=cast.tag())]
    host = cast.random.choice(SERVERS)
    pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser="
    return [
        lines.sshd(at, host, pid, f"{pam} rhost={client}  user={user}"),
        lines.sshd(at, host, pid, f"Failed password for {user} from {client} port {port} ssh2"),
        lines.sshd(at, host, pid, f"Connection closed by authenticating user {user} {client} port {port} [preauth]"),
    ]


def stranger(cast: Cast, at: int, client: str, user: str, *, password: bool = True) -> list[Planted]:
    """A connection as somebody who does not exist: what sshd says of it from beginning to end."""
    pid, port = cast.random.randrange(800, 4_000_000), cast.random.randrange(1024, 65536)
    host = cast.random.choice(SERVERS)
    pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser="
    tried = [
        lines.sshd(at, host, pid, "pam_unix(sshd:auth): check pass; user unknown"),
        lines.sshd(at, host, pid, f"{pam} rhost={client} "),
        lines.sshd(at, host, pid, f"Failed password for invalid user {user} from {client} port {port} ssh2"),
    ]
    return [
        lines.sshd(at, host, pid, f"Invalid user {user} from {client} port {port}"),
        *(tried if password else ()),
        lines.sshd(at, host, pid, f"Connection closed by invalid user {user} {client} port {port} [preauth]"),
    ]


def success(cast: Cast, at: int, client: str, user: str) -> list[Planted]:
    """A sign-in to sshd that was let through."""
    pid, port = cast.random.randrange(800, 4_000_000), cast.random.randrange(1024, 65536)
    host = cast.random.choice(SERVERS)
    return [
        lines.sshd(at, host, pid, f"Accepted password for {user} from {client} port {port} ssh2"),
        lines.sshd(at, host, pid, f"pam_unix(sshd:session): session opened for user {user}(uid=1033) by (uid=0)"),
    ]


@kind(200)
def brute_force(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Five failures of one address within a minute; controls: four, and four again two minutes later."""
    client, user = cast.attacker(), cast.victim()
    times = (
        cast.spread(5 + number % 8, 50)
        if attack
        else [t + more for more in (0, 120 * SECOND) for t in cast.spread(4, 40)]
    )
    if number % 5 == 4:
        return {"source.ip": client}, [
            p for i, t in enumerate(times) for p in stranger(cast, begin + t, client, f"u{i % 4}")
        ]
    return {"source.ip": client}, [p for t in times for p in attempt(cast, begin + t, client, user, number % 5)]


@kind(3600)
def slow_brute_force(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Twenty failures at one account within an hour; controls: nineteen."""
    client, user = cast.attacker(), cast.victim()
    times = cast.spread(20 if attack else 19, 3500)
    return {"source.ip": client}, [p for t in times for p in attempt(cast, begin + t, client, user, number % 4)]


@kind(600)
def password_spray(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Ten accounts within ten minutes; controls: nine, each twice."""
    client, users = cast.attacker(), [cast.victim() for _ in range(10 if attack else 9)]
    times = cast.spread(10 if attack else 18, 580)
    told = [p for i, t in enumerate(times) for p in attempt(cast, begin + t, client, users[i % len(users)], number % 4)]
    return {"source.ip": client}, told


@kind(300)
def distributed_guessing(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Fifteen addresses at one account within five minutes; controls: fourteen, some twice."""
    user, clients = cast.victim(), [cast.attacker() for _ in range(15 if attack else 14)]
    times = cast.spread(15 if attack else 18, 290)
    told = [
        p for i, t in enumerate(times) for p in attempt(cast, begin + t, clients[i % len(clients)], user, number % 4)
    ]
    return {"user.name": user}, told


@kind(300)
def user_enumeration(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Eight accounts that do not exist within five minutes; controls: seven, each twice."""
    client, n = cast.attacker(), 8 if attack else 7
    times = cast.spread(n if attack else 2 * n, 290)
    told = [
        p
        for i, t in enumerate(times)
        for p in stranger(cast, begin + t, client, f"guest{i % n}", password=number % 2 == 0)
    ]
    return {"source.ip": client}, told


@kind(60)
def unknown_users_knocking(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Five connections of one address as nobody within a minute, where no passwords are taken; controls: four."""
    client = cast.attacker()
    times = cast.spread(5 if attack else 4, 50)
    told = [p for i, t in enumerate(times) for p in stranger(cast, begin + t, client, "oracle", password=False)]
    return {"source.ip": client}, told


@kind(700)
def success_after_failures(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Guessing, then let in; controls: four failures, then let in."""
    client, user = cast.attacker(), cast.victim()
    told = [p for t in cast.spread(6 if attack else 4, 45) for p in attempt(cast, begin + t, client, user)]
    return {"source.ip": client}, told + success(cast, begin + (60 + 60 * (number % 10)) * SECOND, client, user)


@kind(3600)
def success_after_slow_failures(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Slow guessing, then let in; controls: nineteen failures, then let in."""
    client, user = cast.attacker(), cast.victim()
    told = [p for t in cast.spread(20 if attack else 19, 3300) for p in attempt(cast, begin + t, client, user)]
    return {"source.ip": client}, told + success(cast, begin + 3400 * SECOND, client, user)


@kind(600)
def mfa_fatigue(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Five second factors refused within ten minutes; controls: four, and a fifth eleven minutes after the first."""
    user, client = f"{cast.victim()}@example.com", cast.attacker()
    times = cast.spread(5, 500) if attack else [*cast.spread(4, 500), 660 * SECOND]
    if number % 2:
        refused = {"event__category": ["authentication"], "event__outcome": "failure", "event__action": "mfa-push",
                   "event__reason": "Push notification denied by the user", "user__name": user, "source__ip": client}  # fmt: skip
        return {"user.name": user}, [lines.ecs(begin + t, **refused) for t in times]
    return {"user.name": user}, [lines.push_refused(begin + t, user, client) for t in times]


@kind(700)
def mfa_fatigue_success(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Five refused, then let through; controls: four refused, then let through."""
    user, client = f"{cast.victim()}@example.com", cast.attacker()
    told = [lines.push_refused(begin + t, user, client) for t in cast.spread(5 if attack else 4, 500)]
    return {"user.name": user}, [*told, lines.signed_in_by_push(begin + 620 * SECOND, user, client)]


@kind(4000)
def admin_then_log_cleared(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """A new administrator, then the log cleared; controls: the other way about, or another group."""
    host, user = f"WKS-9{number:03d}{'A' if attack else 'C'}.corp.example", cast.victim()
    group = (
        ("S-1-5-32-555", "Remote Desktop Users") if not attack and number % 2 else ("S-1-5-32-544", "Administrators")
    )
    added, cleared = (begin, begin + HOUR) if attack or number % 2 else (begin + HOUR, begin)
    write = lines.xml if number % 3 else lines.beat
    told = [write(added, host, 4732, 100 + number, lines.member_added(*group, user))]
    return {"host.name": host}, [*told, lines.log_cleared(cleared, host, 200 + number, "ops.admin")]


@kind(3700)
def data_volume(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """More than ten gigabytes of one user's connections within an hour; controls: just ten, and more an hour later."""
    user, client = cast.victim(), cast.insider()
    sizes = [2_100_000_000] * 5 if attack else [2_000_000_000] * 5
    times = cast.spread(5, 3300)
    end = "Teardown TCP connection {n} for outside:198.51.100.9/443 to inside:{c}/50111 duration 0:10:00 bytes {b} TCP FINs ({u})"
    told = [
        lines.asa(begin + t, 6, 302014, end.format(n=900 + i, c=client, b=b, u=user))
        for i, (t, b) in enumerate(zip(times, sizes, strict=True))
    ]
    return {"user.name": user}, told


@kind(3700)
def web_data_volume(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """More than two gigabytes of downloads of one user within an hour; controls: just two."""
    user, client = cast.victim(), cast.client()
    size = 410_000_000 if attack else 400_000_000
    told = [
        lines.web(begin + t, client, f"GET /downloads/{i}.zip", 200, size, user=user)
        for i, t in enumerate(cast.spread(5, 3300))
    ]
    return {"user.name": user}, told


@kind(2000)
def rate_beside_compromise(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Too many requests of an address, and malware on its endpoint within the half hour; controls: other, or later."""
    client = cast.insider()
    other = cast.insider() if not attack and number % 2 == 0 else client
    later = 1860 if not attack and number % 2 else 1200
    told = [lines.web(begin + t, client, "GET /api/v1/items", 429, 0) for t in cast.spread(4, 5)]
    found = {"event__category": ["malware"], "event__action": "malware detected", "message": "malware detected: EICAR",
             "source__ip": other, "host__name": f"pc-{other.replace('.', '-')}"}  # fmt: skip
    return {"source.ip": client}, [*told, lines.ecs(begin + later * SECOND, **found)]


@kind(2000)
def rate_beside_compromise_of_user(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """The same of an account: CloudTrail throttled it; controls: another's, or later."""
    user = cast.victim()
    other = cast.victim() if not attack and number % 2 == 0 else user
    later = 1860 if not attack and number % 2 else 1200
    told = [
        lines.api_call(
            begin + t, cast.client(), user, "ec2.amazonaws.com", "DescribeInstances", cast.tag(), "ThrottlingException"
        )
        for t in cast.spread(3, 4)
    ]
    found = {"event__category": ["malware"], "event__action": "malware detected", "message": "malware detected: EICAR",
             "user__name": other}  # fmt: skip
    return {"user.name": user}, [*told, lines.ecs(begin + later * SECOND, **found)]


@kind(2000)
def rate_beside_compromise_of_host(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """The same of a host: sshd has had enough of it; controls: another, or later."""
    host = f"app-{'a' if attack else 'c'}{number:02d}"
    other = f"{host}x" if not attack and number % 2 == 0 else host
    later = 1860 if not attack and number % 2 else 1200
    said = f"error: maximum authentication attempts exceeded for root from {cast.attacker()} port 40222 ssh2 [preauth]"
    found = {"event__category": ["malware"], "event__action": "malware detected", "message": "malware detected: EICAR",
             "host__name": other}  # fmt: skip
    return {"host.name": host}, [lines.sshd(begin, host, 4711, said), lines.ecs(begin + later * SECOND, **found)]
