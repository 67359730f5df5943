"""Stages: verbs, one a file; plain functions from batch to batch, without I/O or clock."""
