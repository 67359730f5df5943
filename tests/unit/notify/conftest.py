"""Real servers on 127.0.0.1 that do as they are told: fail, stall, repeat."""

from __future__ import annotations

import contextlib
import socketserver
import threading

import pytest

from penstock.notify.channel import Wanted


class Posts:
    """An SMTP server. `script` holds what it says to DATA's end next: a status, `stall`."""

    def __init__(self):
        self.script: list[object] = []
        self.mails: list[str] = []
        self.refused: set[str] = set()
        self.released = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

            def handle(self):
                with contextlib.suppress(OSError):
                    self.talk()

            def talk(self):
                self.say("220 test")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.say("354 go on")
                        text = b""
                        while (line := self.rfile.readline()) != b".\r\n":
                            text += line
                        does = outer.script.pop(0) if outer.script else 250
                        if does == "stall":
                            outer.released.wait(20)
                            return
                        if does == 250:
                            outer.mails.append(text.decode())
                        self.say(f"{does} so it is")
                    elif verb == b"RCPT" and any(r.encode() in line for r in outer.refused):
                        self.say("550 nobody here")
                    elif verb == b"QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def posts():
    made = Posts()
    yield made
    made.close()


@pytest.fixture
def everything():
    """A channel that wants all there is."""
    levels = frozenset(("informational", "low", "medium", "high", "critical"))
    return Wanted(levels, frozenset(("opened", "raised", "reopened", "escalation", "summary")))
