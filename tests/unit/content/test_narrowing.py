"""What is made for detection alone is what is made of the whole event: narrower, and never something else."""

from __future__ import annotations

import orjson
import pytest

from penstock.content.narrowing import narrowed
from penstock.core import fold
from penstock.formats.ndjson import to_ndjson
from penstock.pipeline import load_catalogue, stages
from penstock.samples import REFERENCE
from penstock.sources.file import FileSource

LINE = (
    "<166>Nov 23 2026 10:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection 7 for outside:198.51.100.77/443"
    " (198.51.100.77/443) to inside:10.1.4.17/40000 (203.0.113.1/40000)\n"
)


@pytest.mark.parametrize("name", ["source.ip", "destination.ip", "destination.port", "observer.ingress.interface.name"])
def test_a_swap_is_made_though_only_one_side_is_looked_at(tmp_path, name):
    """A step names `source`, a rule `source.ip`."""
    file = tmp_path / "asa.log"
    file.write_text(LINE)
    whole = load_catalogue()
    rows = []
    for catalogue in (whole, narrowed(whole, {"cisco_asa.log": frozenset({name})})):
        [batch] = [fold(stages(catalogue), raw) for raw in FileSource(file, 0, reference=REFERENCE).read()]
        rows.append(orjson.loads(bytes(to_ndjson(batch.events))))
    assert rows[0][name] == rows[1][name]
    assert rows[0]["destination.port"] == 443
