"""Synthetic corpora in the true formats of their products, written after the vendors' documentation."""
