"""All checks over all documents of some files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.documents import rule_files
from penstock.content.sigma.rule_set import RuleSet
from penstock.content.sigma.serving import Serving, every_event, load_servings
from penstock.detecting import load_rules
from penstock.errors import Problem
from penstock.pipeline import pack_folders
from penstock.rulebook.lint.conditions import check_conditions
from penstock.rulebook.lint.filters import check_filters
from penstock.rulebook.lint.findings import Finding, Level
from penstock.rulebook.lint.metadata import check_metadata, check_twins
from penstock.rulebook.lint.sheets import Sheet, read_sheets
from penstock.rulebook.lint.use import check_use
from penstock.rulebook.lint.values import check_values


def lint(
    files: Sequence[tuple[Path, bytes]],
    rule_set: RuleSet,
    catalogue: Catalogue,
    servings: Sequence[Serving],
    *,
    now: int,
) -> list[Finding]:
    """Everything found, in the order of files and lines. `rule_set`: of these files. now: microseconds UTC."""
    sheets = list(read_sheets(files))
    found: dict[tuple[Problem, str], Finding] = {}
    order = {str(path): i for i, (path, _) in enumerate(files)}
    for one in _all(sheets, rule_set, catalogue, servings, now):
        found.setdefault((one.problem, one.code), one)
    return sorted(found.values(), key=lambda f: (order.get(f.problem.file, -1), f.problem.line, f.code))


def lint_places(
    places: Sequence[Path],
    catalogue: Catalogue,
    packs: Sequence[Path] = (),
    placeholders: Sequence[Path] = (),
    *,
    now: int,
) -> list[Finding]:
    """Everything found in the rules of files and folders. packs: further folders of them. Raises as `load_rules`."""
    rule_set = load_rules(places, catalogue, packs, placeholders)
    files = [(path, path.read_bytes()) for path in rule_files(places)]
    servings = [*load_servings(pack_folders(packs)), *every_event({p.name: p.pack for p in catalogue.plans})]
    return lint(files, rule_set, catalogue, servings, now=now)


def rule_problems(
    places: Sequence[Path],
    catalogue: Catalogue,
    packs: Sequence[Path] = (),
    placeholders: Sequence[Path] = (),
    *,
    now: int,
) -> list[Problem]:
    """What keeps rules, correlations and filters from being used: for `penstock check`."""
    found = lint_places(places, catalogue, packs, placeholders, now=now)
    return [f.problem for f in found if f.level is Level.ERROR]


def _all(
    sheets: Sequence[Sheet], rule_set: RuleSet, catalogue: Catalogue, servings: Sequence[Serving], now: int
) -> Iterator[Finding]:
    yield from (Finding("refused", problem) for problem in rule_set.problems)
    for sheet in sheets:
        yield from check_metadata(sheet)
        yield from check_conditions(sheet)
        yield from check_values(sheet)
    yield from check_twins(sheets)
    placed = {(sheet.file, sheet.line): sheet for sheet in sheets}
    yield from check_filters(rule_set, placed, now)
    yield from check_use(rule_set, placed, catalogue, servings)
