"""Figures about ourselves, in Prometheus's text format.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4). Names are `penstock_<noun>_<unit>`,
labels `source`, `stage`, `dataset`, `category`, `sink`. Stages and sinks know nothing of this: it is wrapped around.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""

TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counters, gauges and histograms by name and labels. Safe for threads."""

    def __init__(self, about: Mapping[str, str]) -> None:
        """`about`: every name there may be, and what it counts."""
        self._about = about
        self._lock = threading.Lock()
        self._values: dict[str, dict[Labels, float]] = {}
        self._kinds: dict[str, str] = {}
        self._seconds: dict[str, dict[Labels, list[float]]] = {}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count up."""
        with self._lock:
            self._kinds.setdefault(name, "counter")
            values = self._values.setdefault(name, {})
            key = tuple(labels.items())
            values[key] = values.get(key, 0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """How it is now."""
        with self._lock:
            self._kinds.setdefault(name, "gauge")
            self._values.setdefault(name, {})[tuple(labels.items())] = value

    def total(self, name: str, value: float, **labels: str) -> None:
        """A counter that somebody else counts."""
        with self._lock:
            self._kinds.setdefault(name, "counter")
            self._values.setdefault(name, {})[tuple(labels.items())] = value

    def took(self, name: str, seconds: float, **labels: str) -> None:
        """One more duration. Held as counts by `BUCKETS`, then all, then their sum."""
        with self._lock:
            self._kinds.setdefault(name, "histogram")
            row = self._seconds.setdefault(name, {}).setdefault(tuple(labels.items()), [0.0] * (len(BUCKETS) + 2))
            for i, bound in enumerate(BUCKETS):
                row[i] += seconds <= bound
            row[-2] += 1
            row[-1] += seconds

    def value(self, name: str, **labels: str) -> float:
        """What a counter or gauge stands at; 0 before anything came."""
        with self._lock:
            return self._values.get(name, {}).get(tuple(labels.items()), 0)

    def sums(self, name: str) -> dict[Labels, float]:
        """A counter or gauge by labels."""
        with self._lock:
            return dict(self._values.get(name, {}))

    def render(self) -> str:
        """Everything, as text."""
        with self._lock:
            return "".join(f"{line}\n" for name in sorted(self._kinds) for line in self._lines(name))

    def _lines(self, name: str) -> Iterator[str]:
        yield f"# HELP {name} {self._about[name]}"
        yield f"# TYPE {name} {self._kinds[name]}"
        for labels, value in self._values.get(name, {}).items():
            yield f"{name}{_labels(labels)} {_number(value)}"
        for labels, row in self._seconds.get(name, {}).items():
            for bound, count in zip(BUCKETS, row, strict=False):
                yield f"{name}_bucket{_labels((*labels, ('le', str(bound))))} {_number(count)}"
            yield f"{name}_bucket{_labels((*labels, ('le', '+Inf')))} {_number(row[-2])}"
            yield f"{name}_sum{_labels(labels)} {row[-1]:.9g}"
            yield f"{name}_count{_labels(labels)} {_number(row[-2])}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.9g}"
