"""Events for `sigma.py detect`: many, of many kinds, no two alike. The same seed gives the same bytes.

    python bench/sigma_events.py windows --like EVENTS.ndjson --events 1e6 --out windows.ndjson
    python bench/sigma_events.py process --like EVENTS.ndjson --events 2e5 --out process.ndjson
    python bench/sigma_events.py cloudtrail --events 2e5 --out cloudtrail.ndjson
    python bench/sigma_events.py proxy --events 2e5 --out proxy.ndjson --theirs proxy-sigma.ndjson
    python bench/sigma_events.py linux --events 2e5 --out linux.log --theirs linux-sigma.ndjson

`windows` and `process` (only starts of processes) repeat the events of a file: each text, path, command line, hash and
number differs every time, what says which kind of event it is stays. `proxy` and `linux` (audit daemon and syslog) are
written as their products do, and a second time with Sigma's names as JSON members, which is what RSigma reads.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import orjson
from generate import chunks

SEED = 20261129
STARTS = ("1", "4688")

KEPT = frozenset(
    "Channel EventID SourceName Provider ProviderGuid Provider_Name Task Level Keywords Version Opcode OpcodeValue"
    " Severity SeverityValue EventType EventTypeOrignal Category @timestamp @version UtcTime TimeCreated EventTime"
    " EventReceivedTime CreationUtcTime PreviousCreationUtcTime Hostname host port tags SourceModuleName"
    " SourceModuleType GrantedAccess AccessMask AccessList Protocol Signed SignatureStatus Signature LogonType"
    " Initiated SourceIp DestinationIp SourceAddress DestAddress IpAddress SourceIsIpv6 DestinationIsIpv6 RuleName"
    " ObjectType ObjectServer AccountType MandatoryLabel TokenElevationType IntegrityLevel LayerName Direction"
    " Company".split()
)
"""Members that say what kind of event it is, or hold what only looks like a number."""

FREE = re.compile(
    r"CommandLine|Image|Name|Object|Message|Script|Payload|Context|Data|Details|Trace|Path|Query|Application"
)
"""Names of members in which words are put too."""

_RUN = re.compile(r"(?<![A-Za-z])[0-9a-f]{3,}(?![g-z])|(?<![A-Z])[0-9A-F]{3,}(?![G-Z])|[0-9]{2,}")
_SYLLABLES = ("ka", "lo", "mir", "ten", "sho", "var", "bi", "dun", "rel", "os", "qui", "fa", "zen", "tor")


class Varied:
    """Texts like others."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._digits = "".join(chance.choices("123456789", k=65_536))
        self._hex = "".join(chance.choices("123456789abcdef", k=65_536))
        self._words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(20_000)]

    def word(self) -> str:
        """A word of no language."""
        return self._words[int(self._chance.random() * 20_000)]

    def text(self, text: str, *, words: bool) -> str:
        """The text with other numbers and hashes, and (words) one more word."""
        at = int(self._chance.random() * 60_000)

        def other(found: re.Match[str]) -> str:
            nonlocal at
            run = found[0]
            at = (at + len(run)) % 60_000
            if run.isdecimal():
                return self._digits[at : at + len(run)]
            new = self._hex[at : at + len(run)]
            return new.upper() if run.isupper() else new

        new = _RUN.sub(other, text)
        if words and len(new) > 8:
            cut = max(new.rfind("\\"), new.rfind(" ")) + 1
            new = f"{new[:cut]}{self.word()}{new[cut:]}" if cut else f"{new} {self.word()}"
        return new

    def event(self, event: dict[str, object]) -> dict[str, object]:
        """An event like another."""
        return {
            name: self.text(value, words=bool(FREE.search(name)))
            if isinstance(value, str) and name not in KEPT and len(value) > 2
            else value
            for name, value in event.items()
        }


Pair = tuple[bytes, bytes]
"""An event as its product writes it, and as RSigma reads it."""


def windows(chance: random.Random, like: Path | None, *, starts: bool = False) -> Iterator[Pair]:
    """Windows events without end."""
    if like is None:
        sys.exit("--like: a file of Windows events, one JSON object a line")
    found = [orjson.loads(line) for line in like.read_bytes().splitlines()]
    if starts:
        found = [e for e in found if str(e.get("EventID")) in STARTS and "CommandLine" in e]
    varied = Varied(chance)
    while True:
        for event in found:
            raw = orjson.dumps(varied.event(event))
            yield raw, raw


def cloudtrail(_: random.Random, __: Path | None) -> Iterator[Pair]:
    """CloudTrail records without end."""
    for chunk in chunks("cloudtrail"):
        for line in chunk.splitlines():
            yield line, line


_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "curl/8.9.1",
    "Microsoft-CryptoAPI/10.0",
    "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.33",
)
_TAILS = ("", "/index.html", "/api/v2/items", "/static/app.js", "/login", "/download/setup.exe", "/img/logo.png")


def proxy(chance: random.Random, _: Path | None) -> Iterator[Pair]:
    """Requests through a proxy: as JSON with ECS names, and with Sigma's."""
    varied = Varied(chance)
    while True:
        host = f"{varied.word()}.{chance.choice(('com', 'net', 'org', 'io', 'top'))}"
        path = f"/{varied.word()}{chance.choice(_TAILS)}"
        query = f"q={varied.word()}&s={chance.getrandbits(48):x}" if chance.random() < 0.4 else ""
        url = f"https://{host}{path}" + (f"?{query}" if query else "")
        method, status = chance.choice(("GET", "GET", "GET", "POST", "HEAD")), chance.choice((200, 200, 304, 403, 404))
        agent = chance.choice(_AGENTS)
        client, user = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}", varied.word()
        when = f"2026-11-23T{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}Z"
        sizes = chance.randrange(100, 5_000), chance.randrange(100, 500_000)
        parts = {"scheme": "https", "domain": host, "path": path, "original": url}
        ecs = {
            "@timestamp": when,
            "event": {"category": ["web"], "action": "proxied"},
            "observer": {"type": "proxy", "hostname": "proxy1"},
            "http": {
                "request": {"method": method, "bytes": sizes[0]},
                "response": {"status_code": status, "bytes": sizes[1]},
            },
            "url": parts | ({"query": query} if query else {}),
            "user_agent": {"original": agent},
            "source": {"ip": client},
            "user": {"name": user},
        }
        sigma = {
            "@timestamp": when, "cs-method": method, "sc-status": status, "cs-bytes": sizes[0], "sc-bytes": sizes[1],
            "c-uri": url, "cs-uri": url, "cs-host": host, "r-dns": host, "cs-uri-stem": path, "c-uri-query": query,
            "cs-uri-query": query, "c-useragent": agent, "cs-user-agent": agent, "src_ip": client, "cs-username": user,
        }  # fmt: skip
        yield orjson.dumps(ecs), orjson.dumps(sigma)


_TOOLS = (
    ("ls", "-la", "/home/{w}"), ("grep", "-r", "{w}", "/etc/{w}.conf"), ("systemctl", "restart", "{w}.service"),
    ("python3", "/opt/{w}/main.py", "--port", "{n}"), ("tar", "czf", "/backup/{w}.tgz", "/srv/{w}"),
    ("curl", "-s", "https://{w}.example.com/{w}"), ("chown", "{w}:{w}", "/var/lib/{w}"), ("ps", "aux"),
)  # fmt: skip
_PATHS = ("/usr/bin/{w}", "/etc/{w}/{w}.conf", "/var/log/{w}.log", "/home/{w}/.cache/{w}", "/tmp/{w}.{n}")
_SAYINGS = (
    ("sshd", 86, "Accepted publickey for {w} from 10.1.{b}.{b} port {n} ssh2: ED25519 SHA256:{h}"),
    ("sshd", 86, "Failed password for invalid user {w} from 203.0.113.{b} port {n} ssh2"),
    ("sudo", 85, "{w} : TTY=pts/1 ; PWD=/home/{w} ; USER=root ; COMMAND=/usr/bin/systemctl restart {w}"),
    ("CRON", 78, "({w}) CMD (/usr/local/bin/{w} --once {n})"),
    ("systemd", 30, "Started {w}.service - {w} of {w}."),
    ("kernel", 6, "[{n}.{n}] eth0: {w} link {w} {h}"),
    ("dhclient", 30, "DHCPACK of 10.1.{b}.{b} from 10.1.0.1 (xid=0x{h})"),
)


QUOTED = frozenset(("a0", "a1", "a2", "a3", "name", "comm", "exe", "key"))
"""Members that the audit daemon puts in quotation marks."""


def linux(chance: random.Random, _: Path | None) -> Iterator[Pair]:
    """Records of the audit daemon and syslog messages, one of each in turn."""
    varied = Varied(chance)

    def filled(text: str) -> str:
        while (at := text.find("{")) >= 0:
            kind = text[at + 1]
            new = (
                varied.word() if kind == "w"
                else str(chance.randrange(1, 255)) if kind == "b"
                else str(chance.randrange(1024, 65_000)) if kind == "n"
                else f"{chance.getrandbits(48):x}"
            )  # fmt: skip
            text = text[:at] + new + text[at + 3 :]
        return text

    serial, second = 1_000, 1_795_000_000
    while True:
        serial += 1
        second += serial % 3 == 0
        members: dict[str, str]
        kind = chance.random()
        if kind < 0.4:
            arguments = [filled(part) for part in chance.choice(_TOOLS)]
            named = {f"a{i}": part for i, part in enumerate(arguments)}
            members = {"type": "EXECVE", "argc": str(len(arguments)), **named}
        elif kind < 0.7:
            members = {"type": "PATH", "item": "0", "name": filled(chance.choice(_PATHS)), "nametype": "NORMAL"}
        else:
            members = {
                "type": "SYSCALL", "arch": "c000003e", "syscall": str(chance.randrange(330)), "success": "yes",
                "exit": "0", "pid": str(chance.randrange(30_000)), "auid": "1000", "uid": "0", "euid": "0",
                "comm": varied.word(), "exe": filled("/usr/bin/{w}"), "key": varied.word(),
            }  # fmt: skip
        pairs = " ".join(f'{k}="{v}"' if k in QUOTED else f"{k}={v}" for k, v in members.items() if k != "type")
        stamp = f"audit({second}.{serial % 1000:03}:{serial})"
        yield f"type={members['type']} msg={stamp}: {pairs}".encode(), orjson.dumps(members | {"msg": stamp})
        program, priority, said = chance.choice(_SAYINGS)
        said, pid = filled(said), chance.randrange(300, 30_000)
        clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        line = f"<{priority}>Nov 23 {clock} web{chance.randrange(9)} {program}[{pid}]: {said}"
        yield line.encode(), orjson.dumps({"program": program, "pid": pid, "message": said})


KINDS: dict[str, Callable[[random.Random, Path | None], Iterator[Pair]]] = {
    "windows": windows,
    "process": lambda chance, like: windows(chance, like, starts=True),
    "cloudtrail": cloudtrail,
    "proxy": proxy,
    "linux": linux,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=tuple(KINDS))
    parser.add_argument("--events", type=float, default=2e5)
    parser.add_argument("--like", type=Path, help="Windows events to repeat")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--theirs", type=Path, help="the same events as RSigma reads them")
    options = parser.parse_args()
    made = KINDS[options.kind](random.Random(options.seed), options.like)
    with options.out.open("wb") as out, (options.theirs or Path("/dev/null")).open("wb") as theirs:
        for _ in range(int(options.events)):
            one, other = next(made)
            out.write(one + b"\n")
            theirs.write(other + b"\n")


if __name__ == "__main__":
    main()
