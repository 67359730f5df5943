"""A day of ordinary traffic in true formats, with attacks of every kind that our rules name, and controls that just miss."""
