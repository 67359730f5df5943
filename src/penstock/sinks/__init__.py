"""Sinks: where finished batches go, one a file."""
