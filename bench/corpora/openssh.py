"""OpenSSH's authentication log as Debian's /var/log/auth.log holds it (RFC 3164 without a PRI), ~105 bytes a line.

Message texts after OpenSSH's auth.c, packet.c, monitor.c and Linux-PAM's pam_unix.
"""

from __future__ import annotations

from collections.abc import Callable

from corpora.draw import I64, Draw, rfc3164
from corpora.pools import GUESSED_USERS, LINUX_HOSTS, OUTSIDE, OUTSIDE6, UNIX_USERS

Message = Callable[[str, int, str, str, str, int], str]
# address, port, a real user, a guessed one, a key's fingerprint, a small number

MESSAGES: list[tuple[float, Message]] = [
    (22, lambda a, p, u, g, f, n: f"Failed password for root from {a} port {p} ssh2"),
    (14, lambda a, p, u, g, f, n: f"Failed password for invalid user {g} from {a} port {p} ssh2"),
    (4, lambda a, p, u, g, f, n: f"Failed password for {u} from {a} port {p} ssh2"),
    (10, lambda a, p, u, g, f, n: f"Invalid user {g} from {a} port {p}"),
    (
        9,
        lambda a, p, u, g, f, n: (
            f"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={a}  user=root"
        ),
    ),
    (
        5,
        lambda a, p, u, g, f, n: (
            f"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={a} "
        ),
    ),
    (6, lambda a, p, u, g, f, n: "pam_unix(sshd:auth): check pass; user unknown"),
    (6, lambda a, p, u, g, f, n: f"Received disconnect from {a} port {p}:11: Bye Bye [preauth]"),
    (2, lambda a, p, u, g, f, n: f"Received disconnect from {a} port {p}:11: disconnected by user"),
    (4, lambda a, p, u, g, f, n: f"Disconnected from authenticating user root {a} port {p} [preauth]"),
    (4, lambda a, p, u, g, f, n: f"Disconnected from invalid user {g} {a} port {p} [preauth]"),
    (2, lambda a, p, u, g, f, n: f"Disconnected from user {u} {a} port {p}"),
    (3, lambda a, p, u, g, f, n: f"Connection closed by authenticating user {u} {a} port {p} [preauth]"),
    (3, lambda a, p, u, g, f, n: f"Connection closed by invalid user {g} {a} port {p} [preauth]"),
    (3, lambda a, p, u, g, f, n: f"Connection closed by {a} port {p} [preauth]"),
    (1, lambda a, p, u, g, f, n: f"Connection reset by {a} port {p} [preauth]"),
    (5, lambda a, p, u, g, f, n: f"Accepted publickey for {u} from {a} port {p} ssh2: ED25519 SHA256:{f}"),
    (2, lambda a, p, u, g, f, n: f"Accepted publickey for {u} from {a} port {p} ssh2: RSA SHA256:{f}"),
    (3, lambda a, p, u, g, f, n: f"Accepted password for {u} from {a} port {p} ssh2"),
    (0.5, lambda a, p, u, g, f, n: f"Accepted keyboard-interactive/pam for {u} from {a} port {p} ssh2"),
    (5, lambda a, p, u, g, f, n: f"pam_unix(sshd:session): session opened for user {u}(uid={1000 + n}) by (uid=0)"),
    (4, lambda a, p, u, g, f, n: f"pam_unix(sshd:session): session closed for user {u}"),
    (
        1,
        lambda a, p, u, g, f, n: (
            f"error: maximum authentication attempts exceeded for root from {a} port {p} ssh2 [preauth]"
        ),
    ),
    (
        1,
        lambda a, p, u, g, f, n: (
            f"error: maximum authentication attempts exceeded for invalid user {g} from {a} port {p} ssh2 [preauth]"
        ),
    ),
    (
        1,
        lambda a, p, u, g, f, n: (
            f"Disconnecting authenticating user root {a} port {p}: Too many authentication failures [preauth]"
        ),
    ),
    (
        1,
        lambda a, p, u, g, f, n: (
            f"PAM {n % 5 + 1} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={a}  user={u}"
        ),
    ),
    (1, lambda a, p, u, g, f, n: f"Did not receive identification string from {a} port {p}"),
    (0.7, lambda a, p, u, g, f, n: "error: kex_exchange_identification: Connection closed by remote host"),
    (0.5, lambda a, p, u, g, f, n: f"banner exchange: Connection from {a} port {p}: invalid format"),
    (
        0.5,
        lambda a, p, u, g, f, n: (
            f"Unable to negotiate with {a} port {p}: no matching key exchange method found. Their offer: diffie-hellman-group14-sha1,diffie-hellman-group1-sha1 [preauth]"
        ),
    ),
    (
        0.5,
        lambda a, p, u, g, f, n: (
            f"reverse mapping checking getaddrinfo for host-{n}.isp.example [{a}] failed - POSSIBLE BREAK-IN ATTEMPT!"
        ),
    ),
    (0.3, lambda a, p, u, g, f, n: f"fatal: Timeout before authentication for {a} port {p}"),
    (0.2, lambda a, p, u, g, f, n: f"Server listening on 0.0.0.0 port {22 if n % 3 else 2222}."),
]

_KEYS = 400


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    addresses = [
        a if r else b
        for a, b, r in zip(draw.pick(OUTSIDE, n), draw.even(OUTSIDE6, n), draw.ints(0, 40, n), strict=True)
    ]
    keys = ["Fk2mWqZ8" + f"{i * 2654435761 % 2**32:08x}" + "Jt7yLr0pXvB3nQ9sKdEuGhC1oAi" for i in range(_KEYS)]
    columns = (
        draw.kinds([w for w, _ in MESSAGES], n).tolist(),
        rfc3164(micros),
        draw.pick(LINUX_HOSTS, n, 0.8),
        draw.ints(800, 4_000_000, n),
        addresses,
        draw.ints(1024, 65536, n),
        draw.pick(UNIX_USERS, n),
        draw.pick(GUESSED_USERS, n, 0.7),
        draw.pick(keys, n),
        draw.ints(0, 250, n),
    )
    messages = [m for _, m in MESSAGES]
    return [
        f"{when} {host} sshd[{pid}]: {messages[k](a, p, u, g, f, i)}"
        for k, when, host, pid, a, p, u, g, f, i in zip(*columns, strict=True)
    ]
