"""Stories of traffic: the web, scans, names asked for, and calls home."""

from __future__ import annotations

from collections.abc import Sequence

from attack_day import lines
from attack_day.cast import SECOND, Cast
from attack_day.kinds import Told, kind
from attack_day.lines import Planted

SECRETS = ("/.env", "/.git/config", "/.aws/credentials", "/backup.sql", "/actuator/env", "/.svn/entries")
SCANNERS = ("sqlmap/1.8.2#stable (https://sqlmap.org)", "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)",
            "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)", "WPScan v3.8.27 (https://wpscan.com/)",
            "gobuster/3.6")  # fmt: skip
SOFTWARE = (
    "/wp-login.php",
    "/phpmyadmin/index.php",
    "/setup.cgi",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/wp-content/plugins/revslider/temp.php",
)
FORMS = ("/wp-login.php", "/user/login", "/administrator/index.php", "/signin")


@kind(300)
def web_scan(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Twenty paths that are not there within five minutes; controls: nineteen, some twice."""
    client, n = cast.attacker(), 20 + number if attack else 19
    times = cast.spread(n if attack else 30, 290)
    return {"source.ip": client}, [
        lines.web(begin + t, client, f"GET /old{number}/{i % n}.php", 404, 196) for i, t in enumerate(times)
    ]


@kind(300)
def web_crawl(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """A hundred pages within five minutes; controls: ninety-nine, some twice, and their pictures."""
    client, n = cast.attacker(), 100 if attack else 99
    times = cast.spread(n if attack else 160, 290)
    told = [lines.web(begin + t, client, f"GET /products/{i % n}/details") for i, t in enumerate(times)]
    more = (
        []
        if attack
        else [lines.web(begin + t, client, f"GET /static/img/{i}.webp") for i, t in enumerate(cast.spread(120, 290))]
    )
    return {"source.ip": client}, told + more


@kind(600)
def web_scanner(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Five requests of a scanner that says so within ten minutes; controls: four."""
    client, agent = cast.attacker(), SCANNERS[number % len(SCANNERS)]
    times = cast.spread(5 if attack else 4, 580)
    return {"source.ip": client}, [
        lines.web(begin + t, client, f"GET /?id={i}", agent=agent) for i, t in enumerate(times)
    ]


def _probing(cast: Cast, begin: int, attack: bool, number: int, paths: Sequence[str]) -> Told:
    """Three of these paths within ten minutes, none of them there; or two, over and over."""
    client, n = cast.attacker(), 3 if attack else 2
    told = [
        lines.web(begin + t, client, f"GET {paths[(i % n + number) % len(paths)]}", 404, 196)
        for i, t in enumerate(cast.spread(n if attack else 8, 580))
    ]
    return {"source.ip": client}, told


@kind(600)
def web_sensitive_files(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Three files that hold secrets within ten minutes; controls: two, over and over."""
    return _probing(cast, begin, attack, number, SECRETS)


@kind(60)
def sensitive_file_served(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """A file that holds secrets, and it is given; controls: it is not there."""
    client, path = cast.attacker(), SECRETS[number % len(SECRETS)]
    return {"source.ip": client}, [lines.web(begin, client, f"GET {path}", 200 if attack else 404, 812)]


@kind(60)
def web_login_guessing(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Six login forms in vain within a minute; controls: five, then let in."""
    client, form = cast.attacker(), FORMS[number % len(FORMS)]
    status = (200, 401)[number // len(FORMS) % 2]
    told = [lines.web(begin + t, client, f"POST {form}", status) for t in cast.spread(6 if attack else 5, 50)]
    return {"source.ip": client}, told + (
        [] if attack else [lines.web(begin + 55 * SECOND, client, f"POST {form}", 302, 0)]
    )


@kind(600)
def web_software_scan(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Three pages of software that is not there within ten minutes; controls: two, over and over."""
    return _probing(cast, begin, attack, number, SOFTWARE)


@kind(300)
def web_malformed_requests(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Ten requests that are none within five minutes; controls: nine."""
    client = cast.attacker()
    times = cast.spread(10 if attack else 9, 290)
    return {"source.ip": client}, [lines.web(begin + t, client, "GET /", 400, 226, "-") for t in times]


def _denied(at: int, client: str, target: str, port: int, number: int) -> Planted:
    if number % 2:
        text = f"Inbound TCP connection denied from {client}/44321 to {target}/{port} flags SYN  on interface outside"
        return lines.asa(at, 2, 106001, text)
    text = (
        f'Deny tcp src outside:{client}/44321 dst inside:{target}/{port} by access-group "outside_access_in" [0x0, 0x0]'
    )
    return lines.asa(at, 4, 106023, text)


@kind(60)
def port_scan(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Fifteen ports of one machine within a minute; controls: fourteen, some twice."""
    client, target, n = cast.attacker(), f"198.51.100.{1 + number}", 15 if attack else 14
    times = cast.spread(n if attack else 20, 50)
    return {"source.ip": client}, [_denied(begin + t, client, target, 20 + i % n, number) for i, t in enumerate(times)]


@kind(60)
def host_scan(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Twenty machines within a minute; controls: nineteen, some twice."""
    client, n = cast.attacker(), 20 if attack else 19
    times = cast.spread(n if attack else 25, 50)
    return {"source.ip": client}, [
        _denied(begin + t, client, f"198.51.100.{1 + i % n}", 445, number) for i, t in enumerate(times)
    ]


@kind(300, "dns_tunnel")
def dns_tunnel(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """A hundred names below one domain within five minutes; controls: ninety-nine, some twice."""
    client, n, domain = cast.insider(), 100 if attack else 99, f"t{number}-example.net"
    times = cast.spread(n if attack else 130, 290)
    told = [_asked(begin + t, client, f"{i % n:x}q.{domain}", domain) for i, t in enumerate(times)]
    return {"source.ip": client}, told


@kind(600)
def dns_tunnel_long_names(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Fifty names with a long first label within ten minutes; controls: forty-nine, some twice."""
    client, domain = cast.insider(), f"l{number}-example.net"
    names = [f"{cast.tag()}.{domain}" for _ in range(50 if attack else 49)]
    times = cast.spread(len(names) if attack else 70, 580)
    return {"source.ip": client}, [
        _asked(begin + t, client, names[i % len(names)], domain) for i, t in enumerate(times)
    ]


def _asked(at: int, client: str, name: str, domain: str) -> Planted:
    fields = {"event__category": ["network"], "event__type": ["protocol", "info"], "network__protocol": "dns",
              "dns__question__name": name, "dns__question__registered_domain": domain, "dns__question__type": "A",
              "source__ip": client, "destination__ip": "10.1.1.53"}  # fmt: skip
    return lines.ecs(at, **fields)


@kind(15_000)
def beaconing(cast: Cast, begin: int, attack: bool, number: int) -> Told:
    """Two dozen calls home or more, half a minute to eight minutes apart, each up to a sixth too early, some missed.

    Controls: one less, to the second; as many as one likes when it suits people; or more often than half a minute.
    """
    client, server, how = cast.insider(), cast.attacker(), number % 3
    beat = cast.random.choice((35, 60, 60, 90, 120, 300, 480))
    if attack:
        beats = [
            beat * (1 - cast.random.uniform(0, 0.16))
            for _ in range(26 + cast.random.randrange(40 if beat < 300 else 2))
        ]
        beats = [b * 2 if i % 11 == 7 else b for i, b in enumerate(beats)]
    elif how == 0:
        beats = [60.0] * 22
    elif how == 1:
        beats = [cast.random.expovariate(1 / 120) for _ in range(60)]
    else:
        beats = [12.0] * 200
    told, at = [], begin
    for i, more in enumerate([0.0, *beats]):
        at += round(more * SECOND)
        ends = f"outside:{server}/443 ({server}/443) to inside:{client}/{40000 + i} (203.0.113.1/{40000 + i})"
        told.append(lines.asa(at, 6, 302013, f"Built outbound TCP connection {70_000 + i} for {ends}"))
        ends = f"outside:{server}/443 to inside:{client}/{40000 + i} duration 0:00:01 bytes {1200 + i % 7}"
        told.append(lines.asa(at + SECOND, 6, 302014, f"Teardown TCP connection {70_000 + i} for {ends} TCP FINs"))
    return {"source.ip": client}, told
