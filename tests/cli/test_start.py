"""Starting is fast: a verb imports what it needs, and no more."""

from __future__ import annotations

import subprocess
import sys

ASKING = """\
import sys
from penstock.cli.main import main
main(sys.argv[1:])
print(*sorted(m for m in sys.modules), file=sys.stderr)
"""

HEAVY = (
    "asyncio", "polars", "pyarrow", "duckdb", "deltalake", "pydantic", "jinja2", "sigma", "re2",
    "penstock.content.sigma", "penstock.content.compiling", "penstock.content.yaml_tree", "penstock.correlate",
    "penstock.detecting", "penstock.service", "penstock.store", "penstock.web",
)  # fmt: skip


def test_parse_imports_nothing_of_rules_stores_and_servers(tmp_path):
    """With the packs kept, a line is parsed without what reads packs or rules, or serves."""
    line = tmp_path / "one.log"
    line.write_text("<38>Nov 23 10:00:01 web1 sshd[12]: Failed password for root from 203.0.113.7 port 40222 ssh2\n")
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", ASKING, "parse", str(line)], capture_output=True, text=True, check=True
        )
    assert '"event.dataset":"linux_auth.sshd"' in done.stdout
    there = set(done.stderr.split())
    assert not there.intersection(HEAVY)
