"""Penstock: raw telemetry in, validated ECS events, categorised rejects and alerts out, as columns.

`penstock.parse(data)` gives frames; see `penstock.frames`. It is imported when it is asked for: the command line
starts without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.frames import parse

__version__ = "0.1.0"
__all__ = ["__version__", "parse"]


def __getattr__(name: str) -> object:
    if name == "parse":
        from penstock.frames import parse  # noqa: PLC0415  see above

        return parse
    raise AttributeError(f"module 'penstock' has no attribute {name!r}")
