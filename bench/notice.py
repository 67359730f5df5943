"""From the watermark passing the last event that an alert needs to its notification, at half of full load.

    python bench/notice.py [--rate LINES_PER_SECOND] [--seconds 30]

The service reads a file that grows by so many sshd lines a second, with our rules; twice a second a new address fails
five times. A webhook on this machine takes the time. The watermark is the source's `lateness` behind the events, which
carry the time at which they are written: so what is measured is the notification's arrival less (event time plus
lateness). Without a rate it is half of what the same service reads when it catches up. Prints p50, p99, worst.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parent))

from paths import SCRATCH
from programs import fresh

ROOT = Path(__file__).resolve().parents[1]
LATENESS = 1.0
TICK = 0.02
EVERY = 0.5
"""Seconds between two attacks."""

FULL = 400_000
"""Lines by which full load is measured."""

YAML = """\
lake: lake
rules: [{rules}]
sources: {{auth: {{type: file, path: auth.log, lateness: {lateness}, poll: 0.05}}}}
console: {{listen: "127.0.0.1:0"}}
incidents: {{burst: 10000, refill: 0.001}}
notify: {{hook: {{type: webhook, url: "http://127.0.0.1:{port}/", level: medium}}}}
"""

ADDRESS = re.compile(r"source\.ip=(10\.\d+\.\d+\.\d+)")


class Receiver(ThreadingHTTPServer):
    """Takes the time of each address's first message."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.came: dict[str, float] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """One message."""

    server: Receiver

    def do_POST(self) -> None:
        now = time.time()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for address in ADDRESS.findall(json.dumps(json.loads(body))):
            self.server.came.setdefault(address, now)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        pass


def line(at: float, pid: int, said: str) -> str:
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"<38>1 {when} web1 sshd {pid} - - {said}\n"


def ordinary(at: float, first: int, count: int) -> str:
    """Logins that succeed."""
    head = line(at, 1, "").removesuffix("\n")
    return "".join(
        f"{head}Accepted publickey for u{n % 5000} from 192.0.2.{n % 250} port {1024 + n % 60000} ssh2\n"
        for n in range(first, first + count)
    )


@contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`penstock run`, ready."""
    with (folder / "stderr").open("wb") as said:
        running = subprocess.Popen([sys.executable, "-m", "penstock", "run"], cwd=folder, stdout=said, stderr=said)
    try:
        while "ready: " not in (folder / "stderr").read_text():
            if running.poll() is not None:
                sys.exit((folder / "stderr").read_text())
            time.sleep(0.05)
        yield running
        running.send_signal(signal.SIGTERM)
        running.wait(60)
    finally:
        if running.poll() is None:
            running.kill()


def metric(folder: Path, name: str) -> float:
    """The sum over all labels."""
    url = re.findall(r"http://[\d.:]+", (folder / "stderr").read_text())[-1]
    with urlopen(f"{url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))


def full_load(port: int) -> float:
    """Lines a second that the service reads, with rules, when all are there."""
    folder = prepared("notice-full", port)
    now = time.time()
    (folder / "auth.log").write_text(ordinary(now, 0, 1000))
    with service(folder):
        while metric(folder, "penstock_records_total") < 1000:
            time.sleep(0.1)
        with (folder / "auth.log").open("a") as out:
            out.write(ordinary(now, 1000, FULL))
        began = time.monotonic()
        while metric(folder, "penstock_records_total") < FULL + 1000:
            time.sleep(0.05)
        return FULL / (time.monotonic() - began)


def prepared(name: str, port: int) -> Path:
    folder = fresh(SCRATCH / name)
    text = YAML.format(rules=ROOT / "rules", lateness=LATENESS, port=port)
    (folder / "penstock.yaml").write_text(text)
    (folder / "auth.log").touch()
    return folder


def feed(watched: Path, rate: float, seconds: float) -> dict[str, float]:
    """Append at this rate; address -> the time of its last failure."""
    attacked: dict[str, float] = {}
    begin = time.time()
    done = 0
    with watched.open("a", buffering=1 << 20) as out:
        while (now := time.time()) < begin + seconds:
            due = int((now - begin) * rate) - done
            out.write(ordinary(now, done, due))
            done += due
            if (now - begin) // EVERY > len(attacked):
                n = len(attacked) + 1
                address = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
                guesses = (f"Failed password for u{n} from {address} port {4000 + k} ssh2" for k in range(5))
                out.writelines(line(now, 100 + k, guess) for k, guess in enumerate(guesses))
                attacked[address] = now
            out.flush()
            time.sleep(max(TICK - (time.time() - now), 0))
    return attacked


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    receiver = Receiver()
    port = receiver.server_address[1]
    full = 0.0
    if not given.rate:
        full = full_load(port)
    rate = given.rate or full / 2
    folder = prepared("notice", port)
    with service(folder):
        attacked = feed(folder / "auth.log", rate, given.seconds)
        time.sleep(LATENESS + 5)
    took = sorted(receiver.came[a] - at - LATENESS for a, at in attacked.items() if a in receiver.came)
    if not took:
        sys.exit("no notification came")
    p50, p99 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.99))]
    print(
        f"{rate:,.0f} lines/s" + (f" (half of {full:,.0f})" if full else "") + f": {len(took)} of {len(attacked)}"
        f" notifications, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (bound 2000), worst {took[-1] * 1000:.0f} ms"
    )
    sys.exit(p99 >= 2 or len(took) < len(attacked))


if __name__ == "__main__":
    main()
