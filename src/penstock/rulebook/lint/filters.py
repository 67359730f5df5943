"""A site's exceptions: whose they are, why, until when, and whether they concern anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.content.sigma.rule_set import RuleSet
from penstock.errors import Problem
from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet
from penstock.schema.instants import rfc3339


def check_filters(rule_set: RuleSet, sheets: Mapping[tuple[str, int], Sheet], now: int) -> Iterator[Finding]:
    """Of all filters. sheets: by file and line; now: microseconds UTC."""
    known = {name for rule in rule_set.rules for name in (rule.id, rule.name) if name}
    for one in rule_set.filters:
        sheet = sheets.get((one.file, one.line))
        ours, rules = (one.line if sheet is None else sheet.line_of(key) for key in ("penstock", "filter"))
        lacking = [n for n, v in (("owner", one.owner), ("reason", one.reason), ("expires", one.expires)) if not v]
        if lacking:
            hint = "penstock: {owner: …, reason: …, expires: 2027-01-31}"
            yield Finding("filter.unowned", Problem(one.file, ours, f"a filter without {', '.join(lacking)}", hint))
        if one.expires is not None and one.expires <= now:
            when = rfc3339(one.expires)[:10]
            yield Finding(
                "filter.expired", Problem(one.file, ours, f"it has expired on {when}", "take it out, or extend it")
            )
        missing = [r for r in one.rules or () if r not in known]
        for name in missing:
            message = f"it is for the rule {name}, which is not among those loaded"
            yield Finding("filter.reference", Problem(one.file, rules, message, "lint it with the rules it is for"))
        if not missing and not any(one.concerns(rule) for rule in rule_set.rules):
            message = f"it concerns no rule: none of those it names is for {one.source}"
            yield Finding("filter.idle", Problem(one.file, rules, message))
