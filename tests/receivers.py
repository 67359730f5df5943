"""A webhook receiver on 127.0.0.1 that does as it is told: fail, stall, drop; it honours the idempotency key."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hooks:
    """A webhook receiver. `script` holds what it does next: a status, `stall`, `drop` (take it, answer nothing)."""

    def __init__(self):
        self.script: list[object] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.recorded: dict[str, bytes] = {}
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                does = outer.script.pop(0) if outer.script else 200
                if does == "stall":
                    outer.released.wait(20)
                    return
                if does in {"drop", 200}:
                    outer.recorded.setdefault(self.headers["Idempotency-Key"], body)
                if does == "drop":
                    self.connection.close()
                    return
                with contextlib.suppress(OSError):
                    self.send_response(does)
                    if does == 429:
                        self.send_header("Retry-After", "120")
                    self.end_headers()
                    self.wfile.write(b"an answer")

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=s3cr3t"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
