"""Correlation: events that matched rules, in windows of event time, one group at a time, to alerts.

Pure: a step takes a correlation, its state, rows and a watermark, and gives the state and what was raised. What does
not fit into memory goes to a `Spill`. See docs/reference/correlation.md and ADR 0006.
"""
