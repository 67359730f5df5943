"""Paths of members as packs write them: `userIdentity.type`, `attrs."k8s.pod"`, `resources.[].ARN`."""

from __future__ import annotations

import re

from penstock.formats.keys import Path

_PART = re.compile(r'"([^"]*)"|([^."]+)')


def parse_path(text: str) -> Path:
    """The parts of a path. A quoted part may hold dots."""
    parts = [(quoted or plain).encode() for quoted, plain in _PART.findall(text)]
    return tuple(parts) or (text.encode(),)


def flat_forms(path: Path) -> list[Path]:
    """The path nested, and as one flat name with dots (how shippers often write it)."""
    return [path] if len(path) == 1 or b"[]" in path else [path, (b".".join(path),)]


def under(prefix: str, member: str) -> str:
    """The path of a member below a prefix ("" is the top)."""
    return f"{prefix}.{member}" if prefix else member
