"""Ordinary traffic of a company: visits, connections, sign-ins, changes; with what looks odd on any day and is none.

Somebody's every act is a few records (`_visit`, `_session`, …), and acts are drawn until there are enough records. So a
longer day has more people, not busier ones: what one of them does stays below every threshold by much, as it does in
life. Odd are here: slips of passwords, strangers at the SSH door who try once, pages that are gone, search engines,
denied packets from everywhere, clocks that ask every minute, pollers that are nearly regular, a refused push, malware
found on a quiet machine, a log cleared on a machine that is set up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corpora.pools import AGENTS, DOMAINS, GUESSED_USERS

from attack_day import lines
from attack_day.accounts import attempt, stranger, success
from attack_day.cast import DAY, HOURS, SECOND, STAFF, Cast
from attack_day.lines import Planted

Act = Callable[[Cast, int], list[Planted]]

AGENTS_OF_PEOPLE = [a for a in AGENTS if a.startswith("Mozilla/5.0") and "compatible" not in a and "zgrab" not in a]
BUSY = (2, 1, 1, 1, 1, 2, 4, 8, 12, 14, 13, 12, 10, 12, 13, 12, 11, 9, 6, 5, 4, 4, 3, 2)
"""How much happens at each hour of the day."""

CALLS = (("ec2.amazonaws.com", "DescribeInstances"), ("s3.amazonaws.com", "GetObject"), ("sts.amazonaws.com", "AssumeRole"),
         ("kms.amazonaws.com", "Decrypt"), ("logs.amazonaws.com", "CreateLogStream"))  # fmt: skip


def _visit(cast: Cast, at: int) -> list[Planted]:
    """Somebody reads a few pages, each with its pictures."""
    r = cast.random
    client, agent = cast.client(), r.choice(AGENTS_OF_PEOPLE)
    told = []
    for _ in range(r.randrange(1, 8)):
        told.append(
            lines.web(
                at, client, f"GET /products/{r.randrange(700)}/details", size=r.randrange(900, 60_000), agent=agent
            )
        )
        parts = [at + r.randrange(SECOND) for _ in range(r.randrange(7))]
        told += [lines.web(t, client, f"GET /static/img/{r.randrange(400)}.webp", 200, 4000, agent) for t in parts]
        if r.random() < 0.04:
            told.append(lines.web(at, client, f"GET /blog/{r.randrange(99)}", 404, 196, agent))
        at += r.randrange(4, 90) * SECOND
    if r.random() < 0.05:
        told.append(lines.web(at, client, "POST /user/login", 200, 3000, agent))
        told.append(lines.web(at + 9 * SECOND, client, "POST /user/login", 302, 0, agent))
    return told


def _search_engine(cast: Cast, at: int) -> list[Planted]:
    """A robot reads for an hour, some twelve pages in five minutes, and finds a few gone."""
    r, client = cast.random, cast.client()
    agent = r.choice([a for a in AGENTS if "compatible" in a])
    told = []
    for _ in range(150):
        gone = r.random() < 0.05
        told.append(
            lines.web(at, client, f"GET /products/{r.randrange(9000)}/details", 404 if gone else 200, agent=agent)
        )
        at += r.randrange(15, 33) * SECOND
    return told


def _odd_request(cast: Cast, at: int) -> list[Planted]:
    """One of the requests that every server on the internet gets, once."""
    r = cast.random
    path, status = r.choice(
        (("/wp-login.php", 404), ("/.env", 404), ("/", 400), ("/robots.txt", 200), ("/favicon.ico", 404))
    )
    return [
        lines.web(
            at,
            cast.client(),
            f"GET {path}",
            status,
            196,
            r.choice(("-", "Go-http-client/1.1", "Mozilla/5.0 zgrab/0.x")),
        )
    ]


def _connections(cast: Cast, at: int) -> list[Planted]:
    """Somebody inside has to do with a few places outside, in bursts."""
    r = cast.random
    client = f"10.{r.choice((10, 20, 30))}.{r.randrange(40)}.{r.randrange(2, 250)}"
    told = []
    for _ in range(r.randrange(1, 4)):
        server, port = (
            f"104.{r.randrange(16, 32)}.{r.randrange(256)}.{r.randrange(1, 255)}",
            r.choice((443, 443, 443, 80, 8443)),
        )
        for _ in range(r.randrange(1, 6)):
            n, mine = r.randrange(10_000_000), r.randrange(1024, 65536)
            ends = f"outside:{server}/{port} ({server}/{port}) to inside:{client}/{mine} (203.0.113.1/{mine})"
            told.append(lines.asa(at, 6, 302013, f"Built outbound TCP connection {n} for {ends}"))
            lasted = r.randrange(1, 60)
            ends = f"outside:{server}/{port} to inside:{client}/{mine} duration 0:00:{lasted:02d} bytes {r.randrange(400, 400_000)}"
            told.append(lines.asa(at + lasted * SECOND, 6, 302014, f"Teardown TCP connection {n} for {ends} TCP FINs"))
            at += r.randrange(30) * SECOND
    return told


def _denied(cast: Cast, at: int) -> list[Planted]:
    """A packet or two from somewhere, for somewhere."""
    r, client = cast.random, cast.client()
    told = []
    for _ in range(r.randrange(1, 4)):
        ends = f"src outside:{client}/{r.randrange(1024, 65536)} dst inside:198.51.100.{r.randrange(1, 255)}/{r.choice((23, 445, 3389, 8080))}"
        told.append(lines.asa(at, 4, 106023, f'Deny tcp {ends} by access-group "outside_access_in" [0x0, 0x0]'))
        at += r.randrange(1, 40) * SECOND
    return told


def _clock(cast: Cast, at: int) -> list[Planted]:
    """A machine asks what time it is, every 64 seconds to the second, for an hour."""
    client, told = f"10.40.0.{cast.random.randrange(2, 250)}", []
    for n in range(56):
        ends = "outside:192.0.2.123/123 (192.0.2.123/123)"
        text = f"Built outbound UDP connection {n} for {ends} to inside:{client}/123 (203.0.113.1/123)"
        told.append(lines.asa(at + n * 64 * SECOND, 6, 302015, text))
    return told


def _poller(cast: Cast, at: int) -> list[Planted]:
    """A program looks for news when it has slept about five minutes, more or less by half."""
    r = cast.random
    client, server = (
        f"10.50.{r.randrange(40)}.{r.randrange(2, 250)}",
        f"151.101.{r.randrange(256)}.{r.randrange(1, 255)}",
    )
    told = []
    for n in range(30):
        ends = f"outside:{server}/443 ({server}/443) to inside:{client}/{50000 + n} (203.0.113.1/{50000 + n})"
        told.append(lines.asa(at, 6, 302013, f"Built outbound TCP connection {n} for {ends}"))
        at += r.randrange(150, 450) * SECOND
    return told


def _session(cast: Cast, at: int) -> list[Planted]:
    """Somebody of the staff signs in to a server, with a slip or two before it now and then."""
    r = cast.random
    user, client = r.choice(STAFF).replace(".", "")[:12], f"10.10.{r.randrange(40)}.{r.randrange(2, 250)}"
    told = []
    for _ in range(r.choice((0, 0, 0, 0, 0, 0, 1, 1, 2))):
        told += attempt(cast, at, client, user)
        at += r.randrange(5, 20) * SECOND
    return told + success(cast, at, client, user)


def _stranger(cast: Cast, at: int) -> list[Planted]:
    """Somebody on the internet tries one name, and goes."""
    r, client = cast.random, cast.client()
    if r.random() < 0.15:
        return attempt(cast, at, client, "root")
    return stranger(cast, at, client, r.choice(GUESSED_USERS), password=r.random() < 0.5)


def _windows(cast: Cast, at: int) -> list[Planted]:
    """Somebody signs in to a share; some mistype."""
    r = cast.random
    user, client = r.choice(STAFF), f"10.20.{r.randrange(40)}.{r.randrange(2, 250)}"
    host, record = f"{r.choice(('DC01', 'DC02', 'FS01', 'SQL01'))}.corp.example", r.randrange(1_000_000)
    told = []
    if r.random() < 0.06:
        told.append(lines.beat(at, host, 4625, record, lines.logon(user, client, "0xc000006a")))
    write = lines.beat if r.random() < 0.7 else lines.xml
    return [*told, write(at + 8 * SECOND, host, 4624, record + 1, lines.logon(user, client))]


def _administration(cast: Cast, at: int) -> list[Planted]:
    """A member of a harmless group; or a machine set up: its log is cleared, and nobody became anything."""
    r = cast.random
    host, record = f"WKS-{r.randrange(600):04d}.corp.example", r.randrange(1_000_000)
    if r.random() < 0.2:
        return [lines.log_cleared(at, f"LAB-{r.randrange(60):02d}.corp.example", record, "setup")]
    data = lines.member_added("S-1-5-32-555", "Remote Desktop Users", r.choice(STAFF))
    return [lines.beat(at, host, 4732, record, data)]


def _cloud(cast: Cast, at: int) -> list[Planted]:
    """Somebody's calls of AWS; now and then one is throttled."""
    r = cast.random
    user, client = r.choice(STAFF), f"52.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(1, 255)}"
    told = [lines.console_login(at, client, user, success=True, tag=cast.tag())] if r.random() < 0.2 else []
    for _ in range(r.randrange(1, 9)):
        error = "ThrottlingException" if r.random() < 0.01 else ""
        told.append(lines.api_call(at, client, user, *r.choice(CALLS), cast.tag(), error))
        at += r.randrange(20) * SECOND
    return told


def _names(cast: Cast, at: int) -> list[Planted]:
    """A machine asks for a few names, and what address one stands for."""
    r, told = cast.random, []
    client = f"10.30.{r.randrange(40)}.{r.randrange(2, 250)}"
    for _ in range(r.randrange(2, 12)):
        name = r.choice(DOMAINS)
        domain = ".".join(name.split(".")[-2:])
        fields = {"event__category": ["network"], "event__type": ["protocol", "info"], "network__protocol": "dns",
                  "dns__question__name": name, "dns__question__registered_domain": domain, "dns__question__type": "A",
                  "source__ip": client, "destination__ip": "10.1.1.53"}  # fmt: skip
        told.append(lines.ecs(at, **fields))
        at += r.randrange(8) * SECOND
    return told


def _identity(cast: Cast, at: int) -> list[Planted]:
    """Somebody signs in with a second factor; now and then the push was a mistake and is refused once."""
    r = cast.random
    user, client = f"{r.choice(STAFF)}@example.com", f"10.10.{r.randrange(40)}.{r.randrange(2, 250)}"
    told = [lines.push_refused(at, user, client)] if r.random() < 0.03 else []
    return [*told, lines.signed_in_by_push(at + 20 * SECOND, user, client)]


def _transfer(cast: Cast, at: int) -> list[Planted]:
    """Somebody moves a file, as a proxy tells of it."""
    r = cast.random
    fields = {"event__category": ["network"], "event__type": ["connection", "end"], "network__direction": "outbound",
              "user__name": r.choice(STAFF), "source__ip": f"10.20.{r.randrange(40)}.{r.randrange(2, 250)}",
              "destination__ip": f"104.{r.randrange(16, 32)}.{r.randrange(256)}.{r.randrange(1, 255)}", "destination__port": 443,
              "source__bytes": r.randrange(2_000_000), "destination__bytes": r.randrange(40_000_000)}  # fmt: skip
    return [lines.ecs(at, **fields)]


def _malware(cast: Cast, at: int) -> list[Planted]:
    """A virus scanner finds something, on a machine that asks too much of nobody."""
    r = cast.random
    host = f"WKS-{r.randrange(600):04d}"
    fields = {"event__category": ["malware"], "event__action": "malware detected", "host__name": host,
              "message": "malware detected: PUA/InstallCore", "source__ip": f"10.60.{r.randrange(40)}.{r.randrange(2, 250)}"}  # fmt: skip
    return [lines.ecs(at, **fields)]


ACTS: tuple[tuple[float, Act], ...] = (
    (14, _visit), (0.12, _search_engine), (2, _odd_request), (18, _connections), (12, _denied), (0.15, _clock), (0.25, _poller),
    (12, _session), (1.5, _stranger), (22, _windows), (0.5, _administration), (8, _cloud), (9, _names), (8, _identity),
    (5, _transfer), (0.1, _malware),
)  # fmt: skip
"""How often each, beside the others."""


def ordinary(cast: Cast, events: int) -> Iterator[Planted]:
    """So many records of a day, or a few more; those that would lie after its end are left out."""
    weights, acts = zip(*ACTS, strict=True)
    end = (DAY + HOURS * 3600) * SECOND
    told = 0
    while told < events:
        [act] = cast.random.choices(acts, weights)
        [hour] = cast.random.choices(range(HOURS), BUSY)
        at = (DAY + hour * 3600) * SECOND + cast.random.randrange(3600 * SECOND)
        for planted in act(cast, at):
            if planted[0] < end:
                told += 1
                yield planted
