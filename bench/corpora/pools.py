"""The people, machines and addresses of an imagined company and of those who knock at its doors."""

from __future__ import annotations

import numpy as np

_rng = np.random.default_rng(20251117)

_FIRST = (
    "james mary john patricia robert jennifer michael linda david elizabeth william barbara richard susan joseph jessica "
    "thomas sarah carlos karen chris lisa daniel nancy matthew betty anthony sandra mark ashley paul emily steven kim "
    "andrew donna josh michelle kenneth carol kevin amanda brian melissa george deborah tim laura hans yuki wei priya "
    "olga lars ingrid pierre chiara jose fatima omar sven anya mateo noor aiko tariq zeynep"
).split()
_LAST = (
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson "
    "thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker "
    "young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mueller "
    "schmidt tanaka kim chen patel ivanov larsen rossi dubois novak kowalski yilmaz haddad okafor"
).split()

PEOPLE = [
    f"{_FIRST[i]}.{_LAST[j]}"
    for i, j in zip(_rng.integers(0, len(_FIRST), 900), _rng.integers(0, len(_LAST), 900), strict=True)
]
UNIX_USERS = [
    "root",
    "ubuntu",
    "deploy",
    "git",
    "jenkins",
    "postgres",
    "ansible",
    "ec2-user",
    "backup",
    *[p.replace(".", "")[:9] for p in PEOPLE[:250]],
]
GUESSED_USERS = (
    "admin test user oracle guest ubuntu ftpuser postgres mysql hadoop pi support git nagios tomcat administrator dev "
    "www minecraft steam teamspeak es elastic zabbix jenkins docker student web webmaster info sales demo server ubnt "
    "vagrant ansible centos debian ftp daemon operator ts3 testuser user1 test1 admin1 odoo kafka weblogic solr redis "
    "mongodb nginx apache backup deploy gitlab sonar nexus cisco default 1234 supervisor service anonymous squid a"
).split() + [f"user{i}" for i in range(60)]


def _addresses(n: int, prefixes: list[str] | None = None) -> list[str]:
    octets = _rng.integers(1, 255, (n, 4)).tolist()
    if prefixes is None:
        outside = [o for o in octets if o[0] < 224 and o[0] not in (10, 127, 172, 192, 169)]
        return [f"{a}.{b}.{c}.{d}" for a, b, c, d in outside]
    which = _rng.integers(0, len(prefixes), n).tolist()
    return [f"{prefixes[w]}.{c}.{d}" for w, (_, _, c, d) in zip(which, octets, strict=True)]


OUTSIDE = _addresses(24_000)
INSIDE = _addresses(3_000, ["10.10", "10.20", "10.30", "10.1", "192.168"])
MAPPED = [f"198.51.100.{i}" for i in range(1, 60)]
OUTSIDE6 = [f"2001:db8:{a:x}:{b:x}::{c:x}" for a, b, c in _rng.integers(1, 65535, (300, 3)).tolist()]

LINUX_HOSTS = [
    f"{role}{i:02d}" for i in range(1, 9) for role in ("web", "bastion", "db", "app", "git", "build", "mail", "log")
]
FIREWALLS = ["fw1", "fw2", "fw-dc1", "asa-vpn1", "asa-br17", "fw-dc2"]
WINDOWS_HOSTS = ["DC01", "DC02", "FS01", "SQL01", "EXCH01", *[f"WKS-{i:04d}" for i in range(1, 600)]]
DOMAINS = (
    "www.example.com cdn.example.net login.example.org api.example.com update.example.net mail.example.org "
    "static.example.com files.example.net telemetry.example.org ads.example.com"
).split() + [f"{a}{b}.example" for a in ("cdn", "img", "api", "edge", "x", "s3-", "node") for b in range(40)]

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "python-requests/2.32.3",
    "Go-http-client/1.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.86 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 zgrab/0.x",
    "kube-probe/1.29",
    "ELB-HealthChecker/2.0",
    "sqlmap/1.8.2#stable (https://sqlmap.org)",
    "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
    "-",
    "Wget/1.21.3",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "okhttp/4.12.0",
    "Prometheus/2.53.0",
] + [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.{b}.{p} Safari/537.36"
    for v, b, p in ((90 + i, 4430 + 57 * i, 40 + 5 * i) for i in range(41))
]
