"""Figures in Prometheus's text format."""

from __future__ import annotations

import threading

from penstock.telemetry import BUCKETS, Metrics

ABOUT = {"penstock_x_total": "Things", "penstock_y": "A state", "penstock_z_seconds": "How long"}


def test_rendered():
    metrics = Metrics(ABOUT)
    metrics.add("penstock_x_total", 2, source='a"\\\n')
    metrics.add("penstock_x_total", source='a"\\\n')
    metrics.set("penstock_y", 1.5)
    metrics.took("penstock_z_seconds", 0.004, stage="parse")
    metrics.took("penstock_z_seconds", 99, stage="parse")
    lines = metrics.render().splitlines()
    assert lines[:3] == [
        "# HELP penstock_x_total Things",
        "# TYPE penstock_x_total counter",
        'penstock_x_total{source="a\\"\\\\\\n"} 3',
    ]
    assert "penstock_y 1.5" in lines
    assert "# TYPE penstock_z_seconds histogram" in lines
    assert 'penstock_z_seconds_bucket{stage="parse",le="0.0025"} 0' in lines
    assert 'penstock_z_seconds_bucket{stage="parse",le="0.005"} 1' in lines
    assert lines[-3:] == [
        'penstock_z_seconds_bucket{stage="parse",le="+Inf"} 2',
        'penstock_z_seconds_sum{stage="parse"} 99.004',
        'penstock_z_seconds_count{stage="parse"} 2',
    ]
    assert sum("_bucket" in line for line in lines) == len(BUCKETS) + 1


def test_nothing_is_lost_between_threads():
    metrics = Metrics(ABOUT)
    workers = [
        threading.Thread(target=lambda: [metrics.add("penstock_x_total", source="a") for _ in range(2_000)])
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert metrics.value("penstock_x_total", source="a") == 8_000
    assert metrics.value("penstock_x_total", source="b") == 0
