"""What is taken for a file with a header row."""

from __future__ import annotations

import pytest

from penstock.sources.framing import Bounds
from penstock.sources.tables import RowFramer, table_framer


@pytest.mark.parametrize(
    "first",
    [
        b"Nov 23 10:00:01 web1 httpd[1201]: Server configured, listening on: port 443, port 80",
        b"Nov 23 10:00:01 web1 sshd[1201]: Corrupted check bytes on input, padding, length",
    ],
)
def test_a_syslog_line_with_commas_is_no_header(first: bytes) -> None:
    later = b"Nov 23 10:00:02 web1 httpd[1201]: Server stopped, port 443, port 80"
    assert table_framer(first + b"\n" + later + b"\n", Bounds()) is None


def test_names_are_a_header() -> None:
    assert isinstance(table_framer(b"time,src ip,user:name\n10:00:01,192.0.2.1,alice\n", Bounds()), RowFramer)
