"""A generic webhook: one POST a message, signed so that the receiver knows who sent it and when.

Idempotency-Key       the same for every attempt of one step
X-Penstock-Timestamp  seconds since 1970, of this attempt
X-Penstock-Signature  sha256=<hex>, HMAC-SHA256 with the secret over timestamp, a dot, and the body
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from penstock.errors import OutsideError
from penstock.notify.channel import Declined, Later, Message, Unreachable, Wanted
from penstock.notify.template import fill, in_json

READ = 65_536
"""Bytes of an answer that are read."""

AGAIN = frozenset((408, 409, 425, 429))
"""Statuses below 500 that mean: later. 409 is what a receiver says that is still at work on an earlier attempt."""

LONGEST_PAUSE = 3600.0
"""Seconds that a `Retry-After` may ask for."""


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What `X-Penstock-Signature` says."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts to `url`. Without `body` the message's fields go as one JSON object. Redirects are not followed."""

    name: str
    wants: Wanted
    url: str
    secret: bytes | None = field(default=None, repr=False)
    body: str | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 10.0

    def send(self, message: Message, now: float) -> None:
        """One POST. See `Channel`."""
        body = self._body(message)
        timestamp = str(int(now))
        headers = {
            "Content-Type": self.content_type,
            "User-Agent": "penstock",
            **self.headers,
            "Idempotency-Key": message.key,
            "X-Penstock-Timestamp": timestamp,
        }
        if self.secret is not None:
            headers["X-Penstock-Signature"] = signature(self.secret, timestamp, body)
        status, pause = self._post(body, headers)
        if 200 <= status < 300:
            return
        if status in AGAIN or status >= 500:
            if pause is not None:
                raise Later(f"{self.name}: status {status}", pause)
            raise OutsideError(f"{self.name}: status {status}")
        raise Declined(f"{self.name}: status {status}")

    def _body(self, message: Message) -> bytes:
        if self.body is None:
            return json.dumps({"idempotency.key": message.key, **message.fields}, ensure_ascii=False).encode()
        escape = in_json if "json" in self.content_type else str
        return fill(self.body, message.fields, escape).encode()

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, float | None]:
        """The status, and the pause that was asked for."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        deadline = time.monotonic() + self.timeout
        connection = (
            http.client.HTTPSConnection(
                host, parts.port, timeout=self.timeout, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=self.timeout)
        )  # fmt: skip
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, dict(headers))
            answer = connection.getresponse()
            _drain(answer, deadline)
            return answer.status, _pause(answer.getheader("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            # never its text: that may hold the URL, and the URL a token
            raise Unreachable(f"{self.name}: {type(error).__name__}") from None
        finally:
            connection.close()


def _drain(answer: http.client.HTTPResponse, deadline: float) -> None:
    """Read the answer, that it is whole; one that dribbles past the deadline is a timeout."""
    left = READ
    while left > 0:
        if time.monotonic() > deadline:
            raise TimeoutError
        piece = answer.read1(left)
        if not piece:
            return
        left -= len(piece)


def _pause(text: str | None) -> float | None:
    try:
        return None if text is None else min(LONGEST_PAUSE, max(0.0, float(text)))
    except ValueError:
        return None
