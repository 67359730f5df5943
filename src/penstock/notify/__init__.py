"""Telling the outside: channels, one kind a file, and an outbox that loses nothing. Begin with `channel.py`."""
