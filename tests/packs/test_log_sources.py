"""For each log source that a pack serves: a rule with the names that such rules have fires on the pack's events.

Cases stand in `log_sources/<pack>.yaml`: a log source, a selection (`when`), and what must fire it: a sample of the
pack (`sample`), raw records (`lines`) or one Windows event (`windows`: channel, number, provider, event data).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from penstock import samples
from penstock.content.catalogue import Catalogue
from penstock.content.places import packs_dir
from penstock.content.sigma.model import Source
from penstock.content.sigma.rule_set import RuleSet, read_rule_set
from penstock.content.sigma.serving import Serving, load_servings
from penstock.core import fold
from penstock.detecting import detection
from penstock.formats.ndjson import to_ndjson
from penstock.pipeline import load_catalogue, pack_folders
from penstock.sources.file import FileSource

FOLDER = Path(__file__).parent / "log_sources"
TIME = "2026-11-23T10:00:00.000Z"


@dataclass(frozen=True)
class Case:
    """One of a pack's cases. number: its place in the file."""

    pack: str
    number: int
    data: Mapping[str, Any]

    @property
    def source(self) -> Source:
        return Source(*(self.data.get(k) for k in ("product", "category", "service")))

    @property
    def id(self) -> str:
        return f"00000000-0000-4000-8000-{PACKS.index(self.pack):06d}{self.number:06d}"

    @property
    def rule(self) -> bytes:
        names = {k: self.data[k] for k in ("product", "category", "service") if k in self.data}
        when = self.data["when"]
        detection = {"selection": when.get("keywords", when) if set(when) == {"keywords"} else when}
        if "keywords" in when and set(when) != {"keywords"}:
            rest = {k: v for k, v in when.items() if k != "keywords"}
            detection = {"words": when["keywords"], "selection": rest}
        condition = " and ".join(detection)
        return yaml.safe_dump(
            {"title": str(self), "id": self.id, "logsource": names, "detection": {**detection, "condition": condition}}
        ).encode()

    def file(self, folder: Path) -> Path:
        """What must fire it, as a file."""
        if "sample" in self.data:
            return packs_dir() / self.pack / "samples" / str(self.data["sample"])
        made = folder / f"{self.pack}{self.number}.log"
        made.write_text("\n".join([*self.data.get("lines", ()), *self._windows()]) + "\n")
        return made

    def _windows(self) -> list[str]:
        if "windows" not in self.data:
            return []
        channel, number, provider, data = self.data["windows"]
        event = {"channel": channel, "event_id": str(number), "provider_name": provider, "event_data": data}
        return [
            orjson.dumps({"@timestamp": TIME, "winlog": {**event, "computer_name": "pc1", "record_id": 1}}).decode()
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.source} {self.number}"


PACKS = sorted(p.stem for p in FOLDER.glob("*.yaml"))
CASES = [Case(p, n, c) for p in PACKS for n, c in enumerate(yaml.safe_load((FOLDER / f"{p}.yaml").read_text()))]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """All bundled packs."""
    return load_catalogue()


@pytest.fixture(scope="module")
def rule_set(catalogue: Catalogue) -> RuleSet:
    """Every case's rule, together."""
    found = read_rule_set([(Path(f"{c}.yml"), c.rule) for c in CASES], catalogue, load_servings(pack_folders()))
    assert found.problems == ()
    return found


@pytest.fixture(scope="module")
def fired(catalogue: Catalogue, rule_set: RuleSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Case -> the datasets of the events that its own file fired it with."""
    folder = tmp_path_factory.mktemp("events")
    chain = detection(catalogue, rule_set)
    found: dict[Path, dict[str, set[str]]] = {}
    for file in dict.fromkeys(case.file(folder) for case in CASES):
        ids = found[file] = {}
        for raw in FileSource(file, 0, reference=samples.REFERENCE).read():
            for line in bytes(to_ndjson(fold(chain, raw).alerts)).split(b"\n")[:-1]:
                alert = orjson.loads(line)
                ids.setdefault(alert["rule.id"], set()).add(alert["event.dataset"])
    return {case.id: found[case.file(folder)].get(case.id, set()) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_fires_on_an_event_of_the_pack(case: Case, fired: dict[str, set[str]]):
    assert any(dataset.startswith(f"{case.pack}.") for dataset in fired[case.id])


def test_every_case_is_counted_as_able_to_fire(rule_set: RuleSet):
    assert [rule_set.rules[i].title for i in (*rule_set.unserved, *rule_set.dead, *rule_set.undeclared)] == []


@pytest.mark.parametrize("serving", load_servings(pack_folders()), ids=lambda s: f"{s.pack} {s.source} {s.line}")
def test_every_log_source_has_a_case(serving: Serving, fired: dict[str, set[str]]):
    cases = [c for c in CASES if c.pack == serving.pack and serving.serves(c.source)]
    assert any(fired[c.id] & set(serving.events) for c in cases)
