"""Penstock: raw telemetry in, validated ECS events, categorised rejects and alerts out, as columns."""

__version__ = "0.1.0"
