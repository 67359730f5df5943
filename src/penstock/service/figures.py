"""Figures of rules, correlations and incidents, taken when somebody asks for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from penstock.content.sigma.rule_set import RuleSet
from penstock.incidents.incident import OPEN
from penstock.service.parts import Content
from penstock.service.remembering import Remembering
from penstock.telemetry import Metrics


class RuleFigures:
    """What detection did by rule, over reloads: counters never go back."""

    def __init__(self) -> None:
        self._matched: Counter[str] = Counter()
        self._evaluated: Counter[str] = Counter()
        self._silenced: Counter[tuple[str, str]] = Counter()
        self._content: Content | None = None

    def take(self, content: Content) -> None:
        """Other rules from now on."""
        if self._content is not None and self._content.rules is not None:
            matched, evaluated, silenced = _by_id(self._content, self._content.rules)
            self._matched += matched
            self._evaluated += evaluated
            self._silenced += silenced
        self._content = content

    def tell(self, metrics: Metrics) -> None:
        """Put them among the metrics."""
        content = self._content
        if content is None or content.rules is None:
            return
        metrics.set("penstock_rules", len(content.rules.rules) + len(content.rules.chain), result="used")
        metrics.set("penstock_rules", len(content.rules.problems), result="refused")
        matched, evaluated, silenced = _by_id(content, content.rules)
        for rule, n in (self._matched + matched).items():
            metrics.total("penstock_rule_matches_total", n, rule=rule)
        for rule, n in (self._evaluated + evaluated).items():
            metrics.total("penstock_rule_evaluations_total", n, rule=rule)
        for (rule, by), n in (self._silenced + silenced).items():
            metrics.total("penstock_rule_silenced_total", n, rule=rule, filter=by)


def _by_id(content: Content, rules: RuleSet) -> tuple[Counter[str], Counter[str], Counter[tuple[str, str]]]:
    tally = content.tally
    with tally.lock:
        matched = Counter({rules.rules[i].id: n for i, n in tally.matched.items()})
        evaluated = Counter({rules.rules[i].id: n for i, n in tally.evaluated.items()})
        silenced = Counter({(rules.rules[r].id, rules.filters[f].id): n for (r, f), n in tally.silenced.items()})
    return matched, evaluated, silenced


def tell_memory(memory: Remembering, metrics: Metrics, now: float) -> None:
    """Figures of correlations, alerts and incidents. now: seconds since 1970."""
    desk = memory.desk
    if desk is None:
        return
    if memory.marks.newest > 0:
        metrics.set("penstock_event_time_lag_seconds", round(now - memory.marks.passed / 1e6, 3))
    metrics.set("penstock_alerts_waiting", len(memory.waiting))
    metrics.total("penstock_alerts_early_total", memory.waiting.early)
    for how, n in memory.done.placed.items():
        metrics.total("penstock_alerts_total", n, disposition=how)
    metrics.total("penstock_notices_total", memory.done.notices)
    metrics.set("penstock_incidents_open", sum(i.state == OPEN for i in list(desk.state.incidents.values())))
    for correlation, state in memory.chained:
        rule = correlation.id
        metrics.total("penstock_correlation_alerts_total", memory.done.correlated.get(rule, 0), rule=rule)
        metrics.set("penstock_correlation_groups", state.live, rule=rule)
        metrics.set("penstock_correlation_rows_waiting", state.pending.waiting, rule=rule)
        for what, n in asdict(state.counts).items():
            metrics.total("penstock_correlation_rows_total", n, rule=rule, result=what)
    if memory.chained:
        held = memory.chained[0][1].memory
        metrics.set("penstock_correlation_bytes", held.used, where="memory")
        metrics.set("penstock_correlation_bytes", held.filed, where="files")
