"""`/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from penstock.errors import OutsideError
from penstock.telemetry import TYPE


def probes(ready: Callable[[], bool], metrics: Callable[[], str], token: str | None = None) -> Starlette:
    """The application. With a token, /metrics wants `Authorization: Bearer <token>`."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        return PlainTextResponse("ready\n") if ready() else PlainTextResponse("not ready\n", 503)

    async def show(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if token is not None and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return PlainTextResponse("a token is wanted\n", 401, {"WWW-Authenticate": "Bearer"})
        return PlainTextResponse(metrics(), media_type=TYPE)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", show)])


class Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises `OutsideError` naming the port and what to do."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen(128)
        except OSError:
            found.close()
            raise
    except OSError as error:
        hint = "stop what listens there, or set console.listen"
        raise OutsideError(f"cannot listen on {host}:{port}: {error.strerror} ({hint})") from error
    return found


def server(app: Starlette) -> Server:
    """A server for it; `await server.serve([socket])` until `should_exit`."""
    settings = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    return Server(settings)
