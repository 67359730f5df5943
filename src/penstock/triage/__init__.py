"""Incidents at work: the desk that keeps them in the lake, and what verbs ask of it. Begin with `desk.py`."""
