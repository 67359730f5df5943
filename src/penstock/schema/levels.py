"""How bad something is, as Sigma's rules, alerts and incidents say it."""

from __future__ import annotations

LEVELS = ("informational", "low", "medium", "high", "critical")
"""From the least to the worst."""
