"""All rules of some folders, read and compiled against the packs there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.compiling import DatasetCompiler, Ready
from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.dataset_rules import DatasetRules, Outcome
from penstock.content.sigma.documents import Document, read_documents
from penstock.content.sigma.lists import Lists
from penstock.content.sigma.model import Filter, Rule
from penstock.content.sigma.roles import Role, asked, muted, roles
from penstock.content.sigma.serving import Serving, every_event
from penstock.errors import Problem


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Compiled rules.

    rules, filters   as read, in the order of their files; a rule's number is its place
    datasets         dataset -> its rules
    outcomes         of each rule what compiling learned
    problems         documents that were refused, each with its reason
    correlations     documents of correlations
    chain            those that are right, compiled, each after what it refers to
    roles            rule (its place) -> what it is to correlations
    muted            rules whose own alerts are not shown, as only correlations without `generate` refer to them
    """

    rules: tuple[Rule, ...]
    filters: tuple[Filter, ...]
    datasets: dict[str, DatasetRules]
    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...] = ()
    correlations: tuple[Document, ...] = field(default=())
    chain: tuple[Correlation, ...] = ()
    roles: Mapping[int, tuple[Role, ...]] = field(default_factory=dict)
    muted: frozenset[int] = frozenset()

    @property
    def unserved(self) -> list[int]:
        """Rules whose log source no pack serves."""
        return [i for i, o in enumerate(self.outcomes) if not o.datasets]

    @property
    def dead(self) -> list[int]:
        """Rules whose log source is served, but that can never hold."""
        return [i for i, o in enumerate(self.outcomes) if o.datasets and not o.live]

    @property
    def undeclared(self) -> list[int]:
        """Rules that can only hold by a field that no pack says there is."""
        return [i for i, o in enumerate(self.outcomes) if o.live and not o.declared]


def read_rule_set(
    files: Sequence[tuple[Path, bytes]], catalogue: Catalogue, servings: Sequence[Serving], lists: Lists | None = None
) -> RuleSet:
    """The rules of these files, whatever their status, compiled."""
    from penstock.content.sigma.reading import Reading  # noqa: PLC0415  pySigma: only where rules are read anew

    problems: list[Problem] = []
    documents = read_documents(files, problems)
    reading = Reading(lists)
    rules: list[Rule] = []
    filters: list[Filter] = []
    correlations: list[Document] = []
    for document in documents:
        if "correlation" in document.data:
            correlations.append(document)
        elif "filter" in document.data:
            _keep(filters, reading.filter(document))
        elif "detection" in document.data:
            _keep(rules, reading.rule(document))
        elif "regression_tests_info" not in document.data:  # SigmaHQ's info.yml beside examples
            reading.problems.append(document.problem("neither a rule, a correlation nor a filter"))
    chain, wrong = reading.correlations(correlations, rules)
    cast = roles(rules, chain)
    wanted = {n: [f for role in of for f in asked(chain[role.correlation], rules[n].id)] for n, of in cast.items()}
    outcomes = [Outcome() for _ in rules]
    datasets = compile_rules(rules, filters, catalogue, servings, outcomes, wanted)
    return RuleSet(
        tuple(rules),
        tuple(filters),
        datasets,
        tuple(outcomes),
        (*problems, *reading.problems, *wrong),
        tuple(correlations),
        chain,
        cast,
        muted(cast, chain),
    )


def compile_rules(
    rules: Sequence[Rule],
    filters: Sequence[Filter],
    catalogue: Catalogue,
    servings: Sequence[Serving],
    outcomes: Sequence[Outcome],
    told: Mapping[int, Sequence[str]] | None = None,
) -> dict[str, DatasetRules]:
    """The rules of every dataset that has some."""
    found = {}
    ready = Ready.of(rules, filters)
    everywhere = every_event({plan.name: plan.pack for plan in catalogue.plans})
    for plan in catalogue.plans:
        compiled = DatasetCompiler(plan, [*servings, *everywhere], ready).compile(outcomes, told or {})
        if compiled is not None:
            found[plan.name] = compiled
    return found


def _keep(into: list[Any], made: object) -> None:
    if made is not None:
        into.append(made)
