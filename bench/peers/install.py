"""Get the peers from Debian: rsyslog by apt, syslog-ng (which conflicts with it) unpacked into the cache.

    python bench/peers/install.py        # as root

Prints what it got. Nothing here runs as a service: rsyslog's own is stopped if the installation started it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from paths import CACHE

SYSLOG_NG = CACHE / "syslog-ng"
UNPACKED = ("syslog-ng-core", "syslog-ng-scl", "libivykis0", "libnet1", "libpcre3", "libwrap0", "libjson-c5")


def rsyslog() -> str | None:
    """Path of rsyslogd with liblognorm, None if it cannot be had."""
    needed = Path("/usr/lib/x86_64-linux-gnu/rsyslog/mmnormalize.so")
    if not needed.exists() and os.getuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], env=env, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", "rsyslog"],
            env=env,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "disable", "--now", "rsyslog", "syslog.socket"], check=False)
    found = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
    return found if found and needed.exists() else None


def syslog_ng() -> str | None:
    """Path of the unpacked syslog-ng, None if it cannot be had."""
    binary = SYSLOG_NG / "usr/sbin/syslog-ng"
    if not binary.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        debs = CACHE / "deb"
        debs.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", *UNPACKED], cwd=debs, check=False, stdout=subprocess.DEVNULL)
        for deb in debs.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(deb), str(SYSLOG_NG)], check=True)
    return str(binary) if binary.exists() else None


if __name__ == "__main__":
    print("rsyslog:", rsyslog() or "not to be had (needs root and apt)")
    print("syslog-ng:", syslog_ng() or "not to be had (needs apt)")
