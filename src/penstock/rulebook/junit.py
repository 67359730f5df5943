"""Results of rules' examples as JUnit XML: a suite a rule, a case an example. What CI systems read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from penstock.errors import Problem
from penstock.rulebook.examples import Subject
from penstock.rulebook.trying import Result

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML 1.0 cannot hold, however they are written."""


def junit(
    results: Sequence[Result],
    problems: Sequence[Problem] = (),
    without: Iterable[Subject] = (),
    *,
    required: bool = False,
) -> str:
    """The document. Rules `without` examples are skipped cases, or failed ones where examples are `required`."""
    suites: dict[str, list[str]] = {}
    failed: dict[str, int] = {}
    skipped: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for result in results:
        suite = result.example.title
        body = _failure(result.wrong) if result.wrong else ""
        suites.setdefault(suite, []).append(
            _case(suite, result.example.name, str(result.example.events), body, result.seconds)
        )
        failed[suite] = failed.get(suite, 0) + bool(result.wrong)
        seconds[suite] = seconds.get(suite, 0.0) + result.seconds
    for problem in problems:
        suite = "examples"
        suites.setdefault(suite, []).append(_case(suite, str(problem), problem.file, _failure([str(problem)]), 0.0))
        failed[suite] = failed.get(suite, 0) + 1
    for subject in without:
        body = _failure(["no example"]) if required else _skipped("no example")
        suites.setdefault(subject.title, []).append(_case(subject.title, "has examples", subject.file, body, 0.0))
        count = failed if required else skipped
        count[subject.title] = count.get(subject.title, 0) + 1
    counts = _counts(sum(map(len, suites.values())), sum(failed.values()), sum(skipped.values()), sum(seconds.values()))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="penstock rules test" {counts}>']
    for suite, cases in suites.items():
        counts = _counts(len(cases), failed.get(suite, 0), skipped.get(suite, 0), seconds.get(suite, 0.0))
        lines += [f"<testsuite name={_attribute(suite)} {counts}>", *cases, "</testsuite>"]
    return "\n".join([*lines, "</testsuites>", ""])


def _counts(tests: int, failures: int, skipped: int, seconds: float) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="{seconds:.3f}"'


def _case(suite: str, name: str, file: str, body: str, seconds: float) -> str:
    head = (
        f'<testcase classname={_attribute(suite)} name={_attribute(name)} file={_attribute(file)} time="{seconds:.3f}"'
    )
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _failure(lines: Sequence[str]) -> str:
    return f"<failure message={_attribute(lines[0])}>{escape(_plain(chr(10).join(lines)))}</failure>"


def _skipped(why: str) -> str:
    return f"<skipped message={_attribute(why)}/>"


def _attribute(text: str) -> str:
    return quoteattr(_plain(text).replace("\n", " "))


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
