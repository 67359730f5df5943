"""Rules loaded, and the stages from raw records to alerts put together: what `pipeline` is to events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from penstock.content.catalogue import Catalogue
from penstock.content.deciding import CONTEXT
from penstock.content.kept import fingerprint, kept, small_file
from penstock.content.narrowing import narrowed
from penstock.content.places import packs_dir
from penstock.content.sigma.documents import rule_files
from penstock.content.sigma.lists import read_lists
from penstock.content.sigma.map_lint import check_maps, check_shared
from penstock.content.sigma.rule_set import RuleSet, read_rule_set
from penstock.content.sigma.serving import load_servings
from penstock.content.sigma.slots import columns_in
from penstock.core import Stage
from penstock.correlate.signals import Secret
from penstock.errors import ContentError, OutsideError, Problem
from penstock.pipeline import pack_folders, stages
from penstock.stages.alerts import ENTITIES
from penstock.stages.detect import Tally, detect_only


def map_problems(folders: Sequence[Path] = (), catalogue: Catalogue | None = None) -> list[Problem]:
    """What is wrong with the packs' `sigma.yaml` and the shared tables; without a catalogue only with their form."""
    try:
        servings = load_servings(pack_folders(folders))
    except ContentError as error:
        return [*error.problems, *check_shared()]
    return check_shared() if catalogue is None else check_maps(servings, catalogue)


def load_rules(
    places: Sequence[Path], catalogue: Catalogue, folders: Sequence[Path] = (), placeholders: Sequence[Path] = ()
) -> RuleSet:
    """The Sigma rules of files and folders, compiled against the packs (the bundled ones and those of `folders`).

    Rules that cannot be used are in `RuleSet.problems`, the others work. Raises `ContentError` for placeholder files
    and packs' `sigma.yaml` that cannot be used, `OutsideError` for a rule file that cannot be read.
    """
    try:
        files = [(path, small_file(path)) for path in rule_files(places)]
    except OSError as error:
        raise OutsideError(f"cannot read {error.filename}: {error.strerror}") from error
    lists = read_lists(placeholders)
    digest = hashlib.blake2b(fingerprint([packs_dir(), *folders]).encode(), digest_size=16)
    digest.update(repr(sorted(lists.items())).encode())
    for path, raw in files:
        digest.update(f"{path}\0{len(raw)}\0".encode() + raw)

    def build() -> RuleSet:
        return read_rule_set(files, catalogue, load_servings(pack_folders(folders)), lists)

    return kept("rules", digest.hexdigest(), RuleSet, build)


def looked_at(rule_set: RuleSet) -> dict[str, frozenset[str]]:
    """Of each dataset that rules look at the columns they look at."""
    return {
        name: frozenset(
            (
                *(c for slot in (*rules.slots, *rules.told_slots) for c in columns_in(slot)),
                *(["event.id"] if rules.told else ()),
            )
        )
        for name, rules in rule_set.datasets.items()
    }


def shown_in_alerts() -> frozenset[str]:
    """The columns of an event that its alerts show."""
    return frozenset((*ENTITIES, "event.id", "@timestamp", "event.original"))


def detection(
    catalogue: Catalogue, rule_set: RuleSet, tally: Tally | None = None, secret: Secret = (0, 0)
) -> tuple[Stage, ...]:
    """From raw records, or event rows, to alerts: of the events only what rules look at is made.

    secret: under which what correlations are told is hashed
    """
    wanted = looked_at(rule_set)
    asked = frozenset[str]().union(*wanted.values())
    shown = dict.fromkeys((p.name for p in catalogue.plans), frozenset((*ENTITIES, "event.id")))
    narrow = stages(narrowed(catalogue, wanted), context=CONTEXT in asked, asked=wanted)
    return (detect_only(rule_set, narrow, stages(narrowed(catalogue, shown), context=CONTEXT in asked), tally, secret),)
