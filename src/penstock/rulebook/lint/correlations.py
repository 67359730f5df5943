"""Correlations: whether pySigma can read them, and whether there is what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError

from penstock.content.sigma.rule_set import RuleSet
from penstock.rulebook.lint.findings import Finding
from penstock.rulebook.lint.sheets import Sheet


def check_correlations(sheets: Sequence[Sheet], rule_set: RuleSet) -> Iterator[Finding]:
    """Of all correlations."""
    wanted = [s for s in sheets if s.kind == "correlation"]
    if not wanted:
        return
    known = {name for rule in rule_set.rules for name in (rule.id, rule.name) if name}
    known.update(n for s in wanted for n in (s.text("id"), s.text("name")) if n)
    for sheet in wanted:
        line = sheet.line_of("correlation")
        for message in _wrong(sheet):
            yield sheet.finding("refused", line, message)
        rules = sheet.below("correlation").get("rules")
        for node in () if rules is None else rules.value if isinstance(rules.value, list) else [rules]:
            if node.value is not None and str(node.value) not in known:
                hint = "a rule is referred to by its name or its id"
                yield sheet.finding("correlation.reference", node.line, f"there is no rule {node.value}", hint)


def _wrong(sheet: Sheet) -> list[str]:
    plain = {key: node.plain() for key, node in sheet.root.items()}
    try:
        parsed = SigmaCorrelationRule.from_dict(plain, collect_errors=True)
    except (SigmaError, TypeError, AttributeError, KeyError, ValueError) as error:
        return [str(error).rstrip(".")]
    return [str(error).rstrip(".") for error in parsed.errors]
