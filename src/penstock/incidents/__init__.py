"""Alerts to incidents an analyst can carry: pure steps, no I/O and no clock. Begin with `step.py`."""
