"""Documents to rules and filters, by way of pySigma.

pySigma checks and parses detections, values, modifiers and conditions. Its condition trees are not resolved by it but
here: the same few hundred conditions stand in thousands of rules, and each is parsed once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
    SigmaCondition,
)
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule

from penstock.content.sigma.correlation import Correlation
from penstock.content.sigma.correlation_chains import compile_correlations
from penstock.content.sigma.correlation_document import Document as CorrelationDocument
from penstock.content.sigma.correlation_document import for_pysigma
from penstock.content.sigma.documents import Document
from penstock.content.sigma.expressions import Expression, Regex, both, either, negated
from penstock.content.sigma.lists import Lists
from penstock.content.sigma.model import Filter, Rule, Source, attack
from penstock.content.sigma.patterns import PatternError, compiled
from penstock.content.sigma.values import RefusedError, test
from penstock.content.sigma.whens import Whens
from penstock.errors import Problem
from penstock.schema.levels import LEVELS

_MOST_NESTED = 60
_TOO_DEEP = f"the condition is nested deeper than {_MOST_NESTED} levels"


class _Expressions(RegexEngine):
    """RE2 as we run it, so that what is refused is refused in our words (pySigma's own RE2 writes on stderr, too)."""

    def compile(self, pattern: str, flags: int = 0) -> Any:  # noqa: ANN401  re2 publishes no types
        """The compiled expression. Raises `PatternError`."""
        return compiled(Regex(pattern, "".join(f for f, bit in (("i", 2), ("m", 8), ("s", 16)) if flags & bit)))

    @property
    def error(self) -> type[Exception]:
        return PatternError


_POLICY = SigmaPolicy(regex_engine=_Expressions())


class Reading:
    """Reads documents; what is wrong goes to `problems`, and the rest is read all the same."""

    def __init__(self, lists: Lists | None = None) -> None:
        self.lists: Lists = lists or {}
        self.problems: list[Problem] = []
        self._trees: dict[str, Any] = {}
        self._whens = Whens()
        self._sources: dict[Source, Source] = {}

    def rule(self, document: Document) -> Rule | None:
        """A rule; None if it cannot be used."""
        try:
            parsed = SigmaRule.from_dict(document.data, collect_errors=True, policy=_POLICY)
            if parsed.errors:
                for error in parsed.errors:
                    self._wrong(document, error)
                return None
            when = self._when(parsed.detection)
        except (SigmaError, RefusedError) as error:
            self._wrong(document, error)
            return None
        except RecursionError:
            self.problems.append(document.problem(_TOO_DEEP, at="detection.condition"))
            return None
        except (TypeError, AttributeError, KeyError, ValueError) as error:  # pySigma on odd YAML
            self.problems.append(document.problem(f"no Sigma rule: {error}", at="detection"))
            return None
        ours = document.data.get("penstock")
        most = ours.get("max_alerts_per_minute") if isinstance(ours, dict) else None
        if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
            self.problems.append(
                document.problem("max_alerts_per_minute must be a whole number above 0", at="penstock")
            )
            return None
        tags = tuple(str(t) for t in parsed.tags)
        source = Source(parsed.logsource.product, parsed.logsource.category, parsed.logsource.service)
        return Rule(
            str(parsed.id) if parsed.id else _hash(document.data)[:32],
            str(document.data.get("name") or ""),
            parsed.title or document.title,
            level_of(document.data),
            str(document.data.get("status") or ""),
            self._sources.setdefault(source, source),
            self._whens,
            self._whens.add(when),
            _hash(document.data)[:16],
            tags,
            *attack(tags),
            str(document.data.get("description") or ""),
            document.file,
            document.line,
            most,
        )

    def correlations(
        self, documents: Sequence[Document], rules: Sequence[Rule]
    ) -> tuple[tuple[Correlation, ...], tuple[Problem, ...]]:
        """All correlations that can be used, each after what it refers to; and what is wrong with the others."""
        read: list[CorrelationDocument] = []
        for document in documents:
            try:
                parsed = SigmaCorrelationRule.from_dict(for_pysigma(document.data), collect_errors=True)
            except (SigmaError, TypeError, ValueError, AttributeError) as error:
                self._wrong(document, error)
                continue
            if parsed.errors:
                for wrong in parsed.errors:
                    self._wrong(document, wrong)
                continue
            line = document.lines.get("correlation.rules", document.line)
            read.append(CorrelationDocument(parsed, document.file, line, _hash(document.data)[:16]))
        known = {name: rule.id for rule in rules for name in (rule.name, rule.id) if name}
        return compile_correlations(read, known)

    def filter(self, document: Document) -> Filter | None:
        """A filter; None if it cannot be used. Ours alone: `penstock: {owner, reason, expires}`."""
        try:
            parsed = SigmaFilter.from_dict(document.data, policy=_POLICY)
            keep = self._when(parsed.filter)
        except (SigmaError, RefusedError) as error:
            self._wrong(document, error)
            return None
        except RecursionError:
            self.problems.append(document.problem(_TOO_DEEP, at="filter.condition"))
            return None
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            self.problems.append(document.problem(f"no Sigma filter: {error}", at="filter"))
            return None
        ours = document.data.get("penstock") or {}
        if not isinstance(ours, dict) or not ours.keys() <= {"owner", "reason", "expires"}:
            self.problems.append(
                document.problem("`penstock` of a filter has owner, reason and expires only", at="penstock")
            )
            return None
        named = parsed.filter.rules
        expires = ours.get("expires")
        try:
            until = None if expires is None else _instant(expires)
        except ValueError:
            self.problems.append(
                document.problem(f"expires: {expires!r} is no time", "write it like 2027-01-31", at="penstock")
            )
            return None
        return Filter(
            str(parsed.id) if parsed.id else _hash(document.data)[:32],
            parsed.title or document.title,
            Source(parsed.logsource.product, parsed.logsource.category, parsed.logsource.service),
            None if isinstance(named, str) else tuple(str(r.reference) for r in named),
            keep,
            _hash(document.data)[:16],
            str(ours.get("owner") or document.data.get("author") or ""),
            str(ours.get("reason") or document.data.get("description") or ""),
            until,
            document.file,
            document.line,
        )

    def _wrong(self, document: Document, error: Exception) -> None:
        at = next((key for word, key in _BLAME if word in type(error).__name__), "title")
        said = error.__cause__ if isinstance(error.__cause__, PatternError) else error
        self.problems.append(document.problem(str(said).rstrip("."), at=at))

    def _when(self, detections: SigmaDetections) -> Expression:
        """What the detections' conditions ask; of several conditions one must hold."""
        found: dict[str, Expression] = {}
        return either([self._condition(c, detections, found) for c in detections.parsed_condition])

    def _condition(
        self, condition: SigmaCondition, detections: SigmaDetections, found: dict[str, Expression]
    ) -> Expression:
        tree = self._trees.get(condition.condition)
        if tree is None:
            tree = self._trees[condition.condition] = condition.parse(postprocess=False)
        return self._node(tree, detections, found, 0)

    def _node(self, tree: Any, detections: SigmaDetections, found: dict[str, Expression], depth: int) -> Expression:  # noqa: ANN401
        if depth > _MOST_NESTED:
            raise RefusedError(_TOO_DEEP)
        match tree:
            case ConditionAND():
                return both([self._node(a, detections, found, depth + 1) for a in tree.args])
            case ConditionOR():
                return either([self._node(a, detections, found, depth + 1) for a in tree.args])
            case ConditionNOT():
                return negated(self._node(tree.args[0], detections, found, depth + 1))
            case ConditionIdentifier():
                return self._named(tree.identifier, detections, found)
            case ConditionSelector():
                names = [i.identifier for i in tree.resolve_referenced_detections(detections)]
                if not names:
                    raise RefusedError(f"`{tree.args[0]} of {tree.pattern}` names no detection there is")
                parts = [self._named(n, detections, found) for n in names]
                return both(parts) if tree.cond_class is ConditionAND else either(parts)
        raise RefusedError(f"a condition of the kind {type(tree).__name__} is not known")

    def _named(self, name: str, detections: SigmaDetections, found: dict[str, Expression]) -> Expression:
        if name not in found:
            if name not in detections.detections:
                raise RefusedError(f"the condition names {name!r}, but there is no such detection")
            found[name] = self._detection(detections.detections[name])
        return found[name]

    def _detection(self, detection: SigmaDetection | SigmaDetectionItem) -> Expression:
        if isinstance(detection, SigmaDetection):
            parts = [self._detection(item) for item in detection.detection_items]
            return both(parts) if detection.item_linking is ConditionAND else either(parts)
        values = [test(detection.field, value, self.lists) for value in detection.value]
        if not values:
            raise RefusedError(f"{detection.field or 'keywords'}: an empty list of values")
        whole = both(values) if detection.value_linking is ConditionAND else either(values)
        return negated(whole) if detection.negated else whole


_BLAME = (
    ("Condition", "detection.condition"),
    ("Detection", "detection"),
    ("Logsource", "logsource"),
    ("Level", "level"),
    ("Status", "status"),
    ("Date", "date"),
    ("Identifier", "id"),
    ("Filter", "filter"),
    ("Refused", "detection"),
    ("Value", "detection"),
    ("Modifier", "detection"),
    ("Type", "detection"),
    ("RegularExpression", "detection"),
)
"""A part of the error's type -> the key of the document that is to blame."""


def level_of(data: Mapping[str, Any]) -> str:
    """A document's level; medium where it says none that there is."""
    level = str(data.get("level") or "medium").lower()
    return level if level in LEVELS else "medium"


def _hash(data: Mapping[str, Any]) -> str:
    """Hash of a document's content, whatever its spelling."""
    plain = orjson.dumps(data, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _instant(when: object) -> int:
    """A date or time as microseconds UTC. Raises ValueError."""
    found = dt.datetime.fromisoformat(str(when))
    found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    passed = found - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000
