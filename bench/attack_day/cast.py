"""Who is in the day: addresses, people and machines, each handed out once where it must be told apart."""

from __future__ import annotations

import random

from corpora.pools import LINUX_HOSTS, PEOPLE

DAY = 1_794_873_600
"""Epoch seconds of the day's beginning: 2026-11-17T00:00:00Z."""

SECOND = 1_000_000
HOURS = 24
STAFF = PEOPLE[:600]
VICTIMS = sorted(set(PEOPLE[600:]) - set(STAFF))
SERVERS = LINUX_HOSTS[:24]


class Cast:
    """Chance of a seed, and what has been given away: nobody who attacks is in two stories, nor in ordinary traffic."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._attackers = self._insiders = self._victims = self._clients = 0

    def attacker(self) -> str:
        """An address outside that nobody else has."""
        self._attackers += 1
        n = self._attackers
        return f"45.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"

    def client(self) -> str:
        """An address outside of an ordinary visitor."""
        self._clients += 1
        n = self._clients * 2654435761 % (1 << 24)  # each of 16 million once, and neighbours far apart
        return f"{(81, 86, 92, 109)[self._clients & 3]}.{n >> 16}.{n >> 8 & 255}.{n & 255}"

    def insider(self) -> str:
        """An address inside that nobody else has."""
        self._insiders += 1
        return f"10.66.{self._insiders >> 8 & 255}.{self._insiders & 255}"

    def victim(self) -> str:
        """An account that is in no ordinary traffic: the first times as people are called, then with a number."""
        self._victims += 1
        again, which = divmod(self._victims - 1, len(VICTIMS))
        return VICTIMS[which] + (str(again + 1) if again else "")

    def tag(self) -> str:
        """32 hexadecimal digits."""
        return f"{self.random.getrandbits(128):032x}"

    def spread(self, n: int, seconds: float) -> list[int]:
        """n times in microseconds, from 0 to `seconds` and both there, evenly but not exactly."""
        if n == 1:
            return [0]
        step = seconds / (n - 1)
        inner = [step * (i + self.random.uniform(-0.3, 0.3)) for i in range(1, n - 1)]
        return [round(t * SECOND) for t in (0.0, *inner, seconds)]
